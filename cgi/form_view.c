/* A draft as a form. Conventions of the fields: GOV.UK design system, and WCAG 2.2 (1.3.5, 3.3.1 to 3.3.3). */
#include "form_view.h"

#include <names.h>
#include <stdlib.h>
#include <string.h>

#include "../db/access.h"
#include "../db/memory.h"
#include "../db/password.h"
#include "../db/value.h"
#include "confirm.h"
#include "cookie.h"
#include "form_input.h"
#include "value_view.h"
#include "words.h"

/* Up to so many choices are radio buttons; more are a list to open. */
#define RADIOS_MAX 5

struct widget {
    const struct request *request;
    const struct draft *draft;
    const struct draft_field *field;
    struct view *view;
    const char *id;
};

const char *form_view_id(const void *context, const char *name)
{
    return memory_printf(context, "field-%s", name);
}

const char *form_view_action(const struct request *request)
{
    return memory_copy_length(request, request->address, strcspn(request->address, "?"));
}

static bool is_optional(const struct draft *draft, const struct field *field)
{
    if (field->type == FIELD_BOOLEAN || field->type == FIELD_KEY)
        return false;
    /* Bytes that are there stay there when no new file is chosen. */
    bool kept = draft->face == ON_UPDATE && (field->type == FIELD_FILE || field->type == FIELD_BYTES);
    bool named = false;
    for (size_t i = 0; i < draft->field_count && draft->face == ON_CREATE; i++) {
        const struct file_columns *file = draft->fields[i].field->file;
        named |= file && file->name && strcmp(file->name, field->name) == 0;
    }
    /* An empty box takes the default; radio buttons and lists of choices cannot be emptied. */
    bool filled = draft->face == ON_CREATE && field->default_sql && field->type != FIELD_CHOICE;
    return !field->required || kept || named || filled;
}

static void fill_options(const struct widget *widget, struct view *select, bool radios)
{
    const struct field *field = widget->field->field;
    const char *typed = widget->field->typed ? widget->field->typed : "";
    int number = 0;
    if (!field->required || (!radios && !*typed)) {
        struct view *none = view_add(select, T_OPTION);
        view_set(none, T_ID, widget->id);
        view_set(none, T_VALUE, "");
        view_set(none, T_LABEL, field->required ? "Choose" : "None");
        view_show_if(none, T_SELECTED, !*typed);
        number++;
    }
    for (const struct choice *choice = field->choices; choice->value; choice++, number++) {
        struct view *option = view_add(select, T_OPTION);
        view_set(option, T_ID, number ? memory_printf(widget->request, "%s-%d", widget->id, number) : widget->id);
        view_set(option, T_VALUE, choice->value);
        view_set(option, T_LABEL, choice->label);
        view_show_if(option, T_SELECTED, strcmp(choice->value, typed) == 0);
    }
}

static void fill_choice(const struct widget *widget)
{
    size_t count = 0;
    while (widget->field->field->choices[count].value)
        count++;
    bool radios = count <= RADIOS_MAX;
    view_show(widget->view, radios ? T_RADIOS : T_SELECT);
    fill_options(widget, widget->view, radios);
}

/* Whether a browser's box for dates can hold it: no "infinity", and no year of five digits (HTML, dates and times). */
static bool fits_box(const char *typed, bool timed)
{
    return !typed || (strlen(typed) >= 10 && strlen(typed) <= 19 && typed[4] == '-' && (strlen(typed) > 10) == timed
                      && strspn(typed, "0123456789-T:. ") == strlen(typed));
}

/* What such a box cannot hold would be dropped by the browser: it comes as text, to be left or corrected. */
static const char *input_type(const struct draft_field *field)
{
    switch (field->field->type) {
    case FIELD_EMAIL:
        return "email";
    case FIELD_DATE:
        return field->error || !fits_box(field->typed, false) ? "text" : "date";
    case FIELD_TIMESTAMP:
        return field->error || !fits_box(field->typed, true) ? "text" : "datetime-local";
    default:
        return "text";
    }
}

