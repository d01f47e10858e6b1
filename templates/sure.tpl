{{%AUTOESCAPE context="HTML"}}
{{!
The page before something that destroys: what will happen, and the button. Filled by the page that needs it.

PARENT_HREF, PARENT_LABEL  values: the page it belongs to
HEADING      value: "Restore the backup of Monday?"
TEXT         value, optional: what will happen, in a sentence
LINE         add: one thing that happens; TEXT value; TONE value, optional: bad, warn
TYPED        include typed.tpl, optional: a name to be typed
BOX          add: NAME, LABEL, HINT values: something that can be ticked, optional
ACTION, CSRF values
HIDDEN       add: NAME, VALUE values
BUTTON       value: "Restore"
CANCEL_HREF  value
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li><li><a href="{{PARENT_HREF}}">{{PARENT_LABEL}}</a></li></ul></nav>
<h1>{{HEADING}}</h1>
{{#TEXT}}<p>{{TEXT}}</p>{{/TEXT}}
{{#ANY_LINE}}
<ul class="lines-of">
{{#LINE}}
<li>{{#TONE}}<span class="badge {{TONE}}">careful</span> {{/TONE}}{{TEXT}}</li>
{{/LINE}}
</ul>
{{/ANY_LINE}}
<form class="act" method="post" action="{{ACTION}}" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
{{#BOX}}
<div class="field">
<div class="tick"><input id="box-{{NAME}}" name="{{NAME}}" type="checkbox" value="1" aria-describedby="box-{{NAME}}-hint"><label for="box-{{NAME}}">{{LABEL}}</label></div>
<p class="hint" id="box-{{NAME}}-hint">{{HINT}}</p>
</div>
{{/BOX}}
{{>TYPED}}
<div class="buttons">
<button class="danger" type="submit">{{BUTTON}}</button>
<a href="{{CANCEL_HREF}}">Cancel</a>
</div>
</form>
