{{%AUTOESCAPE context="HTML"}}
{{!
A list of records: search, filters, the table, pages.

HEADING        value: the model's plural
HINT           value, optional: what this is, in one sentence
COUNT          value, optional: "40 teams", "about 9.9 million teams", "3 of 40 teams"
NEW_HREF       value, optional: the form for a new one; absent when the person may not
NEW_LABEL      value: "New team"
ACTION         value: the list's own address, without a query
HIDDEN         add: NAME, VALUE values: the sort order, to keep
SEARCHABLE     show: the model has searched fields
  Q            value, optional: what is searched for
  SEARCH_HINT  value, optional: "Looks in name and description."
FILTERS_OPEN   show: at least one filter is set
FILTER         add: one filter
  ID, NAME, LABEL  values
  SELECT       show: a choice or a boolean; OPTION add: VALUE, LABEL values, SELECTED show (the first OPTION is "Any")
  DATES        show: FROM_NAME, TO_NAME values; FROM, TO values, optional; ERROR value, optional: then what was typed
               is there to be corrected, which a date box would drop
  REFERENCE    show: VALUE value, optional: the chosen key; CHOSEN value, optional: its title; CHOOSE_HREF value: the
               picker, which the form's values are sent to; OPTIONS_HREF value, optional: as in field.tpl; CLEAR_HREF value
CHIP           add: a filter that is set; LABEL value: "Status: open"; HREF value: the list without it
CLEAR_HREF     value, optional: the list without any filter
TABLE          include table.tpl: the rows; absent when there are none
FIRST_HREF, PREVIOUS_HREF, NEXT_HREF, LAST_HREF  values, optional: other pages
PAGER          show: there is more than one page
RANGE          value, optional: which part this is: its first and last record
EMPTY          show: there is no record at all; when neither TABLE nor EMPTY is there, nothing matches the filters
}}
<div class="head">
<h1>{{HEADING}}{{#COUNT}} <span class="count">{{COUNT}}</span>{{/COUNT}}</h1>
{{#NEW_HREF}}<a class="button main" href="{{NEW_HREF}}">{{NEW_LABEL}}</a>{{/NEW_HREF}}
</div>
{{#HINT}}<p class="hint">{{HINT}}</p>{{/HINT}}
{{#NO_EMPTY}}
<form class="filters" method="get" action="{{ACTION}}" role="search" aria-label="Search and filter">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
{{#NO_SEARCHABLE}}<button class="unseen" type="submit" tabindex="-1" aria-hidden="true">Apply</button>{{/NO_SEARCHABLE}}
{{#SEARCHABLE}}
<div class="search">
<label for="q">Search</label>
<input id="q" name="q" type="search" dir="auto" spellcheck="false" autocomplete="off"{{#Q}} value="{{Q}}"{{/Q}}{{#SEARCH_HINT}} aria-describedby="q-hint"{{/SEARCH_HINT}}>
<button type="submit">Search</button>
{{#SEARCH_HINT}}<p class="hint" id="q-hint">{{SEARCH_HINT}}</p>{{/SEARCH_HINT}}
</div>
{{/SEARCHABLE}}
{{#ANY_FILTER}}
<details{{#FILTERS_OPEN}} open{{/FILTERS_OPEN}}>
<summary>Filters</summary>
<div class="grid">
{{#FILTER}}
{{#SELECT}}
<div class="field">
<label for="{{ID}}">{{LABEL}}</label>
<select id="{{ID}}" name="{{NAME}}">
{{#OPTION}}
<option value="{{VALUE:pre_escape}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>
{{/OPTION}}
</select>
</div>
{{/SELECT}}
{{#DATES}}
<fieldset class="field dates{{#ERROR}} wrong{{/ERROR}}"{{#ERROR}} aria-describedby="{{ID}}-error"{{/ERROR}}>
<legend>{{LABEL}}</legend>
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<div class="pair">
<label for="{{ID}}">from</label>
<input id="{{ID}}" name="{{FROM_NAME}}" type="{{#ERROR}}text{{/ERROR}}{{#NO_ERROR}}date{{/NO_ERROR}}"{{#FROM}} value="{{FROM}}"{{/FROM}}>
</div>
<div class="pair">
<label for="{{ID}}-to">to</label>
<input id="{{ID}}-to" name="{{TO_NAME}}" type="{{#ERROR}}text{{/ERROR}}{{#NO_ERROR}}date{{/NO_ERROR}}"{{#TO}} value="{{TO}}"{{/TO}}>
</div>
</fieldset>
{{/DATES}}
{{#REFERENCE}}
<div class="field" role="group" aria-labelledby="{{ID}}-label"{{#OPTIONS_HREF}} data-pick="one" data-id="{{ID}}" data-name="{{NAME}}" data-options="{{OPTIONS_HREF}}" data-clearable{{/OPTIONS_HREF}}>
<span class="label" id="{{ID}}-label">{{LABEL}}</span>
<input type="hidden" name="{{NAME}}" value="{{#VALUE}}{{VALUE:pre_escape}}{{/VALUE}}">
<div class="chosen">
<span class="title" dir="auto">{{#CHOSEN}}{{CHOSEN}}{{/CHOSEN}}{{#NO_CHOSEN}}Any{{/NO_CHOSEN}}</span>
<button id="{{ID}}" type="submit" formaction="{{CHOOSE_HREF}}">Choose<span class="unseen"> {{LABEL}}</span></button>
{{#CHOSEN}}<a href="{{CLEAR_HREF}}">Clear<span class="unseen"> {{LABEL}}</span></a>{{/CHOSEN}}
</div>
</div>
{{/REFERENCE}}
{{/FILTER}}
</div>
<div class="buttons"><button type="submit">Apply filters</button></div>
</details>
{{/ANY_FILTER}}
</form>
{{/NO_EMPTY}}
{{#ANY_CHIP}}
<ul class="chips" aria-label="Filters that are set">
{{#CHIP}}
<li><a class="chip" href="{{HREF}}"><span class="unseen">Remove filter </span>{{LABEL}} <span aria-hidden="true">×</span></a></li>
{{/CHIP}}
{{#CLEAR_HREF}}<li><a href="{{CLEAR_HREF}}">Clear all</a></li>{{/CLEAR_HREF}}
</ul>
{{/ANY_CHIP}}
{{>TABLE}}
{{#NO_TABLE}}
{{#EMPTY}}
<div class="empty big">
<p>There is nothing here yet.</p>
{{#NEW_HREF}}<p><a href="{{NEW_HREF}}">{{NEW_LABEL}}</a></p>{{/NEW_HREF}}
</div>
{{/EMPTY}}
{{#NO_EMPTY}}
<div class="empty big">
<p>Nothing matches.</p>
{{#CLEAR_HREF}}<p><a href="{{CLEAR_HREF}}">Clear the search and all filters</a></p>{{/CLEAR_HREF}}
</div>
{{/NO_EMPTY}}
{{/NO_TABLE}}
{{#PAGER}}
<nav class="pager" aria-label="Pages">
<ul>
{{#FIRST_HREF}}<li><a href="{{FIRST_HREF}}">First<span class="unseen"> page</span></a></li>{{/FIRST_HREF}}
{{#PREVIOUS_HREF}}<li><a rel="prev" href="{{PREVIOUS_HREF}}">Previous<span class="unseen"> page</span></a></li>{{/PREVIOUS_HREF}}
{{#RANGE}}<li><span aria-current="page">{{RANGE}}</span></li>{{/RANGE}}
{{#NEXT_HREF}}<li><a rel="next" href="{{NEXT_HREF}}">Next<span class="unseen"> page</span></a></li>{{/NEXT_HREF}}
{{#LAST_HREF}}<li><a href="{{LAST_HREF}}">Last<span class="unseen"> page</span></a></li>{{/LAST_HREF}}
</ul>
</nav>
{{/PAGER}}
