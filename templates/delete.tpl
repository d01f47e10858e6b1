{{%AUTOESCAPE context="HTML"}}
{{!
Before a record is deleted: what goes with it, what stays, what is in the way.

HEADING      value: "Delete team Core?"
LIST_HREF, LIST_LABEL, RECORD_HREF, RECORD_LABEL  values
TEXT         value, optional: "This cannot be undone."
BLOCKED      value, optional: why it cannot be deleted and what to do; then there is no button
GROUP        add: one relation
  LABEL      value: "members"
  COUNT      value: "3", "more than 10,000"
  DELETED    show: these are deleted with it
  UNLINKED   show: these stay, and no longer refer to it
  BLOCKS     show: these are in the way
  EXAMPLE    add: TEXT value; HREF value, optional; at most ten
  MORE       value, optional: "and 1,204 more"
ACTION, CSRF values
HIDDEN       add: NAME, VALUE values
BUTTON       value: "Delete team"
CANCEL_HREF  value
}}
<nav class="crumbs" aria-label="Where this is">
<ul>
<li><a href="{{LIST_HREF}}">{{LIST_LABEL}}</a></li>
<li><a href="{{RECORD_HREF}}">{{RECORD_LABEL}}</a></li>
</ul>
</nav>
<h1>{{HEADING}}</h1>
{{#BLOCKED}}<p class="note bad">{{BLOCKED}}</p>{{/BLOCKED}}
{{#NO_BLOCKED}}{{#TEXT}}<p>{{TEXT}}</p>{{/TEXT}}{{/NO_BLOCKED}}
{{#NO_GROUP}}<p>Nothing else depends on it.</p>{{/NO_GROUP}}
{{#ANY_GROUP}}
<ul class="goes">
{{#GROUP}}
<li>
<h2><span class="count">{{COUNT}}</span> {{LABEL}} {{#DELETED}}<span class="badge bad">deleted with it</span>{{/DELETED}}{{#UNLINKED}}<span class="badge muted">kept, link removed</span>{{/UNLINKED}}{{#BLOCKS}}<span class="badge warn">in the way</span>{{/BLOCKS}}</h2>
{{#ANY_EXAMPLE}}
<ul>
{{#EXAMPLE}}
<li>{{#HREF}}<a href="{{HREF}}">{{TEXT}}</a>{{/HREF}}{{#NO_HREF}}{{TEXT}}{{/NO_HREF}}</li>
{{/EXAMPLE}}
{{#MORE}}<li class="more">{{MORE}}</li>{{/MORE}}
</ul>
{{/ANY_EXAMPLE}}
</li>
{{/GROUP}}
</ul>
{{/ANY_GROUP}}
{{#NO_BLOCKED}}
<form method="post" action="{{ACTION}}" data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
<div class="buttons">
<button class="danger" type="submit">{{BUTTON}}</button>
<a href="{{CANCEL_HREF}}">Cancel</a>
</div>
</form>
{{/NO_BLOCKED}}
{{#BLOCKED}}
<div class="buttons"><a class="button" href="{{CANCEL_HREF}}">Back</a></div>
{{/BLOCKED}}
