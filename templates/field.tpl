{{%AUTOESCAPE context="HTML"}}
{{!
One field of a form.

ID            value: unique on the page, where the error summary links to
NAME          value: as it is sent
LABEL         value
OPTIONAL      show: it may stay empty
HINT          value, optional
ERROR         value, optional: what to do, the same words as in the summary
DESCRIBED_BY  value, optional: "ID-hint", "ID-error" or both, as HINT and ERROR are there
and exactly one of these, shown:
INPUT         TYPE value: text, email, date, datetime-local, ...; VALUE, INPUTMODE, AUTOCOMPLETE values, optional;
              VERBATIM show: an address or a code, neither spell-checked nor capitalised;
              SIZE value, optional: "short" or "medium" for what is never long
TEXTAREA      ROWS value; VALUE value, optional; CODE show: JSON
SELECT        OPTION add: VALUE, LABEL values; SELECTED show
RADIOS        OPTION add: ID (the first one's is the field's), VALUE, LABEL values; SELECTED show
CHECKBOX      CHECKED show; sends "true"
FILE          CURRENT value, optional: the name of the file that is there; CURRENT_HREF value: its bytes
PASSWORD      AUTOCOMPLETE value, optional: new-password when left out
READ_ONLY     TEXT value, optional; HREF value, optional
REFERENCE     many-to-one: VALUE value, optional: the chosen key; CHOSEN value, optional: its title; CHOSEN_HREF value,
              optional; CLEARABLE show: it may stay empty; OPTIONS_HREF value: answers ?q=text with JSON, see roster.js;
              SAME value, optional: the field that both records must share; its value is sent along under its name
LINKS         many-to-many: CHOICE add: ID, VALUE, LABEL values, DETAIL and HREF values, optional; CHECKED show; SHOWN show:
              it was linked when the form was opened; MORE value, optional:
              "37 more are not shown and stay as they are"; MORE_HREF value; OPTIONS_HREF value.
              Sends NAME[] for the checked ones and NAME.shown[] for all that the form showed
}}
{{#INPUT}}
<div class="field{{#ERROR}} wrong{{/ERROR}}">
<label for="{{ID}}">{{LABEL}}{{#OPTIONAL}} <span class="optional">(optional)</span>{{/OPTIONAL}}</label>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<input id="{{ID}}" name="{{NAME}}" type="{{TYPE}}" dir="auto"{{#SIZE}} class="{{SIZE}}"{{/SIZE}}{{#VALUE}} value="{{VALUE:pre_escape}}"{{/VALUE}}{{#INPUTMODE}} inputmode="{{INPUTMODE}}"{{/INPUTMODE}}{{#AUTOCOMPLETE}} autocomplete="{{AUTOCOMPLETE}}"{{/AUTOCOMPLETE}}{{#VERBATIM}} spellcheck="false" autocapitalize="none"{{/VERBATIM}}{{#DESCRIBED_BY}} aria-describedby="{{DESCRIBED_BY}}"{{/DESCRIBED_BY}}{{#ERROR}} aria-invalid="true"{{/ERROR}}>
</div>
{{/INPUT}}
{{#TEXTAREA}}
<div class="field{{#ERROR}} wrong{{/ERROR}}">
<label for="{{ID}}">{{LABEL}}{{#OPTIONAL}} <span class="optional">(optional)</span>{{/OPTIONAL}}</label>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<textarea id="{{ID}}" name="{{NAME}}" rows="{{ROWS}}"{{#CODE}} class="code" spellcheck="false" autocapitalize="none"{{/CODE}}{{#NO_CODE}} dir="auto"{{/NO_CODE}}{{#DESCRIBED_BY}} aria-describedby="{{DESCRIBED_BY}}"{{/DESCRIBED_BY}}{{#ERROR}} aria-invalid="true"{{/ERROR}}>
{{#VALUE}}{{VALUE:pre_escape}}{{/VALUE}}</textarea>
</div>
{{/TEXTAREA}}
{{#SELECT}}
<div class="field{{#ERROR}} wrong{{/ERROR}}">
<label for="{{ID}}">{{LABEL}}{{#OPTIONAL}} <span class="optional">(optional)</span>{{/OPTIONAL}}</label>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<select id="{{ID}}" name="{{NAME}}"{{#DESCRIBED_BY}} aria-describedby="{{DESCRIBED_BY}}"{{/DESCRIBED_BY}}{{#ERROR}} aria-invalid="true"{{/ERROR}}>
{{#OPTION}}
<option value="{{VALUE:pre_escape}}"{{#SELECTED}} selected{{/SELECTED}}>{{LABEL}}</option>
{{/OPTION}}
</select>
</div>
{{/SELECT}}
{{#RADIOS}}
<fieldset class="field{{#ERROR}} wrong{{/ERROR}}"{{#DESCRIBED_BY}} aria-describedby="{{DESCRIBED_BY}}"{{/DESCRIBED_BY}}>
<legend>{{LABEL}}{{#OPTIONAL}} <span class="optional">(optional)</span>{{/OPTIONAL}}</legend>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<div class="options">
{{#OPTION}}
<div class="tick"><input id="{{ID}}" name="{{NAME}}" type="radio" value="{{VALUE:pre_escape}}"{{#SELECTED}} checked{{/SELECTED}}><label for="{{ID}}">{{LABEL}}</label></div>
{{/OPTION}}
</div>
</fieldset>
{{/RADIOS}}
{{#CHECKBOX}}
<div class="field{{#ERROR}} wrong{{/ERROR}}">
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<div class="tick"><input id="{{ID}}" name="{{NAME}}" type="checkbox" value="true"{{#CHECKED}} checked{{/CHECKED}}{{#DESCRIBED_BY}} aria-describedby="{{DESCRIBED_BY}}"{{/DESCRIBED_BY}}{{#ERROR}} aria-invalid="true"{{/ERROR}}><label for="{{ID}}">{{LABEL}}</label></div>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
</div>
{{/CHECKBOX}}
{{#FILE}}
<div class="field{{#ERROR}} wrong{{/ERROR}}">
<label for="{{ID}}">{{LABEL}}{{#OPTIONAL}} <span class="optional">(optional)</span>{{/OPTIONAL}}</label>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
{{#CURRENT}}<p class="current">Now: <a href="{{CURRENT_HREF}}" download>{{CURRENT}}</a>. Choose a file only to replace it.</p>{{/CURRENT}}
<input id="{{ID}}" name="{{NAME}}" type="file"{{#DESCRIBED_BY}} aria-describedby="{{DESCRIBED_BY}}"{{/DESCRIBED_BY}}{{#ERROR}} aria-invalid="true"{{/ERROR}}>
</div>
{{/FILE}}
{{#PASSWORD}}
<div class="field{{#ERROR}} wrong{{/ERROR}}">
<label for="{{ID}}">{{LABEL}}{{#OPTIONAL}} <span class="optional">(optional)</span>{{/OPTIONAL}}</label>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<input id="{{ID}}" name="{{NAME}}" type="password" autocomplete="{{#AUTOCOMPLETE}}{{AUTOCOMPLETE}}{{/AUTOCOMPLETE}}{{#NO_AUTOCOMPLETE}}new-password{{/NO_AUTOCOMPLETE}}" data-reveal{{#DESCRIBED_BY}} aria-describedby="{{DESCRIBED_BY}}"{{/DESCRIBED_BY}}{{#ERROR}} aria-invalid="true"{{/ERROR}}>
</div>
{{/PASSWORD}}
{{#READ_ONLY}}
<div class="field" role="group" aria-labelledby="{{ID}}-label">
<span class="label" id="{{ID}}-label">{{LABEL}}</span>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
<p class="fixed" id="{{ID}}">{{#TEXT}}{{#HREF}}<a href="{{HREF}}">{{TEXT}}</a>{{/HREF}}{{#NO_HREF}}{{TEXT}}{{/NO_HREF}}{{/TEXT}}{{#NO_TEXT}}–{{/NO_TEXT}}</p>
</div>
{{/READ_ONLY}}
{{#REFERENCE}}
<div class="field{{#ERROR}} wrong{{/ERROR}}" role="group" aria-labelledby="{{ID}}-label"{{#DESCRIBED_BY}} aria-describedby="{{DESCRIBED_BY}}"{{/DESCRIBED_BY}} data-pick="one" data-id="{{ID}}" data-name="{{NAME}}" data-options="{{OPTIONS_HREF}}"{{#SAME}} data-same="{{SAME}}"{{/SAME}}{{#CLEARABLE}} data-clearable{{/CLEARABLE}}>
<span class="label" id="{{ID}}-label">{{LABEL}}{{#OPTIONAL}} <span class="optional">(optional)</span>{{/OPTIONAL}}</span>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<input type="hidden" name="{{NAME}}" value="{{#VALUE}}{{VALUE:pre_escape}}{{/VALUE}}">
<div class="chosen">
<span class="title" dir="auto">{{#CHOSEN}}{{#CHOSEN_HREF}}<a href="{{CHOSEN_HREF}}">{{CHOSEN}}</a>{{/CHOSEN_HREF}}{{#NO_CHOSEN_HREF}}{{CHOSEN}}{{/NO_CHOSEN_HREF}}{{/CHOSEN}}{{#NO_CHOSEN}}Nothing chosen{{/NO_CHOSEN}}</span>
<button id="{{ID}}" type="submit" name="_pick" value="{{NAME}}" formnovalidate>{{#CHOSEN}}Change{{/CHOSEN}}{{#NO_CHOSEN}}Choose{{/NO_CHOSEN}}<span class="unseen"> {{LABEL}}</span></button>
{{#CLEARABLE}}{{#CHOSEN}}<button type="submit" name="_clear" value="{{NAME}}" formnovalidate>Clear<span class="unseen"> {{LABEL}}</span></button>{{/CHOSEN}}{{/CLEARABLE}}
</div>
</div>
{{/REFERENCE}}
{{#LINKS}}
<fieldset class="field{{#ERROR}} wrong{{/ERROR}}"{{#DESCRIBED_BY}} aria-describedby="{{DESCRIBED_BY}}"{{/DESCRIBED_BY}} data-pick="many" data-id="{{ID}}" data-name="{{NAME}}" data-options="{{OPTIONS_HREF}}">
<legend>{{LABEL}}{{#OPTIONAL}} <span class="optional">(optional)</span>{{/OPTIONAL}}</legend>
{{#HINT}}<p class="hint" id="{{ID}}-hint">{{HINT}}</p>{{/HINT}}
{{#ERROR}}<p class="error" id="{{ID}}-error"><span class="unseen">Error:</span> {{ERROR}}</p>{{/ERROR}}
<div class="options">
{{#CHOICE}}
<div class="tick">{{#SHOWN}}<input type="hidden" name="{{NAME}}.shown[]" value="{{VALUE:pre_escape}}">{{/SHOWN}}<input id="{{ID}}" name="{{NAME}}[]" type="checkbox" value="{{VALUE:pre_escape}}"{{#CHECKED}} checked{{/CHECKED}}><label for="{{ID}}"><bdi>{{LABEL}}</bdi>{{#DETAIL}} <small>{{DETAIL}}</small>{{/DETAIL}}</label>{{#HREF}} <a class="look" href="{{HREF}}">View<span class="unseen"> {{LABEL}}</span></a>{{/HREF}}</div>
{{/CHOICE}}
</div>
{{#NO_CHOICE}}<p class="empty">Nothing chosen yet.</p>{{/NO_CHOICE}}
{{#MORE}}<p class="hint">{{MORE}}. <a href="{{MORE_HREF}}">See all<span class="unseen"> {{LABEL}}</span></a></p>{{/MORE}}
<div class="chosen"><button id="{{ID}}" type="submit" name="_pick" value="{{NAME}}" formnovalidate>Add…<span class="unseen"> {{LABEL}}</span></button></div>
</fieldset>
{{/LINKS}}
