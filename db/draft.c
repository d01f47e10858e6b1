/* Drafts: collecting, reading and comparing what was typed. Nothing here talks to the database. */
#include "draft.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "parsed.h"
#include "password.h"
#include "text.h"
#include "value.h"

struct draft *draft_new(const void *context, const struct schema *schema, const struct model *model, enum face face)
{
    struct draft *draft = NEW(context, struct draft);
    draft->schema = schema;
    draft->model = model;
    draft->face = face;
    draft->fields = NEW_ARRAY(draft, struct draft_field, model->field_count);
    for (size_t i = 0; i < model->field_count; i++)
        if (field_on(&model->fields[i], face))
            draft->fields[draft->field_count++].field = &model->fields[i];
    draft->links = NEW_ARRAY(draft, struct draft_link, model->link_count + 1);
    for (size_t i = 0; i < model->link_count; i++)
        draft->links[draft->link_count++].link = &model->links[i];
    return draft;
}

struct draft_field *draft_field(const struct draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (strcmp(draft->fields[i].field->name, name) == 0)
            return &draft->fields[i];
    return NULL;
}

struct draft_link *draft_link(const struct draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->link_count; i++)
        if (strcmp(draft->links[i].link->name, name) == 0)
            return &draft->links[i];
    return NULL;
}

/* The value of an SQL constant such as 'open', 40 or true; NULL for anything that only the server can evaluate. */
static const char *constant(const void *context, const char *sql)
{
    size_t length = strlen(sql);
    if (length >= 2 && sql[0] == '\'' && sql[length - 1] == '\'' && !memchr(sql + 1, '\'', length - 2))
        return memory_copy_length(context, sql + 1, length - 2);
    bool word = strcmp(sql, "true") == 0 || strcmp(sql, "false") == 0;
    return word || (*sql && strspn(sql, "-0123456789.") == length) ? sql : NULL;
}

void draft_set_defaults(struct draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        const char *sql = draft->fields[i].field->default_sql;
        if (sql)
            draft->fields[i].typed = constant(draft, sql);
    }
}

void draft_type(struct draft_field *field, const char *typed)
{
    field->typed = typed && *typed ? typed : NULL;
    field->sent = true;
}

struct draft_item *draft_item(struct draft *draft, struct draft_link *link, const char *id)
{
    for (size_t i = 0; i < link->count; i++)
        if (strcmp(link->items[i].id, id) == 0)
            return &link->items[i];
    link->items = GROW_ARRAY(draft, struct draft_item, link->items, link->count + 1);
    link->items[link->count] = (struct draft_item){ .id = memory_copy(draft, id) };
    return &link->items[link->count++];
}

/* Secrets and bytes are not compared: a form never shows them. */
static bool has_base(const struct field *field)
{
    return field_has_column(field) && !field->secret && field->type != FIELD_BYTES;
}

static bool same_text(const char *one, const char *other)
{
    return strcmp(one ? one : "", other ? other : "") == 0;
}

/* Browsers spell what was left alone in their own way: 10:15:00 comes back as 10:15. So values are compared, not texts. */
static bool same_value(const struct draft *draft, const struct draft_field *field, const char *other)
{
    return same_text(field->typed, other) || value_same(draft, field->field, field->typed, other);
}

const char *draft_base(const struct draft *draft)
{
    struct text *text = text_new(draft);
    text_add_char(text, '{');
    bool first = true;
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct draft_field *field = &draft->fields[i];
        if (!has_base(field->field))
            continue;
        text_addf(text, "%s\"%s\":", first ? "" : ",", field->field->name);
        /* What the person saw is the base, also when the form comes back with errors. */
        text_add_json(text, field->base ? field->base : field->current);
        first = false;
    }
    text_add_char(text, '}');
    return text->data;
}

struct error *draft_set_base(struct draft *draft, const char *base)
{
    const json_t *json = parsed_json(draft, base, strlen(base), JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(json))
        return error_new(draft, ERROR_BAD_REQUEST, "the form's hidden value '_base' is damaged: open the form again");
    for (size_t i = 0; i < draft->field_count; i++) {
        const json_t *value = json_object_get(json, draft->fields[i].field->name);
        const char *text = json_is_string(value) ? json_string_value(value) : "";
        draft->fields[i].base = value ? memory_copy(draft, text) : NULL;
    }
    draft->sent = true;
    return NULL;
}

/* An uploaded file names the record when nothing was typed for its name. */
static void name_after_file(struct draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct draft_field *file = &draft->fields[i];
        if (!file->file || !file->field->file || !file->field->file->name)
            continue;
        struct draft_field *name = draft_field(draft, file->field->file->name);
        if (name && !name->typed)
            draft_type(name, file->file->name);
    }
}

