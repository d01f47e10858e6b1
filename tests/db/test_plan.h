/* For tests of plans: two databases, a plan run statement by statement, and what each statement really did.
 */
#ifndef ROSTER_TESTS_PLAN_H
#define ROSTER_TESTS_PLAN_H

#include "scratch.h"

#include <string.h>
#include <sys/wait.h>

#include "../../db/plan.h"
#include "../../db/revision.h"
#include "../../db/text.h"

/* What is there, and what is wanted. */
static void *context;
static struct settings *here_settings, *there_settings;
static struct connection *here, *there;

static inline void plan_setup(void)
{
    static const char empty[] =
        "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
        " DROP SCHEMA IF EXISTS saved CASCADE; SET search_path = public; SET synchronous_commit = off;"
        " SET enable_seqscan = off"; /* as on a large table, an index is used where there is one */
    context = talloc_new(NULL);
    here = connection_new(context, here_settings, CONNECTION_DIRECT, "roster test");
    there = connection_new(context, there_settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(here, empty));
    ck_ok(connection_execute(there, empty));
}

static inline void plan_teardown(void)
{
    talloc_free(context);
}

static inline struct catalog *plan_catalog(struct connection *connection)
{
    struct catalog *catalog;
    ck_ok(catalog_read(context, connection, "public", &catalog));
    return catalog;
}

static inline PGresult *plan_ask(struct connection *connection, const char *sql)
{
    PGconn *handle;
    ck_ok(connection_handle(connection, &handle));
    PGresult *result = PQexec(handle, sql);
    ck_assert_msg(PQresultStatus(result) == PGRES_TUPLES_OK, "%s: %s", sql, PQresultErrorMessage(result));
    return result;
}

/* The first value. */
static inline const char *plan_one(struct connection *connection, const char *sql)
{
    PGresult *result = plan_ask(connection, sql);
    const char *value = memory_copy(context, PQgetvalue(result, 0, 0));
    PQclear(result);
    return value;
}

/* A file with both ways, as it would be written, read back. */
static inline struct revision *plan_revision(const struct schema_plan *up, const struct schema_plan *down)
{
    struct revision *revision;
    const char *text =
        memory_printf(context,
                      "-- revision: aaaa\n-- parents: none\n-- message: m\n-- created: "
                      "2026-11-22T10:15:00Z\n%s\n-- +up\n%s\n"
                      "-- +down\n%s\n",
                      plan_header(context, up), plan_text(context, up), plan_text(context, down));
    ck_ok(revision_parse(context, "plan.sql", text, strlen(text), &revision));
    return revision;
}

/* --- What statements do ------------------------------------------------------------------------------------------- */

/* Which files the tables have, and how many of their rows were read in this transaction. */
static const char plan_state[] =
    "SELECT (SELECT coalesce(string_agg(format('%s %s', oid, relfilenode), ' ' ORDER BY oid), '') FROM "
    "pg_class"
    " WHERE oid IN (SELECT oid FROM pg_temp.plan_tables)), coalesce(sum(pg_stat_get_xact_tuples_returned(oid)"
    " + pg_stat_get_xact_tuples_fetched(oid)), 0) FROM pg_temp.plan_tables";

static const char plan_locks[] =
    "SELECT coalesce(c.relname, t.name) AS name, max(CASE l.mode WHEN 'RowShareLock' THEN 1 WHEN "
    "'RowExclusiveLock'"
    " THEN 2 WHEN 'ShareUpdateExclusiveLock' THEN 3 WHEN 'ShareLock' THEN 4 WHEN 'ShareRowExclusiveLock' "
    "THEN 5"
    " WHEN 'AccessExclusiveLock' THEN 6 ELSE 0 END) AS mode"
    " FROM pg_locks l JOIN pg_temp.plan_tables t ON t.oid = l.relation LEFT JOIN pg_class c ON c.oid = "
    "l.relation"
    " WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.mode <> 'AccessShareLock'"
    " GROUP BY 1 ORDER BY 1";

/* The tables that are there before, which are those that others may be using. */
static inline void plan_watch(struct connection *connection)
{
    ck_ok(connection_execute(connection,
                             "DROP TABLE IF EXISTS pg_temp.plan_tables; CREATE TEMP TABLE plan_tables AS"
                             " SELECT oid, relname AS name FROM pg_class WHERE relkind = 'r' AND"
                             " relnamespace = 'public'::regnamespace"));
}

