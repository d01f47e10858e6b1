/* Brings a database from revision to revision: takes the lock, makes the plan, runs it. */
#include "migrate.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "memory.h"
#include "migrate_back.h"
#include "migrate_plan.h"
#include "migrate_run.h"

enum {
    LOCK_POLL_MS = 100,
    LOCK_PATIENCE_MS = 10 * 60 * 1000,
    TRIES = 20,
};

static const char try_lock[] = "SELECT pg_try_advisory_lock(" MIGRATE_LOCK ") AS got";

struct migration {
    struct runner runner;
    struct revisions *revisions;
    struct applied_state *state;
};

/* A pooler invents the process number that it tells its clients, and a lock taken through it would stay
 * behind with one of its server connections. */
static struct error *refuse_pooler(const struct runner *runner)
{
    PGconn *handle;
    struct query *query =
        query_add(runner->connection, sql_new(runner->connection, "SELECT pg_backend_pid() AS pid"));
    TRY(query_run(runner->connection));
    TRY(connection_handle(runner->connection, &handle));
    if (query_number(query, 0, "pid") == PQbackendPID(handle))
        return NULL;
    return error_new(
        runner->context, ERROR_USAGE,
        "migrations need a session of their own, and this database is reached through a pooler; set "
        "DATABASE_DIRECT_URL to PostgreSQL itself");
}

/* Polled, since one that waits inside PostgreSQL for the lock would deadlock with CREATE INDEX CONCURRENTLY.
 * The session's end releases it. */
struct error *runner_lock(const struct runner *runner)
{
    const struct timespec pause = { .tv_nsec = LOCK_POLL_MS * 1000000L };
    TRY(refuse_pooler(runner));
    for (int waited = 0; waited <= LOCK_PATIENCE_MS; waited += LOCK_POLL_MS) {
        struct query *query = query_add(runner->connection, sql_new(runner->connection, try_lock));
        TRY(query_run(runner->connection));
        if (query_true(query, 0, "got"))
            return NULL;
        if (waited == 0)
            runner_tell(runner, &(struct migrate_news){ .event = MIGRATE_WAITING });
        nanosleep(&pause, NULL);
    }
    return error_new(runner->context, ERROR_UNAVAILABLE,
                     "another migration has been running for %d minutes; wait for it, or end its session",
                     LOCK_PATIENCE_MS / 60000);
}

/* Lets the server notice that this program was killed, and end its statement and its session, so that the
 * next run need not wait. Not every system that PostgreSQL runs on can do that (manual, 20.3.2), and it is
 * only a convenience. */
static void prepare_session(const struct runner *runner)
{
    talloc_free(connection_execute(runner->connection, "SET client_connection_check_interval = '2s'"));
    if (!runner->options.tell) /* nobody wants to hear of what was there already */
        talloc_free(connection_execute(runner->connection, "SET client_min_messages = warning"));
}

static struct error *begin(struct migration *migration)
{
    struct runner *runner = &migration->runner;
    TRY(revisions_open(runner->context, runner->settings->migrations, &migration->revisions));
    runner->connection =
        connection_new(runner->context, runner->settings, CONNECTION_DIRECT, "roster migrate");
    prepare_session(runner);
    TRY(runner_lock(runner));
    TRY(applied_create_table(runner->connection));
    return applied_read(runner->context, runner->connection, migration->revisions, &migration->state);
}

/* Ends the session, and with it the lock. An error was allocated below what goes, so it moves up first. */
static struct error *end(const void *context, struct migration *migration, struct error *error)
{
    talloc_steal(context, error);
    talloc_free((void *)migration->runner.context);
    return error;
}

static const struct journal *journal_of(const struct migration *migration, const struct revision *revision)
{
    return revision == migration->state->unfinished ? migration->state->on_its_way : NULL;
}

