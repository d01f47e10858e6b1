{{%AUTOESCAPE context="HTML"}}
{{!
Taking over a backup that this program made earlier, or on another machine.

CSRF      value
LIMIT     value: "32 MB": the largest that can be sent
ARCHIVE_ERROR, MANIFEST_ERROR  values, optional; the summary links to #archive and #manifest
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li><li><a href="/admin/backups/">Backups</a></li></ul></nav>
<h1>Upload a backup</h1>
<p>It joins the list as unverified. Nothing is restored by this.</p>
<form class="act" method="post" action="/admin/backups/upload" enctype="multipart/form-data" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field{{#ARCHIVE_ERROR}} wrong{{/ARCHIVE_ERROR}}">
<label for="archive">Archive</label>
<p class="hint" id="archive-hint">The file NAME.dump, up to {{LIMIT}}; a larger one is copied to the server and taken over by <code>roster backup --import FILE</code>.</p>
{{#ARCHIVE_ERROR}}<p class="error" id="archive-error"><span class="unseen">Error:</span> {{ARCHIVE_ERROR}}</p>{{/ARCHIVE_ERROR}}
<input id="archive" name="archive" type="file" aria-describedby="archive-hint{{#ARCHIVE_ERROR}} archive-error{{/ARCHIVE_ERROR}}"{{#ARCHIVE_ERROR}} aria-invalid="true"{{/ARCHIVE_ERROR}}>
</div>
<div class="field{{#MANIFEST_ERROR}} wrong{{/MANIFEST_ERROR}}">
<label for="manifest">Manifest (optional)</label>
<p class="hint" id="manifest-hint">The file NAME.json that was beside it: with it, damage on the way is noticed, and the rows are known.</p>
{{#MANIFEST_ERROR}}<p class="error" id="manifest-error"><span class="unseen">Error:</span> {{MANIFEST_ERROR}}</p>{{/MANIFEST_ERROR}}
<input id="manifest" name="manifest" type="file" aria-describedby="manifest-hint{{#MANIFEST_ERROR}} manifest-error{{/MANIFEST_ERROR}}"{{#MANIFEST_ERROR}} aria-invalid="true"{{/MANIFEST_ERROR}}>
</div>
<div class="buttons"><button class="main" type="submit">Upload</button> <a href="/admin/backups/">Cancel</a></div>
</form>
