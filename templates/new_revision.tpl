{{%AUTOESCAPE context="HTML"}}
{{!
A new revision from the difference between models and database: the SQL is read before the file is written.

NOTHING        show: there is no difference
CHANGED        show: the difference is another one than that which was read
DIFFERENCE     add: TEXT value
DANGER         add: TEXT value: what is lost for good
NEED           add: TEXT value: what has to be decided in the models file first; then there is no form
UP, DOWN       values: the SQL
CSRF, DIGEST   values
MESSAGE        value, optional: what was typed
MESSAGE_ERROR  value, optional; the summary links to #message
LOSSES         show: something is lost; then the box has to be ticked
LOSSES_ERROR   value, optional; the summary links to #losses
DENIED, FOLDER values, the first optional: why no file can be written there; then there is no form
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li><li><a href="/admin/migrations">Migrations</a></li></ul></nav>
<h1>New revision</h1>
{{#NOTHING}}
<p>The database is as the models want it: there is nothing to write.</p>
<div class="buttons"><a class="button" href="/admin/migrations">Back</a></div>
{{/NOTHING}}
{{#NO_NOTHING}}
{{#CHANGED}}<p class="note">The difference has changed since you read it. Nothing was written: read it again.</p>{{/CHANGED}}
<p>To be as the models want it, the database needs to:</p>
<ul class="lines-of">
{{#DIFFERENCE}}<li>{{TEXT}}</li>{{/DIFFERENCE}}
</ul>
{{#ANY_DANGER}}
<div class="note bad">
<p>This is lost for good when the revision is applied:</p>
<ul class="lines-of">
{{#DANGER}}<li>{{TEXT}}</li>{{/DANGER}}
</ul>
</div>
{{/ANY_DANGER}}
<h2 class="part" id="up">The way up</h2>
<pre class="sql" tabindex="0" role="region" aria-labelledby="up">{{UP:pre_escape}}</pre>
<h2 class="part" id="down">The way back</h2>
<pre class="sql" tabindex="0" role="region" aria-labelledby="down">{{DOWN:pre_escape}}</pre>
{{#ANY_NEED}}
<div class="note bad">
<p>Before this can be written, decide:</p>
<ul class="lines-of">
{{#NEED}}<li>{{TEXT}}</li>{{/NEED}}
</ul>
</div>
<div class="buttons"><a class="button" href="/admin/migrations">Back</a></div>
{{/ANY_NEED}}
{{#NO_NEED}}
{{#DENIED}}
<div class="note bad">
<p>The site may not write into {{FOLDER}} ({{DENIED}}). Write the revision in a terminal, as a user who may:</p>
<pre class="sql" tabindex="0" role="region" aria-label="Command">roster revision --autogenerate{{#LOSSES}} --allow-destructive{{/LOSSES}} -m "what changes"</pre>
</div>
<div class="buttons"><a class="button" href="/admin/migrations">Back</a></div>
{{/DENIED}}
{{#NO_DENIED}}
<form class="act" method="post" action="/admin/migrations/new" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="digest" value="{{DIGEST}}">
<h2 class="part" id="write">Write it as a file</h2>
<p class="hint">Nothing is applied by that.</p>
<div class="field{{#MESSAGE_ERROR}} wrong{{/MESSAGE_ERROR}}">
<label for="message">What changes</label>
<p class="hint" id="message-hint">In a few words: they are its name in the list.</p>
{{#MESSAGE_ERROR}}<p class="error" id="message-error"><span class="unseen">Error:</span> {{MESSAGE_ERROR}}</p>{{/MESSAGE_ERROR}}
<input id="message" name="message" type="text" autocomplete="off"{{#MESSAGE}} value="{{MESSAGE}}"{{/MESSAGE}} aria-describedby="message-hint{{#MESSAGE_ERROR}} message-error{{/MESSAGE_ERROR}}"{{#MESSAGE_ERROR}} aria-invalid="true"{{/MESSAGE_ERROR}}>
</div>
{{#LOSSES}}
<div class="field{{#LOSSES_ERROR}} wrong{{/LOSSES_ERROR}}">
{{#LOSSES_ERROR}}<p class="error" id="losses-error"><span class="unseen">Error:</span> {{LOSSES_ERROR}}</p>{{/LOSSES_ERROR}}
<div class="tick"><input id="losses" name="losses" type="checkbox" value="1"{{#LOSSES_ERROR}} aria-invalid="true" aria-describedby="losses-error"{{/LOSSES_ERROR}}><label for="losses">What is lost may go</label></div>
</div>
{{/LOSSES}}
<div class="buttons">
<button class="main" type="submit">Write the revision</button>
<a href="/admin/migrations">Cancel</a>
</div>
</form>
{{/NO_DENIED}}
{{/NO_NEED}}
{{/NO_NOTHING}}
