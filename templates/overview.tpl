{{%AUTOESCAPE context="HTML"}}
{{!
The first page: what there is, what changed lately, and the overview's panels.

HEADING      value
CARD         add: one model
  LABEL      value: its plural
  COUNT      value: "40" or "about 9.9 million"
  HREF       value: its list
  NEW_HREF   value, optional: the form for a new one
  NEW_LABEL  value: "New team"
CHANGE       add: one change, newest first
  TIME, DATETIME  values: for people, for machines
  WHO        value
  VERB       value: "added", "changed", "deleted"
  MODEL      value: "team"
  TEXT       value: the record's title
  HREF       value, optional: absent when the record is gone
PANEL        include panel.tpl, any number
}}
<h1>{{HEADING}}</h1>
{{#ANY_CARD}}
<ul class="cards">
{{#CARD}}
<li class="card">
<h2><a href="{{HREF}}">{{LABEL}}</a></h2>
<p class="count">{{COUNT}}</p>
{{#NEW_HREF}}<p><a href="{{NEW_HREF}}">{{NEW_LABEL}}</a></p>{{/NEW_HREF}}
</li>
{{/CARD}}
</ul>
{{/ANY_CARD}}
<div class="panels">
{{>PANEL}}
<section class="panel">
<h2 id="lately">Changed lately</h2>
{{#ANY_CHANGE}}
<ul class="changes">
{{#CHANGE}}
<li><span>{{WHO}} {{VERB}} {{MODEL}} {{#HREF}}<a href="{{HREF}}">{{TEXT}}</a>{{/HREF}}{{#NO_HREF}}{{TEXT}}{{/NO_HREF}}</span> <time datetime="{{DATETIME}}">{{TIME}}</time></li>
{{/CHANGE}}
</ul>
{{/ANY_CHANGE}}
{{#NO_CHANGE}}<p class="empty">Nothing has been changed yet.</p>{{/NO_CHANGE}}
</section>
</div>
