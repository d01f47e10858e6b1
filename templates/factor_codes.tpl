{{%AUTOESCAPE context="HTML"}}
{{!
Recovery codes, shown this once.

FIRST  show: the second factor has just been turned on
CODES  value: one a line
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/account">Your account</a></li><li><a href="/account/second-factor">Second factor</a></li></ul></nav>
<div class="narrow">
<h1>Recovery codes</h1>
{{#FIRST}}<p class="flash" role="status">The second factor is on.</p>{{/FIRST}}
<p><strong>Print or copy these codes now. They are not shown again.</strong> Each signs you in once when the telephone is not there. Keep them where the telephone is not.</p>
<pre class="secret" data-copy>{{CODES:pre_escape}}</pre>
<div class="buttons"><a class="button main" href="/account">I have them</a></div>
</div>
