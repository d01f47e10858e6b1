/* Writing the audit. */
#include "audit.h"

#include "log.h"
#include "sql.h"

struct query *audit_queue_is_kept(struct connection *connection)
{
    return query_add(connection, sql_new(connection, "SELECT to_regclass('public.audit') IS NOT NULL AS kept"));
}

static struct sql *insert_sql(const void *context, const struct audit_line *line)
{
    struct sql *sql = sql_new(context, "INSERT INTO audit (action, user_id, who, remote, subject) SELECT ");
    sql_value(sql, line->action, "text");
    sql_add(sql, ", ");
    sql_value(sql, line->user_id, "bigint");
    sql_add(sql, ", left(");
    sql_value(sql, line->who, "text");
    sql_add(sql, ", 254), left(");
    sql_value(sql, line->remote, "text");
    sql_add(sql, ", 64), left(");
    sql_value(sql, line->subject, "text");
    sql_add(sql, ", 1000)");
    return sql;
}

void audit_queue(struct connection *connection, const struct audit_line *line)
{
    query_add(connection, insert_sql(connection, line));
}

void audit_queue_when(struct connection *connection, const struct audit_line *line, const struct sql *condition)
{
    struct sql *sql = insert_sql(connection, line);
    sql_add(sql, " WHERE EXISTS (");
    sql_insert(sql, condition);
    sql_add(sql, ")");
    query_add(connection, sql);
}

struct query *audit_queue_change(struct connection *connection, const struct audit_line *line, const struct sql *change)
{
    struct sql *sql = sql_new(connection, "WITH done AS (");
    sql_insert(sql, change);
    sql_add(sql, "), told AS (");
    sql_insert(sql, insert_sql(connection, line));
    sql_add(sql, " WHERE EXISTS (SELECT FROM done)) SELECT 1 FROM done");
    return query_add(connection, sql);
}

void audit_log(const struct audit_line *line)
{
    struct log_line out;
    log_begin(&out, LOG_INFO, "audit");
    log_text(&out, "action", line->action);
    log_text(&out, "who", line->who);
    log_text(&out, "remote", line->remote);
    log_text(&out, "subject", line->subject);
    log_end(&out);
}