static void fill_input(const struct widget *widget)
{
    const struct field *field = widget->field->field;
    enum field_type type = field->type;
    struct view *input = widget->view;
    view_show(input, T_INPUT);
    view_set(input, T_TYPE, input_type(widget->field));
    view_set(input, T_VALUE, widget->field->typed);
    bool whole = type == FIELD_INTEGER, number = whole || type == FIELD_DECIMAL || type == FIELD_FLOAT;
    view_set(input, T_INPUTMODE, whole ? "numeric" : number ? "decimal" : NULL);
    /* The address is another person's, as a rule: what a browser knows of its own user does not help. */
    view_set(input, T_AUTOCOMPLETE, type == FIELD_EMAIL ? "off" : NULL);
    view_show_if(input, T_VERBATIM, field->pattern || type == FIELD_EMAIL || type == FIELD_UUID);
    bool brief = (number && field->precision <= 10) || type == FIELD_DATE || (field->max_length && field->max_length <= 20);
    bool medium = number || type == FIELD_TIMESTAMP || type == FIELD_UUID || (field->max_length && field->max_length <= 64);
    view_set(input, T_SIZE, brief ? "short" : medium ? "medium" : NULL);
}

static void fill_textarea(const struct widget *widget)
{
    struct view *area = widget->view;
    view_show(area, T_TEXTAREA);
    bool code = widget->field->field->type == FIELD_JSON;
    view_set(area, T_ROWS, code ? "8" : "5");
    view_set(area, T_VALUE, widget->field->typed);
    view_show_if(area, T_CODE, code);
}

bool form_view_narrows(const struct request *request, const struct draft *draft, const struct field *field)
{
    return draft->face == ON_CREATE && field->type == FIELD_REFERENCE && access_asks_rows(request->db, draft->model) &&
           access_narrows(request, field);
}

static void fill_reference(const struct widget *widget)
{
    const struct draft_field *field = widget->field;
    const struct model *target = field->field->target;
    struct view *reference = widget->view;
    view_show(reference, T_REFERENCE);
    view_set(reference, T_VALUE, field->typed);
    if (field->typed) {
        view_set(reference, T_CHOSEN, field->title ? field->title : field->typed);
        if (field->title && !target->internal)
            view_set(reference, T_CHOSEN_HREF, value_view_href(widget->request, target, field->typed));
    }
    view_show_if(reference, T_CLEARABLE, !field->field->required);
    const char *adding = !form_view_narrows(widget->request, widget->draft, field->field) ? "" :
        memory_printf(widget->request, "?_for=%s.%s", widget->draft->model->path, field->field->name);
    view_set(widget->view, T_OPTIONS_HREF, memory_printf(widget->request, "/%s/options%s", target->path, adding));
    view_set(widget->view, T_SAME, field->field->same);
}

static void fill_file(const struct widget *widget)
{
    const struct draft *draft = widget->draft;
    struct view *file = widget->view;
    view_show(file, T_FILE);
    if (!widget->field->stored)
        return;
    const struct field *field = widget->field->field;
    const struct field *title = draft->model->title_field;
    bool named = field->file && field->file->name && strcmp(field->file->name, title->name) == 0;
    view_set(file, T_CURRENT, named ? draft->title : field->label);
    view_set(file, T_CURRENT_HREF,
             memory_printf(widget->request, "%s/file/%s", value_view_href(widget->request, draft->model, draft->id),
                           widget->field->field->name));
}

static void fill_widget(const struct widget *widget)
{
    switch (widget->field->field->type) {
    case FIELD_LONG_TEXT:
    case FIELD_JSON:
        fill_textarea(widget);
        break;
    case FIELD_CHOICE:
        fill_choice(widget);
        break;
    case FIELD_BOOLEAN:
        view_show(widget->view, T_CHECKBOX);
        view_show_if(widget->view, T_CHECKED,
                     widget->field->typed && strcmp(widget->field->typed, "true") == 0);
        break;
    case FIELD_REFERENCE:
        fill_reference(widget);
        break;
    case FIELD_PASSWORD:
        view_show(widget->view, T_PASSWORD);
        break;
    case FIELD_BYTES:
    case FIELD_FILE:
        fill_file(widget);
        break;
    default:
        fill_input(widget);
    }
}

