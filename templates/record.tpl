{{%AUTOESCAPE context="HTML"}}
{{!
A record's page.

LIST_HREF, LIST_LABEL  values: the model's list
HEADING       value: the record's title
EDIT_HREF, DELETE_HREF, HISTORY_HREF  values, optional: absent when the person may not
ACCOUNT_HREF  value, optional: what a superuser may do about this person's ways in
NOTE          value, optional: "This skill comes from the seeds and cannot be changed here."
ENTRY         add: one field
  LABEL       value
  VALUE       include value.tpl
LINKS         add: a many-to-many relation
  ID          value: unique on the page
  LABEL       value
  ITEM        add: TEXT, HREF values
  MORE        value, optional: "and 37 more"; MORE_HREF value
RELATED       add: records that refer to this one
  ID          value: unique on the page
  LABEL       value: "Members"
  COUNT       value, optional: "9", "more than 10,000"
  TABLE       include table.tpl: the first ones; absent when there are none
  ALL_HREF    value, optional: the list, filtered; ALL_LABEL value: "See all 40 members"
  ADD_HREF    value, optional: the form with this record filled in; ADD_LABEL value: "Add member"
PANEL         include panel.tpl, any number
}}
<nav class="crumbs" aria-label="Where this is">
<ul><li><a href="{{LIST_HREF}}">{{LIST_LABEL}}</a></li></ul>
</nav>
<div class="head">
<h1 dir="auto">{{HEADING}}</h1>
<div class="buttons">
{{#EDIT_HREF}}<a class="button main" href="{{EDIT_HREF}}">Edit</a>{{/EDIT_HREF}}
{{#HISTORY_HREF}}<a class="button" href="{{HISTORY_HREF}}">History</a>{{/HISTORY_HREF}}
{{#ACCOUNT_HREF}}<a class="button" href="{{ACCOUNT_HREF}}">Sign-ins</a>{{/ACCOUNT_HREF}}
{{#DELETE_HREF}}<a class="button danger" href="{{DELETE_HREF}}">Delete</a>{{/DELETE_HREF}}
</div>
</div>
{{#NOTE}}<p class="note">{{NOTE}}</p>{{/NOTE}}
<dl class="facts">
{{#ENTRY}}
<div><dt>{{LABEL}}</dt><dd>{{>VALUE}}</dd></div>
{{/ENTRY}}
{{#LINKS}}
<div id="{{ID}}"><dt>{{LABEL}}</dt><dd>
{{#ANY_ITEM}}
<ul class="chips">
{{#ITEM}}
<li><a class="chip" href="{{HREF}}" dir="auto">{{TEXT}}</a></li>
{{/ITEM}}
{{#MORE}}<li><a href="{{MORE_HREF}}">{{MORE}}<span class="unseen"> {{LABEL}}</span></a></li>{{/MORE}}
</ul>
{{/ANY_ITEM}}
{{#NO_ITEM}}<span class="none" aria-hidden="true">–</span><span class="unseen">none</span>{{/NO_ITEM}}
</dd></div>
{{/LINKS}}
</dl>
{{#ANY_PANEL}}
<div class="panels">
{{>PANEL}}
</div>
{{/ANY_PANEL}}
{{#ANY_RELATED}}
<div class="related">
{{#RELATED}}
<section class="panel">
<div class="head">
<h2 id="{{ID}}">{{LABEL}}{{#COUNT}} <span class="count">{{COUNT}}</span>{{/COUNT}}</h2>
{{#ADD_HREF}}<a href="{{ADD_HREF}}">{{ADD_LABEL}}</a>{{/ADD_HREF}}
</div>
{{>TABLE}}
{{#NO_TABLE}}<p class="empty">None yet.</p>{{/NO_TABLE}}
{{#ALL_HREF}}<p class="all"><a href="{{ALL_HREF}}">{{ALL_LABEL}}</a></p>{{/ALL_HREF}}
</section>
{{/RELATED}}
</div>
{{/ANY_RELATED}}
