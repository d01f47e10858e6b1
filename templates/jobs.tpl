{{%AUTOESCAPE context="HTML"}}
{{!
Jobs: what runs in the background, and what ran.

PROBLEM   value, optional: why they cannot be read
JOB       add: one, the newest first
  TITLE   value: "Restore"
  HREF    value
  COMMAND value: the verb with its words
  BADGE, TONE  values: its status
  WHO, STARTED, STARTED_DATETIME, LENGTH  values
  MESSAGE value, optional: why it failed, what it does
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li></ul></nav>
<h1>Jobs</h1>
<p class="hint">Backing up, restoring, migrating and seeding run as jobs: processes of their own, which go on when this page is closed.</p>
{{#ANY_JOB}}
<div class="scroll" role="region" aria-label="Jobs" tabindex="0">
<table class="wraps">
<caption class="unseen">Jobs, the newest first</caption>
<thead><tr><th scope="col">Job</th><th scope="col">State</th><th scope="col">Started</th><th scope="col" class="number">Took</th><th scope="col">By</th></tr></thead>
<tbody>
{{#JOB}}
<tr><th scope="row"><a href="{{HREF}}">{{TITLE}}<span class="unseen">, started {{STARTED}}</span></a><small><code>{{COMMAND}}</code></small></th><td><span class="badge {{TONE}}">{{BADGE}}</span>{{#MESSAGE}}<small>{{MESSAGE}}</small>{{/MESSAGE}}</td><td data-label="Started"><time datetime="{{STARTED_DATETIME}}">{{STARTED}}</time></td><td data-label="Took" class="number">{{LENGTH}}</td><td data-label="By">{{WHO}}</td></tr>
{{/JOB}}
</tbody>
</table>
</div>
{{/ANY_JOB}}
{{#PROBLEM}}<p class="note bad">Jobs cannot be read: {{PROBLEM}}. Correct that, as none can be started meanwhile either.</p>{{/PROBLEM}}
{{#NO_PROBLEM}}{{#NO_JOB}}<p class="empty">Nothing has run yet.</p>{{/NO_JOB}}{{/NO_PROBLEM}}
