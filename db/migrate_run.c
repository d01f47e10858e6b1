/* Runs one revision, up or down: its transactions, and its statements outside of any. */
#include "migrate_run.h"

#include <string.h>
#include <time.h>

#include "memory.h"
#include "migrate_outside.h"
#include "migrate_policy.h"
#include "migrate_retry.h"
#include "migrate_statement.h"

/* One revision on its way. */
struct course {
    struct runner *runner;
    const struct revision *revision;
    enum direction direction;
    size_t done, count; /* statements: how many of how many */
    bool begun;         /* the next one was begun already */
    bool finished;      /* its line in the history is written, or gone */
};

/* One transaction of it. */
struct transaction {
    struct course *course;
    const struct revision_step *step;
    size_t from; /* the first of its statements that is to be done */
    bool is_last;
};

void runner_tell(const struct runner *runner, const struct migrate_news *news)
{
    if (runner->options.tell)
        runner->options.tell(runner->options.argument, news);
}

long runner_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct error *migrate_run_check(const void *context, const struct revision *revision,
                                enum direction direction)
{
    const struct revision_section *section = journal_section(revision, direction);
    for (size_t i = 0; i < section->count; i++)
        for (size_t j = 0; section->steps[i].outside_transaction && j < section->steps[i].count; j++)
            TRY(outside_check(context, revision, &section->steps[i].statements[j]));
    return NULL;
}

/* Queued within the last transaction. */
static void queue_history(const struct course *course)
{
    struct connection *connection = course->runner->connection;
    if (course->direction == DIRECTION_UP) {
        applied_queue_add(connection, course->revision);
    } else {
        applied_queue_remove(connection, course->revision->id);
        journal_queue_clear(connection, course->revision->id);
    }
}

static struct error *begin(const struct runner *runner)
{
    return connection_execute(runner->connection,
                              memory_printf(runner->context,
                                            "BEGIN; SELECT set_config('search_path', 'public', true),"
                                            " set_config('lock_timeout', '%d', true)",
                                            runner->options.lock_timeout_ms));
}

static struct error *run_statements(const struct transaction *transaction, struct journal_entry *entries)
{
    const struct course *course = transaction->course;
    for (size_t i = transaction->from; i < transaction->step->count; i++) {
        const long start = runner_milliseconds();
        const struct statement *statement = &transaction->step->statements[i];
        TRY(statement_run(course->runner, course->revision, statement));
        entries[i - transaction->from] =
            (struct journal_entry){ .revision = course->revision,
                                    .direction = course->direction,
                                    .position = (int)(course->done + i - transaction->from + 1),
                                    .statement = statement,
                                    .milliseconds = runner_milliseconds() - start,
                                    .done = true };
    }
    return NULL;
}

static struct error *commit(const struct transaction *transaction, const struct journal_entry *entries)
{
    const struct course *course = transaction->course;
    struct connection *connection = course->runner->connection;
    TRY(policy_put_back(course->runner));
    if (course->done == 0)
        journal_queue_clear(connection,
                            course->revision->id); /* of an earlier time, in the other direction */
    journal_queue_write(connection, entries, transaction->step->count - transaction->from);
    if (transaction->is_last)
        queue_history(course);
    transaction_commit(connection);
    struct error *error = query_run(connection);
    if (!error)
        return NULL;
    const char *state = error->sqlstate[0] ? memory_printf(error, " (SQLSTATE %s)", error->sqlstate) : "";
    error->message = memory_printf(
        error, "%s, line %d: at the end of the transaction that begins here: %s%s", course->revision->path,
        transaction->step->statements[transaction->from].line, error->message, state);
    return error;
}

static struct error *run_transaction(void *argument)
{
    const struct transaction *transaction = argument;
    const struct runner *runner = transaction->course->runner;
    struct journal_entry *entries =
        NEW_ARRAY(runner->context, struct journal_entry, transaction->step->count + 1);
    struct error *error = begin(runner);
    if (!error)
        error = run_statements(transaction, entries);
    if (!error)
        error = commit(transaction, entries);
    if (error)
        transaction_rollback(runner->connection);
    talloc_free(entries);
    return error;
}

static struct error *run_inside(struct course *course, const struct revision_step *step, size_t from,
                                bool is_last)
{
    struct transaction transaction = { .course = course, .step = step, .from = from, .is_last = is_last };
    TRY(retry(course->runner, course->revision, &step->statements[from], run_transaction, &transaction));
    course->done += step->count - from;
    course->finished = is_last;
    return NULL;
}

static struct error *run_outside(struct course *course, const struct revision_step *step, size_t from)
{
    for (size_t i = from; i < step->count; i++) {
        const struct journal_entry entry = { .revision = course->revision,
                                             .direction = course->direction,
                                             .position = (int)course->done + 1,
                                             .statement = &step->statements[i] };
        TRY(outside_run(course->runner, &entry, course->begun));
        course->begun = false;
        course->done++;
    }
    return NULL;
}

/* After a last statement outside of a transaction, and for a revision without statements. */
static struct error *finish(struct course *course)
{
    if (course->finished)
        return NULL;
    if (course->done == 0)
        journal_queue_clear(course->runner->connection, course->revision->id);
    queue_history(course);
    return query_run(course->runner->connection); /* one implicit transaction */
}

static struct error *run_steps(struct course *course)
{
    const struct revision_section *section = journal_section(course->revision, course->direction);
    size_t before = 0;
    for (size_t i = 0; i < section->count; i++) {
        const struct revision_step *step = &section->steps[i];
        const size_t from = course->done > before ? course->done - before : 0;
        before += step->count;
        if (from >= step->count)
            continue;
        if (step->outside_transaction)
            TRY(run_outside(course, step, from));
        else
            TRY(run_inside(course, step, from, i + 1 == section->count));
    }
    return finish(course);
}

/* What the failure left, and how it goes on. */
static struct error *add_outcome(const struct course *course, struct error *error)
{
    if (course->done == 0)
        error->message = memory_printf(error, "%s; nothing of this revision was kept", error->message);
    else
        error->message = memory_printf(
            error,
            "%s; %zu of %zu statements of this revision are kept; correct the file from the failed one on, "
            "or what it "
            "met in the database, and run the same again: it goes on with the statement after them",
            error->message, course->done, course->count);
    return error;
}

struct error *migrate_run(struct runner *runner, const struct revision *revision, enum direction direction,
                          const struct journal *journal)
{
    struct course course = { .runner = runner, .revision = revision, .direction = direction };
    course.count = revision_statements(journal_section(revision, direction));
    if (journal) {
        course.done = journal_done(journal);
        course.begun = journal->count > course.done;
        runner_tell(runner,
                    &(struct migrate_news){ .event = MIGRATE_RESUMED,
                                            .revision = revision,
                                            .text = journal_next(runner->context, journal, revision) });
    }
    struct error *error = run_steps(&course);
    return error ? add_outcome(&course, error) : NULL;
}

struct error *migrate_run_stamp(struct connection *connection, const struct plan *plan)
{
    query_add(connection, sql_new(connection, "DELETE FROM public.roster_revision"));
    for (size_t i = 0; i < plan->count; i++)
        applied_queue_add(connection, plan->items[i]);
    journal_queue_settle(connection);
    return query_run(connection); /* one implicit transaction */
}
