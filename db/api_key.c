/* The SQL of API keys. */
#include "api_key.h"

#include "memory.h"
#include "password.h"
#include "sql.h"

#define MARK "interval '1 minute'"

static void add_where_key(struct sql *sql, const struct field *field, const char *key)
{
    sql_column(sql, "k", field->name);
    sql_add(sql, " = ");
    sql_value(sql, token_hash(sql, key), "text");
}

/* Whether it was not used in the last minute, as far as is known. */
static void add_stale(struct sql *sql, const struct field *field)
{
    sql_add(sql, "coalesce(");
    sql_column(sql, "k", field->used);
    sql_add(sql, " < now() - " MARK ", true)");
}

struct query *api_key_queue_find(struct connection *connection, const struct schema *schema, const char *key)
{
    const struct field *field = schema_key(schema);
    const char *opened = memory_printf(connection, "k.%s", sql_quote_name(connection, field->opens));
    struct sql *sql = sql_new(connection, "SELECT ");
    sql_column(sql, "k", field->model->primary_key->name);
    sql_addf(sql, " AS id, %s AS opened, ", opened);
    if (field->used)
        add_stale(sql, field);
    else
        sql_add(sql, "false");
    sql_add(sql, " AS stale");
    connection_add_key(sql, opened);
    /* There is a row even when no key is found, so that what follows is then for nobody. */
    sql_add(sql, " FROM (SELECT 1) one LEFT JOIN ");
    sql_name(sql, field->model->table);
    sql_add(sql, " k ON ");
    add_where_key(sql, field, key);
    if (field->expires) {
        sql_add(sql, " AND coalesce(");
        sql_column(sql, "k", field->expires);
        sql_add(sql, " > now(), true)");
    }
    return query_add_greeting(connection, sql);
}

struct api_key *api_key_load(const void *context, const struct query *query)
{
    if (query_rows(query) == 0 || !query_field(query, 0, "id"))
        return NULL;
    struct api_key *key = NEW(context, struct api_key);
    key->id = memory_copy(key, query_field(query, 0, "id"));
    key->opened = memory_copy(key, query_field(query, 0, "opened"));
    key->stale = query_true(query, 0, "stale");
    return key;
}

void api_key_queue_mark(struct connection *connection, const struct schema *schema, const char *key)
{
    const struct field *field = schema_key(schema);
    if (!field->used)
        return;
    const char *id = field->model->primary_key->name;
    connection_act_for(connection, NULL, false);
    struct sql *sql = sql_new(connection, "UPDATE ");
    sql_name(sql, field->model->table);
    sql_add(sql, " SET ");
    sql_name(sql, field->used);
    sql_add(sql, " = now() WHERE ");
    sql_name(sql, id);
    sql_add(sql, " = (SELECT ");
    sql_column(sql, "k", id);
    sql_add(sql, " FROM ");
    sql_name(sql, field->model->table);
    sql_add(sql, " k WHERE ");
    add_where_key(sql, field, key);
    sql_add(sql, " AND ");
    add_stale(sql, field);
    sql_add(sql, " FOR NO KEY UPDATE SKIP LOCKED)");
    query_add(connection, sql);
}
