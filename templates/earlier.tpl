{{%AUTOESCAPE context="HTML"}}
{{!
The databases that restores put aside: the way back, and room that they take.

AWAY      value, optional: why they cannot be listed
CSRF      value
DATABASE  value: the name of the site's database
EARLIER   add: NAME, AT, SIZE values
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li><li><a href="/admin/backups/">Backups</a></li></ul></nav>
<h1>Databases put aside</h1>
<p class="hint">A restore keeps the database that it replaces; going back swaps the two, so that nothing is lost.</p>
{{#AWAY}}<p class="note bad">{{AWAY}}</p>{{/AWAY}}
{{#NO_AWAY}}
{{#ANY_EARLIER}}
<div class="scroll" role="region" aria-label="Databases put aside" tabindex="0">
<table class="wraps">
<caption class="unseen">Databases put aside, the newest first</caption>
<thead><tr><th scope="col">Database</th><th scope="col">Put aside (UTC)</th><th scope="col" class="number">Size</th><th scope="col">Actions</th></tr></thead>
<tbody>
{{#EARLIER}}
<tr><th scope="row">{{NAME}}</th><td data-label="Put aside (UTC)">{{AT}}</td><td data-label="Size" class="number">{{SIZE}}</td><td><form method="post" action="/admin/backups/earlier" data-once><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="database" value="{{NAME}}"><button type="submit" name="_back" value="1">Go back to it<span class="unseen">: {{NAME}}</span></button> <button class="danger" type="submit" name="_drop" value="1">Delete it<span class="unseen">: {{NAME}}</span></button></form></td></tr>
{{/EARLIER}}
</tbody>
</table>
</div>
{{/ANY_EARLIER}}
{{#NO_EARLIER}}<p class="empty">There is none: {{DATABASE}} was not replaced by a restore, or what it replaced was deleted.</p>{{/NO_EARLIER}}
{{/NO_AWAY}}
