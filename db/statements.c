/* What the database spent its time on. */
#include "statements.h"

#include "conninfo.h"
#include "memory.h"

struct query *statements_queue_offer(struct connection *connection)
{
    static const char sql[] =
        "SELECT current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' AS preloaded,"
        " EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') AS here,"
        " EXISTS (SELECT FROM pg_extension WHERE extname = 'hypopg') AS hypopg,"
        " (SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database()) AS since";
    return query_add(connection, sql_new(connection, sql));
}

struct connection *statements_connection(struct connection *connection, const struct settings *settings, bool here)
{
    if (here)
        return connection;
    struct settings *maintenance = NEW(connection, struct settings);
    *maintenance = *settings;
    maintenance->database_url = conninfo_with_database(maintenance, settings->direct_url, "postgres");
    maintenance->direct_url = maintenance->database_url;
    return connection_new(connection, maintenance, CONNECTION_SERVE, "roster statements");
}

/* A statement that several roles sent is one. What only looks at these figures, or at the catalog, is not shown. */
static void add_statements(struct sql *sql, const struct settings *settings, const char *text)
{
    sql_addf(sql, "WITH s AS (SELECT queryid::text AS id, %s AS text, sum(calls) AS calls,"
                  " sum(total_exec_time) AS total, sum(rows) AS rows FROM pg_stat_statements"
                  " WHERE queryid IS NOT NULL AND dbid = (SELECT oid FROM pg_database WHERE datname = ", text);
    const char *name = conninfo_part(sql, settings->direct_url, "dbname");
    sql_value(sql, name ? name : conninfo_part(sql, settings->direct_url, "user"), "name");
    sql_add(sql, ") GROUP BY queryid) SELECT id, text, calls, round(total::numeric, 1) AS total_ms,"
                 " round((total / calls)::numeric, 2) AS mean_ms, rows,"
                 " round((100 * total / nullif(sum(total) OVER (), 0))::numeric, 1) AS share FROM s");
}

struct query *statements_queue(struct connection *connection, const struct settings *settings, enum statements_sort sort,
                               int limit)
{
    static const char *const orders[] = { [STATEMENTS_BY_TOTAL] = "total", [STATEMENTS_BY_MEAN] = "total / calls",
                                          [STATEMENTS_BY_CALLS] = "calls", [STATEMENTS_BY_ROWS] = "rows" };
    struct sql *sql = sql_new(connection, "");
    add_statements(sql, settings, "left(min(query), 400)");
    sql_addf(sql, " ORDER BY %s DESC, id LIMIT %d", orders[sort], limit);
    return query_add(connection, sql);
}

struct query *statements_queue_one(struct connection *connection, const struct settings *settings, const char *id)
{
    struct sql *sql = sql_new(connection, "SELECT * FROM (");
    add_statements(sql, settings, "min(query)");
    sql_add(sql, ") one WHERE id = ");
    sql_value(sql, id, "text");
    return query_add(connection, sql);
}
