/* Removing old lines, and saying so. */
#include "audit_prune.h"

#include "audit.h"
#include "memory.h"
#include "query.h"
#include "stop.h"

enum { BATCH = 5000, TOKEN_DAYS = 30 };

struct pruning {
    const void *context;
    const struct settings *settings;
    struct connection *connection;
    const char *who;
    bool dry;
    struct audit_pruned *pruned;
};

/* The first day that is kept, and whether there is an audit. */
static struct error *look(struct pruning *pruning)
{
    const struct settings *settings = pruning->settings;
    struct query *kept = audit_queue_is_kept(pruning->connection);
    struct sql *sql = sql_new(pruning->context, "SELECT ((now() AT TIME ZONE ");
    sql_value(sql, settings->time_zone, "text");
    sql_addf(sql, ")::date - %d)::text AS day", settings->audit_days);
    struct query *day = query_add(pruning->connection, sql);
    TRY(query_run(pruning->connection));
    pruning->pruned->kept = query_true(kept, 0, "kept");
    if (settings->audit_days > 0)
        pruning->pruned->day = memory_copy(pruning->context, query_field(day, 0, "day"));
    return NULL;
}

static void add_old_lines(struct sql *sql, const struct pruning *pruning)
{
    sql_add(sql, " FROM audit WHERE at < (");
    sql_value(sql, pruning->pruned->day, "timestamp");
    sql_add(sql, " AT TIME ZONE ");
    sql_value(sql, pruning->settings->time_zone, "text");
    sql_add(sql, ")");
}

/* "12000 lines from before 2025-10-23", the batch in hand included. */
static void add_subject(struct sql *sql, const struct pruning *pruning)
{
    sql_addf(sql, "(%lld + count(*))::text || ' lines from before ' || ", pruning->pruned->lines);
    sql_value(sql, pruning->pruned->day, "text");
}

/* One statement removes a batch and writes the line that tells of it, or counts it on. *line: its number, NULL before. */
static struct error *prune_batch(struct pruning *pruning, const char **line, long long *count)
{
    struct sql *sql = sql_new(pruning->context, "WITH gone AS (DELETE FROM audit WHERE id IN (SELECT id");
    add_old_lines(sql, pruning);
    sql_addf(sql, " ORDER BY at, id LIMIT %d) RETURNING id), told AS (", BATCH);
    if (*line) {
        sql_add(sql, "UPDATE audit SET subject = (SELECT ");
        add_subject(sql, pruning);
        sql_add(sql, " FROM gone) WHERE id = ");
        sql_value(sql, *line, "bigint");
    } else {
        sql_add(sql, "INSERT INTO audit (action, who, subject) SELECT ");
        sql_value(sql, AUDIT_PRUNED, "text");
        sql_add(sql, ", left(");
        sql_value(sql, pruning->who, "text");
        sql_add(sql, ", 254), ");
        add_subject(sql, pruning);
        sql_add(sql, " FROM gone HAVING count(*) > 0");
    }
    sql_add(sql, " RETURNING id) SELECT (SELECT id FROM told) AS line, (SELECT count(*) FROM gone) AS gone");
    struct query *query = query_add(pruning->connection, sql);
    TRY(query_run(pruning->connection));
    *count = query_number(query, 0, "gone");
    *line = memory_copy(pruning->context, query_field(query, 0, "line"));
    return NULL;
}

static struct error *prune_lines(struct pruning *pruning)
{
    const char *line = NULL;
    for (long long count = BATCH; count == BATCH;) {
        TRY(stop_check(pruning->context));
        TRY(prune_batch(pruning, &line, &count));
        pruning->pruned->lines += count;
    }
    return NULL;
}

static struct error *count_rows(struct pruning *pruning, struct sql *sql, long long *count)
{
    struct query *query = query_add(pruning->connection, sql);
    TRY(query_run(pruning->connection));
    *count = query_number(query, 0, "rows");
    return NULL;
}

/* What nobody asks for again, and nothing need tell of. The table and the condition are the program's own words. */
static struct error *prune_table(struct pruning *pruning, const char *table, const char *condition, long long *total)
{
    if (pruning->dry)
        return count_rows(pruning, sql_new(pruning->context, memory_printf(pruning->context, "SELECT count(*) AS rows FROM %s"
                                                                           " WHERE %s", table, condition)), total);
    for (long long count = BATCH; count == BATCH; *total += count) {
        struct sql *sql = sql_new(pruning->context, "WITH gone AS (DELETE FROM ");
        sql_addf(sql, "%s WHERE id IN (SELECT id FROM %s WHERE %s LIMIT %d) RETURNING id) SELECT count(*) AS rows FROM gone",
                 table, table, condition, BATCH);
        TRY(stop_check(pruning->context));
        TRY(count_rows(pruning, sql, &count));
    }
    return NULL;
}

struct error *audit_prune(const void *context, const struct settings *settings, const char *who, bool dry,
                          struct audit_pruned *pruned)
{
    struct pruning pruning = { .context = context, .settings = settings, .who = who, .dry = dry, .pruned = pruned };
    *pruned = (struct audit_pruned){ .kept = false };
    pruning.connection = connection_new(context, settings, CONNECTION_DIRECT, "roster prune audit");
    TRY(look(&pruning));
    if (!pruned->kept)
        return NULL;
    if (pruned->day && dry) {
        struct sql *sql = sql_new(context, "SELECT count(*) AS rows");
        add_old_lines(sql, &pruning);
        TRY(count_rows(&pruning, sql, &pruned->lines));
    } else if (pruned->day) {
        TRY(prune_lines(&pruning));
    }
    TRY(prune_table(&pruning, "session", "expires_at < now() - interval '1 day'", &pruned->sessions));
    return prune_table(&pruning, "submission",
                       memory_printf(context, "at < now() - interval '%d days'", TOKEN_DAYS), &pruned->tokens);
}
