{{%AUTOESCAPE context="HTML"}}
{{!
The admin key is asked for, since the database cannot say who is there.

REASON     value, optional: why it cannot; absent when it can, and then there is nothing to ask for
CSRF       value
KEY_ERROR  value, optional; the summary links to #key
}}
<div class="narrow">
{{#REASON}}
<h1>Nobody can sign in now</h1>
<p class="note">{{REASON}}</p>
<p>With the key of the configuration the admin page opens all the same: it tells what is wrong, and offers what can be done.</p>
<form method="post" action="/admin/key" novalidate data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
<div class="field{{#KEY_ERROR}} wrong{{/KEY_ERROR}}">
<label for="key">Admin key</label>
<p class="hint" id="key-hint">The value of ADMIN_KEY in the program's configuration; when that is not set, what the file admin_key in the site's folder on the server holds.</p>
{{#KEY_ERROR}}<p class="error" id="key-error"><span class="unseen">Error:</span> {{KEY_ERROR}}</p>{{/KEY_ERROR}}
<input id="key" name="key" type="password" autocomplete="off" spellcheck="false" data-reveal aria-describedby="key-hint{{#KEY_ERROR}} key-error{{/KEY_ERROR}}"{{#KEY_ERROR}} aria-invalid="true"{{/KEY_ERROR}}>
</div>
<div class="buttons">
<button class="main" type="submit">Open the admin page</button>
<a href="/admin/">Try again without it</a>
</div>
</form>
{{/REASON}}
{{#NO_REASON}}
<h1>The key is not needed</h1>
<p>The database answers and knows who may run this site: sign in as usual.</p>
<div class="buttons"><a class="button main" href="/admin/">Go to the admin page</a></div>
{{/NO_REASON}}
</div>
