/* One statement of a revision sent to the server, watched while it takes long, and explained when it fails. */
#include "migrate_statement.h"

#include <ctype.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "migrate_policy.h"
#include "query.h"
#include "text.h"

enum {
    LONG_MS = 2000, /* a statement that takes longer is reported */
    AGAIN_MS = 1000,
    SHOWN_LENGTH = 160, /* characters of a statement in a message */
};

/* PostgreSQL counts characters from 1; a statement may span lines. */
static int line_of(const struct statement *statement, const char *position)
{
    int line = statement->line;
    long left = position ? strtol(position, NULL, 10) - 1 : 0;
    for (const char *at = statement->sql; *at && left > 0; at++) {
        line += *at == '\n';
        left -= ((unsigned char)at[1] & 0xc0) != 0x80;
    }
    return line;
}

/* On one line, and not longer than a message bears. */
static const char *shown(const void *context, const char *sql)
{
    struct text *text = text_new(context);
    for (; *sql && (text->length < SHOWN_LENGTH || ((unsigned char)*sql & 0xc0) == 0x80); sql++) {
        if (!isspace((unsigned char)*sql))
            text_add_char(text, *sql);
        else if (text->length > 0 && text->data[text->length - 1] != ' ')
            text_add_char(text, ' ');
    }
    text_add(text, *sql ? " ..." : "");
    return text->data;
}

static const char *advice(const struct runner *runner, const struct error *error, const char *detail)
{
    if (strcmp(error->sqlstate, "55P03") == 0)
        return "; others are using this table: try again when it is quieter";
    if (strcmp(error->sqlstate, "42501") == 0)
        return "; migrate as the role that owns the database and its tables";
    if (!runner->in_transaction && policy_is_in_the_way(error, detail))
        return "; a rule of access names it, and makes way only within a transaction: write it before \"-- +no-transaction\", "
               "or behind \"-- +transaction\"";
    return "";
}

static struct error *explain(struct runner *runner, const struct revision *revision,
                             const struct statement *statement, const PGresult *result)
{
    struct error *error = connection_error(runner->connection, result);
    const int line =
        line_of(statement, result ? PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION) : NULL);
    const bool coded = error->sqlstate[0] != '\0';
    const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
    policy_remember(runner, statement, error, detail);
    error->message = memory_printf(error, "%s, line %d: %s%s%s%s%s; the statement is: %s", revision->path,
                                   line, error->message, coded ? " (SQLSTATE " : "", error->sqlstate,
                                   coded ? ")" : "", advice(runner, error, detail), shown(error, statement->sql));
    return error;
}

static struct error *refuse_copy(const struct runner *runner, const struct revision *revision,
                                 const struct statement *statement)
{
    return error_new(runner->context, ERROR_USAGE,
                     "%s, line %d: COPY has nothing to read from or write to here; write INSERT",
                     revision->path, statement->line);
}

/* What PostgreSQL tells of a CREATE INDEX (manual, 28.4.4); NULL for another statement, or when it cannot be
 * had. */
static const char *index_progress(struct runner *runner, const void *context, int pid)
{
    if (!runner->watcher)
        runner->watcher =
            connection_new(runner->context, runner->settings, CONNECTION_DIRECT, "roster watch");
    struct sql *sql =
        sql_new(context, "SELECT phase || CASE WHEN blocks_total > 0 THEN"
                         " format(', %s %%', 100 * blocks_done / blocks_total)"
                         " WHEN tuples_total > 0 THEN format(', %s %%', 100 * tuples_done / tuples_total)"
                         " WHEN lockers_total > 0 THEN format(', %s of %s transactions ended',"
                         " lockers_done, lockers_total) ELSE '' END"
                         " FROM pg_stat_progress_create_index WHERE pid = ");
    sql_value(sql, memory_printf(sql, "%d", pid), "integer");
    struct query *query = query_add(runner->watcher, sql);
    if (query_run(runner->watcher) || query_rows(query) == 0)
        return NULL;
    return query_text(query, 0, 0);
}

static void report(struct runner *runner, struct migrate_news news, int pid)
{
    void *context = talloc_new(runner->context);
    const char *progress = index_progress(runner, context, pid);
    news.event = MIGRATE_PROGRESS;
    news.text = progress ? progress : "running";
    runner_tell(runner, &news);
    talloc_free(context);
}

/* Until a result is there; a broken connection gives one, too. */
static void wait_for_result(struct runner *runner, PGconn *handle, const struct revision *revision,
                            const struct statement *statement)
{
    const long start = runner_milliseconds();
    if (!runner->options.watch)
        return; /* PQgetResult waits just as well */
    for (int pause = LONG_MS; PQisBusy(handle);) {
        struct pollfd entry = { .fd = PQsocket(handle), .events = POLLIN };
        const int ready = poll(&entry, 1, pause);
        if (ready > 0 && !PQconsumeInput(handle))
            return;
        if (ready == 0) {
            pause = AGAIN_MS;
            report(runner,
                   (struct migrate_news){ .revision = revision,
                                          .statement = statement,
                                          .milliseconds = runner_milliseconds() - start },
                   PQbackendPID(handle));
        }
    }
}

static struct error *read_results(struct runner *runner, PGconn *handle, const struct revision *revision,
                                  const struct statement *statement)
{
    struct error *error = NULL;
    for (;;) {
        wait_for_result(runner, handle, revision, statement);
        PGresult *result = PQgetResult(handle);
        const ExecStatusType status = PQresultStatus(result);
        const bool copies = status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
        if (!result)
            return error;
        if (copies)
            error = refuse_copy(runner, revision, statement);
        else if (!error && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
                 status != PGRES_EMPTY_QUERY)
            error = explain(runner, revision, statement, result);
        PQclear(result);
        if (copies)
            return error; /* the connection waits for data that nobody has, and is closed by who rolls back */
    }
}

struct error *statement_run(struct runner *runner, const struct revision *revision,
                            const struct statement *statement)
{
    PGconn *handle;
    const long start = runner_milliseconds();
    TRY(policy_lift(runner, statement));
    TRY(connection_handle(runner->connection, &handle));
    runner->in_transaction = PQtransactionStatus(handle) == PQTRANS_INTRANS;
    if (!PQsendQuery(handle, statement->sql))
        return explain(runner, revision, statement, NULL);
    TRY(read_results(runner, handle, revision, statement));
    runner_tell(runner, &(struct migrate_news){ .event = MIGRATE_STATEMENT,
                                                .revision = revision,
                                                .statement = statement,
                                                .milliseconds = runner_milliseconds() - start,
                                                .text = shown(runner->context, statement->sql) });
    return NULL;
}

bool statement_may_retry(const struct error *error)
{
    return strcmp(error->sqlstate, "55P03") == 0 || strcmp(error->sqlstate, "40P01") == 0;
}
