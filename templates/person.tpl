{{%AUTOESCAPE context="HTML"}}
{{!
What a superuser may do about somebody's ways in.

NAME, EMAIL  values
RECORD_HREF  value: the record; LIST_HREF, LIST_LABEL values: all of them
INACTIVE     show: the account is disabled
FACTOR       value: "On since ...", "Off"; FACTOR_ON show
LINK         value, optional: a reset link that was made just now
RESET_UNTIL  value, optional: there is one that was not used yet, good until then
ACTION       value: where the forms go, before their last part
CSRF         value
SESSIONS     include sessions.tpl
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="{{LIST_HREF}}">{{LIST_LABEL}}</a></li><li><a href="{{RECORD_HREF}}">{{NAME}}</a></li></ul></nav>
<h1>Sign-ins of {{NAME}}</h1>
{{#LINK}}
<section class="flash key" role="status" aria-label="Reset link">
<p><strong>Copy this link now and give it to {{NAME}}. It is not shown again.</strong> It is good once, for 24 hours.</p>
<p><code class="secret" data-copy>{{LINK}}</code></p>
</section>
{{/LINK}}
<dl class="facts">
<div><dt>Email</dt><dd>{{EMAIL}}</dd></div>
<div><dt>Second factor</dt><dd>{{FACTOR}}</dd></div>
{{#INACTIVE}}<div><dt>State</dt><dd><span class="badge warn">not active</span></dd></div>{{/INACTIVE}}
</dl>
<h2 class="part">Where they are signed in</h2>
{{>SESSIONS}}
<h2 class="part">Password</h2>
<p>A reset link lets {{NAME}} choose a new password, and ends all their sign-ins when it is used.{{#RESET_UNTIL}} One that was not used yet is good until {{RESET_UNTIL}}; a new one takes its place.{{/RESET_UNTIL}}</p>
<form method="post" action="{{ACTION}}/reset" data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="buttons"><button type="submit">Make a reset link</button></div>
</form>
{{#FACTOR_ON}}
<h2 class="part">Second factor</h2>
<p>For somebody who has lost the telephone and the recovery codes. Be sure that it is {{NAME}} who asks.</p>
<form method="post" action="{{ACTION}}/factor-off" data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="buttons"><button class="danger" type="submit">Take the second factor off</button></div>
</form>
{{/FACTOR_ON}}
