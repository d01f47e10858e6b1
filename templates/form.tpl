{{%AUTOESCAPE context="HTML"}}
{{!
The form for a new record or an existing one.

HEADING      value: "New team", "Edit team Core"
LIST_HREF, LIST_LABEL      values: the model's list
RECORD_HREF, RECORD_LABEL  values, optional: the record that is edited
HINT         value, optional: what the model is, in one sentence
ACTION       value: where the form goes
MULTIPART    show: there is a file field
CSRF         value
HIDDEN       add: NAME, VALUE values: what the form was based on, and what it carries along
FIELD        include field.tpl, for every field
ADD_ANOTHER  show: a form for a new record
CANCEL_HREF  value
DELETE_HREF  value, optional: a form for an existing record that may be deleted
}}
<nav class="crumbs" aria-label="Where this is">
<ul>
<li><a href="{{LIST_HREF}}">{{LIST_LABEL}}</a></li>
{{#RECORD_HREF}}<li><a href="{{RECORD_HREF}}">{{RECORD_LABEL}}</a></li>{{/RECORD_HREF}}
</ul>
</nav>
<h1>{{HEADING}}</h1>
{{#HINT}}<p class="hint">{{HINT}}</p>{{/HINT}}
<form class="record" method="post" action="{{ACTION}}"{{#MULTIPART}} enctype="multipart/form-data"{{/MULTIPART}} novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
<button class="unseen" type="submit" name="_save" value="1" tabindex="-1" aria-hidden="true">Save</button>
{{>FIELD}}
<div class="buttons">
<button class="main" type="submit" name="_save" value="1">Save</button>
<button type="submit" name="_continue" value="1">Save and continue editing</button>
{{#ADD_ANOTHER}}<button type="submit" name="_addanother" value="1">Save and add another</button>{{/ADD_ANOTHER}}
<a href="{{CANCEL_HREF}}">Cancel</a>
{{#DELETE_HREF}}<a class="danger" href="{{DELETE_HREF}}">Delete</a>{{/DELETE_HREF}}
</div>
</form>
