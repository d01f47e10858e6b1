/* What the database says of itself, and which revisions it has. */
#include <libpq-fe.h>
#include <string.h>
#include <time.h>

#include "health.h"
#include "memory.h"

/* Works on any database, also on one without a single table of ours. */
static const char facts_sql[] =
    "SELECT current_setting('server_version') AS version, pg_backend_pid() AS pid,"
    " current_setting('server_encoding') AS encoding,"
    " pg_database_size(current_database()) AS size,"
    " pg_size_pretty(pg_database_size(current_database())) AS pretty_size,"
    " has_schema_privilege('public', 'CREATE') AS may_create,"
    /* whom row-level security does not hold back: session_user, as a superuser's request takes on another role */
    " (SELECT r.rolsuper OR r.rolbypassrls OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relrowsecurity)"
    " FROM pg_roles r WHERE r.rolname = session_user) AS unbound, session_user AS role,"
    " EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS has_trigrams,"
    " (SELECT setting::int FROM pg_settings WHERE name = 'max_connections') AS connections,"
    " count(*) FILTER (WHERE datname = current_database()) AS used,"
    " coalesce(max(extract(epoch FROM clock_timestamp() - xact_start))"
    " FILTER (WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'), 0)::bigint"
    " AS longest,"
    " extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())::bigint AS uptime,"
    " to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS started,"
    " current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,"
    " current_setting('data_checksums') AS checksums, current_setting('shared_buffers') AS shared_buffers,"
    " to_regclass('public.roster_revision') IS NOT NULL AS history,"
    " to_regclass('public.roster_revision_journal') IS NOT NULL AS journal"
    " FROM pg_stat_activity";

struct query *health_queue(struct connection *connection)
{
    return query_add(connection, sql_new(connection, facts_sql));
}

void health_connect(struct health *health, struct connection *connection)
{
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    const struct error *error = connection_open(connection);
    clock_gettime(CLOCK_MONOTONIC, &after);
    if (error)
        return;
    const double seconds = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    health_add(health, "connecting", memory_printf(health, "%.1f ms", seconds * 1000));
    health_add_figure(health, "roster_database_connect_seconds", "What it took to connect, just now", NULL, seconds);
}

static void judge_settings(struct health *health, const struct query *facts, const char *what)
{
    static const char *const must_be_on[] = { "fsync", "full_page_writes" };
    for (size_t i = 0; i < sizeof must_be_on / sizeof *must_be_on; i++)
        if (strcmp(query_field(facts, 0, must_be_on[i]), "on") != 0)
            health_add_error(health, what, error_new(health, ERROR_FAILED, "%s is off: a crash of the machine can destroy"
                                                     " the database; set it to on", must_be_on[i]));
    if (strcmp(query_field(facts, 0, "checksums"), "on") != 0)
        health_add_advice(health, what, "data checksums are off: damage on the disk goes unnoticed; pg_checksums --enable"
                                        " turns them on while the server is stopped");
    if (strcmp(query_field(facts, 0, "encoding"), "UTF8") != 0)
        health_add_error(health, what, error_new(health, ERROR_FAILED, "the database's encoding is %s; make it with UTF8",
                                                 query_field(facts, 0, "encoding")));
    if (!query_true(facts, 0, "has_trigrams"))
        health_add_error(health, what, error_new(health, ERROR_FAILED, "the server lacks the extension pg_trgm; install "
                                                 "PostgreSQL's contrib package"));
}

static void judge_use(struct health *health, const struct query *facts, const char *what)
{
    const long long used = query_number(facts, 0, "used"), most = query_number(facts, 0, "connections");
    const long long longest = query_number(facts, 0, "longest");
    if (used * 10 >= most * 9)
        health_add_error(health, what, error_new(health, ERROR_FAILED, "%lld of %lld connections are taken; look for what "
                                                 "holds them, or raise max_connections", used, most));
    if (longest > 300)
        health_add_advice(health, what, memory_printf(health, "a transaction has been open for %lld minutes", longest / 60));
}

