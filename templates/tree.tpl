{{%AUTOESCAPE context="HTML"}}
{{!
One level of a tree; includes itself for the levels below.

NODE        add
  CELL      add: the columns, the first one names the node; what a cell holds is told in value.tpl
  CHILDREN  include tree.tpl, optional: once, with a NODE for each child
}}
<ul class="tree">
{{#NODE}}
<li>
<span class="node">
{{#CELL}}
<span class="cell">{{#TEXT}}{{#HREF}}<a href="{{HREF}}" dir="auto">{{TEXT}}</a>{{/HREF}}{{#NO_HREF}}<bdi>{{TEXT}}</bdi>{{/NO_HREF}}{{/TEXT}}{{#BADGE}}{{#HREF}}<a href="{{HREF}}">{{/HREF}}<span class="badge{{#TONE}} {{TONE}}{{/TONE}}">{{BADGE}}</span>{{#HREF}}</a>{{/HREF}}{{/BADGE}}{{#TIME}}<time datetime="{{DATETIME}}">{{TIME}}</time>{{/TIME}}{{#TRUE}}yes{{/TRUE}}{{#FALSE}}no{{/FALSE}}{{#SUB}} <small>{{SUB}}</small>{{/SUB}}</span>
{{/CELL}}
</span>
{{>CHILDREN}}
</li>
{{/NODE}}
</ul>
