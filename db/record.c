/* Reading records. */
#include "record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "memory.h"
#include "value.h"

void record_title(struct sql *sql, const struct model *model, const char *alias)
{
    const struct field *title = model->title_field;
    bool plain = title->type == FIELD_TEXT || title->type == FIELD_EMAIL;
    if (title->required && plain) {
        sql_column(sql, alias, title->name);
        return;
    }
    sql_add(sql, "coalesce(nullif(");
    sql_column(sql, alias, title->name);
    sql_add(sql, "::text, ''), '#' || left(");
    sql_column(sql, alias, model->primary_key->name);
    sql_add(sql, "::text, 8))");
}

static void add_reference_title(struct sql *sql, const struct connection *connection, const struct field *field,
                                const char *alias)
{
    sql_add(sql, ", (SELECT ");
    record_title(sql, field->target, "r");
    sql_add(sql, " FROM ");
    sql_name(sql, field->target->table);
    sql_add(sql, " r WHERE ");
    sql_column(sql, "r", field->target->primary_key->name);
    sql_add(sql, " = ");
    sql_column(sql, alias, field->name);
    access_and(sql, connection, field->target, "r", MAY_READ);
    sql_addf(sql, ") AS \"%s@title\"", field->name);
}

/* Whether bytes are there: in chunks, or none and a sum or a size all the same, as of an empty file. */
static void add_stored(struct sql *sql, const struct field *field, const char *alias)
{
    const char *known = !field->file ? NULL : field->file->sha256 ? field->file->sha256 : field->file->size;
    sql_add(sql, ", (EXISTS (SELECT 1 FROM ");
    sql_name(sql, memory_printf(sql, "%s_%s", field->model->table, field->name));
    sql_add(sql, " b WHERE b.record_id = ");
    sql_column(sql, alias, field->model->primary_key->name);
    sql_add(sql, ")");
    if (known) {
        sql_add(sql, " OR ");
        sql_column(sql, alias, known);
        sql_add(sql, " IS NOT NULL");
    }
    sql_add(sql, ") AS ");
    sql_name(sql, field->name);
}

static void add_column(struct sql *sql, const struct connection *connection, const struct field *field, const char *alias)
{
    const bool asks = field->own && access_asks_rows(connection, field->model);
    const char *before = field->type == FIELD_JSON ? "jsonb_pretty(" : field->type == FIELD_BYTES ? "octet_length(" : "";
    sql_add(sql, ", ");
    if (asks) {
        sql_add(sql, "CASE WHEN ");
        access_add(sql, connection, field->model, alias, MAY_CHANGE);
        sql_add(sql, " THEN ");
    }
    sql_add(sql, before);
    sql_column(sql, alias, field->name);
    sql_addf(sql, "%s%s AS ", *before ? ")" : "", asks ? " END" : "");
    sql_name(sql, field->name);
    if (field->type == FIELD_REFERENCE)
        add_reference_title(sql, connection, field, alias);
}

void record_columns(struct sql *sql, const struct connection *connection, const struct model *model, const char *alias,
                    unsigned faces, const struct field *known)
{
    sql_column(sql, alias, model->primary_key->name);
    sql_add(sql, " AS \"@id\", ");
    record_title(sql, model, alias);
    sql_add(sql, " AS \"@title\"");
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        /* whether a record is managed decides what may be done with it, wherever it is shown */
        bool needed = model->managed && strcmp(field->name, model->managed) == 0;
        if (!((field_on(field, faces) && field != known) || needed) || field->secret)
            continue;
        if (field_has_column(field))
            add_column(sql, connection, field, alias);
        else
            add_stored(sql, field, alias);
    }
}

bool record_id_is_valid(const struct model *model, const char *id)
{
    enum field_type type = model->primary_key->type;
    size_t length = strlen(id);
    if (type == FIELD_TEXT)
        return length > 0 && length <= 255;
    if (type == FIELD_UUID)
        return value_is_uuid(id);
    errno = 0;
    strtoll(id, NULL, 10);
    return length > 0 && errno == 0 && strspn(id + (*id == '-'), "0123456789") == length - (*id == '-')
           && length > (size_t)(*id == '-');
}

