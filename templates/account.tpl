{{%AUTOESCAPE context="HTML"}}
{{!
The account of the person who is signed in.

NAME, EMAIL  values
ROLE         value: "Administrator" or "Member of staff"
RECORD_HREF  value, optional: this person's own record
FACTOR       value, optional: "On since ...", "Off"; absent when the database keeps none yet
CODES_LOW    value, optional: what to do about recovery codes
SESSIONS     include sessions.tpl
CSRF         value
}}
<h1>Your account</h1>
<dl class="facts">
<div><dt>Name</dt><dd>{{#RECORD_HREF}}<a href="{{RECORD_HREF}}">{{NAME}}</a>{{/RECORD_HREF}}{{#NO_RECORD_HREF}}{{NAME}}{{/NO_RECORD_HREF}}</dd></div>
<div><dt>Email</dt><dd>{{EMAIL}}</dd></div>
<div><dt>Role</dt><dd>{{ROLE}}</dd></div>
{{#FACTOR}}<div><dt>Second factor</dt><dd>{{FACTOR}}</dd></div>{{/FACTOR}}
</dl>
{{#CODES_LOW}}<p class="note">{{CODES_LOW}}</p>{{/CODES_LOW}}
<div class="buttons">
<a class="button" href="/account/password">Change password</a>
{{#FACTOR}}<a class="button" href="/account/second-factor">Second factor</a>{{/FACTOR}}
<form method="post" action="/sign-out">
<input type="hidden" name="csrf" value="{{CSRF}}">
<button type="submit">Sign out</button>
</form>
</div>
<h2 class="part">Where you are signed in</h2>
<p class="hint">End what you do not know, and change your password then.</p>
{{>SESSIONS}}
