{{%AUTOESCAPE context="HTML"}}
{{!
What the database spends its time on.

CSRF       value
PROBLEM    value, optional: why there are no figures; HOW add: COMMAND value: what to do, step by step
SINCE      value, optional: since when the figures count; SINCE_DATETIME value
SORT       add: LABEL value; HREF value; CURRENT show: how the statements are sorted
STATEMENT  add: one statement
  TEXT, HREF  values
  TOTAL, MEAN, CALLS, ROWS, SHARE  values
RUNNING    add: one that runs now
  PID, STARTED, TEXT, SECONDS, WHO, STATE  values
  WAITS, BLOCKED_BY  values, optional
  IDLE     show: a transaction that does nothing: its session is ended, as there is no statement to cancel
  ACTION   value, optional: where the button leads; absent when only PostgreSQL's superuser may
UNUSED     add: NAME, TABLE_NAME, SIZE values: an index that nothing used
DUPLICATE  add: NAME, TABLE_NAME, SIZE, OTHER values: an index that another one makes superfluous
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li></ul></nav>
<h1>Queries</h1>
<h2 class="part" id="now">Running now</h2>
{{#ANY_RUNNING}}
<div class="scroll" role="region" aria-labelledby="now" tabindex="0">
<table>
<caption class="unseen">Statements that run now</caption>
<thead><tr><th scope="col">Statement</th><th scope="col" class="number">Seconds</th><th scope="col">Who</th><th scope="col">State</th><th scope="col">Action</th></tr></thead>
<tbody>
{{#RUNNING}}
<tr><th scope="row"><code class="sql">{{TEXT}}</code></th><td class="number">{{SECONDS}}</td><td>{{WHO}}<small>process {{PID}}</small></td><td>{{STATE}}{{#WAITS}}<small>waits for {{WAITS}}</small>{{/WAITS}}{{#BLOCKED_BY}}<small>held up by process {{BLOCKED_BY}}</small>{{/BLOCKED_BY}}</td><td>{{#ACTION}}<form method="post" action="{{ACTION}}" data-once><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="pid" value="{{PID}}"><input type="hidden" name="started" value="{{STARTED}}">{{#IDLE}}<input type="hidden" name="idle" value="1"><button class="danger" type="submit">End the session<span class="unseen"> of process {{PID}}</span></button>{{/IDLE}}{{#NO_IDLE}}<button class="danger" type="submit">Cancel<span class="unseen"> the statement of process {{PID}}</span></button>{{/NO_IDLE}}</form>{{/ACTION}}{{#NO_ACTION}}<small>Only a superuser of PostgreSQL may end this.</small>{{/NO_ACTION}}</td></tr>
{{/RUNNING}}
</tbody>
</table>
</div>
{{/ANY_RUNNING}}
{{#NO_RUNNING}}<p class="empty">Nothing has been running for longer than a second.</p>{{/NO_RUNNING}}
<h2 class="part" id="statements">Where the time goes</h2>
{{#PROBLEM}}
<div class="note">
<p>{{PROBLEM}}</p>
{{#ANY_HOW}}
<ol class="lines-of">
{{#HOW}}<li><code>{{COMMAND}}</code></li>{{/HOW}}
</ol>
{{/ANY_HOW}}
</div>
{{/PROBLEM}}
{{#NO_PROBLEM}}
{{#SINCE}}<p class="hint">Counted since <time datetime="{{SINCE_DATETIME}}">{{SINCE}}</time>.</p>{{/SINCE}}
<ul class="tabs" aria-label="Sorted by">
{{#SORT}}<li>{{#CURRENT}}<span aria-current="true">{{LABEL}}</span>{{/CURRENT}}{{#NO_CURRENT}}<a href="{{HREF}}">{{LABEL}}</a>{{/NO_CURRENT}}</li>{{/SORT}}
</ul>
<div class="scroll" role="region" aria-labelledby="statements" tabindex="0">
<table>
<caption class="unseen">Statements and what they cost</caption>
<thead><tr><th scope="col">Statement</th><th scope="col" class="number">Share</th><th scope="col" class="number">Total, ms</th><th scope="col" class="number">Mean, ms</th><th scope="col" class="number">Calls</th><th scope="col" class="number">Rows</th></tr></thead>
<tbody>
{{#STATEMENT}}
<tr><th scope="row"><a href="{{HREF}}"><code class="sql">{{TEXT}}</code></a></th><td class="number">{{SHARE}} %</td><td class="number">{{TOTAL}}</td><td class="number">{{MEAN}}</td><td class="number">{{CALLS}}</td><td class="number">{{ROWS}}</td></tr>
{{/STATEMENT}}
</tbody>
</table>
</div>
{{/NO_PROBLEM}}
<h2 class="part" id="unused">Indexes that nothing has used</h2>
<p class="hint">Each slows every save down a little. Small sites and new databases have many: look again after some weeks of work.</p>
{{#ANY_UNUSED}}
<div class="scroll" role="region" aria-labelledby="unused" tabindex="0">
<table>
<caption class="unseen">Indexes that nothing has used</caption>
<thead><tr><th scope="col">Index</th><th scope="col">Table</th><th scope="col" class="number">Size</th></tr></thead>
<tbody>
{{#UNUSED}}
<tr><th scope="row">{{NAME}}</th><td>{{TABLE_NAME}}</td><td class="number">{{SIZE}}</td></tr>
{{/UNUSED}}
</tbody>
</table>
</div>
{{/ANY_UNUSED}}
{{#NO_UNUSED}}<p class="empty">There is none.</p>{{/NO_UNUSED}}
<h2 class="part" id="duplicates">Indexes that another one replaces</h2>
{{#ANY_DUPLICATE}}
<div class="scroll" role="region" aria-labelledby="duplicates" tabindex="0">
<table>
<caption class="unseen">Indexes that another one replaces</caption>
<thead><tr><th scope="col">Index</th><th scope="col">Table</th><th scope="col">Replaced by</th><th scope="col" class="number">Size</th></tr></thead>
<tbody>
{{#DUPLICATE}}
<tr><th scope="row">{{NAME}}</th><td>{{TABLE_NAME}}</td><td>{{OTHER}}</td><td class="number">{{SIZE}}</td></tr>
{{/DUPLICATE}}
</tbody>
</table>
</div>
{{/ANY_DUPLICATE}}
{{#NO_DUPLICATE}}<p class="empty">There is none.</p>{{/NO_DUPLICATE}}
