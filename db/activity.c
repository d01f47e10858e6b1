/* What runs in the database now. */
#include "activity.h"

struct query *activity_queue(struct connection *connection, int seconds)
{
    struct sql *sql = sql_new(
        connection,
        "SELECT pid, coalesce(query_start, xact_start)::text AS started, usename AS who, application_name AS program, state,"
        " extract(epoch FROM clock_timestamp() - CASE state WHEN 'active' THEN query_start ELSE xact_start END)::bigint"
        " AS seconds, left(query, 1000) AS text,"
        " CASE WHEN state = 'active' THEN wait_event_type || ': ' || wait_event END AS waits,"
        " nullif(array_to_string(pg_blocking_pids(pid), ', '), '') AS blocked_by"
        " FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        " AND pid <> pg_backend_pid() AND state <> 'idle'"
        " AND clock_timestamp() - CASE state WHEN 'active' THEN query_start ELSE xact_start END >= interval '1 second' * ");
    sql_addf(sql, "%d ORDER BY seconds DESC, pid LIMIT 50", seconds);
    return query_add(connection, sql);
}

struct query *activity_queue_cancel(struct connection *connection, const char *pid, const char *started)
{
    struct sql *sql = sql_new(connection, "SELECT pg_cancel_backend(pid) AS cancelled, application_name AS program"
                                          " FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'"
                                          " AND pid = ");
    sql_value(sql, pid, "int");
    sql_add(sql, " AND coalesce(query_start, xact_start) = ");
    sql_value(sql, started, "timestamptz");
    return query_add(connection, sql);
}
