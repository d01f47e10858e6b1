{{%AUTOESCAPE context="HTML"}}
{{!
The password once more, before something that matters; the form that asked for it is carried along.

WHAT            value: ends the sentence "Enter your password to ..."
ACTION          value: where the form was going
CSRF            value
EMAIL           value: whose password, for password managers
CANCEL_HREF     value
BY_KEY          show: it is the admin key that is asked for
HIDDEN          add: NAME, VALUE values: the form
PASSWORD_ERROR  value, optional; the summary links to #password
}}
<div class="narrow">
<h1>{{#BY_KEY}}Enter the key again{{/BY_KEY}}{{#NO_BY_KEY}}Enter your password again{{/NO_BY_KEY}}</h1>
<p>Nothing has been done yet. {{#BY_KEY}}The key{{/BY_KEY}}{{#NO_BY_KEY}}Your password{{/NO_BY_KEY}} is needed to {{WHAT}}, and then not for the next five minutes.</p>
<form method="post" action="{{ACTION}}" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
{{#NO_BY_KEY}}<input class="gone" type="text" name="_username" autocomplete="username" value="{{EMAIL}}" readonly hidden>{{/NO_BY_KEY}}
<div class="field{{#PASSWORD_ERROR}} wrong{{/PASSWORD_ERROR}}">
<label for="password">{{#BY_KEY}}Key{{/BY_KEY}}{{#NO_BY_KEY}}Password{{/NO_BY_KEY}}</label>
{{#PASSWORD_ERROR}}<p class="error" id="password-error"><span class="unseen">Error:</span> {{PASSWORD_ERROR}}</p>{{/PASSWORD_ERROR}}
<input id="password" name="_password" type="password" autocomplete="current-password" data-reveal{{#PASSWORD_ERROR}} aria-invalid="true" aria-describedby="password-error"{{/PASSWORD_ERROR}}>
</div>
<div class="buttons">
<button class="main" type="submit">Go on</button>
<a href="{{CANCEL_HREF}}">Cancel</a>
</div>
</form>
</div>
