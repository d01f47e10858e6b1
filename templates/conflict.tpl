{{%AUTOESCAPE context="HTML"}}
{{!
Somebody else saved the record in between (409): both sides, field by field, with nothing lost.

HEADING       value: "Team Core was changed while you edited it"
WHO           value, optional: who saved it; TIME, DATETIME values: when
ACTION, CSRF  values
HIDDEN        add: NAME, VALUE values: everything that was typed, and the version that is there now
CHANGE        add: one field that differs
  ID          value: unique on the page
  LABEL       value
  BEFORE, THEIRS, YOURS  values, optional: when you opened it, now, what you typed
  TAKE        value: both changed it: the name of the radio buttons, "_take.FIELD"; sends "theirs" or "yours"
  RESULT      value: only one changed it, or both to the same: "Yours is saved", "Theirs is kept"
BUTTON        value: "Save merged team"
DISCARD_HREF  value: the form as it is now, without what was typed
}}
<h1>{{HEADING}}</h1>
<p>{{#WHO}}{{WHO}} saved it at <time datetime="{{DATETIME}}">{{TIME}}</time>. {{/WHO}}Nothing you typed is lost. Look at what differs, choose where both of you changed the same field, and save.</p>
<form class="conflict" method="post" action="{{ACTION}}" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
<div class="scroll" role="region" aria-label="Fields that differ" tabindex="0">
<table class="sides">
<caption class="unseen">Fields that differ</caption>
<thead>
<tr><th scope="col">Field</th><th scope="col">When you opened it</th><th scope="col">Theirs now</th><th scope="col">Yours</th><th scope="col">What is saved</th></tr>
</thead>
<tbody>
{{#CHANGE}}
<tr>
<th scope="row" id="{{ID}}">{{LABEL}}</th>
<td class="lines" data-label="When you opened it">{{#BEFORE}}{{BEFORE:pre_escape}}{{/BEFORE}}{{#NO_BEFORE}}<span class="none" aria-hidden="true">–</span><span class="unseen">empty</span>{{/NO_BEFORE}}</td>
<td class="lines" data-label="Theirs now">{{#THEIRS}}{{THEIRS:pre_escape}}{{/THEIRS}}{{#NO_THEIRS}}<span class="none" aria-hidden="true">–</span><span class="unseen">empty</span>{{/NO_THEIRS}}</td>
<td class="lines" data-label="Yours">{{#YOURS}}{{YOURS:pre_escape}}{{/YOURS}}{{#NO_YOURS}}<span class="none" aria-hidden="true">–</span><span class="unseen">empty</span>{{/NO_YOURS}}</td>
<td data-label="What is saved">
{{#TAKE}}
<fieldset>
<legend class="unseen">{{LABEL}}</legend>
<div class="tick"><input id="{{ID}}-yours" name="{{TAKE}}" type="radio" value="yours" checked><label for="{{ID}}-yours">Yours</label></div>
<div class="tick"><input id="{{ID}}-theirs" name="{{TAKE}}" type="radio" value="theirs"><label for="{{ID}}-theirs">Theirs</label></div>
</fieldset>
{{/TAKE}}
{{#RESULT}}{{RESULT}}{{/RESULT}}
</td>
</tr>
{{/CHANGE}}
</tbody>
</table>
</div>
<div class="buttons">
<button class="main" type="submit" name="_save" value="1">{{BUTTON}}</button>
<a href="{{DISCARD_HREF}}">Discard mine</a>
</div>
</form>