static inline enum plan_mode plan_predicted(const struct plan_step *step, size_t count, const char *table)
{
    enum plan_mode mode = 0;
    for (size_t i = 0; i < count; i++)
        for (const struct plan_lock *lock = step->statements[i]->locks; lock->table; lock++)
            if (strcmp(lock->table, table) == 0 && lock->mode > mode)
                mode = lock->mode;
    return mode;
}

static inline size_t plan_predicted_tables(const struct plan_step *step, size_t count)
{
    struct plan_lock all[16];
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        for (const struct plan_lock *lock = step->statements[i]->locks; lock->table; lock++) {
            size_t at = 0;
            while (at < found && strcmp(all[at].table, lock->table) != 0)
                at++;
            ck_assert_uint_lt(at, 16);
            all[at] = *lock;
            found += at == found;
        }
    return found;
}

/* Within a transaction: the locks held after its first count statements. */
static inline void plan_compare_locks(struct connection *connection, const struct plan_step *step,
                                      size_t count)
{
    PGresult *result = plan_ask(connection, plan_locks);
    const char *sql = step->statements[count - 1]->sql;
    for (int row = 0; row < PQntuples(result); row++) {
        const char *table = PQgetvalue(result, row, 0);
        const int mode = atoi(PQgetvalue(result, row, 1));
        ck_assert_msg((int)plan_predicted(step, count, table) == mode, "%s: %s is locked as %d, predicted %d",
                      sql, table, mode, (int)plan_predicted(step, count, table));
    }
    ck_assert_msg((size_t)PQntuples(result) == plan_predicted_tables(step, count),
                  "%s: locks %d tables, predicted %zu", sql, PQntuples(result),
                  plan_predicted_tables(step, count));
    PQclear(result);
}

/* Whoever waits for a lock must not keep others waiting by another one; what has to be one piece is excepted.
 */
static inline void plan_assert_no_chain(const struct plan_step *step, size_t position)
{
    const struct plan_statement *next = step->statements[position];
    bool blocked = false, apart = false;
    for (const struct plan_lock *lock = next->locks; lock->table; lock++)
        apart = apart || plan_predicted(step, position, lock->table) < PLAN_SHARE;
    for (size_t i = 0; i < position; i++)
        for (const struct plan_lock *lock = step->statements[i]->locks; lock->table; lock++)
            blocked = blocked || lock->mode >= PLAN_SHARE;
    ck_assert_msg(!blocked || !apart || next->group, "%s: waits for a lock while it holds one", next->sql);
}

/* Between the statements of a step. */
struct plan_seen {
    const char *files;
    long long reads;
};

static inline struct plan_seen plan_look(struct connection *connection)
{
    PGresult *result = plan_ask(connection, plan_state);
    const struct plan_seen seen = { .files = memory_copy(context, PQgetvalue(result, 0, 0)),
                                    .reads = atoll(PQgetvalue(result, 0, 1)) };
    PQclear(result);
    return seen;
}

/* It did what was predicted. One row, which an index leads to, is no scan. */
static inline void plan_compare(struct connection *connection, const struct plan_step *step, size_t position,
                                struct plan_seen *seen)
{
    const struct plan_statement *predicted = step->statements[position];
    const struct plan_seen before = *seen;
    *seen = plan_look(connection);
    const bool drops = strstr(predicted->sql, "DROP TABLE") != NULL;
    const bool rewritten = !drops && strcmp(seen->files, before.files) != 0;
    ck_assert_msg(rewritten == (predicted->rewrites != NULL), "%s: rewrites %d", predicted->sql, rewritten);
    if (step->outside_transaction)
        return;
    plan_compare_locks(connection, step, position + 1);
    plan_assert_no_chain(step, position);
    ck_assert_msg(predicted->scans || predicted->rewrites || seen->reads <= before.reads + 1,
                  "%s: reads rows without saying so", predicted->sql);
}

