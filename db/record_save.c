/* The second round trip of a save: the record, its links, its bytes and its history in one transaction, and what
 * PostgreSQL has to say about it. Deleting is here too, since it writes the same history. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "ddl.h"
#include "history.h"
#include "memory.h"
#include "password.h"
#include "record.h"
#include "value.h"

/* Bytes of one row of a file's content table, and rows sent in one round trip: memory stays at a megabyte. */
#define CHUNK ((size_t)256 * 1024)
#define CHUNKS_A_TRIP 4

struct assignment {
    const struct field *field;
    const char *value;
    const char *expression; /* SQL instead of a value */
    const void *bytes;
    size_t length;
};

struct writing {
    struct connection *connection;
    struct draft *draft;
    struct assignment *set;
    size_t count;
};

static void assign(struct writing *writing, struct assignment assignment)
{
    for (size_t i = 0; i < writing->count; i++)
        if (writing->set[i].field == assignment.field)
            return; /* what came first counts */
    writing->set[writing->count++] = assignment;
}

static void assign_value(struct writing *writing, const char *name, const char *value)
{
    const struct field *field = name ? model_field(writing->draft->model, name) : NULL;
    if (field)
        assign(writing, (struct assignment){ .field = field, .value = value });
}

static void assign_file(struct writing *writing, const struct draft_field *field)
{
    const struct file_columns *columns = field->field->file;
    const struct draft_field *name = columns->name ? draft_field(writing->draft, columns->name) : NULL;
    if (!name || !name->sent) /* a name that was typed stays */
        assign_value(writing, columns->name, field->file->name);
    assign_value(writing, columns->content_type, field->file->content_type);
    assign_value(writing, columns->size, memory_printf(writing, "%zu", field->file->size));
    assign_value(writing, columns->sha256, field->file->sha256);
    assign_value(writing, columns->status, columns->status_value);
    const struct field *modified = columns->modified ? model_field(writing->draft->model, columns->modified) : NULL;
    if (modified)
        assign(writing, (struct assignment){ .field = modified, .expression = "now()" });
}

static struct error *assign_bytes(struct writing *writing, const struct draft_field *field)
{
    char *bytes = talloc_size(writing, field->file->size + 1);
    ssize_t length = bytes ? pread(field->file->descriptor, bytes, field->file->size, 0) : -1;
    if (length < 0 || (size_t)length != field->file->size)
        return error_new(writing, ERROR_FAILED, "cannot read the uploaded file again: %s", strerror(errno));
    assign(writing, (struct assignment){ .field = field->field, .bytes = bytes, .length = field->file->size });
    return NULL;
}

static struct error *assign_field(struct writing *writing, const struct draft_field *field)
{
    switch (field->field->type) {
    case FIELD_FILE:
        if (field->file)
            assign_file(writing, field);
        return NULL;
    case FIELD_BYTES:
        return field->file ? assign_bytes(writing, field) : NULL;
    case FIELD_PASSWORD:
        if (field->value)
            assign(writing, (struct assignment){ .field = field->field, .value = password_hash(writing, field->value) });
        return NULL;
    default:
        break;
    }
    bool by_default = !field->value && writing->draft->face == ON_CREATE && field->field->default_sql;
    if (field->changed && !by_default)
        assign(writing, (struct assignment){ .field = field->field, .value = field->value });
    return NULL;
}

/* The secret of a FIELD_KEY exists only in the draft from here on; the database keeps its hash. */
static void assign_key(struct writing *writing, const struct field *field)
{
    struct draft *draft = writing->draft;
    draft->new_key = token_generate(draft);
    assign(writing, (struct assignment){ .field = field, .value = token_hash(writing, draft->new_key) });
    assign_value(writing, field->short_field, memory_printf(writing, "%.8s", draft->new_key));
}

/* Values that no form gives: the key, secrets, the person saving, the time. */
static void assign_own(struct writing *writing)
{
    struct draft *draft = writing->draft;
    const struct model *model = draft->model;
    if (draft->face == ON_CREATE && draft->id)
        assign(writing, (struct assignment){ .field = model->primary_key, .value = draft->id });
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (draft->face == ON_CREATE && field->type == FIELD_KEY)
            assign_key(writing, field);
        if (draft->face == ON_CREATE && field->current_user && !field_on(field, ON_CREATE))
            assign(writing, (struct assignment){ .field = field, .value = draft->user_id });
    }
    const struct field *updated = model_field(model, "updated_at");
    if (updated && !field_on(updated, draft->face))
        assign(writing, (struct assignment){ .field = updated, .expression = "now()" });
}

static void add_assigned(struct sql *sql, const struct assignment *assignment)
{
    if (assignment->expression)
        sql_add(sql, assignment->expression);
    else if (assignment->bytes)
        sql_bytes(sql, assignment->bytes, assignment->length);
    else
        sql_value(sql, assignment->value, field_sql_type(sql, assignment->field));
}

