{{%AUTOESCAPE context="HTML"}}
{{!
The summary of a form's errors, first in main, above the heading; takes the focus. Included by layout.tpl at ERRORS.

ERROR    add: one error
  TEXT   value: the same words as beside the field
  HREF   value, optional: "#" and the field's ID
}}
<div class="problem" id="problem" tabindex="-1" autofocus role="group" aria-labelledby="problem-title">
<div role="alert">
<h2 id="problem-title">There is a problem</h2>
<ul>
{{#ERROR}}
<li>{{#HREF}}<a href="{{HREF}}">{{TEXT}}</a>{{/HREF}}{{#NO_HREF}}{{TEXT}}{{/NO_HREF}}</li>
{{/ERROR}}
</ul>
</div>
</div>
