{{%AUTOESCAPE context="HTML"}}
{{!
Setting up a second factor: the secret goes to an authenticator, and a code comes back.

CSRF        value
SETUP       value: the secret, sealed
SECRET      value: the secret in base32, for those who type it
QR_PATH     value, optional: the dark squares of the QR code as a path; QR_SIZE value: its width and height
CODE_ERROR  value, optional; the summary links to #code
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/account">Your account</a></li><li><a href="/account/second-factor">Second factor</a></li></ul></nav>
<div class="narrow">
<h1>Set up a second factor</h1>
<p>Open an authenticator on your telephone, add an account, and read this picture with it. Nothing changes until you have entered a code.</p>
{{#QR_PATH}}<svg class="qr" viewBox="0 0 {{QR_SIZE}} {{QR_SIZE}}" role="img" aria-label="QR code that holds the key below"><path class="light" d="M0 0h{{QR_SIZE}}v{{QR_SIZE}}h-{{QR_SIZE}}z"></path><path class="dark" d="{{QR_PATH}}"></path></svg>{{/QR_PATH}}
<p>Or type this key (by time, six digits):</p>
<p><code class="secret" data-copy>{{SECRET}}</code></p>
<form method="post" action="/account/second-factor/on" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<input type="hidden" name="setup" value="{{SETUP}}">
<div class="field{{#CODE_ERROR}} wrong{{/CODE_ERROR}}">
<label for="code">Code</label>
<p class="hint" id="code-hint">The six digits that the authenticator shows now. Your other sign-ins end.</p>
{{#CODE_ERROR}}<p class="error" id="code-error"><span class="unseen">Error:</span> {{CODE_ERROR}}</p>{{/CODE_ERROR}}
<input class="short" id="code" name="code" type="text" inputmode="numeric" autocomplete="one-time-code" spellcheck="false" aria-describedby="code-hint{{#CODE_ERROR}} code-error{{/CODE_ERROR}}"{{#CODE_ERROR}} aria-invalid="true"{{/CODE_ERROR}}>
</div>
<div class="buttons">
<button class="main" type="submit">Turn it on</button>
<a href="/account/second-factor">Cancel</a>
</div>
</form>
</div>
