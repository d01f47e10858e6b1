{{%AUTOESCAPE context="HTML"}}
{{!
One value as people read it. Exactly one of these:

TEXT     value: a line of text; HREF value, optional: where it links to
BADGE    value: a choice; TONE value, optional: good, warn, bad or muted; HREF value, optional
TIME     value: a date or a time for people; DATETIME value: for machines
TRUE     show: yes
FALSE    show: no
LINES    value: text of several lines
CODE     value: JSON, laid out
EMAIL    value: an address, linked as mailto:
FILE     value: a file's name; HREF value: where its bytes are; SIZE value, optional: "1.2 MB"
EMPTY    show: nothing there
and with any of them:
SUB      value, optional: a smaller second line
}}
{{#TEXT}}{{#HREF}}<a href="{{HREF}}" dir="auto">{{TEXT}}</a>{{/HREF}}{{#NO_HREF}}<bdi>{{TEXT}}</bdi>{{/NO_HREF}}{{/TEXT}}{{#BADGE}}{{#HREF}}<a href="{{HREF}}">{{/HREF}}<span class="badge{{#TONE}} {{TONE}}{{/TONE}}">{{BADGE}}</span>{{#HREF}}</a>{{/HREF}}{{/BADGE}}{{#TIME}}<time datetime="{{DATETIME}}">{{TIME}}</time>{{/TIME}}{{#TRUE}}<span class="yes">yes</span>{{/TRUE}}{{#FALSE}}<span class="no">no</span>{{/FALSE}}{{#LINES}}<p class="lines" dir="auto">{{LINES:pre_escape}}</p>{{/LINES}}{{#CODE}}<pre tabindex="0" role="region" aria-label="{{LABEL}}">{{CODE:pre_escape}}</pre>{{/CODE}}{{#EMAIL}}<a href="mailto:{{EMAIL}}">{{EMAIL}}</a>{{/EMAIL}}{{#FILE}}<a href="{{HREF}}" download dir="auto">{{FILE}}</a>{{#SIZE}} <small>{{SIZE}}</small>{{/SIZE}}{{/FILE}}{{#EMPTY}}<span class="none" aria-hidden="true">–</span><span class="unseen">none</span>{{/EMPTY}}{{#SUB}}<small>{{SUB}}</small>{{/SUB}}
