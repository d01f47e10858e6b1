/* One record of a seed's file: found again by its key, then inserted, updated or left as it is. */
#include "seed_record.h"

#include <string.h>
#include "memory.h"
#include "password.h"
#include "record.h"
#include "seed_fault.h"
#include "seed_upload.h"
#include "seed_value.h"
#include "seed_write.h"

struct linking {
    const struct link *link;
    const char **targets; /* primary keys */
    size_t count;
};

struct record {
    struct seed_run *run;
    const struct seed_file *file;
    struct seed_value *values;
    size_t count;
    struct linking *links;
    size_t link_count;
    struct seed_upload *upload; /* NULL without a file */
    const char *id;             /* NULL while there is no such row */
    bool *same;                 /* of each value: the row has it already */
};

static struct seed_value *find_value(const struct record *record, const struct field *field)
{
    for (size_t i = 0; i < record->count; i++)
        if (record->values[i].field == field)
            return &record->values[i];
    return NULL;
}

static void add_value(struct record *record, struct seed_value value)
{
    if (!find_value(record, value.field))
        record->values[record->count++] = value;
}

static void add_text(struct record *record, const char *field, const char *text, bool once)
{
    if (field)
        add_value(record, (struct seed_value){
                              .field = model_field(record->file->model, field), .text = text, .once = once });
}

static struct error *read_link(struct record *record, const struct link *link, const json_t *json)
{
    struct linking *linking = &record->links[record->link_count];

    if (!json_is_array(json))
        return error_new(record, ERROR_INVALID, "write an array of %s, [\"...\", \"...\"]",
                         link->target_model->plural);
    linking->link = link;
    linking->count = json_array_size(json);
    linking->targets = NEW_ARRAY(record, const char *, linking->count + 1);
    for (size_t i = 0; i < linking->count; i++) {
        TRY(seed_reference_find(record, record->run, link->target_model, json_array_get(json, i),
                                &linking->targets[i]));
        for (size_t j = 0; j < i; j++)
            if (strcmp(linking->targets[j], linking->targets[i]) == 0)
                return error_new(record, ERROR_INVALID, "number %zu is number %zu again; remove one", i + 1,
                                 j + 1);
    }
    record->link_count++;
    return NULL;
}

static struct error *read_password(struct record *record, const struct field *field, const json_t *json)
{
    struct seed_value value;

    TRY(seed_value_read(record, field, json, &value));
    if (value.text)
        value.text = password_hash(record, value.text);
    value.once = true;
    add_value(record, value);
    return NULL;
}

static struct error *read_reference(struct record *record, const struct field *field, const json_t *json)
{
    struct seed_value value = { .field = field };

    if (!json_is_null(json) || field->required)
        TRY(seed_reference_find(record, record->run, field->target, json, &value.text));
    add_value(record, value);
    return NULL;
}

static struct error *read_field(struct record *record, const struct field *field, const json_t *json)
{
    struct seed_value value;

    switch (field->type) {
    case FIELD_REFERENCE:
        return read_reference(record, field, json);
    case FIELD_PASSWORD:
        return read_password(record, field, json);
    case FIELD_FILE:
        return seed_upload_open(record, record->file->folder, field, json, &record->upload);
    case FIELD_IDENTITY:
        return error_new(record, ERROR_INVALID, "leave it out: the database numbers its rows");
    case FIELD_KEY:
        return error_new(record, ERROR_INVALID, "leave it out: a key is made of random bytes");
    default:
        TRY(seed_value_read(record, field, json, &value));
        add_value(record, value);
        return NULL;
    }
}

static struct error *refuse_name(struct record *record, const char *name)
{
    const struct model *model = record->file->model;
    struct text *known = text_new(record);

    for (size_t i = 0; i < model->field_count; i++)
        text_addf(known, "%s%s", i > 0 ? ", " : "", model->fields[i].name);
    for (size_t i = 0; i < model->link_count; i++)
        text_addf(known, ", %s", model->links[i].name);
    return error_new(record, ERROR_INVALID, "field '%s': model '%s' has no such field or link; it has %s",
                     name, model->table, known->data);
}

static struct error *read_members(struct record *record, const json_t *json)
{
    const struct model *model = record->file->model;
    const char *name;
    const json_t *value;

    json_object_foreach((json_t *)json, name, value) {
        const struct field *field = model_field(model, name);
        const struct link *link = model_link(model, name);

        if (field)
            TRY(error_within(read_field(record, field, value), "field '%s'", name));
        else if (link)
            TRY(error_within(read_link(record, link, value), "field '%s'", name));
        else
            return refuse_name(record, name);
    }
    return NULL;
}

/* The columns that a file fills, unless the record says them itself. */
static void add_file_values(struct record *record)
{
    const struct seed_upload *upload = record->upload;
    const struct file_columns *columns = upload->field->file;

    add_text(record, columns->name, upload->name, false);
    add_text(record, columns->content_type, upload->content_type, false);
    add_text(record, columns->size, upload->size, false);
    add_text(record, columns->sha256, upload->sha256, false);
    add_text(record, columns->status, columns->status_value, false);
    add_text(record, columns->modified, upload->modified, true); /* a fresh copy of the files is no change */
}

/* Secrets that no file holds. */
static void add_secrets(struct record *record)
{
    const struct model *model = record->file->model;

    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];

        if (field->type == FIELD_KEY) {
            const char *token = token_generate(record);

            add_text(record, field->name, token_hash(record, token), true);
            add_text(record, field->short_field, memory_printf(record, "%.8s", token), true);
        } else if (field->type == FIELD_PASSWORD && field->required && !find_value(record, field)) {
            add_text(record, field->name, password_hash(record, token_generate(record)), true);
        }
    }
}