static struct sql *insert_sql(const struct writing *writing)
{
    struct sql *sql = sql_new(writing, "INSERT INTO ");
    sql_name(sql, writing->draft->model->table);
    sql_add(sql, " AS t (");
    for (size_t i = 0; i < writing->count; i++) {
        sql_add(sql, i ? ", " : "");
        sql_name(sql, writing->set[i].field->name);
    }
    sql_add(sql, ") VALUES (");
    for (size_t i = 0; i < writing->count; i++) {
        sql_add(sql, i ? ", " : "");
        add_assigned(sql, &writing->set[i]);
    }
    sql_add(sql, ") RETURNING t.*");
    return sql;
}

/* Links alone can change: then the row is written as it is, for its history. */
static void keep_row(struct sql *sql, const struct model *model)
{
    sql_name(sql, model->primary_key->name);
    sql_add(sql, " = ");
    sql_column(sql, "t", model->primary_key->name);
}

static struct sql *update_sql(const struct writing *writing)
{
    const struct model *model = writing->draft->model;
    struct sql *sql = sql_new(writing, "UPDATE ");
    sql_name(sql, model->table);
    sql_add(sql, " AS t SET ");
    for (size_t i = 0; i < writing->count; i++) {
        sql_add(sql, i ? ", " : "");
        sql_name(sql, writing->set[i].field->name);
        sql_add(sql, " = ");
        add_assigned(sql, &writing->set[i]);
    }
    if (writing->count == 0)
        keep_row(sql, model);
    record_where_key(sql, model, "t", writing->draft->id);
    access_and(sql, writing->connection, model, "t", MAY_CHANGE);
    sql_add(sql, " RETURNING t.*");
    return sql;
}

/* Whoever reads the line need not be one who may read what was linked: then only its key is kept (history.c). */
static void add_linked(struct text *text, const struct link *link, const struct draft_item *item)
{
    if (access_is_for_all(link->target_model)) {
        text_add_json(text, item->title ? item->title : item->id);
        return;
    }
    text_add(text, "{\"id\":");
    text_add_json(text, item->id);
    text_add_char(text, '}');
}

/* {"skills": ["C", "SQL"], "uploads": [{"id": "9"}]}: the links that a save takes away or adds. */
static const char *links_json(const struct draft *draft, bool added)
{
    struct text *text = text_new(draft);
    text_add_char(text, '{');
    for (size_t i = 0; i < draft->link_count; i++) {
        size_t found = 0;
        for (size_t j = 0; j < draft->links[i].count; j++) {
            const struct draft_item *item = &draft->links[i].items[j];
            if (item->chosen == item->shown || item->chosen != added)
                continue;
            if (found++ == 0)
                text_addf(text, "%s\"%s\":[", text->length > 1 ? "," : "", draft->links[i].link->name);
            else
                text_add_char(text, ',');
            add_linked(text, draft->links[i].link, item);
        }
        if (found)
            text_add_char(text, ']');
    }
    text_add_char(text, '}');
    return text->data;
}

static void queue_row(struct writing *writing)
{
    const struct draft *draft = writing->draft;
    bool update = draft->face == ON_UPDATE;
    const struct history_line line = {
        .action = update ? HISTORY_CHANGED : HISTORY_CREATED, .model = draft->model, .id = draft->id,
        .user_id = draft->user_id, .remote = draft->remote,
        .before_links = links_json(draft, false), .after_links = links_json(draft, true)
    };
    struct sql *sql = sql_new(writing, "WITH w AS (");
    sql_insert(sql, update ? update_sql(writing) : insert_sql(writing));
    sql_add(sql, update ? "), line AS (" : ") ");
    history_add_line(sql, &line);
    access_where_written(sql, writing->connection, draft->model, "w", update ? MAY_BECOME : MAY_CREATE);
    if (update) /* what was taken away since the record was looked at changes nothing: refused, as access_where_written does */
        sql_add(sql, ") SELECT 1 / count(*) FROM w");
    query_add(writing->connection, sql);
}

/* The items to add, or to remove, as an array; NULL when there are none. */
static const char *link_array(const struct draft_link *link, const void *context, bool added)
{
    const char **ids = NEW_ARRAY(context, const char *, link->count + 1);
    size_t count = 0;
    for (size_t i = 0; i < link->count; i++)
        if (link->items[i].chosen != link->items[i].shown && link->items[i].chosen == added)
            ids[count++] = link->items[i].id;
    return count > 0 ? sql_array(context, ids, count) : NULL;
}

