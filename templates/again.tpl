{{%AUTOESCAPE context="HTML"}}
{{!
Signed in again in the middle of a form: everything that was typed is still here, to be sent once more.

BACK    show: the person has just signed in again; else they did so, or signed out, in another window
ACTION  value: where the form was going
CSRF    value: the new session's token
HIDDEN  add: NAME, VALUE values: all that was typed
FILES   show: files were chosen, which a browser does not give twice
}}
<div class="narrow">
{{#BACK}}
<h1>You are signed in again</h1>
<p>Your earlier sign-in had ended, so nothing was saved yet. What you typed is kept.</p>
{{/BACK}}
{{#NO_BACK}}
<h1>Not saved yet</h1>
<p>The page was opened before you signed in, or out, in another window. What you typed is kept. Look above who you are signed in as, and send it once more.</p>
{{/NO_BACK}}
{{#FILES}}<p>A file that you had chosen has to be chosen again afterwards.</p>{{/FILES}}
<form method="post" action="{{ACTION}}" data-once>
<input type="hidden" name="csrf" value="{{CSRF}}">
{{#HIDDEN}}
<input type="hidden" name="{{NAME}}" value="{{VALUE:pre_escape}}">
{{/HIDDEN}}
<div class="buttons">
<button class="main" type="submit">Send it now</button>
<a href="/">Forget it</a>
</div>
</form>
</div>
