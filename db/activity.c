/* What runs in the database now. */
#include "activity.h"

/* Holds its locks and runs nothing, so that there is nothing to cancel (manual, 9.27.2: pg_cancel_backend cancels the
 * current query). */
#define IS_IDLE "state LIKE 'idle in transaction%'"

struct query *activity_queue(struct connection *connection, int seconds)
{
    struct sql *sql = sql_new(
        connection,
        "SELECT pid, coalesce(query_start, xact_start)::text AS started, usename AS who, application_name AS program, state,"
        " extract(epoch FROM clock_timestamp() - CASE state WHEN 'active' THEN query_start ELSE xact_start END)::bigint"
        " AS seconds, left(query, 1000) AS text,"
        " CASE WHEN state = 'active' THEN wait_event_type || ': ' || wait_event END AS waits,"
        " nullif(array_to_string(pg_blocking_pids(pid), ', '), '') AS blocked_by, " IS_IDLE " AS idle,"
        " EXISTS (SELECT FROM pg_roles r, pg_roles me WHERE r.oid = usesysid AND r.rolsuper AND me.rolname = session_user"
        " AND NOT me.rolsuper) AS protected"
        " FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        " AND pid <> pg_backend_pid() AND state <> 'idle'"
        " AND clock_timestamp() - CASE state WHEN 'active' THEN query_start ELSE xact_start END >= interval '1 second' * ");
    sql_addf(sql, "%d ORDER BY seconds DESC, pid LIMIT 50", seconds);
    return query_add(connection, sql);
}

struct query *activity_queue_end(struct connection *connection, const char *pid, const char *started, bool idle)
{
    struct sql *sql = sql_new(connection, "SELECT ");
    sql_add(sql, idle ? "pg_terminate_backend(pid)" : "pg_cancel_backend(pid)");
    sql_add(sql, " AS ended, application_name AS program FROM pg_stat_activity WHERE datname = current_database()"
                 " AND state <> 'idle' AND ");
    sql_add(sql, idle ? IS_IDLE : "NOT " IS_IDLE);
    sql_add(sql, " AND pid = ");
    sql_value(sql, pid, "int");
    sql_add(sql, " AND coalesce(query_start, xact_start) = ");
    sql_value(sql, started, "timestamptz");
    return query_add(connection, sql);
}
