{{%AUTOESCAPE context="HTML"}}
{{!
What people did, newest first.

WHO, REMOTE, FROM, TO  values, optional: what is filtered by
FROM_ERROR, TO_ERROR   values, optional; the summary links to #from and #to
KIND       add: VALUE, LABEL values; SELECTED show
FILTERED   show: something is filtered
LINE       add: one line
  TIME, DATETIME  values
  PERSON   value, optional
  VERB     value: "signed in", "changed"
  TONE     value, optional
  TEXT     value, optional: to what; HREF value, optional
  ADDRESS  value, optional: from where
OLDER_HREF, NEWEST_HREF  values, optional
PAGER      show: there is more than one page; RANGE value: which part this is
CSRF       value
HIDDEN     add: NAME, VALUE values: the filters, for the export
KEPT       value: how long lines are kept
EXPORT_MAX value: how many lines the export holds at most
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li></ul></nav>
<h1>Audit</h1>
<p class="hint">Who signed in or failed to, changed a record, or ran the site: when, and from where. {{KEPT}}</p>
<form class="filters" method="get" action="/admin/audit" role="search" aria-label="Filter">
<div class="grid">
<div class="field">
<label for="kind">What</label>
<select id="kind" name="kind">
{{#KIND}}
<option value="{{VALUE}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>
{{/KIND}}
</select>
</div>
<div class="field">
<label for="who">Who</label>
<input id="who" name="who" type="text" inputmode="email" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="who-hint"{{#WHO}} value="{{WHO}}"{{/WHO}}>
<p class="hint" id="who-hint">The whole email address.</p>
</div>
<div class="field">
<label for="remote">From where</label>
<input id="remote" name="remote" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="remote-hint"{{#REMOTE}} value="{{REMOTE}}"{{/REMOTE}}>
<p class="hint" id="remote-hint">The whole network address.</p>
</div>
<div class="field{{#FROM_ERROR}} wrong{{/FROM_ERROR}}">
<label for="from">First day</label>
{{#FROM_ERROR}}<p class="error" id="from-error"><span class="unseen">Error:</span> {{FROM_ERROR}}</p>{{/FROM_ERROR}}
<input id="from" name="from" type="{{#FROM_ERROR}}text{{/FROM_ERROR}}{{#NO_FROM_ERROR}}date{{/NO_FROM_ERROR}}"{{#FROM}} value="{{FROM}}"{{/FROM}}{{#FROM_ERROR}} aria-invalid="true" aria-describedby="from-error"{{/FROM_ERROR}}>
</div>
<div class="field{{#TO_ERROR}} wrong{{/TO_ERROR}}">
<label for="to">Last day</label>
{{#TO_ERROR}}<p class="error" id="to-error"><span class="unseen">Error:</span> {{TO_ERROR}}</p>{{/TO_ERROR}}
<input id="to" name="to" type="{{#TO_ERROR}}text{{/TO_ERROR}}{{#NO_TO_ERROR}}date{{/NO_TO_ERROR}}"{{#TO}} value="{{TO}}"{{/TO}}{{#TO_ERROR}} aria-invalid="true" aria-describedby="to-error"{{/TO_ERROR}}>
</div>
</div>
<div class="buttons"><button type="submit">Apply filters</button>{{#FILTERED}}<a href="/admin/audit">Clear all</a>{{/FILTERED}}</div>
</form>
{{#ANY_LINE}}
<div class="scroll" role="region" aria-label="Audit" tabindex="0">
<table>
<caption class="unseen">What people did, newest first</caption>
<thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">What</th><th scope="col">To what</th><th scope="col">From where</th></tr></thead>
<tbody>
{{#LINE}}
<tr><th scope="row"><time datetime="{{DATETIME}}">{{TIME}}</time></th><td>{{#PERSON}}{{PERSON}}{{/PERSON}}{{#NO_PERSON}}<span class="none" aria-hidden="true">–</span><span class="unseen">nobody known</span>{{/NO_PERSON}}</td><td>{{#TONE}}<span class="badge {{TONE}}">{{VERB}}</span>{{/TONE}}{{#NO_TONE}}{{VERB}}{{/NO_TONE}}</td><td>{{#TEXT}}{{#HREF}}<a href="{{HREF}}">{{TEXT}}</a>{{/HREF}}{{#NO_HREF}}{{TEXT}}{{/NO_HREF}}{{/TEXT}}{{#NO_TEXT}}<span class="none" aria-hidden="true">–</span><span class="unseen">nothing</span>{{/NO_TEXT}}</td><td>{{#ADDRESS}}{{ADDRESS}}{{/ADDRESS}}{{#NO_ADDRESS}}<span class="none" aria-hidden="true">–</span><span class="unseen">not known</span>{{/NO_ADDRESS}}</td></tr>
{{/LINE}}
</tbody>
</table>
</div>
{{/ANY_LINE}}
{{#NO_LINE}}<div class="empty big"><p>Nothing matches.</p></div>{{/NO_LINE}}
{{#PAGER}}
<nav class="pager" aria-label="Pages">
<ul>
{{#NEWEST_HREF}}<li><a rel="first" href="{{NEWEST_HREF}}">Newest<span class="unseen"> lines</span></a></li>{{/NEWEST_HREF}}
<li><span aria-current="page">{{RANGE}}</span></li>
{{#OLDER_HREF}}<li><a rel="next" href="{{OLDER_HREF}}">Older<span class="unseen"> lines</span></a></li>{{/OLDER_HREF}}
</ul>
</nav>
{{/PAGER}}
<form method="post" action="/admin/audit/export">
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
<div class="buttons"><button type="submit">Download as CSV</button></div>
<p class="hint">All that the filters leave, at most the newest {{EXPORT_MAX}} lines. The download is itself a line here.</p>
</form>
