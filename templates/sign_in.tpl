{{%AUTOESCAPE context="HTML"}}
{{!
Signing in.

CSRF            value
EMAIL           value, optional: what was typed before
NEXT            value, optional: the local path to go to afterwards
AGAIN           show: a form was sent after the sign-in had ended; HIDDEN add: NAME, VALUE values: what it held
EMAIL_ERROR     value, optional; the summary links to #email
PASSWORD_ERROR  value, optional; the summary links to #password
}}
<div class="narrow">
<h1>Sign in</h1>
{{#AGAIN}}<p class="note">Your earlier sign-in has ended. Sign in again: what you typed is kept.</p>{{/AGAIN}}
<form method="post" action="/sign-in" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#NEXT}}<input type="hidden" name="next" value="{{NEXT}}">{{/NEXT}}
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
<div class="field{{#EMAIL_ERROR}} wrong{{/EMAIL_ERROR}}">
<label for="email">Email</label>
{{#EMAIL_ERROR}}<p class="error" id="email-error"><span class="unseen">Error:</span> {{EMAIL_ERROR}}</p>{{/EMAIL_ERROR}}
<input id="email" name="email" type="email" autocomplete="username" spellcheck="false" autocapitalize="none"{{#EMAIL}} value="{{EMAIL}}"{{/EMAIL}}{{#EMAIL_ERROR}} aria-invalid="true" aria-describedby="email-error"{{/EMAIL_ERROR}}>
</div>
<div class="field{{#PASSWORD_ERROR}} wrong{{/PASSWORD_ERROR}}">
<label for="password">Password</label>
{{#PASSWORD_ERROR}}<p class="error" id="password-error"><span class="unseen">Error:</span> {{PASSWORD_ERROR}}</p>{{/PASSWORD_ERROR}}
<input id="password" name="password" type="password" autocomplete="current-password" data-reveal{{#PASSWORD_ERROR}} aria-invalid="true" aria-describedby="password-error"{{/PASSWORD_ERROR}}>
</div>
<div class="buttons"><button class="main" type="submit">Sign in</button></div>
</form>
</div>
