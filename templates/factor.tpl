{{%AUTOESCAPE context="HTML"}}
{{!
One's own second factor.

SINCE, SINCE_DATETIME  values, optional: it is on since then; absent when it is off
CODES  value: how many recovery codes are left
CSRF   value
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/account">Your account</a></li></ul></nav>
<h1>Second factor</h1>
{{#NO_SINCE}}
<p>With a second factor, signing in takes your password and a code that an authenticator on your telephone shows. Whoever learns your password alone stays out.</p>
<form method="post" action="/account/second-factor/new">
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="buttons"><button class="main" type="submit">Set it up</button></div>
</form>
{{/NO_SINCE}}
{{#SINCE}}
<dl class="facts">
<div><dt>State</dt><dd><span class="badge good">on</span> since <time datetime="{{SINCE_DATETIME}}">{{SINCE}}</time></dd></div>
<div><dt>Recovery codes left</dt><dd>{{CODES}}</dd></div>
</dl>
<h2 class="part">New recovery codes</h2>
<p>Each signs you in once when the telephone is not there. New ones take the place of all that you have.</p>
<form method="post" action="/account/second-factor/codes" data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="buttons"><button type="submit">Make new recovery codes</button></div>
</form>
<h2 class="part">Take it off</h2>
<p>Your password alone signs you in then. For another telephone, take it off and set it up again.</p>
<form method="post" action="/account/second-factor/off" data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="buttons"><button class="danger" type="submit">Take the second factor off</button></div>
</form>
{{/SINCE}}
