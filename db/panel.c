/* The queries of panels, and the numbers on the overview. */
#include "panel.h"

#include "access.h"
#include "list.h"
#include "memory.h"
#include "sql.h"

/* For a models file that declares none. */
__attribute__((weak)) const struct panel overview_panels[] = { { 0 } };

struct query *panel_queue(struct connection *connection, const struct schema *schema, const struct panel *panel,
                          const char *id)
{
    /* $1 stands in the panel's own text; as a parameter it comes first. */
    struct sql *statement = sql_new(connection, "");
    if (id)
        sql_value(statement, id, NULL);
    statement->text = text_new(statement);
    access_add_panel(statement, connection, schema, panel->sql);
    return query_add(connection, statement);
}

struct query *panel_queue_count(struct connection *connection, const struct model *model)
{
    struct sql *sql = sql_new(connection, "SELECT count(*) FROM (SELECT 1 FROM ");
    sql_name(sql, model->table);
    sql_add(sql, " t WHERE ");
    access_add(sql, connection, model, "t", MAY_READ);
    sql_addf(sql, " LIMIT %d) c", list_count_limit(connection, model) + 1);
    return query_add(connection, sql);
}

struct query *panel_queue_estimate(struct connection *connection, const struct model *model)
{
    struct sql *sql = sql_new(connection, "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = ");
    sql_value(sql, sql_quote_name(connection, model->table), "regclass");
    return query_add(connection, sql);
}