/* Whether one of the two needs the other: in a plan the order of such is not free. */
static bool hang_together(const struct migration *migration, const struct revision *one, const struct revision *other)
{
    const void *context = migration->runner.context;
    return revision_ancestors(context, migration->revisions, one)[other->position] ||
           revision_ancestors(context, migration->revisions, other)[one->position];
}

/* What was left in the middle comes first; nothing else runs before it, which might be left in the middle, too. Of two
 * lines of revisions the other one may have come first in the plan. */
static struct error *begin_with_unfinished(const struct migration *migration, struct plan *plan,
                                           enum direction direction)
{
    const struct applied_state *state = migration->state;
    size_t at = 0;
    bool may_move = true;
    if (!state->on_its_way)
        return NULL;
    while (at < plan->count && plan->items[at] != state->unfinished)
        may_move &= !hang_together(migration, plan->items[at++], state->unfinished);
    if (at < plan->count && may_move && state->on_its_way->direction == direction) {
        for (; at > 0; at--)
            plan->items[at] = plan->items[at - 1];
        plan->items[0] = state->unfinished;
        return NULL;
    }
    return error_new(migration->runner.context, ERROR_PENDING, "%s",
                     applied_unfinished(migration->runner.context, state));
}

static struct error *run(struct migration *migration, struct plan *plan, enum direction direction)
{
    struct runner *runner = &migration->runner;
    TRY(begin_with_unfinished(migration, plan, direction));
    for (size_t i = 0; i < plan->count; i++)
        TRY(migrate_run_check(runner->context, plan->items[i], direction));
    for (size_t i = 0; i < plan->count; i++) {
        const long start = runner_milliseconds();
        TRY(migrate_run(runner, plan->items[i], direction, journal_of(migration, plan->items[i])));
        runner_tell(runner,
                    &(struct migrate_news){ .event = direction == DIRECTION_UP ? MIGRATE_UP : MIGRATE_DOWN,
                                            .revision = plan->items[i],
                                            .milliseconds = runner_milliseconds() - start });
    }
    return NULL;
}

static struct error *upgrade(struct migration *migration, const char *target)
{
    struct plan plan;
    TRY(applied_check(migration->runner.context, migration->state));
    TRY(plan_upgrade(migration->runner.context, migration->state, target, &plan));
    return run(migration, &plan, DIRECTION_UP);
}

static struct error *run_back(struct migration *migration, struct plan *plan)
{
    TRY(plan_check_reversible(migration->runner.context, plan, migration->runner.options.allow_destructive));
    return run(migration, plan, DIRECTION_DOWN);
}

/* Whether the way back to the target leads over the revision that was left on its way up: any number of steps
 * does, and any revision that it was to follow. */
static struct error *leads_over(const struct migration *migration, const char *target, bool *leads)
{
    const struct revision *revision = migration->state->unfinished;
    struct revision *stays;
    *leads = migration->state->on_its_way && migration->state->on_its_way->direction == DIRECTION_UP &&
             (*target == '-' || strcmp(target, "base") == 0);
    if (*leads || !migration->state->on_its_way || migration->state->on_its_way->direction == DIRECTION_DOWN)
        return NULL;
    TRY(revision_find(migration->runner.context, migration->revisions, target, &stays));
    *leads = stays != revision &&
             revision_ancestors(migration->runner.context, migration->revisions, revision)[stays->position];
    return NULL;
}

/* It counts as the first of the steps that a number means. */
static struct error *take_back(struct migration *migration, const char **target)
{
    struct runner *runner = &migration->runner;
    const struct revision *revision = migration->state->unfinished;
    const long start = runner_milliseconds();
    char *end;
    TRY(migrate_back(runner, revision, migration->state->on_its_way));
    runner_tell(runner, &(struct migrate_news){ .event = MIGRATE_DOWN,
                                                .revision = revision,
                                                .milliseconds = runner_milliseconds() - start });
    const long steps = **target == '-' ? strtol(*target + 1, &end, 10) : 0;
    if (steps > 0 && *end == '\0')
        *target = steps == 1 ? NULL : memory_printf(runner->context, "-%ld", steps - 1);
    return applied_read(runner->context, runner->connection, migration->revisions, &migration->state);
}

