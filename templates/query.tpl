{{%AUTOESCAPE context="HTML"}}
{{!
One statement: what it costs, how PostgreSQL runs it, and whether an index would help.

TEXT      value: the statement
TOTAL, MEAN, CALLS, ROWS, SHARE  values
PLAN      value, optional: EXPLAIN's text; PROBLEM value, optional: why there is none
ADVICE    value, optional: what an index would do
  TABLE_NAME  value: the model's table
  LINE    value: for models.c
REASON  value, optional: why there is no advice
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li><li><a href="/admin/queries">Queries</a></li></ul></nav>
<h1>Query</h1>
<pre class="sql" tabindex="0" role="region" aria-label="Statement">{{TEXT:pre_escape}}</pre>
<dl class="facts">
<div><dt>Share</dt><dd>{{SHARE}} % of the time</dd></div>
<div><dt>Total</dt><dd>{{TOTAL}} ms</dd></div>
<div><dt>Mean</dt><dd>{{MEAN}} ms</dd></div>
<div><dt>Calls</dt><dd>{{CALLS}}</dd></div>
<div><dt>Rows</dt><dd>{{ROWS}}</dd></div>
</dl>
<h2 class="part" id="plan">How PostgreSQL runs it</h2>
{{#PLAN}}<p class="hint">For any values of the parameters; planned now, not run.</p>
<pre class="sql" tabindex="0" role="region" aria-labelledby="plan">{{PLAN:pre_escape}}</pre>{{/PLAN}}
{{#PROBLEM}}<p class="note">{{PROBLEM}}</p>{{/PROBLEM}}
<h2 class="part" id="advice">Would an index help?</h2>
{{#ADVICE}}
<p>{{ADVICE}}</p>
<p>In the models file, among the <code>.indexes</code> of the model <code>{{TABLE_NAME}}</code>:</p>
<pre class="sql" tabindex="0" role="region" aria-label="Line for the models file">{{LINE:pre_escape}}</pre>
{{/ADVICE}}
{{#NO_ADVICE}}<p>{{REASON}}</p>{{/NO_ADVICE}}