const char *record_key_type(const struct model *model)
{
    enum field_type type = model->primary_key->type;
    return type == FIELD_UUID ? "uuid" : type == FIELD_TEXT ? "text" : "bigint";
}

void record_where_key(struct sql *sql, const struct model *model, const char *alias, const char *id)
{
    sql_add(sql, " WHERE ");
    sql_column(sql, alias, model->primary_key->name);
    sql_add(sql, " = ");
    sql_value(sql, id, record_key_type(model));
}

void record_insert_links(struct sql *sql, const struct link *link, const char *id, const char *array)
{
    sql_add(sql, "INSERT INTO ");
    sql_name(sql, link->table);
    sql_add(sql, " (");
    sql_name(sql, link->own_column);
    sql_add(sql, ", ");
    sql_name(sql, link->target_column);
    sql_add(sql, ") SELECT ");
    sql_value(sql, id, record_key_type(link->model));
    sql_add(sql, ", target FROM unnest(");
    sql_value(sql, array, memory_printf(sql, "%s[]", record_key_type(link->target_model)));
    sql_add(sql, ") AS target ON CONFLICT DO NOTHING");
}

/* What the person may do with the record, beside reading it. */
static void add_rights(struct sql *sql, const struct connection *connection, const struct model *model)
{
    sql_add(sql, ", ");
    access_add(sql, connection, model, "t", MAY_CHANGE);
    sql_add(sql, " AS \"@change\", ");
    access_add(sql, connection, model, "t", MAY_DELETE);
    sql_add(sql, " AS \"@delete\"");
}

static struct sql *find_sql(const struct connection *connection, const struct model *model, const char *id,
                            unsigned faces)
{
    struct sql *sql = sql_new(connection, "SELECT ");
    record_columns(sql, connection, model, "t", faces, NULL);
    add_rights(sql, connection, model);
    sql_add(sql, " FROM ");
    sql_name(sql, model->table);
    sql_add(sql, " t");
    record_where_key(sql, model, "t", id);
    access_and(sql, connection, model, "t", MAY_READ);
    return sql;
}

struct query *record_queue_find(struct connection *connection, const struct model *model, const char *id,
                                unsigned faces)
{
    return query_add(connection, find_sql(connection, model, id, faces));
}

struct query *record_queue_links(struct connection *connection, const struct link *link, const char *id, int limit)
{
    struct sql *sql = sql_new(connection, "SELECT ");
    const struct model *target = link->target_model;
    sql_column(sql, "r", target->primary_key->name);
    sql_add(sql, " AS \"@id\", ");
    record_title(sql, target, "r");
    sql_add(sql, " AS \"@title\" FROM ");
    sql_name(sql, link->table);
    sql_add(sql, " l JOIN ");
    sql_name(sql, target->table);
    sql_add(sql, " r ON ");
    sql_column(sql, "r", target->primary_key->name);
    sql_add(sql, " = ");
    sql_column(sql, "l", link->target_column);
    sql_add(sql, " WHERE ");
    sql_column(sql, "l", link->own_column);
    sql_add(sql, " = ");
    sql_value(sql, id, record_key_type(link->model));
    access_and(sql, connection, target, "r", MAY_READ);
    sql_addf(sql, " ORDER BY 2, 1 LIMIT %d", limit);
    return query_add(connection, sql);
}

struct record_form {
    struct draft *draft;
    struct query *row;
    struct query *seen; /* when the row is locked, which only who may change it can: whether it may be read, else NULL */
    struct query **links;
};

struct record_form *record_queue_form(struct connection *connection, struct draft *draft, bool lock)
{
    struct record_form *form = NEW(connection, struct record_form);
    form->draft = draft;
    struct sql *sql = find_sql(connection, draft->model, draft->id, draft->face | SHOWN);
    if (lock && draft->model->access)
        form->seen = query_add(connection, find_sql(connection, draft->model, draft->id, NOWHERE));
    if (lock)
        sql_add(sql, " FOR NO KEY UPDATE OF t");
    form->row = query_add(connection, sql);
    form->links = NEW_ARRAY(form, struct query *, draft->link_count + 1);
    for (size_t i = 0; i < draft->link_count && !draft->sent; i++) /* a form that was sent brings its links */
        form->links[i] = record_queue_links(connection, draft->links[i].link, draft->id, DRAFT_LINKS_SHOWN + 1);
    return form;
}