static struct error *find_row(struct record *record)
{
    const struct model *model = record->file->model;
    struct sql *sql = sql_new(record, "SELECT ");
    struct seed_value *key = NEW_ARRAY(record, struct seed_value, record->count + 1);
    struct query *query;
    size_t count = 0;

    for (const struct field **field = record->file->key; *field; field++) {
        const struct seed_value *value = find_value(record, *field);

        if (!value || value->once)
            return error_new(record, ERROR_INVALID,
                             "field '%s': it is part of the file's key; write its value", (*field)->name);
        key[count++] = *value;
    }
    sql_name(sql, model->primary_key->name);
    sql_add(sql, "::text");
    for (size_t i = 0; i < record->count; i++) {
        sql_add(sql, ", ");
        sql_name(sql, record->values[i].field->name);
        /* a column of the type json, which has no operator for that, may be declared like this, too */
        sql_add(sql, record->values[i].field->type == FIELD_JSON ? "::jsonb" : "");
        sql_add(sql, " IS NOT DISTINCT FROM ");
        seed_value_compare(sql, &record->values[i]);
    }
    sql_add(sql, " FROM ");
    sql_name(sql, model->table);
    sql_add(sql, " WHERE ");
    seed_reference_where(sql, key, count);
    sql_add(sql, " LIMIT 2 FOR UPDATE");
    TRY(seed_run_query(record, record->run, sql, &query));
    if (query_rows(query) > 1)
        return error_new(record, ERROR_INVALID, "its key matches several %s; name more fields under \"key\"",
                         model->plural);
    if (query_rows(query) == 0)
        return NULL;
    record->id = query_text(query, 0, 0);
    for (size_t i = 0; i < record->count; i++)
        record->same[i] = record->values[i].once || *query_text(query, 0, (int)i + 1) == 't';
    return NULL;
}

static struct error *check_file(const struct record *record)
{
    const struct model *model = record->file->model;

    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].type == FIELD_FILE && model->fields[i].required && !record->upload)
            return error_new(record, ERROR_INVALID,
                             "field '%s': a new row needs its file; write {\"file\": \"...\"}",
                             model->fields[i].name);
    return NULL;
}

/* Only what differs is written, so that the history says what changed. */
static struct error *update_row(struct record *record, bool touched, enum seed_outcome *outcome)
{
    struct seed_value *changed = NEW_ARRAY(record, struct seed_value, record->count + 1);
    size_t count = 0;

    for (size_t i = 0; i < record->count; i++)
        if (!record->same[i])
            changed[count++] = record->values[i];
    *outcome = count > 0 || touched ? SEED_UPDATED : SEED_UNCHANGED;
    if (count == 0)
        return NULL;
    return seed_write_update(record, record->run, record->file->model, record->id, changed, count);
}

static struct error *write_links(struct record *record, bool *touched)
{
    for (size_t i = 0; i < record->link_count; i++) {
        const struct linking *linking = &record->links[i];
        bool changed;

        TRY(error_within(seed_write_links(record, record->run, linking->link, record->id, linking->targets,
                                          linking->count, &changed),
                         "field '%s'", linking->link->name));
        *touched |= changed;
    }
    return NULL;
}

static struct error *write_bytes(struct record *record, bool *touched)
{
    bool differs;

    if (!record->upload)
        return NULL;
    TRY(seed_upload_differs(record, record->run, record->upload, record->id, &differs));
    *touched |= differs;
    return differs ? seed_upload_write(record, record->run, record->upload, record->id) : NULL;
}

static struct error *write_row(struct record *record, enum seed_outcome *outcome)
{
    bool touched = false;

    if (record->id) {
        TRY(write_links(record, &touched));
        TRY(write_bytes(record, &touched));
        return update_row(record, touched, outcome);
    }
    *outcome = SEED_INSERTED;
    TRY(check_file(record));
    TRY(seed_write_insert(record, record->run, record->file->model, record->values, record->count,
                          &record->id));
    TRY(write_links(record, &touched));
    return write_bytes(record, &touched);
}

static struct error *apply(struct record *record, const json_t *json, enum seed_outcome *outcome)
{
    const struct model *model = record->file->model;
    struct error *error;

    if (json_object_size(json) == 0)
        return error_new(record, ERROR_INVALID, "write an object with at least its key, {...}");
    TRY(read_members(record, json));
    if (record->file->sync)
        add_text(record, model->managed, "true", false);
    if (record->upload)
        add_file_values(record);
    add_secrets(record);
    error = find_row(record);
    if (!error)
        error = write_row(record, outcome);
    return error ? seed_fault_explain(record, record->run, model, record->values, record->count, error)
                 : NULL;
}

struct error *seed_record_apply(const void *context, struct seed_run *run, const struct seed_file *file,
                                size_t index, enum seed_outcome *outcome, const char **id)
{
    const json_t *json = json_array_get(file->records, index);
    struct record *record = NEW(context, struct record);
    struct error *error;

    record->run = run;
    record->file = file;
    record->values = NEW_ARRAY(record, struct seed_value, file->model->field_count);
    record->same = NEW_ARRAY(record, bool, file->model->field_count);
    record->links = NEW_ARRAY(record, struct linking, file->model->link_count + 1);
    error = apply(record, json, outcome);
    if (error) /* it may hang below the record, which therefore stays until the run is over */
        return error_within(error, "%s: record %zu", file->path, index + 1);
    *id = memory_copy(context, record->id);
    talloc_free(record);
    return NULL;
}
