/* Reading the history. */
#include "history.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "connection_state.h"
#include "json_numbers.h"
#include "memory.h"
#include "record.h"
#include "sql.h"
#include "text.h"

/* A record that is gone, and with it whose it was, is a superuser's business. */
static void and_record(struct sql *sql, const struct connection *connection, const struct model *model, const char *id)
{
    if (!model->access)
        return;
    sql_add(sql, " AND (");
    access_add_superuser(sql, connection);
    sql_add(sql, " OR EXISTS (SELECT 1 FROM ");
    sql_name(sql, model->table);
    sql_add(sql, " t");
    record_where_key(sql, model, "t", id);
    access_and(sql, connection, model, "t", MAY_READ);
    sql_add(sql, "))");
}

/* The title of e, an element of what was linked: of a record that the person may read, or for a superuser as the history
 * remembers it; else NULL. Lines of earlier versions have the title itself, and nothing to tell who may read it by. */
static void add_linked_title(struct sql *sql, const struct connection *connection, const struct model *target)
{
    sql_add(sql, "coalesce((SELECT ");
    record_title(sql, target, "r");
    sql_add(sql, " FROM ");
    sql_name(sql, target->table);
    sql_add(sql, " r WHERE ");
    sql_column(sql, "r", target->primary_key->name);
    sql_addf(sql, " = (e->>'id')::%s", record_key_type(target));
    access_and(sql, connection, target, "r", MAY_READ);
    sql_add(sql, "), CASE WHEN ");
    access_add_superuser(sql, connection);
    sql_add(sql, " THEN coalesce((SELECT h.title FROM change h WHERE h.model = ");
    sql_value(sql, target->table, "text");
    sql_add(sql, " AND h.record = e->>'id' ORDER BY h.id DESC LIMIT 1), '#' || (e->>'id'), e #>> '{}') END)");
}

/* The column without what is for those alone who may change the record. */
static void add_own(struct sql *sql, const struct connection *connection, const struct model *model, const char *id,
                    const char *column)
{
    bool any = false;
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (!(field->own || field->own_past) || !access_asks_rows(connection, model))
            continue;
        if (!any) {
            sql_add(sql, "CASE WHEN ");
            access_add_superuser(sql, connection);
            sql_add(sql, " OR EXISTS (SELECT 1 FROM ");
            sql_name(sql, model->table);
            sql_add(sql, " t");
            record_where_key(sql, model, "t", id);
            access_and(sql, connection, model, "t", MAY_CHANGE);
            sql_addf(sql, ") THEN c.%s ELSE c.%s", column, column);
        }
        any = true;
        sql_add(sql, " - ");
        sql_value(sql, field->name, "text");
    }
    if (any)
        sql_add(sql, " END");
    else
        sql_addf(sql, "c.%s", column);
}

/* Whether the value is such a key: a reference may have led to a model with keys of another type. */
static void add_is_key(struct sql *sql, const struct model *target, const char *column, const char *name)
{
    const enum field_type type = target->primary_key->type;
    sql_addf(sql, "c.%s->>", column);
    sql_value(sql, name, "text");
    sql_add(sql, type == FIELD_TEXT   ? " IS NOT NULL"
                 : type == FIELD_UUID ? " ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"
                                      : " ~ '^-?[0-9]{1,18}$'");
}

/* A word instead of the key of a record that the person may not read. */
static void add_hidden(struct sql *sql, const struct connection *connection, const struct field *field,
                       const char *column)
{
    const struct model *target = field->target;
    sql_add(sql, " || CASE WHEN (");
    sql_addf(sql, "c.%s->>", column);
    sql_value(sql, field->name, "text");
    sql_add(sql, ") IS NULL OR ");
    access_add_superuser(sql, connection);
    sql_add(sql, " THEN '{}'::jsonb WHEN (CASE WHEN ");
    add_is_key(sql, target, column, field->name);
    sql_add(sql, " THEN EXISTS (SELECT 1 FROM ");
    sql_name(sql, target->table);
    sql_add(sql, " r WHERE ");
    sql_column(sql, "r", target->primary_key->name);
    sql_addf(sql, " = (c.%s->>", column);
    sql_value(sql, field->name, "text");
    sql_addf(sql, ")::%s", record_key_type(target));
    access_and(sql, connection, target, "r", MAY_READ);
    sql_add(sql, ") ELSE false END) THEN '{}'::jsonb ELSE jsonb_build_object(");
    sql_value(sql, field->name, "text");
    sql_add(sql, ", 'Hidden') END");
}

/* A line's values, with the links that the person may know of by their titles. */
static void add_values(struct sql *sql, const struct connection *connection, const struct model *model, const char *id,
                       const char *column)
{
    sql_add(sql, ", ");
    for (size_t i = 0; i < model->link_count; i++) /* a || b - c is a || (b - c) */
        if (!access_is_for_all(model->links[i].target_model))
            sql_add(sql, "(");
    sql_add(sql, "(");
    add_own(sql, connection, model, id, column);
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        const bool own = field->own || field->own_past; /* left out already, for others */
        if (field->type == FIELD_REFERENCE && access_asks_rows(connection, field->target) && !own
            && !access_is_for_all(field->target))
            add_hidden(sql, connection, field, column);
    }
    sql_add(sql, ")");
    for (size_t i = 0; i < model->link_count; i++) {
        const struct link *link = &model->links[i];
        if (access_is_for_all(link->target_model))
            continue;
        sql_add(sql, " - ");
        sql_value(sql, link->name, "text");
        sql_add(sql, " || coalesce((SELECT jsonb_build_object(");
        sql_value(sql, link->name, "text");
        sql_add(sql, ", jsonb_agg(x.title)) FROM (SELECT ");
        add_linked_title(sql, connection, link->target_model);
        sql_addf(sql, " AS title FROM jsonb_array_elements(CASE jsonb_typeof(c.%s->", column);
        sql_value(sql, link->name, "text");
        sql_addf(sql, ") WHEN 'array' THEN c.%s->", column);
        sql_value(sql, link->name, "text");
        sql_add(sql, " END) e) x WHERE x.title IS NOT NULL HAVING count(*) > 0), '{}'))");
    }
    sql_addf(sql, " AS %s", column);
}

