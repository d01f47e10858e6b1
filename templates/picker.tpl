{{%AUTOESCAPE context="HTML"}}
{{!
Choosing a record of the other side of a relation, without a script. Either a step in the middle of a form (POST), which
carries the whole unfinished form along, or a list's filter (GET), where every result is a link.

HEADING         value: "Choose the team", "Add skills"
POST            show: a step of a form
  ACTION        value: the form's own address
  CSRF          value
  HIDDEN        add: NAME, VALUE values: everything that was typed so far, and _pick with the field's name
  MANY          show: several may be chosen (many-to-many); without it one
                One sends _picked with the key. Many sends _picked[] with the keys, whatever button is pressed, so that
                a choice survives a search or another page, and an empty _picked when it is done. _search, _page with a
                cursor, and _unpick are the other buttons; _q is what is searched for.
GET             show: a list's filter
  ACTION        value
  HIDDEN        add: NAME, VALUE values: what the search must keep
  BACK_HREF     value: the list, as it was
Q               value, optional: what is searched for
SEARCH_HINT     value, optional: "Looks in name and email."
RESULT          add: ID value: unique on the page; VALUE value: the key; LABEL value; DETAIL value, optional;
                HREF value: with GET, the filtered list; CHOSEN show: it is chosen already
FIRST           value, optional: with POST, what is to be chosen before: "Choose the team first."
MORE            value, optional: "The first 25 are shown. Search to see fewer."
PREVIOUS, NEXT  values, optional: with POST the cursors of the other pages
PREVIOUS_HREF, NEXT_HREF  values, optional: with GET their addresses
}}
<h1>{{HEADING}}</h1>
{{#POST}}
<form class="picker" method="post" action="{{ACTION}}" novalidate>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
<div class="search">
<label for="q">Search</label>
<input id="q" name="_q" type="search" dir="auto" spellcheck="false" autocomplete="off"{{#Q}} value="{{Q}}"{{/Q}}{{#SEARCH_HINT}} aria-describedby="q-hint"{{/SEARCH_HINT}}>
<button type="submit" name="_search" value="1">Search</button>
{{#SEARCH_HINT}}<p class="hint" id="q-hint">{{SEARCH_HINT}}</p>{{/SEARCH_HINT}}
</div>
{{#ANY_RESULT}}
{{#MANY}}
<fieldset class="results">
<legend class="unseen">Results</legend>
<ul>
{{#RESULT}}
<li class="tick"><input id="{{ID}}" name="_picked[]" type="checkbox" value="{{VALUE:pre_escape}}"{{#CHOSEN}} checked disabled{{/CHOSEN}}><label for="{{ID}}"><bdi>{{LABEL}}</bdi>{{#CHOSEN}} <span class="badge muted">chosen already</span>{{/CHOSEN}}{{#DETAIL}} <small>{{DETAIL}}</small>{{/DETAIL}}</label></li>
{{/RESULT}}
</ul>
</fieldset>
{{/MANY}}
{{#NO_MANY}}
<ul class="results" aria-label="Results">
{{#RESULT}}
<li><button type="submit" name="_picked" value="{{VALUE:pre_escape}}"><span class="title" dir="auto">{{LABEL}}</span>{{#CHOSEN}} <span class="badge muted">chosen now</span>{{/CHOSEN}}{{#DETAIL}} <small>{{DETAIL}}</small>{{/DETAIL}}</button></li>
{{/RESULT}}
</ul>
{{/NO_MANY}}
{{/ANY_RESULT}}
{{#NO_RESULT}}<p class="empty">{{#FIRST}}{{FIRST}}{{/FIRST}}{{#NO_FIRST}}Nothing matches. Try fewer or other words.{{/NO_FIRST}}</p>{{/NO_RESULT}}
{{#MORE}}<p class="hint">{{MORE}}</p>{{/MORE}}
<div class="buttons">
{{#MANY}}{{#ANY_RESULT}}<button class="main" type="submit" name="_picked" value="">Add the chosen</button>{{/ANY_RESULT}}{{/MANY}}
{{#PREVIOUS}}<button type="submit" name="_page" value="{{PREVIOUS}}">Previous page</button>{{/PREVIOUS}}
{{#NEXT}}<button type="submit" name="_page" value="{{NEXT}}">Next page</button>{{/NEXT}}
<button type="submit" name="_unpick" value="1">Back without choosing</button>
</div>
</form>
{{/POST}}
{{#GET}}
<form class="picker" method="get" action="{{ACTION}}" role="search">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
<div class="search">
<label for="q">Search</label>
<input id="q" name="_q" type="search" dir="auto" spellcheck="false" autocomplete="off"{{#Q}} value="{{Q}}"{{/Q}}{{#SEARCH_HINT}} aria-describedby="q-hint"{{/SEARCH_HINT}}>
<button type="submit">Search</button>
{{#SEARCH_HINT}}<p class="hint" id="q-hint">{{SEARCH_HINT}}</p>{{/SEARCH_HINT}}
</div>
</form>
{{#ANY_RESULT}}
<ul class="results" aria-label="Results">
{{#RESULT}}
<li><a href="{{HREF}}"><span class="title" dir="auto">{{LABEL}}</span>{{#CHOSEN}} <span class="badge muted">chosen now</span>{{/CHOSEN}}{{#DETAIL}} <small>{{DETAIL}}</small>{{/DETAIL}}</a></li>
{{/RESULT}}
</ul>
{{/ANY_RESULT}}
{{#NO_RESULT}}<p class="empty">Nothing matches. Try fewer or other words.</p>{{/NO_RESULT}}
{{#MORE}}<p class="hint">{{MORE}}</p>{{/MORE}}
<div class="buttons">
{{#PREVIOUS_HREF}}<a class="button" rel="prev" href="{{PREVIOUS_HREF}}">Previous page</a>{{/PREVIOUS_HREF}}
{{#NEXT_HREF}}<a class="button" rel="next" href="{{NEXT_HREF}}">Next page</a>{{/NEXT_HREF}}
<a class="button" href="{{BACK_HREF}}">Back without choosing</a>
</div>
{{/GET}}
