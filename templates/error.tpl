{{%AUTOESCAPE context="HTML"}}
{{!
A refusal or a failure that is not about a field of a form.

HEADING       value: "Page not found"
TEXT          value: what happened and what to do
RETRY         value, optional: "Try again in a few seconds.", shown with a link to the same address, RETRY_HREF
NUMBER        value, optional: the number under which the log has it
ACTION_HREF, ACTION_LABEL  values, optional: where to go instead; the home page when left out
}}
<div class="narrow">
<h1>{{HEADING}}</h1>
<p>{{TEXT}}</p>
{{#RETRY}}<p>{{RETRY}}</p>{{/RETRY}}
{{#NUMBER}}<p class="hint">If you ask for help, say this number: <code>{{NUMBER}}</code></p>{{/NUMBER}}
<div class="buttons">
{{#RETRY}}<a class="button main" href="{{RETRY_HREF}}">Try again</a>{{/RETRY}}
{{#ACTION_HREF}}<a class="button" href="{{ACTION_HREF}}">{{ACTION_LABEL}}</a>{{/ACTION_HREF}}
{{#NO_ACTION_HREF}}<a class="button" href="/">Go to the overview</a>{{/NO_ACTION_HREF}}
</div>
</div>
