{{%AUTOESCAPE context="HTML"}}
{{!
A titled piece of a record's page or of the overview: a table, a tree or bars.

ID      value: unique on the page
TITLE   value
HINT    value, optional
TABLE   include table.tpl: a panel that is a table
TREE    include tree.tpl: a panel that is a tree
BAR     add: one bar of a panel that is bars
  LABEL   value
  HREF    value, optional
  NUMBER  value: as people read it
  WIDTH   value: 0 to 100, the share of the longest bar
MORE    value, optional: that there are more than are shown
EMPTY   value, optional: what is said when there are no rows (then none of the three above)
}}
<section class="panel">
<h2 id="{{ID}}">{{TITLE}}</h2>
{{#HINT}}<p class="hint">{{HINT}}</p>{{/HINT}}
{{>TABLE}}
{{>TREE}}
{{#ANY_BAR}}
<ul class="bars">
{{#BAR}}
<li><span class="name">{{#HREF}}<a href="{{HREF}}" dir="auto">{{LABEL}}</a>{{/HREF}}{{#NO_HREF}}<bdi>{{LABEL}}</bdi>{{/NO_HREF}}</span> <svg class="bar" width="100" height="12" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="track" width="100" height="12"></rect><rect class="fill" width="{{WIDTH}}" height="12"></rect></svg> <span class="number">{{NUMBER}}</span></li>
{{/BAR}}
</ul>
{{/ANY_BAR}}
{{#MORE}}<p class="all hint">{{MORE}}</p>{{/MORE}}
{{#EMPTY}}<p class="empty">{{EMPTY}}</p>{{/EMPTY}}
</section>
