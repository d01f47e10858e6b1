{{%AUTOESCAPE context="HTML"}}
{{!
The second step of signing in: the password was right.

CSRF        value
NEXT        value, optional: the local path to go to afterwards
HIDDEN      add: NAME, VALUE values: the ticket, and what a form held that was sent after the sign-in had ended
AGAIN       show: there is such a form
CODE_ERROR  value, optional; the summary links to #code
}}
<div class="narrow">
<h1>Enter a code</h1>
{{#AGAIN}}<p class="note">What you typed before is kept.</p>{{/AGAIN}}
<form method="post" action="/sign-in/code" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#NEXT}}<input type="hidden" name="next" value="{{NEXT}}">{{/NEXT}}
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
<div class="field{{#CODE_ERROR}} wrong{{/CODE_ERROR}}">
<label for="code">Code</label>
<p class="hint" id="code-hint">The six digits that your authenticator shows now. Without it, one of your recovery codes.</p>
{{#CODE_ERROR}}<p class="error" id="code-error"><span class="unseen">Error:</span> {{CODE_ERROR}}</p>{{/CODE_ERROR}}
<input class="medium" id="code" name="code" type="text" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" aria-describedby="code-hint{{#CODE_ERROR}} code-error{{/CODE_ERROR}}"{{#CODE_ERROR}} aria-invalid="true"{{/CODE_ERROR}}>
</div>
<div class="buttons">
<button class="main" type="submit">Sign in</button>
<a href="/sign-in">Start again</a>
</div>
</form>
</div>
