{{%AUTOESCAPE context="HTML"}}
{{!
The account of the person who is signed in.

NAME, EMAIL  values
ROLE         value: "Administrator" or "Member of staff"
RECORD_HREF  value, optional: this person's own record
SINCE        value, optional: when this session began, for people; SINCE_DATETIME value: for machines
CSRF         value
}}
<h1>Your account</h1>
<dl class="facts">
<div><dt>Name</dt><dd>{{#RECORD_HREF}}<a href="{{RECORD_HREF}}">{{NAME}}</a>{{/RECORD_HREF}}{{#NO_RECORD_HREF}}{{NAME}}{{/NO_RECORD_HREF}}</dd></div>
<div><dt>Email</dt><dd>{{EMAIL}}</dd></div>
<div><dt>Role</dt><dd>{{ROLE}}</dd></div>
{{#SINCE}}<div><dt>Signed in since</dt><dd><time datetime="{{SINCE_DATETIME}}">{{SINCE}}</time></dd></div>{{/SINCE}}
</dl>
<div class="buttons">
<a class="button" href="/account/password">Change password</a>
<form method="post" action="/sign-out">
<input type="hidden" name="csrf" value="{{CSRF}}">
<button type="submit">Sign out</button>
</form>
</div>
