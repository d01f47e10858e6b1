{{%AUTOESCAPE context="HTML"}}
{{!
How the site is doing, fact by fact; the same as `roster doctor`.

AWAY     value, optional: why the database cannot say who is there
CLOSED    value, optional: why the site is closed to others, and what happens next
VERDICT  value, optional: in a sentence
GOOD     show: nothing to do
FACT     add
  WHAT   value: what it is about
  BADGE  value: "ok", "hint", "bad"
  TONE   value
  TEXT   value
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li></ul></nav>
<h1>Health</h1>
{{#AWAY}}<p class="note bad">{{AWAY}}</p>{{/AWAY}}
{{#CLOSED}}<p class="note bad">{{CLOSED}}</p>{{/CLOSED}}
{{#VERDICT}}<p class="verdict{{#GOOD}} good{{/GOOD}}">{{VERDICT}}</p>{{/VERDICT}}
<div class="scroll" role="region" aria-label="Facts" tabindex="0">
<table class="wraps">
<caption class="unseen">Facts</caption>
<thead><tr><th scope="col">About</th><th scope="col">State</th><th scope="col">Finding</th></tr></thead>
<tbody>
{{#FACT}}
<tr><th scope="row">{{WHAT}}</th><td><span class="badge {{TONE}}">{{BADGE}}</span></td><td>{{TEXT}}</td></tr>
{{/FACT}}
</tbody>
</table>
</div>
<p class="hint">The same in a terminal: <code>roster doctor</code>. For monitoring: <code>/metrics</code>, with the key <code>METRICS_KEY</code> of the configuration.</p>
