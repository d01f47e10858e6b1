{{%AUTOESCAPE context="HTML"}}
{{!
Every table against its model, and the models as a diagram.

VERDICT   value: in a sentence; GOOD show: no difference
FIX_HREF  value, optional: where a difference is turned into a revision; FIX_LABEL value
TABLE     add: one table
  NAME    value; HREF value, optional: its list
  BADGE, TONE  values: "as modelled", "differs", "missing", "not in the models", "the program's own"
  ROWS    value: about how many
  SIZE    value: with its indexes and large values, for people; INDEXES value: the indexes alone
  POINT   add: TEXT value: what differs
OTHER     add: TEXT value: a difference that belongs to no table
DIAGRAM   include diagram.tpl
RELATION  add: FROM, COLUMN, TO, ACTION values: the diagram in words
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li></ul></nav>
<h1>Schema</h1>
<p class="verdict{{#GOOD}} good{{/GOOD}}">{{VERDICT}}</p>
{{#FIX_HREF}}<div class="buttons"><a class="button" href="{{FIX_HREF}}">{{FIX_LABEL}}</a></div>{{/FIX_HREF}}
{{#ANY_OTHER}}
<ul class="lines-of">
{{#OTHER}}<li>{{TEXT}}</li>{{/OTHER}}
</ul>
{{/ANY_OTHER}}
<h2 class="part" id="tables">Tables</h2>
<div class="scroll" role="region" aria-labelledby="tables" tabindex="0">
<table>
<caption class="unseen">Every table against its model</caption>
<thead><tr><th scope="col">Table</th><th scope="col">State</th><th scope="col" class="number">Rows, about</th><th scope="col" class="number">Size</th><th scope="col" class="number">of it indexes</th></tr></thead>
<tbody>
{{#TABLE}}
<tr><th scope="row">{{#HREF}}<a href="{{HREF}}">{{NAME}}</a>{{/HREF}}{{#NO_HREF}}{{NAME}}{{/NO_HREF}}</th><td><span class="badge {{TONE}}">{{BADGE}}</span>{{#POINT}}<small>{{TEXT}}</small>{{/POINT}}</td><td class="number">{{ROWS}}</td><td class="number">{{SIZE}}</td><td class="number">{{INDEXES}}</td></tr>
{{/TABLE}}
</tbody>
</table>
</div>
<h2 class="part" id="entities">Entities</h2>
<p class="hint">The models and how they refer to each other. A dashed line is a relation of many to many.</p>
{{>DIAGRAM}}
<details class="alternative">
<summary>The same in words</summary>
<div class="scroll" role="region" aria-label="Relations" tabindex="0">
<table>
<caption class="unseen">Relations</caption>
<thead><tr><th scope="col">From</th><th scope="col">Through</th><th scope="col">To</th><th scope="col">When that is deleted</th></tr></thead>
<tbody>
{{#RELATION}}
<tr><th scope="row">{{FROM}}</th><td>{{COLUMN}}</td><td>{{TO}}</td><td>{{ACTION}}</td></tr>
{{/RELATION}}
</tbody>
</table>
</div>
</details>
