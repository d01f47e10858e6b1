/* The verb that looks whether everything is as it should be: settings, database, revisions, disk. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "applied.h"
#include "command.h"
#include "connection.h"
#include "conninfo.h"
#include "memory.h"
#include "migrate.h"
#include "query.h"

struct doctor {
    struct command *command;
    const struct settings *settings;
    struct error *worst; /* the first that was found, which becomes the exit code */
};

static void say(const char *mark, const char *what, const char *finding)
{
    printf("%-4s  %-12s %s\n", mark, what, finding);
}

static void good(const char *what, const char *finding)
{
    say("ok", what, finding);
}

static bool bad(struct doctor *doctor, const char *what, struct error *error)
{
    if (!error)
        return false;
    say("BAD", what, error->message);
    if (!doctor->worst)
        doctor->worst = error;
    return true;
}

/* Where it leads, without the password. */
static const char *place(const struct doctor *doctor, const char *conninfo)
{
    const void *context = doctor->command->context;
    const char *host = conninfo_part(context, conninfo, "host");
    const char *port = conninfo_part(context, conninfo, "port");
    const char *name = conninfo_part(context, conninfo, "dbname");
    const char *user = conninfo_part(context, conninfo, "user");
    return memory_printf(context, "\"%s\" as \"%s\" at %s:%s", name ? name : user, user ? user : "",
                         host ? host : "the local socket", port ? port : "5432");
}

static const char facts_sql[] =
    "SELECT current_setting('server_version') AS version, pg_backend_pid() AS pid,"
    " current_setting('server_encoding') AS encoding, pg_size_pretty(pg_database_size(current_database())) "
    "AS size,"
    " has_schema_privilege('public', 'CREATE') AS may_create,"
    " EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS has_trigrams,"
    " (SELECT setting::int FROM pg_settings WHERE name = 'max_connections') AS connections,"
    " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS used";

static void look_at_facts(struct doctor *doctor, const struct query *facts, const char *what, bool pooled)
{
    const void *context = doctor->command->context;
    good(what, memory_printf(context, "PostgreSQL %s%s, database %s, %s of %s connections",
                             query_field(facts, 0, "version"), pooled ? " through a pooler" : "",
                             query_field(facts, 0, "size"), query_field(facts, 0, "used"),
                             query_field(facts, 0, "connections")));
    if (strcmp(query_field(facts, 0, "encoding"), "UTF8") != 0)
        bad(doctor, what,
            error_new(context, ERROR_FAILED, "the database's encoding is %s; make it with UTF8",
                      query_field(facts, 0, "encoding")));
    if (!query_true(facts, 0, "has_trigrams"))
        bad(doctor, what,
            error_new(context, ERROR_FAILED,
                      "the server lacks the extension pg_trgm; install "
                      "PostgreSQL's contrib package"));
}

/* NULL when the database is away. */
static struct connection *look_at_database(struct doctor *doctor, enum connection_use use, const char *what)
{
    const void *context = doctor->command->context;
    PGconn *handle;
    struct connection *connection = connection_new(context, doctor->settings, use, "roster doctor");
    struct query *facts = query_add(connection, sql_new(connection, facts_sql));
    if (bad(doctor, what, query_run(connection)) || bad(doctor, what, connection_handle(connection, &handle)))
        return NULL;
    const bool pooled = query_number(facts, 0, "pid") != PQbackendPID(handle);
    look_at_facts(doctor, facts, what, pooled);
    if (use == CONNECTION_DIRECT && pooled)
        bad(doctor, what,
            error_new(context, ERROR_USAGE,
                      "migrations cannot go through a pooler; set DATABASE_DIRECT_URL "
                      "to PostgreSQL itself"));
    if (use == CONNECTION_DIRECT && !query_true(facts, 0, "may_create"))
        bad(doctor, what,
            error_new(context, ERROR_FAILED,
                      "this role may not create tables in the schema public; "
                      "migrations will fail"));
    return connection;
}

static void look_at_revisions(struct doctor *doctor, struct connection *connection)
{
    const void *context = doctor->command->context;
    struct revisions *revisions;
    struct applied_state *state;
    if (bad(doctor, "revisions", revisions_open(context, doctor->settings->migrations, &revisions)))
        return;
    good("revisions", memory_printf(context, "%zu files in \"%s\"", revisions->count, revisions->folder));
    if (!connection || bad(doctor, "applied", applied_read(context, connection, revisions, &state)) ||
        bad(doctor, "applied", applied_check(context, state)))
        return;
    if (state->count == revisions->count)
        good("applied", "all of them");
    else
        bad(doctor, "applied",
            error_new(context, ERROR_PENDING, "revisions pending: %zu; run: roster upgrade head",
                      revisions->count - state->count));
}

static void look_at_disk(struct doctor *doctor)
{
    const void *context = doctor->command->context;
    const char *var = doctor->settings->var;
    struct statvfs disk;
    const double gigabyte = 1024.0 * 1024 * 1024;
    if (statvfs(var, &disk) != 0) {
        good("disk", memory_printf(context, "there is no folder \"%s\" yet", var));
        return;
    }
    const double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    const char *finding = memory_printf(context, "%.1f GB free at \"%s\"", free_bytes / gigabyte, var);
    if (free_bytes < gigabyte)
        bad(doctor, "disk", error_new(context, ERROR_FAILED, "%s; make room", finding));
    else
        good("disk", finding);
}

static void look_at_models(struct doctor *doctor)
{
    struct schema *schema;
    if (!bad(doctor, "models", command_schema(doctor->command, &schema)))
        good("models", memory_printf(doctor->command->context, "%zu", schema->count));
}

struct error *command_doctor(struct command *command)
{
    struct settings *settings;
    struct doctor doctor = { .command = command };
    TRY(command_settings(command, &settings));
    doctor.settings = settings;
    good("settings", memory_printf(command->context, "site \"%s\", zone %s, files in \"%s\"",
                                   settings->site_name, settings->time_zone, settings->var));
    good("database", place(&doctor, settings->database_url));
    look_at_database(&doctor, CONNECTION_SERVE, "serving");
    if (strcmp(settings->direct_url, settings->database_url) != 0)
        good("direct", place(&doctor, settings->direct_url));
    struct connection *direct = look_at_database(&doctor, CONNECTION_DIRECT, "direct");
    look_at_models(&doctor);
    look_at_revisions(&doctor, direct);
    look_at_disk(&doctor);
    return doctor.worst;
}