/* A file that has to be chosen and is not: it is asked for, and not also for the name that it would give. */
static bool awaits_file(const struct draft *draft, const struct field *field)
{
    for (size_t i = 0; i < draft->field_count && draft->face == ON_CREATE; i++) {
        const struct draft_field *file = &draft->fields[i];
        const char *name = file->field->file ? file->field->file->name : NULL;
        if (name && !file->file && file->field->required && strcmp(name, field->name) == 0)
            return true;
    }
    return false;
}

static void read_file_field(const struct draft *draft, struct draft_field *field)
{
    bool wanted = field->field->required && draft->face == ON_CREATE;
    field->changed = field->file != NULL;
    if (!field->file && wanted)
        field->error = "Choose a file";
    if (field->file && field->field->type == FIELD_BYTES && field->file->size > (size_t)field->field->max_length)
        field->error = memory_printf(draft, "Choose a file of at most %s",
                                     value_limit(draft, field->field->max_length));
}

static void read_field(const struct draft *draft, struct draft_field *field)
{
    enum field_type type = field->field->type;
    bool update = draft->face == ON_UPDATE;
    if (type == FIELD_FILE || type == FIELD_BYTES) {
        read_file_field(draft, field);
        return;
    }
    if (type == FIELD_KEY)
        return;
    /* An unchecked box is not sent at all, so for a boolean absence is an answer. */
    if (update && !field->sent && type != FIELD_BOOLEAN)
        return;
    if (!field->typed && (type == FIELD_PASSWORD || (!update && field->field->default_sql && type != FIELD_BOOLEAN)))
        return;
    if (!field->typed && awaits_file(draft, field->field))
        return;
    if (type == FIELD_BOOLEAN && !field->sent)
        field->typed = "false";
    field->error = value_read(draft, field->field, field->typed, &field->value);
    field->changed = !update || !has_base(field->field) || !same_value(draft, field, field->base);
    if (!field->changed)
        field->error = NULL;
}

/* A password that the rest of the form tells. */
static void judge_password(const struct draft *draft, struct draft_field *password)
{
    const char **about = NEW_ARRAY(draft, const char *, draft->field_count);
    if (password->field->type != FIELD_PASSWORD || !password->value || password->error)
        return;
    for (size_t i = 0; i < draft->field_count; i++) {
        const enum field_type type = draft->fields[i].field->type;
        about[i] = type == FIELD_TEXT || type == FIELD_EMAIL ? draft->fields[i].value : NULL;
    }
    password->error = password_refuse(draft, password->value, about, draft->field_count);
}

bool draft_read(struct draft *draft)
{
    name_after_file(draft);
    for (size_t i = 0; i < draft->field_count; i++)
        read_field(draft, &draft->fields[i]);
    for (size_t i = 0; i < draft->field_count; i++)
        judge_password(draft, &draft->fields[i]);
    return !draft_has_errors(draft);
}

bool draft_has_errors(const struct draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].error)
            return true;
    for (size_t i = 0; i < draft->link_count; i++)
        if (draft->links[i].error)
            return true;
    return draft->error != NULL;
}

static bool changed_by_others(const struct draft_field *field)
{
    return has_base(field->field) && !same_text(field->base, field->current);
}

/* What somebody typed is what is stored now, in whatever way it is spelled: their own save, perhaps, of which they were
 * not told. */
static bool agrees(const struct draft *draft, const struct draft_field *field)
{
    return same_value(draft, field, field->current);
}

bool draft_is_stale(const struct draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct draft_field *field = &draft->fields[i];
        bool answered = field->sent || field->field->type == FIELD_BOOLEAN;
        if (draft->face == ON_UPDATE && answered && field->base && changed_by_others(field)
            && !agrees(draft, field))
            return true;
    }
    return false;
}

bool draft_is_done(const struct draft *draft)
{
    bool any = false;
    for (size_t i = 0; i < draft->field_count && draft->face == ON_UPDATE; i++) {
        const struct draft_field *field = &draft->fields[i];
        if (field->changed && !(changed_by_others(field) && agrees(draft, field)))
            return false;
        any |= field->changed;
    }
    for (size_t i = 0; i < draft->link_count; i++) {
        for (size_t j = 0; j < draft->links[i].count; j++)
            if (draft->links[i].items[j].chosen != draft->links[i].items[j].shown)
                return false;
        any |= draft->links[i].met;
    }
    return any;
}

bool draft_field_conflicts(const struct draft *draft, const struct draft_field *field)
{
    return field->changed && changed_by_others(field) && !agrees(draft, field);
}

bool draft_may_confirm(const struct draft *draft)
{
    return model_confirms(draft->model, draft->face);
}

bool draft_needs_confirm(const struct draft *draft)
{
    if (draft->face == ON_CREATE)
        return draft_may_confirm(draft);
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct draft_field *field = &draft->fields[i];
        bool written = field->field->type == FIELD_PASSWORD ? field->value != NULL : field->changed;
        if (field->field->confirm && written)
            return true;
    }
    return false;
}
