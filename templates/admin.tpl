{{%AUTOESCAPE context="HTML"}}
{{!
The admin area's first page: the state of the site in one look.

AWAY      value, optional: why the database cannot say who is there; this is somebody with the admin key then
CLOSED    value, optional: why the site is closed to others, and what happens next
VERDICT   value, optional: the state in a sentence
GOOD      show: nothing to do
OFFER     add: what can be done while nobody can sign in, the best first
  LABEL, TEXT  values: what a button says, and what it does
  HREF    value, optional: the page that asks once more
  SEED    show: the button sows the seed "initial"; CSRF value
CARD      add: one part of the state
  LABEL   value: "Revisions"
  TEXT    value: "2 pending"
  BADGE   value: "at head"
  TONE    value: good, warn, bad or muted
  HREF    value, optional: where it is told in full; ACTION value: what that link says
PLACE     add: one page of the area
  LABEL, HREF  values
  HINT    value: what it is for
}}
<h1>Admin</h1>
{{#AWAY}}<p class="note bad">{{AWAY}}</p>{{/AWAY}}
{{#CLOSED}}<p class="note bad">{{CLOSED}}</p>{{/CLOSED}}
{{#VERDICT}}<p class="verdict{{#GOOD}} good{{/GOOD}}">{{VERDICT}}</p>{{/VERDICT}}
{{#ANY_OFFER}}
<section aria-labelledby="offers">
<h2 class="part" id="offers">What to do now</h2>
{{#OFFER}}
{{#SEED}}
<form class="act" method="post" action="/admin/seeds" data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="seed" value="initial">
<p>{{TEXT}}</p>
<div class="buttons"><button class="main" type="submit">{{LABEL}}</button></div>
</form>
{{/SEED}}
{{#HREF}}
<p>{{TEXT}}</p>
<div class="buttons"><a class="button" href="{{HREF}}">{{LABEL}}</a></div>
{{/HREF}}
{{/OFFER}}
</section>
{{/ANY_OFFER}}
<ul class="states">
{{#CARD}}
<li class="state">
<h2>{{LABEL}}</h2>
<p><span class="badge {{TONE}}">{{BADGE}}</span> {{TEXT}}</p>
{{#HREF}}<p><a href="{{HREF}}">{{ACTION}}</a></p>{{/HREF}}
</li>
{{/CARD}}
</ul>
{{#ANY_PLACE}}
<h2 class="part" id="places">What can be done here</h2>
<dl class="places">
{{#PLACE}}
<div><dt><a href="{{HREF}}">{{LABEL}}</a></dt><dd>{{HINT}}</dd></div>
{{/PLACE}}
</dl>
{{/ANY_PLACE}}