static void load_fields(struct draft *draft, const struct query *row)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        struct draft_field *field = &draft->fields[i];
        if (field->field->type == FIELD_FILE)
            field->stored = query_true(row, 0, field->field->name);
        if (!field_has_column(field->field) || field->field->secret)
            continue;
        field->stored |= field->field->type == FIELD_BYTES && query_field(row, 0, field->field->name);
        const char *value = query_field(row, 0, field->field->name);
        field->current = value_for_form(draft, field->field, value);
        if (field->sent || field->base) /* a form that was sent keeps what was typed */
            continue;
        field->typed = field->current;
        if (field->field->type == FIELD_REFERENCE)
            field->title = query_field(row, 0, memory_printf(draft, "%s@title", field->field->name));
    }
}

static void load_links(struct draft *draft, struct draft_link *link, const struct query *rows)
{
    link->more = query_rows(rows) > DRAFT_LINKS_SHOWN;
    for (int row = 0; row < query_rows(rows) && row < DRAFT_LINKS_SHOWN; row++) {
        struct draft_item *item = draft_item(draft, link, query_field(rows, row, "@id"));
        item->title = query_field(rows, row, "@title");
        item->chosen = item->shown = true;
    }
}

struct error *record_load(struct record_form *form)
{
    struct draft *draft = form->draft;
    const struct model *model = draft->model;
    if (query_rows(form->row) == 0 && form->seen && query_rows(form->seen) > 0)
        return access_refusal(draft, model, query_field(form->seen, 0, "@title"));
    if (query_rows(form->row) == 0)
        return error_new(draft, ERROR_NOT_FOUND, "there is no %s '%s'", model->label, draft->id);
    draft->title = query_field(form->row, 0, "@title");
    if (model->managed && query_column(form->row, model->managed) >= 0 && query_true(form->row, 0, model->managed))
        return error_new(draft, ERROR_FORBIDDEN, "'%s' comes with the program and cannot be edited here", draft->title);
    if (!query_true(form->row, 0, "@change"))
        return access_refusal(draft, model, draft->title);
    load_fields(draft, form->row);
    for (size_t i = 0; i < draft->link_count && !draft->sent; i++)
        load_links(draft, &draft->links[i], form->links[i]);
    return NULL;
}

struct record_titles {
    struct draft *draft;
    struct query **fields;
    struct query **links;
};

/* The key that a reference names: as draft_read has read it, or, on a page that judges nothing yet, as it was typed. What
 * is saved is what is looked up. NULL when there is none. */
static const char *named_key(const struct draft_field *field)
{
    const char *id = field->value ? field->value : field->typed;
    return id && !field->error && record_id_is_valid(field->field->target, id) ? id : NULL;
}

/* What the shared reference of a .same is, as far as it is known: typed in this form, or stored. */
static bool add_same_value(struct sql *sql, const struct draft *draft, const struct field *field)
{
    const struct draft_field *typed = draft_field(draft, field->same);
    if (typed && (typed->sent || typed->typed)) {
        const char *id = named_key(typed);
        if (!id)
            return false;
        sql_value(sql, id, record_key_type(typed->field->target));
        return true;
    }
    if (!draft->id)
        return false;
    sql_add(sql, "(SELECT ");
    sql_name(sql, field->same);
    sql_add(sql, " FROM ");
    sql_name(sql, draft->model->table);
    sql_add(sql, " WHERE ");
    sql_name(sql, draft->model->primary_key->name);
    sql_add(sql, " = ");
    sql_value(sql, draft->id, record_key_type(draft->model));
    sql_add(sql, ")");
    return true;
}

