{{%AUTOESCAPE context="HTML"}}
{{!
The backups: making one, and what there is.

AWAY      value, optional: why the database cannot say who is there
VERDICT   value: in a sentence; GOOD show: the newest is verified and fresh enough
CSRF      value
BUSY      value, optional: why nothing can be started just now
NOTE, NOTE_ERROR  values, optional: what was typed, and what is wrong with it
BACKUP    add: one, the newest first
  NAME, HREF  values
  AT, AT_DATETIME, SIZE, ROWS, REVISION, WHO  values; of a damaged one some are missing
  NOTE    value, optional
  BADGE, TONE  values: "verified", "unverified", "restorable", "damaged", "unreadable"
  PROBLEM, UNREADABLE  values, optional
  KEPT    value: why it stays, or that it would go
PRUNE     value, optional: "Remove 3 old ones": a button's words
EARLIER_KEPT  value, optional: how many databases restores put aside, and what they take
LIMIT     value: "32 MB": the largest that can be uploaded
FULL      value: how much room they take, and how much is left
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li></ul></nav>
<h1>Backups</h1>
{{#AWAY}}<p class="note bad">{{AWAY}}</p>{{/AWAY}}
<p class="verdict{{#GOOD}} good{{/GOOD}}">{{VERDICT}}</p>
{{#BUSY}}<p class="note">{{BUSY}}</p>{{/BUSY}}
<section aria-labelledby="new">
<h2 class="part" id="new">Back up now</h2>
<form class="act" method="post" action="/admin/backups/" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field{{#NOTE_ERROR}} wrong{{/NOTE_ERROR}}">
<label for="note">Note (optional)</label>
<p class="hint" id="note-hint">What it is for, in a line: it is shown in the list.</p>
{{#NOTE_ERROR}}<p class="error" id="note-error"><span class="unseen">Error:</span> {{NOTE_ERROR}}</p>{{/NOTE_ERROR}}
<input id="note" name="note" type="text" autocomplete="off" aria-describedby="note-hint{{#NOTE_ERROR}} note-error{{/NOTE_ERROR}}"{{#NOTE_ERROR}} aria-invalid="true"{{/NOTE_ERROR}}{{#NOTE}} value="{{NOTE}}"{{/NOTE}}>
</div>
<div class="field">
<div class="tick"><input id="verify" name="verify" type="checkbox" value="true" checked aria-describedby="verify-hint"><label for="verify">Verify it, too</label></div>
<p class="hint" id="verify-hint">Only what was restored into a scratch database, and compared, is known to be good.</p>
</div>
<div class="buttons"><button class="main" type="submit">Back up</button> <a href="/admin/backups/upload">Upload an earlier one</a> <a href="/admin/backups/earlier">Databases put aside by restores</a></div>
<p class="hint">Up to {{LIMIT}} can be uploaded; a larger one is copied to the server, and taken over by <code>roster backup --import FILE</code>.</p>
</form>
</section>
<h2 class="part" id="all">What there is</h2>
{{#ANY_BACKUP}}
<div class="scroll" role="region" aria-labelledby="all" tabindex="0">
<table class="wraps">
<caption class="unseen">Backups, the newest first</caption>
<thead><tr><th scope="col">Made</th><th scope="col">State</th><th scope="col" class="number">Size</th><th scope="col" class="number">Rows</th><th scope="col">Revision</th><th scope="col">By</th><th scope="col">Stays</th></tr></thead>
<tbody>
{{#BACKUP}}
<tr><th scope="row"><a href="{{HREF}}">{{#AT}}<time datetime="{{AT_DATETIME}}">{{AT}}</time>{{/AT}}{{#NO_AT}}{{NAME}}{{/NO_AT}}</a>{{#NOTE}}<small>{{NOTE}}</small>{{/NOTE}}</th><td><span class="badge {{TONE}}">{{BADGE}}</span>{{#PROBLEM}}<small>{{PROBLEM}}</small>{{/PROBLEM}}{{#UNREADABLE}}<small>{{UNREADABLE}}</small>{{/UNREADABLE}}</td><td data-label="Size" class="number">{{SIZE}}</td><td data-label="Rows" class="number">{{ROWS}}</td><td data-label="Revision" class="short">{{REVISION}}</td><td data-label="By">{{WHO}}</td><td data-label="Stays">{{KEPT}}</td></tr>
{{/BACKUP}}
</tbody>
</table>
</div>
{{/ANY_BACKUP}}
{{#NO_BACKUP}}<p class="empty">There is none yet.</p>{{/NO_BACKUP}}
<p class="hint">{{FULL}}{{#EARLIER_KEPT}} Besides, in the database: {{EARLIER_KEPT}}.{{/EARLIER_KEPT}}</p>
{{#PRUNE}}<div class="buttons"><a class="button" href="/admin/backups/prune">{{PRUNE}}</a></div>{{/PRUNE}}
<p class="hint">Every night by itself: <code>roster backup --schedule</code> prints a systemd timer and a cron line. How many stay is set by <code>ROSTER_KEEP_LAST</code> and its companions.</p>
