{{%AUTOESCAPE context="HTML"}}
{{!
The sign-ins of a person. Included at SESSIONS.

ACTION     value: where a form goes that ends one (id), or all others (others)
CSRF       value
SESSION    add: one
  ID       value
  OWN      show: the one that looks at this page
  BROWSER  value: "Firefox on Linux"
  BEGAN, BEGAN_DATETIME  values
  SEEN, SEEN_DATETIME    values, optional: the last use, to some minutes
  ADDRESS  value, optional
OTHERS     show: there are some that are not OWN
OWN_THERE  show: OWN is among them
}}
{{#ANY_SESSION}}
<div class="scroll" role="region" aria-label="Sign-ins" tabindex="0">
<table class="wraps">
<caption class="unseen">Sign-ins, the last used one first</caption>
<thead><tr><th scope="col">Browser</th><th scope="col">Last seen</th><th scope="col">Since</th><th scope="col">From where</th><th scope="col"><span class="unseen">End it</span></th></tr></thead>
<tbody>
{{#SESSION}}
<tr><th scope="row">{{BROWSER}}{{#OWN}} <span class="badge good">this one</span>{{/OWN}}</th><td data-label="Last seen">{{#SEEN}}<time datetime="{{SEEN_DATETIME}}">{{SEEN}}</time>{{/SEEN}}{{#NO_SEEN}}<span class="none" aria-hidden="true">–</span><span class="unseen">not known</span>{{/NO_SEEN}}</td><td data-label="Since"><time datetime="{{BEGAN_DATETIME}}">{{BEGAN}}</time></td><td data-label="From">{{#ADDRESS}}{{ADDRESS}}{{/ADDRESS}}{{#NO_ADDRESS}}<span class="none" aria-hidden="true">–</span><span class="unseen">not known</span>{{/NO_ADDRESS}}</td><td>{{#OWN}}<span class="unseen">Sign out to end it</span>{{/OWN}}{{#NO_OWN}}<form method="post" action="{{ACTION}}"><input type="hidden" name="csrf" value="{{CSRF}}"><input type="hidden" name="id" value="{{ID}}"><button type="submit">End<span class="unseen"> {{BROWSER}}, since {{BEGAN}}</span></button></form>{{/NO_OWN}}</td></tr>
{{/SESSION}}
</tbody>
</table>
</div>
{{/ANY_SESSION}}
{{#NO_SESSION}}<div class="empty"><p>Nobody is signed in with this account.</p></div>{{/NO_SESSION}}
{{#OTHERS}}
<form method="post" action="{{ACTION}}" data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="others" value="1">
<div class="buttons"><button type="submit">{{#OWN_THERE}}End all others{{/OWN_THERE}}{{#NO_OWN_THERE}}End all{{/NO_OWN_THERE}}</button></div>
</form>
{{/OTHERS}}
