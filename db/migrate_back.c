/* Takes back a revision that was left half-way up. */
#include "migrate_back.h"

#include <string.h>

#include "memory.h"
#include "migrate_index.h"
#include "migrate_policy.h"
#include "migrate_retry.h"
#include "migrate_statement.h"

static const char mark[] = "-- undo: ";
static const char nothing[] = "nothing";

struct way_back {
    struct runner *runner;
    struct journal_entry entry; /* of the statement that is taken back */
    struct statement undo;      /* at the line of that statement */
};

static const struct statement *statement_at(const struct revision *revision, int position)
{
    const struct revision_section *section = journal_section(revision, DIRECTION_UP);
    for (size_t i = 0; i < section->count; i++) {
        if ((size_t)position <= section->steps[i].count)
            return &section->steps[i].statements[position - 1];
        position -= (int)section->steps[i].count;
    }
    return NULL;
}

static const char *line_of(const char *text, int number)
{
    for (; number > 1 && *text; text++)
        number -= *text == '\n';
    return text;
}

/* What the comment right above the statement says; NULL: nothing about it. */
static const char *undo_of(const void *context, const struct revision *revision,
                           const struct statement *statement)
{
    for (int number = statement->line - 1; number > 0; number--) {
        const char *line = line_of(revision->text, number);
        if (strncmp(line, "--", 2) != 0 || strncmp(line, "-- +", 4) == 0)
            return NULL;
        if (strncmp(line, mark, sizeof mark - 1) == 0)
            return memory_copy_length(context, line + sizeof mark - 1,
                                      strcspn(line + sizeof mark - 1, "\r\n"));
    }
    return NULL;
}

struct error *migrate_back_check(const void *context, const struct revision *revision,
                                 const struct journal *journal)
{
    for (size_t i = 0; i < journal->count; i++) {
        const struct statement *statement = statement_at(revision, journal->lines[i].position);
        if (statement && !undo_of(context, revision, statement))
            return error_new(context, ERROR_PENDING,
                             "%s is partly applied, and %s, line %d, has no way back of its own (\"-- undo: "
                             "SQL\" in a line above "
                             "it); to go on, run: roster upgrade %s; to go back, take back by hand what was "
                             "done, and run: roster "
                             "stamp, with the revision that the database is at then",
                             revision->id, revision->path, statement->line, revision->id);
    }
    return NULL;
}

static struct error *set_session(const struct way_back *way, bool may_wait)
{
    const struct runner *runner = way->runner;
    return connection_execute(runner->connection,
                              memory_printf(runner->context,
                                            "SELECT set_config('search_path', 'public', false),"
                                            " set_config('lock_timeout', '%d', false)",
                                            may_wait ? 0 : runner->options.lock_timeout_ms));
}

/* After a kill it may be done already. */
static struct error *run_outside(const struct way_back *way, const struct index_statement *index)
{
    struct connection *connection = way->runner->connection;
    enum index_condition condition;
    TRY(set_session(way, true));
    TRY(index_look(connection, index, &condition));
    if (index->creates && condition == INDEX_INVALID)
        TRY(index_drop_invalid(connection, index));
    if (condition != (index->creates ? INDEX_VALID : INDEX_MISSING))
        TRY(statement_run(way->runner, way->entry.revision, &way->undo));
    journal_queue_remove(connection, &way->entry);
    return query_run(connection);
}

static struct error *run_inside(const struct way_back *way)
{
    struct connection *connection = way->runner->connection;
    TRY(set_session(way, false));
    TRY(connection_execute(connection, "BEGIN"));
    struct error *error = strcmp(way->undo.sql, nothing) == 0
                              ? NULL
                              : statement_run(way->runner, way->entry.revision, &way->undo);
    if (!error)
        error = policy_put_back(way->runner);
    if (!error) {
        journal_queue_remove(connection, &way->entry);
        transaction_commit(connection);
        error = query_run(connection);
    }
    if (error)
        transaction_rollback(connection);
    return error;
}

static struct error *take_back(void *argument)
{
    const struct way_back *way = argument;
    const struct index_statement index = index_statement_read(way->runner->context, way->undo.sql);
    return index.creates || index.drops ? run_outside(way, &index) : run_inside(way);
}

struct error *migrate_back(struct runner *runner, const struct revision *revision,
                           const struct journal *journal)
{
    TRY(migrate_back_check(runner->context, revision, journal));
    for (size_t i = journal->count; i-- > 0;) {
        const int position = journal->lines[i].position;
        const struct statement *statement = statement_at(revision, position);
        struct way_back way = {
            .runner = runner,
            .entry = { .revision = revision,
                       .direction = DIRECTION_UP,
                       .position = position,
                       .statement = statement },
            .undo = { .sql = undo_of(runner->context, revision, statement), .line = statement->line },
        };
        struct error *error = retry(runner, revision, &way.undo, take_back, &way);
        if (!error)
            continue;
        error->message =
            memory_printf(error,
                          "%s; %zu statements of this revision are left; run the same again, or go "
                          "on with it: roster upgrade %s",
                          error->message, i + 1, revision->id);
        return error;
    }
    return NULL;
}