static void queue_link(struct writing *writing, const struct draft_link *draft_link)
{
    const struct link *link = draft_link->link;
    const char *own_type = record_key_type(link->model), *type = record_key_type(link->target_model);
    const char *removed = link_array(draft_link, writing, false), *added = link_array(draft_link, writing, true);
    if (removed) {
        struct sql *sql = sql_new(writing, "DELETE FROM ");
        sql_name(sql, link->table);
        sql_add(sql, " WHERE ");
        sql_name(sql, link->own_column);
        sql_add(sql, " = ");
        sql_value(sql, writing->draft->id, own_type);
        sql_add(sql, " AND ");
        sql_name(sql, link->target_column);
        sql_add(sql, " = ANY (");
        sql_value(sql, removed, NULL);
        sql_addf(sql, "::%s[])", type);
        query_add(writing->connection, sql);
    }
    if (added) {
        struct sql *sql = sql_new(writing, "");
        record_insert_links(sql, link, writing->draft->id, added);
        query_add(writing->connection, sql);
    }
}

void record_add_submission(struct sql *sql, const struct draft *draft)
{
    sql_add(sql, "encode(sha256(convert_to(concat_ws(' ', ");
    sql_value(sql, draft->token, "text");
    sql_add(sql, ", ");
    sql_value(sql, draft->model->table, "text");
    sql_add(sql, ", nullif(current_setting('roster.user', true), '')), 'UTF8')), 'hex')");
}

/* Remembers the form's token, and forgets those of yesterday: a few each time, so that nobody waits for it. */
static void queue_submission(struct writing *writing)
{
    struct sql *sql = sql_new(writing, "INSERT INTO submission (token, record) VALUES (");
    record_add_submission(sql, writing->draft);
    sql_add(sql, ", ");
    sql_value(sql, writing->draft->id, "text");
    sql_add(sql, ")");
    query_add(writing->connection, sql);
    query_add(writing->connection,
              sql_new(writing, "DELETE FROM submission WHERE id IN (SELECT id FROM submission"
                               " WHERE at < now() - interval '1 day' ORDER BY at LIMIT 10)"));
}

static char *content_table(const void *context, const struct field *field)
{
    return sql_quote_name(context, memory_printf(context, "%s_%s", field->model->table, field->name));
}

static void queue_chunk(struct writing *writing, const struct draft_field *field, long long position,
                        const char *bytes, size_t length)
{
    struct sql *sql = sql_new(writing, "INSERT INTO ");
    sql_add(sql, content_table(writing, field->field));
    sql_add(sql, " (record_id, position, bytes) VALUES (");
    sql_value(sql, writing->draft->id, record_key_type(writing->draft->model));
    sql_addf(sql, ", %lld, ", position);
    sql_bytes(sql, bytes, length);
    sql_add(sql, ")");
    query_add(writing->connection, sql);
}

static struct error *write_chunks(struct writing *writing, const struct draft_field *field)
{
    struct sql *sql = sql_new(writing, "DELETE FROM ");
    sql_add(sql, content_table(writing, field->field));
    sql_add(sql, " WHERE record_id = ");
    sql_value(sql, writing->draft->id, record_key_type(writing->draft->model));
    query_add(writing->connection, sql);
    /* The bytes of a trip must stay until it is made. */
    char *buffer = NEW_ARRAY(writing, char, CHUNK * CHUNKS_A_TRIP);
    long long position = 0;
    for (size_t done = 0; done < field->file->size; position++) {
        size_t left = field->file->size - done, wanted = left < CHUNK ? left : CHUNK;
        char *place = buffer + CHUNK * (size_t)(position % CHUNKS_A_TRIP);
        ssize_t length = pread(field->file->descriptor, place, wanted, (off_t)done);
        if (length < 0 || (size_t)length != wanted)
            return error_new(writing, ERROR_FAILED, "cannot read the uploaded file again: %s", strerror(errno));
        queue_chunk(writing, field, position, place, wanted);
        done += wanted;
        if (position % CHUNKS_A_TRIP == CHUNKS_A_TRIP - 1)
            TRY(query_run(writing->connection));
    }
    return NULL; /* the last ones travel with the COMMIT */
}

const char *record_says_taken(const void *context, const struct field *field)
{
    char *name = memory_copy(context, field->label);
    name[0] = (char)tolower((unsigned char)name[0]);
    return memory_printf(context, "Another %s has this %s. Enter a different one", field->model->label, name);
}

const char *record_says_together(const void *context, const struct model *model, const struct constraint *constraint)
{
    if (constraint->message)
        return constraint->message;
    if (constraint->kind == CONSTRAINT_UNIQUE)
        return memory_printf(context, "Another %s has this already", model->label);
    return memory_printf(context, "These values do not fit together (%s)", constraint->name);
}