/* The hint of the model, and what the type adds to it. */
static const char *hint_of(const struct widget *widget)
{
    const struct field *field = widget->field->field;
    if (field->type == FIELD_PASSWORD && widget->draft->face == ON_UPDATE)
        return "Leave it empty to keep the present one.";
    const char *hint = field->hint ? field->hint : "";
    const char *more = "";
    if (field->type == FIELD_TIMESTAMP)
        more = memory_printf(widget->request, "Date and time in %s.", widget->request->site->settings->time_zone);
    if (field->type == FIELD_BYTES)
        more = memory_printf(widget->request, "At most %s.", value_limit(widget->request, field->max_length));
    if (field->type == FIELD_FILE) /* the limit is the whole form's */
        more = memory_printf(widget->request, "Less than %s.",
                             value_limit(widget->request, (long long)widget->request->site->settings->upload_max));
    if (form_view_narrows(widget->request, widget->draft, field))
        more = memory_printf(widget->request, "Only %s that you may add %s to are offered.", field->target->plural,
                             widget->draft->model->plural);
    return *hint || *more ? memory_printf(widget->request, "%s%s%s", hint, *hint && *more ? " " : "", more) : NULL;
}

static void set_common(const struct widget *widget, const char *name, const char *label, bool optional,
                       const char *hint, const char *error)
{
    view_set(widget->view, T_ID, widget->id);
    view_set(widget->view, T_NAME, name);
    view_set(widget->view, T_LABEL, label);
    view_show_if(widget->view, T_OPTIONAL, optional);
    view_set(widget->view, T_HINT, hint);
    view_set(widget->view, T_ERROR, error);
    if (hint || error)
        view_set(widget->view, T_DESCRIBED_BY,
                 memory_printf(widget->request, "%s%s%s%s%s", hint ? widget->id : "", hint ? "-hint" : "",
                               hint && error ? " " : "", error ? widget->id : "", error ? "-error" : ""));
}

static void add_field(struct page *page, const struct draft *draft, const struct draft_field *field)
{
    if (field->field->type == FIELD_KEY)
        return; /* made by the program */
    struct widget widget = { page->request, draft, field, view_include(page->main, T_FIELD, TPL_FIELD),
                             form_view_id(page->request, field->field->name) };
    set_common(&widget, field->field->name, field->field->label, is_optional(draft, field->field), hint_of(&widget),
               field->error);
    fill_widget(&widget);
    if (field->error)
        page_error(page, field->error, widget.id);
}

static void add_choice(const struct widget *widget, struct view *links, const struct draft_link *link, size_t i)
{
    const struct draft_item *item = &link->items[i];
    struct view *choice = view_add(links, T_CHOICE);
    view_set(choice, T_ID, memory_printf(widget->request, "%s-%zu", widget->id, i));
    view_set(choice, T_VALUE, item->id);
    view_set(choice, T_LABEL, item->title ? item->title : item->id);
    view_set(choice, T_HREF, value_view_href(widget->request, link->link->target_model, item->id));
    view_show_if(choice, T_SHOWN, item->shown);
    view_show_if(choice, T_CHECKED, item->chosen);
}

static void add_link(struct page *page, const struct draft *draft, const struct draft_link *link)
{
    struct widget widget = { page->request, draft, NULL, view_include(page->main, T_FIELD, TPL_FIELD),
                             form_view_id(page->request, link->link->name) };
    set_common(&widget, link->link->name, link->link->label, true, link->link->hint, link->error);
    struct view *links = widget.view;
    view_show(links, T_LINKS);
    view_set(widget.view, T_OPTIONS_HREF, memory_printf(page->request, "/%s/options", link->link->target_model->path));
    for (size_t i = 0; i < link->count; i++)
        add_choice(&widget, links, link, i);
    if (link->more) {
        view_set(links, T_MORE, memory_printf(page->request, "The first %d are shown; the others stay as they are",
                                              DRAFT_LINKS_SHOWN));
        view_set(links, T_MORE_HREF, value_view_href(page->request, draft->model, draft->id));
    }
    if (link->error)
        page_error(page, link->error, widget.id);
}

