{{%AUTOESCAPE context="HTML"}}
{{!
A diagram of boxes and lines. Included by pages at DIAGRAM.

PROBLEM   value, optional: why there is none
LABEL     value: what it shows
WIDTH, HEIGHT  values: pixels
EDGE      add: PATH, ARROW values: the line and the points of its end; DASHED show
BOX       add
  X, Y, WIDTH, HEIGHT  values
  TITLE   value; HREF value, optional; TITLE_X, TITLE_Y, TITLE_HEIGHT values
  TONE    value, optional
  RULED   show: there are lines below the title; RULE_Y, RIGHT values
  LINE    add: X, Y, TEXT values; ASIDE value, optional; ASIDE_X value
}}
{{#PROBLEM}}<p class="note">{{PROBLEM}}</p>{{/PROBLEM}}
{{#NO_PROBLEM}}
<div class="scroll picture" role="region" aria-label="{{LABEL}}" tabindex="0">
<svg class="diagram" width="{{WIDTH}}" height="{{HEIGHT}}" viewBox="-2 -2 {{WIDTH}} {{HEIGHT}}" role="group" aria-label="{{LABEL}}">
{{#EDGE}}
<path class="edge{{#DASHED}} dashed{{/DASHED}}" d="{{PATH}}"></path><polygon class="tip" points="{{ARROW}}"></polygon>
{{/EDGE}}
{{#BOX}}
<g class="box{{#TONE}} {{TONE}}{{/TONE}}">
<rect x="{{X}}" y="{{Y}}" width="{{WIDTH}}" height="{{HEIGHT}}" rx="4"></rect>
{{#HREF}}<a href="{{HREF}}"><rect x="{{X}}" y="{{Y}}" width="{{WIDTH}}" height="{{TITLE_HEIGHT}}"></rect>{{/HREF}}<text class="title" x="{{TITLE_X}}" y="{{TITLE_Y}}">{{TITLE}}</text>{{#HREF}}</a>{{/HREF}}
{{#RULED}}<line x1="{{X}}" x2="{{RIGHT}}" y1="{{RULE_Y}}" y2="{{RULE_Y}}"></line>{{/RULED}}
{{#LINE}}
<text x="{{X}}" y="{{Y}}">{{TEXT}}</text>{{#ASIDE}}<text class="aside" x="{{ASIDE_X}}" y="{{Y}}">{{ASIDE}}</text>{{/ASIDE}}
{{/LINE}}
</g>
{{/BOX}}
</svg>
</div>
{{/NO_PROBLEM}}