static inline struct error *plan_run_step(struct connection *connection, const struct revision_step *step,
                                          const struct plan_step *predicted)
{
    struct error *error = NULL;
    struct plan_seen seen = { 0 };
    if (!step->outside_transaction)
        ck_ok(connection_execute(connection, "BEGIN"));
    if (predicted)
        seen = plan_look(connection);
    for (size_t i = 0; !error && i < step->count; i++) {
        error = error_within(connection_execute(connection, step->statements[i].sql), "%s",
                             step->statements[i].sql);
        if (error || !predicted)
            continue;
        ck_assert_str_eq(step->statements[i].sql, predicted->statements[i]->sql);
        plan_compare(connection, predicted, i, &seen);
    }
    if (!step->outside_transaction)
        ck_ok(connection_execute(connection, error ? "ROLLBACK" : "COMMIT"));
    return error;
}

/* Runs a section as the engine would; with a plan, each statement must do what it says. */
static inline struct error *plan_run(struct connection *connection, const struct revision_section *section,
                                     const struct schema_plan *plan)
{
    plan_watch(connection);
    if (plan)
        ck_assert_uint_eq(section->count, plan->count);
    for (size_t i = 0; i < section->count; i++) {
        if (plan) {
            ck_assert_uint_eq(section->steps[i].count, plan->steps[i].count);
            ck_assert(section->steps[i].outside_transaction == plan->steps[i].outside_transaction);
        }
        TRY(plan_run_step(connection, &section->steps[i], plan ? &plan->steps[i] : NULL));
    }
    return NULL;
}

/* For whoever wants to look at all plans with another tool: ROSTER_TEST_PLANS is a folder for them, as
 * scripts with the transactions that the engine makes. Returns whether that is all that is wanted. */
static inline bool plan_export(const struct schema_plan *plan, const char *name)
{
    static const char begin[] = "BEGIN;\nSET LOCAL lock_timeout = '2s';\n";
    const char *folder = getenv("ROSTER_TEST_PLANS"), *text = plan_text(context, plan);
    FILE *file = folder ? fopen(memory_printf(context, "%s/%s.sql", folder, name), "w") : NULL;
    bool inside = strncmp(text, "-- +no-transaction", 18) != 0;
    if (!file)
        return false;
    fputs(inside ? begin : "", file);
    for (size_t length; *text; text += length + (text[length] == '\n')) {
        length = strcspn(text, "\n");
        if (strncmp(text, "-- +", 4) != 0) {
            fprintf(file, "%.*s\n", (int)length, text);
            continue;
        }
        fputs(inside ? "COMMIT;\n" : "", file);
        inside = strncmp(text, "-- +no-transaction", 18) != 0;
        fputs(inside ? begin : "", file);
    }
    fputs(inside ? "COMMIT;\n" : "", file);
    fclose(file);
    return true;
}

/* --- Equality ----------------------------------------------------------------------------------------------------- */

static inline void plan_assert_equal(const struct catalog *from, const struct catalog *to, const char *name)
{
    const struct difference *difference = difference_between(context, from, to);
    struct text *text = text_new(context);
    for (size_t i = 0; i < difference->count; i++)
        text_addf(text, "%s; ", operation_words(context, &difference->operations[i]));
    ck_assert_msg(difference->count == 0, "%s: still to do: %s", name, text->data);
}

static inline int plan_compare_lines(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Without comments and what differs from run to run; sorted, so that only a column's place does not count. */
static inline const char *plan_normal(char *dump, bool sorted)
{
    const char **lines = NEW_ARRAY(context, const char *, strlen(dump) + 1);
    size_t count = 0;
    for (char *line = dump, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        char *last = end;
        end += *end == '\n';
        while (sorted && last > line && (last[-1] == ',' || last[-1] == ' '))
            last--;
        if (last > line && strncmp(line, "--", 2) != 0 && *line != '\\' && strncmp(line, "SET ", 4) != 0)
            lines[count++] = memory_copy_length(context, line, (size_t)(last - line));
    }
    if (sorted)
        qsort(lines, count, sizeof *lines, plan_compare_lines);
    struct text *text = text_new(context);
    for (size_t i = 0; i < count; i++)
        text_addf(text, "%s\n", lines[i]);
    return text->data;
}

static inline const char *plan_dump(const struct settings *settings, bool sorted)
{
    int ends[2], status;
    char bytes[4096];
    ssize_t length;
    struct text *text = text_new(context);
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execlp("pg_dump", "pg_dump", "-s", "-n", "public", "-d", settings->direct_url, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    while ((length = read(ends[0], bytes, sizeof bytes)) > 0)
        text_add_bytes(text, bytes, (size_t)length);
    close(ends[0]);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    return plan_normal(text->data, sorted);
}

#endif
