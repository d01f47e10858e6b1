{{%AUTOESCAPE context="HTML"}}
{{!
Every page. Names in all templates, between double braces:
  NAME        a value, looked for in this view and then in the views around it
  #NAME       the beginning of a part (its end is /NAME): once for every view_add(NAME); or once when NAME was shown,
              has a value that is not empty, or was included. Only this view counts, not the views around it.
  #ANY_NAME   a part that is there once when the part NAME has something to show
  #NO_NAME    a part that is there once when it has nothing
  NAME:pre_escape  a value whose line ends and tabs matter; elsewhere they become spaces
  >NAME       another template, for every view_include(NAME)
In these comments "value" is set with view_set, "show" with view_show, "add" with view_add, "include" with view_include.

TITLE         value: the page's title, without the site's name
SITE          value: the site's name
REFRESH       value, optional: after so many seconds the page is asked for again where no script does it better
ICON, STYLESHEET, SCRIPT  values: the addresses of these static files
SIGNED_IN     show: with navigation and account; without it the page of somebody who is not signed in
  USER        value: the name of the person
  BY_KEY      show: nobody is known, since the database is away; this is somebody with the admin key
  CSRF        value: the session's token, for every form of the page
  NAV_GROUP   add: a group of links
    LABEL     value
    ITEM      add
      LABEL, HREF  values
      CURRENT      show: the part of the site that this page is in
FLASH         value, optional: what has just been done
NEW_KEY       value, optional: a key that is shown this once
ERRORS        include errors.tpl, optional: the summary of a form's errors
MAIN          include: the page itself
FOOTER        value, optional: small print
}}
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{#ERRORS}}Error: {{/ERRORS}}{{TITLE}} - {{SITE}}</title>
<link rel="icon" href="{{ICON}}" type="image/svg+xml">
<link rel="stylesheet" href="{{STYLESHEET}}">
{{#REFRESH}}<noscript><meta http-equiv="refresh" content="{{REFRESH}}"></noscript>
{{/REFRESH}}<script src="{{SCRIPT}}" defer></script>
</head>
<body{{#NO_SIGNED_IN}} class="bare"{{/NO_SIGNED_IN}}>
<a class="skip" href="#main">Skip to the main content</a>
<header class="top">
{{#SIGNED_IN}}
<button class="menu" type="button" popovertarget="menu">Menu</button>
{{/SIGNED_IN}}
<a class="site" href="/">{{SITE}}</a>
{{#SIGNED_IN}}
<div class="who">
{{#NO_BY_KEY}}<a href="/account" aria-label="Account: {{USER}}"><span>Account: </span><bdi>{{USER}}</bdi></a>{{/NO_BY_KEY}}{{#BY_KEY}}<span>{{USER}}</span>{{/BY_KEY}}
<form method="post" action="{{#BY_KEY}}/admin/key/end{{/BY_KEY}}{{#NO_BY_KEY}}/sign-out{{/NO_BY_KEY}}">
<input type="hidden" name="csrf" value="{{CSRF}}">
<button type="submit">{{#BY_KEY}}Leave{{/BY_KEY}}{{#NO_BY_KEY}}Sign out{{/NO_BY_KEY}}</button>
</form>
</div>
{{/SIGNED_IN}}
</header>
{{#SIGNED_IN}}
<nav class="side" id="menu" popover aria-label="Main">
{{#NAV_GROUP}}
{{#LABEL}}<h2>{{LABEL}}</h2>{{/LABEL}}
<ul>
{{#ITEM}}
<li><a href="{{HREF}}"{{#CURRENT}} aria-current="page"{{/CURRENT}}>{{LABEL}}</a></li>
{{/ITEM}}
</ul>
{{/NAV_GROUP}}
</nav>
{{/SIGNED_IN}}
<main id="main" tabindex="-1">
{{#FLASH}}
<p class="flash" role="status">{{FLASH}}</p>
{{/FLASH}}
{{#NEW_KEY}}
<section class="flash key" role="status" aria-label="New key">
<p><strong>Copy this key now. It is not shown again.</strong></p>
<p><code class="secret" data-copy>{{NEW_KEY}}</code></p>
</section>
{{/NEW_KEY}}
{{>ERRORS}}
{{>MAIN}}
</main>
<footer class="foot">
<p>{{SITE}}{{#FOOTER}} · {{FOOTER}}{{/FOOTER}}</p>
</footer>
</body>
</html>