static struct error *downgrade(struct migration *migration, const char *target)
{
    struct plan plan;
    bool leads;
    TRY(applied_check(migration->runner.context, migration->state));
    TRY(leads_over(migration, target, &leads));
    if (leads)
        TRY(take_back(migration, &target));
    if (!target)
        return NULL;
    TRY(plan_downgrade(migration->runner.context, migration->state, target, &plan));
    return run_back(migration, &plan);
}

static struct error *undo(struct migration *migration, const char *id)
{
    struct plan plan;
    TRY(applied_check(migration->runner.context, migration->state));
    TRY(plan_undo(migration->runner.context, migration->state, id, &plan));
    return run_back(migration, &plan);
}

static struct error *stamp(struct migration *migration, const char *target)
{
    struct plan plan;
    TRY(plan_stamp(migration->runner.context, migration->state, target, &plan));
    TRY(migrate_run_stamp(migration->runner.connection, &plan));
    for (size_t i = 0; i < plan.count; i++)
        runner_tell(&migration->runner,
                    &(struct migrate_news){ .event = MIGRATE_STAMPED, .revision = plan.items[i] });
    return NULL;
}

static struct error *migrate(const void *context, const struct settings *settings, const char *target,
                             const struct migrate_options *options,
                             struct error *(*work)(struct migration *migration, const char *target))
{
    struct migration migration = { .runner = { .context = talloc_new(context), .settings = settings } };
    if (options)
        migration.runner.options = *options;
    if (migration.runner.options.lock_timeout_ms == 0)
        migration.runner.options.lock_timeout_ms = MIGRATE_LOCK_TIMEOUT_MS;
    if (migration.runner.options.tries == 0)
        migration.runner.options.tries = TRIES;
    struct error *error = begin(&migration);
    if (!error)
        error = work(&migration, target);
    return end(context, &migration, error);
}

struct error *migrate_upgrade(const void *context, const struct settings *settings, const char *target,
                              const struct migrate_options *options)
{
    return migrate(context, settings, target, options, upgrade);
}

struct error *migrate_downgrade(const void *context, const struct settings *settings, const char *target,
                                const struct migrate_options *options)
{
    return migrate(context, settings, target, options, downgrade);
}

struct error *migrate_undo(const void *context, const struct settings *settings, const char *id,
                           const struct migrate_options *options)
{
    return migrate(context, settings, id, options, undo);
}

struct error *migrate_stamp(const void *context, const struct settings *settings, const char *target,
                            const struct migrate_options *options)
{
    return migrate(context, settings, target, options, stamp);
}

struct error *migrate_check_current(const void *context, const struct settings *settings,
                                    const struct query *applied)
{
    struct revisions *revisions;
    TRY(revisions_open(context, settings->migrations, &revisions));
    const struct applied_state *state = applied_load(context, revisions, applied);
    TRY(applied_check(context, state));
    if (state->whole == revisions->count)
        return NULL;
    if (state->whole < state->count)
        return error_new(context, ERROR_PENDING,
                         "a revision is partly undone; `roster current` says how to go on");
    return error_new(context, ERROR_PENDING, "revisions pending: %zu; run: %s", revisions->count - state->count,
                     revision_upgrade_command(context, revisions));
}

struct error *migrate_ready(const void *context, const struct settings *settings,
                            struct connection *connection)
{
    query_read_only(connection);
    struct query *query = applied_queue(connection);
    struct error *error = query_run(connection);
    if (error && strcmp(error->sqlstate, "42P01") == 0)
        return error_new(context, ERROR_PENDING, "the database is empty; run: roster upgrade head");
    if (error)
        return error;
    return migrate_check_current(context, settings, query);
}
