/* Where the numbers of a table's generated rows begin. */
#include "seed_base.h"

#include <inttypes.h>
#include <stdlib.h>
#include "memory.h"
#include "query.h"
#include "seed_generate.h"

static void add_sequence(struct sql *sql, const struct plan_table *table)
{
    sql_add(sql, "pg_get_serial_sequence(");
    sql_value(sql, sql_quote_name(sql, table->table), "text");
    sql_add(sql, ", ");
    sql_value(sql, table->model->primary_key->name, "text");
    sql_add(sql, ")::regclass");
}

static struct sql *largest_number(const void *context, const struct plan_table *table)
{
    bool identity = table->model->primary_key->type == FIELD_IDENTITY;
    struct sql *sql = sql_new(context, "SELECT greatest(max(");

    sql_name(sql, table->model->primary_key->name);
    sql_add(sql, "), 0");
    if (identity) {
        sql_add(sql, ", pg_sequence_last_value(");
        add_sequence(sql, table);
        sql_add(sql, ")");
    }
    sql_add(sql, ")::text AS last FROM ");
    sql_name(sql, table->table);
    return sql;
}

/* Generated uuids begin with their number and end with the table's mark. */
static struct sql *largest_uuid(const void *context, const struct plan_table *table)
{
    const char *key = sql_quote_name(context, table->model->primary_key->name);
    struct sql *sql = sql_new(context, "SELECT (('x' || left(");

    sql_addf(sql, "%s::text, 8))::bit(32)::bigint)::text AS last FROM ", key);
    sql_name(sql, table->table);
    sql_addf(sql, " WHERE %s::text LIKE ", key);
    sql_value(
        sql,
        memory_printf(context, "%%-0000-8000-8000-%012llx", (unsigned long long)seed_generate_mark(table)),
        "text");
    sql_addf(sql, " ORDER BY %s DESC LIMIT 1", key);
    return sql;
}

static struct sql *count_rows(const void *context, const struct plan_table *table)
{
    struct sql *sql = sql_new(context, "SELECT count(*)::text AS last FROM ");

    sql_name(sql, table->table);
    return sql;
}

struct error *seed_base_find(const void *context, struct connection *db, struct plan_table *table)
{
    enum field_type type = table->model->primary_key->type;
    bool number = type == FIELD_IDENTITY || type == FIELD_INTEGER;
    struct sql *sql = number               ? largest_number(context, table)
                      : type == FIELD_UUID ? largest_uuid(context, table)
                                           : count_rows(context, table);
    struct query *query = query_add(db, sql);

    TRY(error_within(query_run(db), "table '%s'", table->table));
    table->base = query_rows(query) > 0 ? strtoull(query_field(query, 0, "last"), NULL, 10) : 0;
    return NULL;
}

struct error *seed_base_reserve(const void *context, struct connection *db, const struct plan_table *table)
{
    struct sql *sql;

    if (!table->model || table->model->primary_key->type != FIELD_IDENTITY)
        return NULL;
    sql = sql_new(context, "SELECT setval(");
    add_sequence(sql, table);
    sql_add(sql, ", ");
    sql_value(sql, memory_printf(context, "%" PRIu64, table->base + table->rows), "bigint");
    sql_add(sql, ")");
    query_add(db, sql);
    return query_run(db);
}
