{{%AUTOESCAPE context="HTML"}}
{{!
A name to be typed before something that cannot be undone. Included by pages at TYPED.

NAME   value: what must be typed
VALUE  value, optional: what was typed before
ERROR  value, optional; the summary links to #typed
}}
<div class="field{{#ERROR}} wrong{{/ERROR}}">
<label for="typed">To confirm, type <code>{{NAME}}</code></label>
{{#ERROR}}<p class="error" id="typed-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<input class="medium" id="typed" name="_typed" type="text" autocomplete="off" autocapitalize="none" spellcheck="false"{{#VALUE}} value="{{VALUE}}"{{/VALUE}}{{#ERROR}} aria-invalid="true" aria-describedby="typed-error"{{/ERROR}}>
</div>
