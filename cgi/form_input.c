/* From what a browser sent to a draft. */
#include "form_input.h"

#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/record.h"
#include "../db/session.h"

static const struct draft_file *take_file(const struct request *request, struct draft *draft, const char *name)
{
    const struct form_file *file = form_get_file(request->form, name);
    if (!file || (!*file->file_name && file->size == 0))
        return NULL; /* a file input that was left alone (HTML, constructing the entry list) */
    struct draft_file *copy = NEW(draft, struct draft_file);
    *copy = (struct draft_file){ .descriptor = file->descriptor, .size = file->size, .name = file->file_name,
                                 .content_type = file->content_type, .sha256 = file->sha256 };
    return copy;
}

/* What no page can hold for a form: browsers do not fill in files, and a password does not belong into a page's source. */
static bool is_kept(const struct field *field)
{
    return field->type != FIELD_FILE && field->type != FIELD_BYTES && !field->secret;
}

static void ask_again(struct draft_field *field)
{
    if (!field->error)
        field->error = field->field->secret ? "Enter the password again: it is not kept from one page to the next"
                                            : "Choose the file again: it is not kept from one page to the next";
}

static void read_unkept(const struct request *request, struct draft *draft)
{
    for (size_t i = 0; i < request->form->value_count; i++) {
        const struct form_value *value = &request->form->values[i];
        struct draft_field *field = strcmp(value->name, FORM_UNKEPT) == 0 ? draft_field(draft, value->value) : NULL;
        if (!field || is_kept(field->field) || field->file || field->typed)
            continue;
        field->unkept = true;
        ask_again(field);
    }
}

void form_input_ask_again(struct draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].file || (draft->fields[i].field->secret && draft->fields[i].typed))
            ask_again(&draft->fields[i]);
}

static void read_field(const struct request *request, struct draft *draft, struct draft_field *field)
{
    const char *name = field->field->name;
    enum field_type type = field->field->type;
    if (type == FIELD_FILE || type == FIELD_BYTES) {
        field->file = take_file(request, draft, name);
        field->sent = field->file != NULL;
        return;
    }
    const char *value = form_get(request->form, name);
    const char *take = form_get(request->form, memory_printf(request, "_take.%s", name));
    if (take && strcmp(take, "theirs") == 0)
        value = field->base; /* a page of two sides is based on theirs */
    if (value)
        draft_type(field, value);
}

static void read_link(const struct request *request, struct draft *draft, struct draft_link *link)
{
    const char *chosen = memory_printf(request, "%s[]", link->link->name);
    const char *shown = memory_printf(request, "%s.shown[]", link->link->name);
    for (size_t i = 0; i < request->form->value_count; i++) {
        const struct form_value *value = &request->form->values[i];
        bool is_chosen = strcmp(value->name, chosen) == 0, is_shown = strcmp(value->name, shown) == 0;
        if ((!is_chosen && !is_shown) || !record_id_is_valid(link->link->target_model, value->value))
            continue;
        struct draft_item *item = draft_item(draft, link, value->value);
        item->chosen |= is_chosen;
        item->shown |= is_shown;
    }
}

struct error *form_input_read(struct request *request, struct draft *draft)
{
    const char *base = form_get(request->form, "_base");
    if (draft->face == ON_UPDATE && !base)
        return error_new(request, ERROR_PRECONDITION,
                         "an edit has to send '_base', the hidden value that tells what it was based on: open "
                         "the form and send what it holds");
    if (draft->face == ON_UPDATE)
        TRY(draft_set_base(draft, base));
    draft->token = form_get(request->form, "_token");
    if (draft->token && (strlen(draft->token) > 64 || !*draft->token))
        return error_new(request, ERROR_BAD_REQUEST, "the form's hidden value '_token' is damaged: open the form again");
    for (size_t i = 0; i < draft->field_count; i++)
        read_field(request, draft, &draft->fields[i]);
    for (size_t i = 0; i < draft->link_count; i++)
        read_link(request, draft, &draft->links[i]);
    read_unkept(request, draft);
    return NULL;
}

struct error *form_input_prefill(struct request *request, struct draft *draft)
{
    for (size_t i = 0; i < request->query->value_count; i++) {
        const struct form_value *value = &request->query->values[i];
        struct draft_field *field = draft_field(draft, value->name);
        struct draft_link *link = draft_link(draft, value->name);
        if (!field && !link)
            return error_new(request, ERROR_BAD_REQUEST, "the form for a new %s has no field '%s'",
                             draft->model->label, value->name);
        if (field && !field->field->secret)
            draft_type(field, value->value);
        if (link && record_id_is_valid(link->link->target_model, value->value))
            draft_item(draft, link, value->value)->chosen = true;
    }
    return NULL;
}

void form_input_hide(struct view *view, const char *name, const char *value)
{
    struct view *hidden = view_add(view, T_HIDDEN);
    view_set(hidden, T_NAME, name);
    view_set(hidden, T_VALUE, value ? value : "");
}

static void hide_link(const struct request *request, struct view *view, const struct draft_link *link)
{
    for (size_t i = 0; i < link->count; i++) {
        const struct draft_item *item = &link->items[i];
        if (item->chosen)
            form_input_hide(view, memory_printf(request, "%s[]", link->link->name), item->id);
        if (item->shown)
            form_input_hide(view, memory_printf(request, "%s.shown[]", link->link->name), item->id);
    }
}

void form_input_hide_all(const struct request *request, struct view *view, const struct draft *draft,
                         const char *without)
{
    if (draft->face == ON_UPDATE)
        form_input_hide(view, "_base", draft_base(draft));
    if (draft->token)
        form_input_hide(view, "_token", draft->token);
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct draft_field *field = &draft->fields[i];
        if (!is_kept(field->field)) {
            if (field->file || field->typed || field->unkept)
                form_input_hide(view, FORM_UNKEPT, field->field->name);
            continue;
        }
        /* A field that was emptied is sent empty: left out, it would stay as it is stored. */
        bool emptied = draft->face == ON_UPDATE && field->sent && field->field->type != FIELD_BOOLEAN;
        if ((field->typed || emptied) && (!without || strcmp(field->field->name, without) != 0))
            form_input_hide(view, field->field->name, field->typed);
    }
    for (size_t i = 0; i < draft->link_count; i++)
        hide_link(request, view, &draft->links[i]);
}
