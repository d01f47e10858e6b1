{{%AUTOESCAPE context="HTML"}}
{{!
Before the database is moved: what will run, and the button.

HEADING      value: "Apply 2 revisions?"
TEXT         value: in a sentence
BACKUP       value, optional: the backup that is made first
DANGER       add: TEXT value
REVISION     add: one that will run, in order; NAME, HREF, MESSAGE values
  NOTE       add: as in revision.tpl
NOTHING      show: there is nothing to do; then there is no button
ACTION, CSRF values
HIDDEN       add: NAME, VALUE values
TYPED        include typed.tpl, optional
BUTTON       value; DANGEROUS show
TRIAL        show: it can be tried on a copy first
SQL_HREF     value, optional: the same as a script for psql
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li><li><a href="/admin/migrations">Migrations</a></li></ul></nav>
<h1>{{HEADING}}</h1>
<p>{{TEXT}}</p>
{{#ANY_DANGER}}
<div class="note bad">
<ul class="lines-of">
{{#DANGER}}<li>{{TEXT}}</li>{{/DANGER}}
</ul>
</div>
{{/ANY_DANGER}}
{{#BACKUP}}<p class="note">{{BACKUP}}</p>{{/BACKUP}}
{{#REVISION}}
<section class="panel">
<h2><a href="{{HREF}}"><code>{{NAME}}</code></a> {{MESSAGE}}</h2>
{{#ANY_NOTE}}
<div class="scroll" role="region" aria-label="Statements of {{NAME}}" tabindex="0">
<table>
<caption class="unseen">Statements of {{NAME}}</caption>
<thead><tr><th scope="col">Statement</th><th scope="col">Lock</th><th scope="col">Work</th><th scope="col">Lost</th></tr></thead>
<tbody>
{{#NOTE}}
<tr><th scope="row"><code class="sql">{{TEXT}}</code></th><td>{{#LOCK}}{{LOCK}}{{#BLOCKS}}<small><span class="badge warn">nobody reads meanwhile</span></small>{{/BLOCKS}}{{/LOCK}}{{#NO_LOCK}}not said{{/NO_LOCK}}</td><td>{{#WORK}}{{WORK}}{{/WORK}}{{#NO_WORK}}not said{{/NO_WORK}}</td><td>{{#LOST}}<span class="badge bad">lost</span> {{LOST}}{{/LOST}}{{#NO_LOST}}{{#MAY_LOSE}}<span class="badge bad">may lose data</span> {{MAY_LOSE}}{{/MAY_LOSE}}{{#NO_MAY_LOSE}}{{#LOCK}}none{{/LOCK}}{{#NO_LOCK}}not said{{/NO_LOCK}}{{/NO_MAY_LOSE}}{{/NO_LOST}}</td></tr>
{{/NOTE}}
</tbody>
</table>
</div>
{{/ANY_NOTE}}
</section>
{{/REVISION}}
{{#NO_NOTHING}}
<form class="act" method="post" action="{{ACTION}}" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
{{>TYPED}}
<div class="buttons">
<button class="{{#DANGEROUS}}danger{{/DANGEROUS}}{{#NO_DANGEROUS}}main{{/NO_DANGEROUS}}" type="submit" name="_go" value="1">{{BUTTON}}</button>
{{#TRIAL}}<button type="submit" name="_trial" value="1">Try it on a copy first</button>{{/TRIAL}}
{{#SQL_HREF}}<a href="{{SQL_HREF}}">Download as SQL</a>{{/SQL_HREF}}
<a href="/admin/migrations">Cancel</a>
</div>
</form>
{{/NO_NOTHING}}
{{#NOTHING}}<div class="buttons"><a class="button" href="/admin/migrations">Back</a></div>{{/NOTHING}}
