/* Writing a seed's row, with the line of history that every change of a record leaves. */
#include "seed_write.h"

#include <string.h>
#include "history.h"
#include "memory.h"
#include "record.h"

/* Nobody is signed in when a seed runs. */
static void add_history(struct sql *sql, const struct model *model, enum history_action action, const char *id)
{
    const struct history_line line = { .action = action, .model = model, .id = id };

    sql_add(sql, " RETURNING t.*) ");
    history_add_line(sql, &line);
    sql_add(sql, " RETURNING record");
}

struct error *seed_write_insert(const void *context, struct seed_run *run, const struct model *model,
                                const struct seed_value *values, size_t count, const char **id)
{
    struct sql *sql = sql_new(context, "WITH w AS (INSERT INTO ");
    struct query *query;

    sql_name(sql, model->table);
    sql_add(sql, " AS t (");
    for (size_t i = 0; i < count; i++) {
        sql_add(sql, i > 0 ? ", " : "");
        sql_name(sql, values[i].field->name);
    }
    sql_add(sql, ") VALUES (");
    for (size_t i = 0; i < count; i++) {
        sql_add(sql, i > 0 ? ", " : "");
        seed_value_assign(sql, &values[i]);
    }
    sql_add(sql, ")");
    add_history(sql, model, HISTORY_CREATED, NULL);
    TRY(seed_run_query(context, run, sql, &query));
    *id = query_text(query, 0, 0);
    return NULL;
}

static bool sets(const struct seed_value *values, size_t count, const struct field *field)
{
    for (size_t i = 0; i < count; i++)
        if (values[i].field == field)
            return true;
    return false;
}

struct error *seed_write_update(const void *context, struct seed_run *run, const struct model *model,
                                const char *id, const struct seed_value *values, size_t count)
{
    const struct field *updated = model_field(model, "updated_at");
    struct sql *sql = sql_new(context, "WITH w AS (UPDATE ");
    struct query *query;

    sql_name(sql, model->table);
    sql_add(sql, " AS t SET ");
    for (size_t i = 0; i < count; i++) {
        sql_add(sql, i > 0 ? ", " : "");
        sql_name(sql, values[i].field->name);
        sql_add(sql, " = ");
        seed_value_assign(sql, &values[i]);
    }
    if (updated && !sets(values, count, updated)) {
        sql_add(sql, count > 0 ? ", " : "");
        sql_add(sql, "updated_at = now()");
    }
    record_where_key(sql, model, "t", id);
    add_history(sql, model, HISTORY_CHANGED, id);
    return seed_run_query(context, run, sql, &query);
}

struct error *seed_write_delete(const void *context, struct seed_run *run, const struct model *model,
                                const char *id)
{
    struct sql *sql = sql_new(context, "WITH w AS (DELETE FROM ");
    struct query *query;

    sql_name(sql, model->table);
    sql_add(sql, " AS t");
    record_where_key(sql, model, "t", id);
    add_history(sql, model, HISTORY_DELETED, id);
    return seed_run_query(context, run, sql, &query);
}

static void add_link_delete(struct sql *sql, const struct link *link, const char *id, const char *array)
{
    sql_add(sql, "DELETE FROM ");
    sql_name(sql, link->table);
    sql_add(sql, " WHERE ");
    sql_name(sql, link->own_column);
    sql_add(sql, " = ");
    sql_value(sql, id, record_key_type(link->model));
    sql_add(sql, " AND ");
    sql_name(sql, link->target_column);
    sql_add(sql, " <> ALL (");
    sql_value(sql, array, memory_printf(sql, "%s[]", record_key_type(link->target_model)));
    sql_add(sql, ")");
}

struct error *seed_write_links(const void *context, struct seed_run *run, const struct link *link,
                               const char *id, const char *const *targets, size_t count, bool *changed)
{
    const char *array = sql_array(context, targets, count);
    struct sql *delete = sql_new(context, ""), *insert = sql_new(context, "");
    struct query *deleted, *inserted;

    add_link_delete(delete, link, id, array);
    record_insert_links(insert, link, id, array);
    deleted = talloc_steal(context, query_add(run->db, delete));
    inserted = talloc_steal(context, query_add(run->db, insert));
    TRY(query_run(run->db));
    *changed = query_affected(deleted) > 0 || query_affected(inserted) > 0;
    return NULL;
}