static void blame_field(struct draft *draft, const struct field *field, enum ddl_part part)
{
    struct draft_field *place = draft_field(draft, field->name);
    const char **error = place ? &place->error : &draft->error;
    if (part == DDL_KEY)
        *error = record_says_taken(draft, field);
    else if (part == DDL_FKEY)
        *error = memory_printf(draft, "Choose another %s: this one is gone, or does not fit any more",
                               field->target->label);
    else if (part == DDL_SELF)
        *error = memory_printf(draft, "Choose another %s: not the record itself", draft->model->label);
    else
        *error = memory_printf(draft, "Enter a value within the limits of %s", field->label);
}

static void blame_constraint(struct draft *draft, const struct constraint *constraint)
{
    struct draft_field *place = NULL;
    for (const char *const *name = constraint->fields; name && *name; name++)
        if (draft_field(draft, *name))
            place = draft_field(draft, *name);
    *(place ? &place->error : &draft->error) = record_says_together(draft, draft->model, constraint);
}

/* Finds the place on the form for what PostgreSQL refused. */
static void blame(struct draft *draft, const struct error *error)
{
    enum ddl_part part = DDL_KEY;
    const char *name = error->constraint ? error->constraint : "";
    const struct field *field = ddl_field_of(draft->model, name, &part);
    const struct constraint *constraint = ddl_constraint_of(draft->model, name);
    struct draft_field *column = error->column ? draft_field(draft, error->column) : NULL;
    if (field)
        blame_field(draft, field, part);
    else if (constraint)
        blame_constraint(draft, constraint);
    else if (record_breaks_kept(draft->model, error))
        draft->error = draft->model->kept_message;
    else if (column)
        column->error = memory_printf(draft, "Enter %s", column->field->label);
    else
        draft->error = memory_printf(draft, "The database refused this: %s", error->message);
}

static bool links_change(const struct draft *draft)
{
    for (size_t i = 0; i < draft->link_count; i++)
        for (size_t j = 0; j < draft->links[i].count; j++)
            if (draft->links[i].items[j].chosen != draft->links[i].items[j].shown)
                return true;
    return false;
}

/* Bytes lie in a table of their own, but are the record's: it is written with them. */
static bool brings_file(const struct draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].file)
            return true;
    return false;
}

static struct error *write_all(struct writing *writing)
{
    struct draft *draft = writing->draft;
    for (size_t i = 0; i < draft->field_count; i++)
        TRY(assign_field(writing, &draft->fields[i]));
    if (draft->face == ON_CREATE || writing->count > 0 || links_change(draft) || brings_file(draft)) {
        assign_own(writing);
        queue_row(writing);
    }
    for (size_t i = 0; i < draft->link_count; i++)
        queue_link(writing, &draft->links[i]);
    if (draft->face == ON_UPDATE)
        record_queue_kept(writing->connection, draft->model);
    if (draft->face == ON_CREATE && draft->token)
        queue_submission(writing);
    for (size_t i = 0; i < draft->field_count; i++)
        if (draft->fields[i].field->type == FIELD_FILE && draft->fields[i].file)
            TRY(write_chunks(writing, &draft->fields[i]));
    transaction_commit(writing->connection);
    return query_run(writing->connection);
}

/* The form says it, too, with all that was typed. */
static struct error *refuse(struct draft *draft)
{
    struct error *error = access_refusal(draft, draft->model, draft->face == ON_UPDATE ? draft->title : NULL);
    char *words = memory_copy(draft, error->message);
    words[0] = (char)toupper((unsigned char)words[0]);
    draft->error = words;
    return error;
}

struct error *record_save(struct connection *connection, struct draft *draft)
{
    struct writing *writing = NEW(connection, struct writing);
    writing->connection = connection;
    writing->draft = draft;
    writing->set = NEW_ARRAY(writing, struct assignment, draft->model->field_count + 8);
    struct error *error = write_all(writing);
    if (access_refused(error))
        return refuse(draft);
    if (error && error->code == ERROR_INVALID)
        blame(draft, error);
    return error;
}

struct query *record_queue_delete(struct connection *connection, const struct model *model, const char *id,
                                  const char *user_id, const char *remote)
{
    struct sql *sql = sql_new(connection, "WITH w AS (DELETE FROM ");
    sql_name(sql, model->table);
    sql_add(sql, " AS t");
    record_where_key(sql, model, "t", id);
    if (model->managed) {
        sql_add(sql, " AND NOT ");
        sql_column(sql, "t", model->managed);
    }
    access_and(sql, connection, model, "t", MAY_DELETE);
    sql_add(sql, " RETURNING t.*");
    const struct history_line line = { .action = HISTORY_DELETED, .model = model, .id = id, .user_id = user_id,
                                       .remote = remote };
    sql_add(sql, ") ");
    history_add_line(sql, &line);
    struct query *deleted = query_add(connection, sql);
    record_queue_kept(connection, model);
    return deleted;
}
