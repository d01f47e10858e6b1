{{%AUTOESCAPE context="HTML"}}
{{!
A table of records: of a list, of a relation, of a panel. It scrolls within itself when the window is narrow.

CAPTION      value: what the table holds, read aloud, not seen
COLUMN       add
  LABEL      value
  NUMBER     show: its cells stand on the right
  SORT_HREF  value, optional: the list sorted by this column, the other way round when it is sorted so already
  SORTED     value, optional: "ascending" or "descending"
ROW          add
  CELL       add: what a cell holds is told in value.tpl (TEXT, HREF, BADGE, TONE, TIME, TRUE, FALSE, EMPTY, SUB)
    HEADER   show: this cell names the row
    NUMBER   show: on the right
}}
<div class="scroll" role="region" aria-label="{{CAPTION}}" tabindex="0">
<table>
<caption class="unseen">{{CAPTION}}</caption>
<thead>
<tr>
{{#COLUMN}}
<th scope="col"{{#NUMBER}} class="number"{{/NUMBER}}{{#SORTED}} aria-sort="{{SORTED}}"{{/SORTED}}>{{#SORT_HREF}}<a href="{{SORT_HREF}}">{{LABEL}}</a>{{/SORT_HREF}}{{#NO_SORT_HREF}}{{LABEL}}{{/NO_SORT_HREF}}</th>
{{/COLUMN}}
</tr>
</thead>
<tbody>
{{#ROW}}
<tr>
{{#CELL}}
{{#HEADER}}<th scope="row"{{#NUMBER}} class="number"{{/NUMBER}}>{{/HEADER}}{{#NO_HEADER}}<td{{#NUMBER}} class="number"{{/NUMBER}}>{{/NO_HEADER}}{{#TEXT}}{{#HREF}}<a href="{{HREF}}" dir="auto">{{TEXT}}</a>{{/HREF}}{{#NO_HREF}}<bdi>{{TEXT}}</bdi>{{/NO_HREF}}{{/TEXT}}{{#BADGE}}{{#HREF}}<a href="{{HREF}}">{{/HREF}}<span class="badge{{#TONE}} {{TONE}}{{/TONE}}">{{BADGE}}</span>{{#HREF}}</a>{{/HREF}}{{/BADGE}}{{#TIME}}<time datetime="{{DATETIME}}">{{TIME}}</time>{{/TIME}}{{#TRUE}}<span class="yes">yes</span>{{/TRUE}}{{#FALSE}}<span class="no">no</span>{{/FALSE}}{{#EMPTY}}<span class="none" aria-hidden="true">–</span><span class="unseen">none</span>{{/EMPTY}}{{#SUB}}<small>{{SUB}}</small>{{/SUB}}{{#HEADER}}</th>{{/HEADER}}{{#NO_HEADER}}</td>{{/NO_HEADER}}
{{/CELL}}
</tr>
{{/ROW}}
</tbody>
</table>
</div>