static struct query *queue_reference(struct connection *connection, const struct draft *draft,
                                     const struct draft_field *field, const char *id)
{
    const struct model *target = field->field->target;
    struct sql *sql = sql_new(connection, "SELECT ");
    record_title(sql, target, "t");
    sql_add(sql, " AS \"@title\", ");
    if (field->field->same) {
        sql_column(sql, "t", field->field->same);
        sql_add(sql, " = ");
    }
    if (!field->field->same || !add_same_value(sql, draft, field->field)) /* a column compared with itself is true */
        field->field->same ? sql_column(sql, "t", field->field->same) : sql_add(sql, "true");
    sql_add(sql, " AS \"@same\" FROM ");
    sql_name(sql, target->table);
    sql_add(sql, " t");
    record_where_key(sql, target, "t", id);
    access_and(sql, connection, target, "t", MAY_READ);
    return query_add(connection, sql);
}

static struct query *queue_link_titles(struct connection *connection, const struct draft_link *link)
{
    const struct model *model = link->link->target_model;
    const char **ids = NEW_ARRAY(connection, const char *, link->count);
    for (size_t i = 0; i < link->count; i++)
        ids[i] = link->items[i].id;
    struct sql *sql = sql_new(connection, "SELECT ");
    sql_column(sql, "t", model->primary_key->name);
    sql_add(sql, " AS \"@id\", ");
    record_title(sql, model, "t");
    sql_add(sql, " AS \"@title\", ");
    if (link->link->gives)
        access_add(sql, connection, model, "t", MAY_CHANGE);
    else
        sql_add(sql, "true");
    sql_add(sql, " AS \"@give\" FROM ");
    sql_name(sql, model->table);
    sql_add(sql, " t WHERE ");
    sql_column(sql, "t", model->primary_key->name);
    sql_add(sql, " = ANY (");
    sql_value(sql, sql_array(connection, ids, link->count), NULL);
    sql_addf(sql, "::%s[])", record_key_type(model));
    access_and(sql, connection, model, "t", MAY_READ);
    return query_add(connection, sql);
}

struct record_titles *record_queue_titles(struct connection *connection, struct draft *draft)
{
    struct record_titles *titles = NEW(connection, struct record_titles);
    titles->draft = draft;
    titles->fields = NEW_ARRAY(titles, struct query *, draft->field_count + 1);
    titles->links = NEW_ARRAY(titles, struct query *, draft->link_count + 1);
    for (size_t i = 0; i < draft->field_count; i++) {
        const struct draft_field *field = &draft->fields[i];
        const char *id = field->field->type == FIELD_REFERENCE ? named_key(field) : NULL;
        if (id)
            titles->fields[i] = queue_reference(connection, draft, field, id);
    }
    for (size_t i = 0; i < draft->link_count; i++)
        if (draft->links[i].count > 0)
            titles->links[i] = queue_link_titles(connection, &draft->links[i]);
    return titles;
}

static void load_link_titles(struct draft_link *link, const struct query *rows)
{
    size_t kept = 0;
    for (size_t i = 0; i < link->count; i++) {
        for (int row = 0; row < query_rows(rows); row++)
            if (strcmp(query_field(rows, row, "@id"), link->items[i].id) == 0) {
                link->items[i].title = query_field(rows, row, "@title");
                link->items[i].foreign = !query_true(rows, row, "@give");
            }
        if (link->items[i].title) /* what is gone meanwhile cannot be linked */
            link->items[kept++] = link->items[i];
    }
    link->count = kept;
}

void record_load_titles(struct record_titles *titles)
{
    struct draft *draft = titles->draft;
    for (size_t i = 0; i < draft->field_count; i++) {
        struct draft_field *field = &draft->fields[i];
        const struct query *found = titles->fields[i];
        if (field->field->type != FIELD_REFERENCE)
            continue;
        /* Foreign keys look past the rules of access: what was not looked up is not there. */
        field->missing = found ? query_rows(found) == 0 : field->value != NULL;
        if (!found || field->missing)
            continue;
        field->title = query_text(found, 0, 0);
        field->elsewhere = field->field->same && !query_true(found, 0, "@same");
    }
    for (size_t i = 0; i < draft->link_count; i++)
        if (titles->links[i])
            load_link_titles(&draft->links[i], titles->links[i]);
}
