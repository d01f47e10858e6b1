{{%AUTOESCAPE context="HTML"}}
{{!
One revision: its SQL both ways, and what each statement does to others.

HEADING  value
NAME     value: its id
CREATED  value; CREATED_DATETIME value
FILE     value: where it is
PARENT   add: NAME, HREF values
DANGER   add: TEXT value: what it takes away, or cannot bring back
WAY      add: up and down
  ID, LABEL  values
  NOTE   add: TEXT value: the statement's first line; LOCK, WORK values, optional; LOST value, optional; MAY_LOSE value, optional: of a
         statement of which nothing is said; BLOCKS show
  SQL    value
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li><li><a href="/admin/migrations">Migrations</a></li></ul></nav>
<h1>{{HEADING}}</h1>
{{#ANY_DANGER}}
<div class="note bad">
<ul class="lines-of">
{{#DANGER}}<li>{{TEXT}}</li>{{/DANGER}}
</ul>
</div>
{{/ANY_DANGER}}
<dl class="facts">
<div><dt>Revision</dt><dd><code>{{NAME}}</code></dd></div>
<div><dt>Created</dt><dd><time datetime="{{CREATED_DATETIME}}">{{CREATED}}</time></dd></div>
<div><dt>Follows</dt><dd>{{#PARENT}}<a href="{{HREF}}"><code>{{NAME}}</code></a> {{/PARENT}}{{#NO_PARENT}}<span class="none" aria-hidden="true">–</span><span class="unseen">none: it is the first</span>{{/NO_PARENT}}</dd></div>
<div><dt>File</dt><dd>{{FILE}}</dd></div>
</dl>
{{#WAY}}
<h2 class="part" id="{{ID}}">{{LABEL}}</h2>
{{#ANY_NOTE}}
<div class="scroll" role="region" aria-labelledby="{{ID}}" tabindex="0">
<table>
<caption class="unseen">What its statements do to others</caption>
<thead><tr><th scope="col">Statement</th><th scope="col">Lock</th><th scope="col">Work</th><th scope="col">Lost</th></tr></thead>
<tbody>
{{#NOTE}}
<tr><th scope="row"><code class="sql">{{TEXT}}</code></th><td>{{#LOCK}}{{LOCK}}{{#BLOCKS}}<small><span class="badge warn">nobody reads meanwhile</span></small>{{/BLOCKS}}{{/LOCK}}{{#NO_LOCK}}not said{{/NO_LOCK}}</td><td>{{#WORK}}{{WORK}}{{/WORK}}{{#NO_WORK}}not said{{/NO_WORK}}</td><td>{{#LOST}}<span class="badge bad">lost</span> {{LOST}}{{/LOST}}{{#NO_LOST}}{{#MAY_LOSE}}<span class="badge bad">may lose data</span> {{MAY_LOSE}}{{/MAY_LOSE}}{{#NO_MAY_LOSE}}{{#LOCK}}none{{/LOCK}}{{#NO_LOCK}}not said{{/NO_LOCK}}{{/NO_MAY_LOSE}}{{/NO_LOST}}</td></tr>
{{/NOTE}}
</tbody>
</table>
</div>
<details class="alternative">
<summary>The whole SQL</summary>
<pre class="sql" tabindex="0" role="region" aria-label="SQL, {{LABEL}}">{{SQL:pre_escape}}</pre>
</details>
{{/ANY_NOTE}}
{{#NO_NOTE}}<p class="empty">Nothing to run.</p>{{/NO_NOTE}}
{{/WAY}}
