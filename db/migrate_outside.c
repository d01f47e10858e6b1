/* Statements of a revision that run outside of its transactions, each once even when a run is killed in
 * between. */
#include "migrate_outside.h"

#include <string.h>
#include <strings.h>

#include "memory.h"
#include "migrate_index.h"
#include "migrate_policy.h"
#include "migrate_retry.h"
#include "migrate_statement.h"

/* DO and CALL may commit by themselves, and must be written so that they can run again: each batch picks what
 * is still to be done. */
static bool needs_no_transaction(const char *sql, const struct index_statement *index)
{
    static const char *const words[] = { "do", "call", "vacuum" };
    const size_t length = strcspn(sql, " \t\r\n($'");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && strncasecmp(sql, words[i], length) == 0)
            return true;
    return index->creates || index->drops;
}

struct error *outside_check(const void *context, const struct revision *revision,
                            const struct statement *statement)
{
    const struct index_statement index = index_statement_read(context, statement->sql);
    if (!index.creates || index.name)
        return NULL;
    return error_new(
        context, ERROR_USAGE,
        "%s, line %d: give the index a name, so that what an interrupted build leaves can be found",
        revision->path, statement->line);
}

static struct error *write_line(struct runner *runner, struct journal_entry entry, bool done)
{
    entry.done = done;
    if (entry.position == 1 && !done)
        journal_queue_clear(runner->connection, entry.revision->id);
    journal_queue_write(runner->connection, &entry, 1);
    return query_run(runner->connection);
}

static struct error *forget(struct runner *runner, const struct journal_entry *entry)
{
    journal_queue_remove(runner->connection, entry);
    return query_run(runner->connection);
}

/* A build that waits for a lock gives up only by leaving an INVALID index behind, so it waits without a
 * limit: it keeps nobody from the table. */
static struct error *set_session(struct runner *runner, bool may_wait)
{
    return connection_execute(runner->connection,
                              memory_printf(runner->context,
                                            "SELECT set_config('search_path', 'public', false),"
                                            " set_config('lock_timeout', '%d', false)",
                                            may_wait ? 0 : runner->options.lock_timeout_ms));
}

struct bare {
    struct runner *runner;
    const struct journal_entry *entry;
    struct index_statement index;
    bool was_begun;
    bool finished; /* was begun, and came to its end all the same */
    bool foreign;  /* somebody else's index has the name already, so that the statement will fail */
};

/* Before the first time nothing of that name may be there, so that afterwards what is there is ours. */
static struct error *before_index(struct bare *bare)
{
    const struct index_statement *index = &bare->index;
    enum index_condition condition;
    TRY(set_session(bare->runner, true));
    TRY(index_look(bare->runner->connection, index, &condition));
    bare->finished = bare->was_begun && condition == (index->creates ? INDEX_VALID : INDEX_MISSING);
    bare->foreign = !bare->was_begun && index->creates && condition == INDEX_VALID;
    return index->creates && condition == INDEX_INVALID ? index_drop_invalid(bare->runner->connection, index)
                                                        : NULL;
}

static struct error *after_index(struct runner *runner, const struct journal_entry *entry,
                                 const struct index_statement *index)
{
    enum index_condition condition;
    if (!index->creates)
        return NULL;
    TRY(index_look(runner->connection, index, &condition));
    if (condition == INDEX_VALID)
        return NULL;
    return error_new(runner->context, ERROR_FAILED,
                     "%s, line %d: the index \"%s\" is not valid after it was built", entry->revision->path,
                     entry->statement->line, index->name);
}

/* Of a statement that failed nothing is left: neither an INVALID index nor the line that it was begun. */
static struct error *clean(struct bare *bare, struct error *error)
{
    struct error *other =
        bare->index.creates ? index_drop_invalid(bare->runner->connection, &bare->index) : NULL;
    if (!other)
        other = forget(bare->runner, bare->entry);
    bare->was_begun = other != NULL;
    talloc_free(other); /* most likely the connection is lost, which the first error says already */
    return error;
}

static struct error *run_bare(void *argument)
{
    struct bare *bare = argument;
    struct runner *runner = bare->runner;
    struct journal_entry entry = *bare->entry;
    const long start = runner_milliseconds();
    TRY(set_session(runner, false));
    if (bare->index.creates || bare->index.drops)
        TRY(before_index(bare));
    if (!bare->was_begun && !bare->foreign)
        TRY(write_line(runner, entry, false));
    struct error *error = bare->finished ? NULL : statement_run(runner, entry.revision, entry.statement);
    if (!error)
        error = after_index(runner, &entry, &bare->index);
    if (error)
        return clean(bare, error);
    entry.milliseconds = runner_milliseconds() - start;
    return write_line(runner, entry, true);
}

/* Its own transaction, with its line. */
static struct error *run_whole(void *argument)
{
    struct bare *bare = argument;
    struct runner *runner = bare->runner;
    struct journal_entry done = *bare->entry;
    const long start = runner_milliseconds();
    TRY(set_session(runner, false));
    TRY(connection_execute(runner->connection, "BEGIN"));
    struct error *error = statement_run(runner, done.revision, done.statement);
    if (!error)
        error = policy_put_back(runner);
    done.milliseconds = runner_milliseconds() - start;
    done.done = true;
    if (!error) {
        if (done.position == 1)
            journal_queue_clear(runner->connection, done.revision->id);
        journal_queue_write(runner->connection, &done, 1);
        transaction_commit(runner->connection);
        error = query_run(runner->connection);
    }
    if (error)
        transaction_rollback(runner->connection);
    return error;
}

struct error *outside_run(struct runner *runner, const struct journal_entry *entry, bool was_begun)
{
    struct bare bare = { .runner = runner,
                         .entry = entry,
                         .index = index_statement_read(runner->context, entry->statement->sql),
                         .was_begun = was_begun };
    if (was_begun || needs_no_transaction(entry->statement->sql, &bare.index))
        return retry(runner, entry->revision, entry->statement, run_bare, &bare);
    struct error *error = retry(runner, entry->revision, entry->statement, run_whole, &bare);
    if (!error || strcmp(error->sqlstate, "25001") != 0) /* "cannot run inside a transaction block" */
        return error;
    talloc_free(error);
    return retry(runner, entry->revision, entry->statement, run_bare, &bare);
}