/* What the password is asked for, in the labels of the form: "Email, Password or Superuser". */
static const char *confirmed_labels(const struct request *request, const struct model *model)
{
    struct text *text = text_new(request);
    size_t left = 0;
    for (size_t i = 0; i < model->field_count; i++)
        left += model->fields[i].confirm;
    for (size_t i = 0; i < model->field_count; i++) {
        if (!model->fields[i].confirm)
            continue;
        text_addf(text, "%s%s", text->length == 0 ? "" : left == 1 ? " or " : ", ", model->fields[i].label);
        left--;
    }
    return text->data;
}

void form_view_add_confirm(struct page *page, const struct draft *draft, const char *problem)
{
    const struct request *request = page->request;
    struct widget widget = { request, draft, NULL, view_include(page->main, T_FIELD, TPL_FIELD),
                             form_view_id(request, CONFIRM_FIELD) };
    const char *hint = "This cannot be saved without the password that you signed in with.";
    if (draft->face == ON_UPDATE)
        hint = memory_printf(request, "Needed only when you change %s: the password that you signed in with.",
                             confirmed_labels(request, draft->model));
    set_common(&widget, CONFIRM_FIELD, "Your own password", draft->face == ON_UPDATE, hint, problem);
    view_set(widget.view, T_AUTOCOMPLETE, "current-password");
    view_show(widget.view, T_PASSWORD);
    if (problem)
        page_error(page, problem, widget.id);
}

static void fill_head(struct page *page, const struct draft *draft)
{
    struct request *request = page->request;
    const struct model *model = draft->model;
    const char *list = memory_printf(request, "/%s/", model->path);
    view_set(page->main, T_LIST_HREF, list);
    view_set(page->main, T_LIST_LABEL, words_capital(request, model->plural));
    view_set(page->main, T_HINT, draft->face == ON_CREATE ? model->hint : NULL);
    view_show_if(page->main, T_ADD_ANOTHER, draft->face == ON_CREATE);
    if (draft->face == ON_CREATE) {
        view_set(page->main, T_ACTION, memory_printf(request, "/%s/new", model->path));
        view_set(page->main, T_HEADING, memory_printf(request, "New %s", model->label));
        view_set(page->main, T_CANCEL_HREF, list);
        return;
    }
    const char *record = value_view_href(request, model, draft->id);
    view_set(page->main, T_ACTION, form_view_action(request));
    view_set(page->main, T_HEADING, memory_printf(request, "Edit %s %s", model->label, draft->title));
    view_set(page->main, T_RECORD_HREF, record);
    view_set(page->main, T_RECORD_LABEL, draft->title);
    view_set(page->main, T_CANCEL_HREF, record);
    view_set(page->main, T_DELETE_HREF, memory_printf(request, "%s/delete", record));
}

void form_view_fill(struct page *page, const struct draft *draft)
{
    struct request *request = page->request;
    fill_head(page, draft);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    if (draft->face == ON_UPDATE)
        form_input_hide(page->main, "_base", draft_base(draft));
    else
        form_input_hide(page->main, "_token", draft->token ? draft->token : token_generate(request));
    if (draft->error)
        page_error(page, draft->error, NULL);
    for (size_t i = 0; i < draft->field_count; i++) {
        enum field_type type = draft->fields[i].field->type;
        if (type == FIELD_FILE || type == FIELD_BYTES)
            view_show(page->main, T_MULTIPART);
        add_field(page, draft, &draft->fields[i]);
    }
    for (size_t i = 0; i < draft->link_count; i++)
        add_link(page, draft, &draft->links[i]);
}
