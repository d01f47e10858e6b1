{{%AUTOESCAPE context="HTML"}}
{{!
One backup, and what can be done with it.

NAME      value
BADGE, TONE  values
PROBLEM   value, optional: why it is of no use
UNREADABLE  value, optional: why it cannot be looked at, and what to do
ADVICE    value, optional: what to do first
NOTE      value, optional
FACT      add: WHAT, TEXT values; CODE show: TEXT is for machines
TABLE     add: NAME, ROWS values
CSRF, VERIFY_ACTION, RESTORE_HREF, DELETE_HREF, DOWNLOAD_HREF, MANIFEST_HREF  values
USABLE    show: it can be verified, restored and downloaded
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li><li><a href="/admin/backups/">Backups</a></li></ul></nav>
<h1>{{NAME}} <span class="badge {{TONE}}">{{BADGE}}</span></h1>
{{#PROBLEM}}<p class="note bad">It cannot be restored: {{PROBLEM}}. <a href="/admin/backups/">Make another one</a>, and delete this one then.</p>{{/PROBLEM}}
{{#UNREADABLE}}<p class="note bad">It cannot be read, which says nothing about its worth. {{UNREADABLE}}</p>{{/UNREADABLE}}
{{#ADVICE}}<p class="verdict">{{ADVICE}}</p>{{/ADVICE}}
<div class="buttons">
{{#USABLE}}
<a class="button main" href="{{RESTORE_HREF}}">Restore it</a>
<form method="post" action="{{VERIFY_ACTION}}" data-once><input type="hidden" name="csrf" value="{{CSRF}}"><button type="submit">Verify it</button></form>
<a href="{{DOWNLOAD_HREF}}">Download</a>
<a href="{{MANIFEST_HREF}}">Its manifest</a>
{{/USABLE}}
<a href="{{DELETE_HREF}}">Delete</a>
</div>
<dl class="facts">
{{#FACT}}<div><dt>{{WHAT}}</dt><dd>{{#CODE}}<code>{{TEXT}}</code>{{/CODE}}{{#NO_CODE}}{{TEXT}}{{/NO_CODE}}</dd></div>
{{/FACT}}
</dl>
{{#ANY_TABLE}}
<h2 class="part" id="tables">What is in it</h2>
<div class="scroll" role="region" aria-labelledby="tables" tabindex="0">
<table>
<caption class="unseen">Tables and their rows</caption>
<thead><tr><th scope="col">Table</th><th scope="col" class="number">Rows</th></tr></thead>
<tbody>
{{#TABLE}}
<tr><th scope="row">{{NAME}}</th><td class="number">{{ROWS}}</td></tr>
{{/TABLE}}
</tbody>
</table>
</div>
{{/ANY_TABLE}}