static void add_figures(struct health *health, const struct query *facts)
{
    static const struct {
        const char *column, *name, *help;
    } figures[] = {
        { "size", "roster_database_size_bytes", "Size of the database" },
        { "used", "roster_database_connections", "Connections to the database, pooled ones as PostgreSQL sees them" },
        { "connections", "roster_database_connections_max", "max_connections of the server" },
        { "longest", "roster_database_longest_transaction_seconds", "Age of the oldest open transaction" },
        { "uptime", "roster_database_uptime_seconds", "Since PostgreSQL was started" },
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        health_add_figure(health, figures[i].name, figures[i].help, NULL,
                          (double)query_number(facts, 0, figures[i].column));
}

void health_load(struct health *health, const struct query *facts, const char *what, enum connection_use use, int pid)
{
    const bool pooled = query_number(facts, 0, "pid") != pid, first = !health->server_version;
    health->server_version = memory_copy(health, query_field(facts, 0, "version"));
    health->has_history = query_true(facts, 0, "history");
    health->has_journal = query_true(facts, 0, "journal");
    health_add(health, what, memory_printf(health, "PostgreSQL %s%s, database %s, %s of %s connections",
                                           query_field(facts, 0, "version"), pooled ? " through a pooler" : "",
                                           query_field(facts, 0, "pretty_size"), query_field(facts, 0, "used"),
                                           query_field(facts, 0, "connections")));
    if (first) {
        health_add(health, what, memory_printf(health, "running since %s UTC with %s of shared buffers",
                                               query_field(facts, 0, "started"), query_field(facts, 0, "shared_buffers")));
        judge_settings(health, facts, what);
        judge_use(health, facts, what);
        add_figures(health, facts);
    }
    if (use == CONNECTION_SERVE && query_true(facts, 0, "unbound"))
        health_add_advice(health, what, memory_printf(health, "it serves as \"%s\", which row-level security does not hold"
                                                      " back; a role of its own is safer: roster access --roles",
                                                      query_field(facts, 0, "role")));
    if (use == CONNECTION_DIRECT && pooled)
        health_add_error(health, what, error_new(health, ERROR_USAGE, "migrations cannot go through a pooler; set "
                                                 "DATABASE_DIRECT_URL to PostgreSQL itself"));
    if (use == CONNECTION_DIRECT && !query_true(facts, 0, "may_create"))
        health_add_error(health, what, error_new(health, ERROR_FAILED, "this role may not create tables in the schema "
                                                 "public; migrations will fail"));
}

static struct error *read_apart(struct health *health, struct connection *connection, struct catalog **there)
{
    TRY(applied_read(health, connection, health->revisions, &health->applied));
    return there ? catalog_read(health, connection, "public", there) : NULL;
}

struct connection *health_look_at_database(struct health *health, enum connection_use use, const char *what, bool brief)
{
    PGconn *handle;
    struct connection *connection = connection_new(health, health->settings, use, "roster health");
    struct query *facts = health_queue(connection);
    if (brief)
        connection_be_brief(connection);
    if (use == CONNECTION_SERVE)
        health_connect(health, connection);
    if (health_add_error(health, what, query_run(connection)) ||
        health_add_error(health, what, connection_handle(connection, &handle)))
        return NULL;
    health_load(health, facts, what, use, PQbackendPID(handle));
    return connection;
}

/* One round trip where both tables are there, as in every database that this version has been used on. */
static struct error *read_applied(struct health *health, struct connection *connection, struct catalog **there)
{
    if (!health->has_history || !health->has_journal)
        return read_apart(health, connection, there);
    struct query *applied = applied_queue(connection), *journal = journal_queue_read(connection);
    struct error *error = there ? catalog_read(health, connection, "public", there) : query_run(connection);
    if (catalog_was_torn(error))
        return read_apart(health, connection, there);
    TRY(error);
    struct applied_state *state = applied_load(health, health->revisions, applied);
    state->on_its_way = journal_load(state, journal);
    if (state->on_its_way)
        state->unfinished = revision_by_id(health->revisions, state->on_its_way->id);
    health->applied = state;
    return NULL;
}

static void judge_applied(struct health *health)
{
    const struct applied_state *state = health->applied;
    health->revisions_state = REVISIONS_WRONG;
    if (health_add_error(health, "applied", applied_check(health, state)))
        return;
    const char *unfinished = applied_unfinished(health, state);
    health->pending = health->revisions->count - state->count;
    health->revisions_state = health->pending || unfinished ? REVISIONS_PENDING : REVISIONS_AT_HEAD;
    if (unfinished)
        health_add_error(health, "applied", error_new(health, ERROR_PENDING, "%s", unfinished));
    else if (health->pending)
        health_add_error(health, "applied", error_new(health, ERROR_PENDING,
                                                      "revisions pending: %zu; run: %s", health->pending,
                                                      revision_upgrade_command(health, health->revisions)));
    else
        health_add(health, "applied", "all of them");
    health_add_figure(health, "roster_revisions_pending", "Revisions that are not applied yet", NULL,
                      (double)health->pending);
}

void health_look_at_revisions(struct health *health, struct connection *connection, struct catalog **there)
{
    if (there)
        *there = NULL;
    struct error *error = revisions_open(health, health->settings->migrations, &health->revisions);
    if (health_add_error(health, "revisions", error)) {
        health->revisions = NULL; /* what was read of them is no whole */
        health->revisions_state = REVISIONS_WRONG;
        return;
    }
    health_add(health, "revisions", memory_printf(health, "%zu files in \"%s\"", health->revisions->count,
                                                  health->revisions->folder));
    if (connection && !health_add_error(health, "applied", read_applied(health, connection, there)))
        judge_applied(health);
}