/* Who did it, when the person may know of them. */
static void join_who(struct sql *sql, const struct connection *connection, const struct schema *schema)
{
    const struct model *user = schema_by_table(schema, "user");
    sql_add(sql, " LEFT JOIN \"user\" u ON u.id = c.user_id");
    if (user)
        access_and(sql, connection, user, "u", MAY_READ);
}

struct query *history_queue_record(struct connection *connection, const struct model *model, const char *id,
                                   const char *older_than, int limit)
{
    struct sql *sql = sql_new(connection, "SELECT c.id, c.at, c.action, c.model, c.record, c.title, u.full_name AS who");
    add_values(sql, connection, model, id, "before");
    add_values(sql, connection, model, id, "after");
    sql_add(sql, " FROM change c");
    join_who(sql, connection, model->schema);
    sql_add(sql, " WHERE c.model = ");
    sql_value(sql, model->table, "text");
    sql_add(sql, " AND c.record = ");
    sql_value(sql, id, "text");
    and_record(sql, connection, model, id);
    if (older_than) {
        sql_add(sql, " AND c.id < ");
        sql_value(sql, older_than, "bigint");
    }
    sql_addf(sql, " ORDER BY c.id DESC LIMIT %d", limit);
    return query_add(connection, sql);
}

/* Each line is asked about until enough were found that the person may see: with a long history of what they may not, that
 * would be without end. The sequence tells the newest, which a policy may hide. */
enum { LATEST_LOOKED_AT = 2000 };

struct query *history_queue_latest(struct connection *connection, const struct schema *schema, int limit)
{
    struct sql *sql = sql_new(connection, "SELECT c.id, c.at, c.action, c.model, c.record, c.title, u.full_name AS who"
                                          " FROM (SELECT * FROM change h WHERE true");
    if (connection->use != CONNECTION_DIRECT && !connection->expects_superuser)
        sql_addf(sql, " AND h.id > (SELECT pg_sequence_last_value(pg_get_serial_sequence('change', 'id')::regclass)) - %d",
                 LATEST_LOOKED_AT);
    access_and_line(sql, connection, schema, "h");
    sql_addf(sql, " ORDER BY id DESC LIMIT %d) c", limit);
    join_who(sql, connection, schema);
    sql_add(sql, " ORDER BY c.id DESC");
    return query_add(connection, sql);
}

/* A list of titles as "C, SQL". */
static const char *joined(const void *context, const json_t *list)
{
    struct text *text = text_new(context);
    size_t index = 0;
    const json_t *item = NULL;
    json_array_foreach(list, index, item)
    {
        const char *title = json_string_value(item);
        text_addf(text, "%s%s", index ? ", " : "", title ? title : "");
    }
    return text->data;
}

/* As it is stored. jsonb writes a double like 1e300 out, with all its zeros. */
static const char *number_text(const void *context, const struct field *field, const char *digits)
{
    enum { DOUBLE_DIGITS = 17 };
    if (field && field->type == FIELD_FLOAT && strlen(digits) > DOUBLE_DIGITS + strlen("-0."))
        return memory_printf(context, "%.*g", DOUBLE_DIGITS, strtod(digits, NULL));
    return memory_copy(context, digits);
}

static const char *value_text(const void *context, const struct field *field, const json_t *value)
{
    if (!value || json_is_null(value))
        return NULL;
    const char *digits = json_numbers_digits(value);
    if (digits)
        return number_text(context, field, digits);
    if (json_is_string(value))
        return memory_copy(context, json_string_value(value));
    if (json_is_boolean(value))
        return json_is_true(value) ? "Yes" : "No";
    if (!field && json_is_array(value))
        return joined(context, value);
    return json_numbers_write(context, value);
}

static void compare(struct history_difference **next, const void *context, const struct field *field, const char *name,
                    const json_t *before, const json_t *after)
{
    const json_t *old = json_object_get(before, name), *new = json_object_get(after, name);
    const char *old_text = value_text(context, field, old), *new_text = value_text(context, field, new);
    if (json_equal(old, new) || (!old_text && !new_text))
        return;
    *(*next)++ = (struct history_difference){ .name = name, .before = old_text, .after = new_text };
}

struct history_difference *history_differences(const void *context, const struct model *model, const char *before,
                                       const char *after)
{
    const json_t *old = before ? json_numbers_read(context, before) : NULL;
    const json_t *new = after ? json_numbers_read(context, after) : NULL;
    struct history_difference *differences =
        NEW_ARRAY(context, struct history_difference, model->field_count + model->link_count + 1);
    struct history_difference *next = differences;
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (strcmp(field->name, "updated_at") != 0 && strcmp(field->name, "created_at") != 0)
            compare(&next, context, field, field->name, old, new);
    }
    for (size_t i = 0; i < model->link_count; i++)
        compare(&next, context, NULL, model->links[i].name, old, new);
    return differences;
}
