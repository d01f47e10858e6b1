/* PgBouncer's own figures, from its admin console. */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "conninfo.h"
#include "health.h"
#include "memory.h"

static int finish(PGconn **handle)
{
    PQfinish(*handle);
    return 0;
}

static long column(const PGresult *result, int row, const char *name)
{
    int number = PQfnumber(result, name);
    return number < 0 ? 0 : strtol(PQgetvalue(result, row, number), NULL, 10);
}

static void add_pool(struct health *health, const PGresult *result, int row)
{
    static const struct {
        const char *column, *labels;
    } states[] = { { "cl_active", "side=\"client\",state=\"active\"" },   { "cl_waiting", "side=\"client\",state=\"waiting\"" },
                   { "sv_active", "side=\"server\",state=\"active\"" },   { "sv_idle", "side=\"server\",state=\"idle\"" },
                   { "sv_used", "side=\"server\",state=\"used\"" } };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        health_add_figure(health, "roster_pool_connections", "Connections of PgBouncer's pool", states[i].labels,
                          (double)column(result, row, states[i].column));
    const long waiting = column(result, row, "cl_waiting"), longest = column(result, row, "maxwait");
    const char *finding = memory_printf(health, "PgBouncer: %ld clients at work, %ld waiting; %ld server connections in"
                                        " use, %ld idle", column(result, row, "cl_active"), waiting,
                                        column(result, row, "sv_active"),
                                        column(result, row, "sv_idle") + column(result, row, "sv_used"));
    if (longest >= 1)
        health_add_error(health, "pool", error_new(health, ERROR_FAILED, "%s; the longest has waited for %ld seconds: "
                                                   "raise default_pool_size, or look for what is slow", finding, longest));
    else
        health_add(health, "pool", finding);
}

/* The pool of our database and role; the console has one for itself, too. */
static void add_pools(struct health *health, const PGresult *result)
{
    const char *conninfo = health->settings->database_url;
    const char *database = conninfo_part(health, conninfo, "dbname"), *user = conninfo_part(health, conninfo, "user");
    int name = PQfnumber(result, "database"), owner = PQfnumber(result, "user");
    for (int row = 0; row < PQntuples(result) && name >= 0 && owner >= 0; row++)
        if (database && user && strcmp(PQgetvalue(result, row, name), database) == 0 &&
            strcmp(PQgetvalue(result, row, owner), user) == 0)
            add_pool(health, result, row);
}

void health_look_at_pool(struct health *health)
{
    const struct settings *settings = health->settings;
    if (conninfo_same_server(settings->database_url, settings->direct_url)) {
        health_add(health, "pool", "none: the program connects to PostgreSQL itself");
        return;
    }
    PGconn **handle = NEW(health, PGconn *);
    talloc_set_destructor(handle, finish);
    const char *conninfo = conninfo_with_database(health, settings->database_url, "pgbouncer");
    *handle = PQconnectdb(memory_printf(health, "%s connect_timeout=2", conninfo));
    /* Its console knows the simple protocol only, which PQexec speaks. */
    PGresult *result = PQstatus(*handle) == CONNECTION_OK ? PQexec(*handle, "SHOW POOLS") : NULL;
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        add_pools(health, result);
    else
        health_add_advice(health, "pool", "the pooler does not tell its state; with PgBouncer, name this role in stats_users");
    PQclear(result);
    talloc_free(handle);
}
