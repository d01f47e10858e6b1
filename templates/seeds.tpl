{{%AUTOESCAPE context="HTML"}}
{{!
The seeds, and running them.

CSRF   value
SEED   add: one seed
  ID, NAME  values
  HINT   value: what it is
  FILE   add: TEXT value: what one of its files holds
  SCALED show: its rows are generated; SCALE value, optional: what was typed; SCALE_ERROR value, optional
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li></ul></nav>
<h1>Seeds</h1>
<p class="hint">Rows that come with the program. A seed takes effect whole or not at all, and running it again changes nothing that is as it says. A dry run does everything, counts, and undoes it.</p>
{{#SEED}}
<section class="panel">
<h2 id="{{ID}}">{{NAME}}</h2>
<p>{{HINT}}</p>
{{#ANY_FILE}}
<ul class="lines-of">
{{#FILE}}<li>{{TEXT}}</li>{{/FILE}}
</ul>
{{/ANY_FILE}}
<form class="act" method="post" action="/admin/seeds" novalidate data-once aria-labelledby="{{ID}}">
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="seed" value="{{NAME}}">
{{#SCALED}}
<div class="field{{#SCALE_ERROR}} wrong{{/SCALE_ERROR}}">
<label for="{{ID}}-scale">How much of it</label>
<p class="hint" id="{{ID}}-hint">1 is all that its plan says; 0.01 a hundredth.</p>
{{#SCALE_ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{SCALE_ERROR}}</p>{{/SCALE_ERROR}}
<input class="short" id="{{ID}}-scale" name="scale" type="text" inputmode="decimal" autocomplete="off"{{#SCALE}} value="{{SCALE}}"{{/SCALE}} aria-describedby="{{ID}}-hint{{#SCALE_ERROR}} {{ID}}-error{{/SCALE_ERROR}}"{{#SCALE_ERROR}} aria-invalid="true"{{/SCALE_ERROR}}>
</div>
{{/SCALED}}
<div class="buttons">
<button class="main" type="submit" name="_trial" value="1">Dry run<span class="unseen"> of {{NAME}}</span></button>
<button type="submit" name="_go" value="1">Run<span class="unseen"> {{NAME}}</span></button>
</div>
</form>
</section>
{{/SEED}}
{{#NO_SEED}}<p class="empty">There is no seed.</p>{{/NO_SEED}}
