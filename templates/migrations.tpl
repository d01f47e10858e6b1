{{%AUTOESCAPE context="HTML"}}
{{!
The revisions: what is applied, what is pending, and what can be done.

AWAY       value, optional: why the database cannot say who is there
VERDICT    value; GOOD show
ACTION     add: LABEL, HREF values; MAIN_ACTION show: what to do first; DANGER show
DIAGRAM    include diagram.tpl
REVISION   add: one, the newest first
  NAME, HREF  values: its id
  MESSAGE  value
  BADGE, TONE  values: "applied", "pending", "edited", "partly applied"
  HEAD     show: none follows it
  WHEN     value, optional: when it was applied; DATETIME value; PERSON value: by which role
  DANGER   value, optional: what it takes away
  BACK_HREF  value, optional: going back to it
DIFFERENCE add: TEXT value: between the models and the database
COMPARED   show: they were compared
NEW_HREF   value: where the difference becomes a revision
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li></ul></nav>
<h1>Migrations</h1>
{{#AWAY}}<p class="note bad">{{AWAY}}</p>{{/AWAY}}
<p class="verdict{{#GOOD}} good{{/GOOD}}">{{VERDICT}}</p>
<div class="buttons">
{{#ACTION}}<a class="button{{#MAIN_ACTION}} main{{/MAIN_ACTION}}{{#DANGER}} danger{{/DANGER}}" href="{{HREF}}">{{LABEL}}</a>{{/ACTION}}
</div>
<h2 class="part" id="difference">Models and database</h2>
{{#ANY_DIFFERENCE}}
<p>To be as the models want it, the database needs to:</p>
<ul class="lines-of">
{{#DIFFERENCE}}<li>{{TEXT}}</li>{{/DIFFERENCE}}
</ul>
<div class="buttons"><a class="button" href="{{NEW_HREF}}">Make a revision of this</a></div>
{{/ANY_DIFFERENCE}}
{{#NO_DIFFERENCE}}{{#COMPARED}}<p>The database is as the models want it.</p>{{/COMPARED}}{{#NO_COMPARED}}<p>They are compared when all revisions are applied.</p>{{/NO_COMPARED}}{{/NO_DIFFERENCE}}
<h2 class="part" id="revisions">Revisions</h2>
<div class="scroll" role="region" aria-labelledby="revisions" tabindex="0">
<table>
<caption class="unseen">Revisions, the newest first</caption>
<thead><tr><th scope="col">Revision</th><th scope="col">What it changes</th><th scope="col">State</th><th scope="col">Applied</th><th scope="col">Going back</th></tr></thead>
<tbody>
{{#REVISION}}
<tr><th scope="row"><a href="{{HREF}}"><code>{{NAME}}</code></a>{{#HEAD}} <span class="badge muted">head</span>{{/HEAD}}</th><td>{{MESSAGE}}{{#DANGER}}<small><span class="badge bad">takes away</span> {{DANGER}}</small>{{/DANGER}}</td><td><span class="badge {{TONE}}">{{BADGE}}</span></td><td>{{#WHEN}}<time datetime="{{DATETIME}}">{{WHEN}}</time><small>by {{PERSON}}</small>{{/WHEN}}{{#NO_WHEN}}<span class="none" aria-hidden="true">–</span><span class="unseen">not yet</span>{{/NO_WHEN}}</td><td>{{#BACK_HREF}}<a href="{{BACK_HREF}}">Undo what follows<span class="unseen"> {{NAME}}</span></a>{{/BACK_HREF}}</td></tr>
{{/REVISION}}
</tbody>
</table>
</div>
{{#NO_REVISION}}<p class="empty">There is no revision yet.</p>{{/NO_REVISION}}
<h2 class="part" id="graph">How they follow each other</h2>
{{>DIAGRAM}}
