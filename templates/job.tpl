{{%AUTOESCAPE context="HTML"}}
{{!
One job, while it runs and afterwards. The script of the site (data-tail) goes on where this page ends, and renews what
says how far it is; without it the page is asked for again.

TITLE     value: "Restore"
COMMAND   value: the verb with its words
BADGE, TONE  values: its status
RUNS      show
  TAIL_HREF  value: where the rest of the log comes from; TO value: how much of it is here, in bytes
  PERCENT    value, optional; PART value, optional: what it is doing
  STOPPING   show: it was asked to stop
  CANCEL_ACTION, CSRF  values
  STILL_HREF value: this page without being renewed; absent when it is not renewed
  AGAIN_HREF value, optional: this page, renewed
WHO, STARTED, STARTED_DATETIME  values
LENGTH    value, optional
MESSAGE   value, optional: why it failed
NEXT      value, optional: what to do now
LAST_LOOK show: the admin key opens this page for some minutes more, and nothing else: people can sign in again
LOG       value, optional
PAGER     show: there are several pages of the log
  FIRST_HREF, PREVIOUS_HREF, NEXT_HREF, LAST_HREF  values, optional
  RANGE   value: "Page 3 of 12"
}}
<nav class="crumbs" aria-label="Where this is"><ul><li><a href="/admin/">Admin</a></li><li><a href="/admin/jobs/">Jobs</a></li></ul></nav>
<h1>{{TITLE}} <span class="badge {{TONE}}">{{BADGE}}</span></h1>
{{#RUNS}}
<div class="job-state"{{#TAIL_HREF}} data-tail="{{TAIL_HREF}}" data-from="{{TO}}"{{/TAIL_HREF}}>
<p role="status" class="part-of-job">{{#STOPPING}}It was asked to stop. {{/STOPPING}}{{#PART}}{{PART}}{{/PART}}</p>
<progress max="100"{{#PERCENT}} value="{{PERCENT}}"{{/PERCENT}} aria-label="How far it is"></progress>
<div class="buttons">
{{#NO_STOPPING}}<form method="post" action="{{CANCEL_ACTION}}" data-once><input type="hidden" name="csrf" value="{{CSRF}}"><button class="danger" type="submit">Cancel this job</button></form>{{/NO_STOPPING}}
<noscript>{{#STILL_HREF}}<a href="{{STILL_HREF}}">Stop renewing this page</a>{{/STILL_HREF}}{{#AGAIN_HREF}}<a href="{{AGAIN_HREF}}">Renew this page by itself</a>{{/AGAIN_HREF}}</noscript>
</div>
</div>
{{/RUNS}}
{{#MESSAGE}}<p class="note{{#TONE}} {{TONE}}{{/TONE}}">{{MESSAGE}}</p>{{/MESSAGE}}
{{#NEXT}}<p class="verdict">{{NEXT}}</p>{{/NEXT}}
{{#LAST_LOOK}}<p class="note">People can sign in again, and the admin key opens nothing more than this page, for ten minutes. <a href="/sign-in?next=/admin/">Sign in</a></p>{{/LAST_LOOK}}
<dl class="facts">
<div><dt>Runs</dt><dd><code>roster {{COMMAND}}</code></dd></div>
<div><dt>Started</dt><dd><time datetime="{{STARTED_DATETIME}}">{{STARTED}}</time> by {{WHO}}</dd></div>
{{#LENGTH}}<div><dt>Took</dt><dd>{{LENGTH}}</dd></div>{{/LENGTH}}
</dl>
<h2 class="part" id="log-heading">Log</h2>
<pre id="log" class="log" role="log" aria-labelledby="log-heading" tabindex="0">{{LOG:pre_escape}}</pre>
{{#PAGER}}
<nav class="pager" aria-label="Pages of the log">
<ul>
{{#FIRST_HREF}}<li><a href="{{FIRST_HREF}}">First<span class="unseen"> page</span></a></li>{{/FIRST_HREF}}
{{#PREVIOUS_HREF}}<li><a rel="prev" href="{{PREVIOUS_HREF}}">Earlier<span class="unseen"> lines</span></a></li>{{/PREVIOUS_HREF}}
<li><span aria-current="page">{{RANGE}}</span></li>
{{#NEXT_HREF}}<li><a rel="next" href="{{NEXT_HREF}}">Later<span class="unseen"> lines</span></a></li>{{/NEXT_HREF}}
{{#LAST_HREF}}<li><a href="{{LAST_HREF}}">Last<span class="unseen"> page</span></a></li>{{/LAST_HREF}}
</ul>
</nav>
{{/PAGER}}
