{{%AUTOESCAPE context="HTML"}}
{{!
What happened to a record, newest first.

LIST_HREF, LIST_LABEL      values
RECORD_HREF, RECORD_LABEL  values; RECORD_HREF is absent when the record is gone
HEADING       value: "History of team Core"
ENTRY         add: one change
  ID          value: unique on the page
  TIME, DATETIME  values
  WHO         value
  VERB        value: "added", "changed", "deleted"
  NOTE        value, optional
  DIFFERENCE  add: LABEL value; BEFORE, AFTER values, optional
NEWER_HREF, OLDER_HREF  values, optional: other pages
PAGER         show: there is more than one page
}}
<nav class="crumbs" aria-label="Where this is">
<ul>
<li><a href="{{LIST_HREF}}">{{LIST_LABEL}}</a></li>
<li>{{#RECORD_HREF}}<a href="{{RECORD_HREF}}">{{RECORD_LABEL}}</a>{{/RECORD_HREF}}{{#NO_RECORD_HREF}}{{RECORD_LABEL}}{{/NO_RECORD_HREF}}</li>
</ul>
</nav>
<h1>{{HEADING}}</h1>
{{#ANY_ENTRY}}
<ol class="history">
{{#ENTRY}}
<li>
<h2 id="{{ID}}">{{WHO}} {{VERB}} it <time datetime="{{DATETIME}}">{{TIME}}</time></h2>
{{#NOTE}}<p>{{NOTE}}</p>{{/NOTE}}
{{#ANY_DIFFERENCE}}
<div class="scroll" role="region" aria-labelledby="{{ID}}" tabindex="0">
<table class="sides">
<caption class="unseen">What was changed</caption>
<thead><tr><th scope="col">Field</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>
<tbody>
{{#DIFFERENCE}}
<tr><th scope="row">{{LABEL}}</th><td class="lines" data-label="Before">{{#BEFORE}}<del>{{BEFORE:pre_escape}}</del>{{/BEFORE}}{{#NO_BEFORE}}<span class="none" aria-hidden="true">–</span><span class="unseen">empty</span>{{/NO_BEFORE}}</td><td class="lines" data-label="After">{{#AFTER}}<ins>{{AFTER:pre_escape}}</ins>{{/AFTER}}{{#NO_AFTER}}<span class="none" aria-hidden="true">–</span><span class="unseen">empty</span>{{/NO_AFTER}}</td></tr>
{{/DIFFERENCE}}
</tbody>
</table>
</div>
{{/ANY_DIFFERENCE}}
</li>
{{/ENTRY}}
</ol>
{{/ANY_ENTRY}}
{{#NO_ENTRY}}<p class="empty">Nothing has been recorded yet.</p>{{/NO_ENTRY}}
{{#PAGER}}
<nav class="pager" aria-label="Pages">
<ul>
{{#NEWER_HREF}}<li><a rel="prev" href="{{NEWER_HREF}}">Newer<span class="unseen"> changes</span></a></li>{{/NEWER_HREF}}
{{#OLDER_HREF}}<li><a rel="next" href="{{OLDER_HREF}}">Older<span class="unseen"> changes</span></a></li>{{/OLDER_HREF}}
</ul>
</nav>
{{/PAGER}}
