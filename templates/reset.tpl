{{%AUTOESCAPE context="HTML"}}
{{!
Choosing a new password with a reset link. What stands behind its # does not reach the server: a script of the site puts it
into the field, and without one people do.

DONE          show: it is done
CSRF          value
TOKEN         value, optional: what was sent before
TOKEN_ERROR, NEW_ERROR, REPEAT_ERROR  values, optional; the summary links to #token, #new, #repeat
}}
<div class="narrow">
{{#DONE}}
<h1>Your password has been set</h1>
<p>All earlier sign-ins of yours have ended. Sign in with the new password.</p>
<div class="buttons"><a class="button main" href="/sign-in">Sign in</a></div>
{{/DONE}}
{{#NO_DONE}}
<h1>Choose a new password</h1>
<form method="post" action="/reset" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field{{#TOKEN_ERROR}} wrong{{/TOKEN_ERROR}}">
<label for="token">Reset code</label>
<p class="hint" id="token-hint">All that stands behind the # in the link that you were given.</p>
{{#TOKEN_ERROR}}<p class="error" id="token-error"><span class="unseen">Error:</span> {{TOKEN_ERROR}}</p>{{/TOKEN_ERROR}}
<input id="token" name="token" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" data-fragment{{#TOKEN}} value="{{TOKEN}}"{{/TOKEN}} aria-describedby="token-hint{{#TOKEN_ERROR}} token-error{{/TOKEN_ERROR}}"{{#TOKEN_ERROR}} aria-invalid="true"{{/TOKEN_ERROR}}>
</div>
<div class="field{{#NEW_ERROR}} wrong{{/NEW_ERROR}}">
<label for="new">New password</label>
<p class="hint" id="new-hint">At least 8 characters; a few unrelated words are easy to remember and hard to guess.</p>
{{#NEW_ERROR}}<p class="error" id="new-error"><span class="unseen">Error:</span> {{NEW_ERROR}}</p>{{/NEW_ERROR}}
<input id="new" name="new" type="password" autocomplete="new-password" data-reveal aria-describedby="new-hint{{#NEW_ERROR}} new-error{{/NEW_ERROR}}"{{#NEW_ERROR}} aria-invalid="true"{{/NEW_ERROR}}>
</div>
<div class="field{{#REPEAT_ERROR}} wrong{{/REPEAT_ERROR}}">
<label for="repeat">New password again</label>
{{#REPEAT_ERROR}}<p class="error" id="repeat-error"><span class="unseen">Error:</span> {{REPEAT_ERROR}}</p>{{/REPEAT_ERROR}}
<input id="repeat" name="repeat" type="password" autocomplete="new-password" data-reveal{{#REPEAT_ERROR}} aria-invalid="true" aria-describedby="repeat-error"{{/REPEAT_ERROR}}>
</div>
<div class="buttons"><button class="main" type="submit">Set the password</button></div>
</form>
{{/NO_DONE}}
</div>
