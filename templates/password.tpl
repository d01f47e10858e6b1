{{%AUTOESCAPE context="HTML"}}
{{!
Changing one's own password.

CSRF           value
EMAIL          value: whose password, for password managers
FIRST          show: the generated first password must be changed before anything else
CURRENT_ERROR  value, optional; the summary links to #current
NEW_ERROR      value, optional; the summary links to #new
REPEAT_ERROR   value, optional; the summary links to #repeat
CANCEL_HREF    value, optional: absent when the password must be changed
}}
<div class="narrow">
<h1>Change your password</h1>
{{#FIRST}}
<section class="note" aria-label="Why now">
<p>Your first password was made for you. Choose one of your own before you go on.</p>
</section>
{{/FIRST}}
<form method="post" action="/account/password" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<input class="gone" type="text" name="username" autocomplete="username" value="{{EMAIL}}" readonly hidden>
<div class="field{{#CURRENT_ERROR}} wrong{{/CURRENT_ERROR}}">
<label for="current">Current password</label>
{{#CURRENT_ERROR}}<p class="error" id="current-error"><span class="unseen">Error:</span> {{CURRENT_ERROR}}</p>{{/CURRENT_ERROR}}
<input id="current" name="current" type="password" autocomplete="current-password" data-reveal{{#CURRENT_ERROR}} aria-invalid="true" aria-describedby="current-error"{{/CURRENT_ERROR}}>
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
<div class="buttons">
<button class="main" type="submit">Change password</button>
{{#CANCEL_HREF}}<a href="{{CANCEL_HREF}}">Cancel</a>{{/CANCEL_HREF}}
</div>
</form>
</div>
