/* A database of a test's own, made on the server that DATABASE_URL (or DATABASE_DIRECT_URL) leads to. */
#ifndef ROSTER_TESTS_SCRATCH_H
#define ROSTER_TESTS_SCRATCH_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../../db/connection.h"
#include "../../db/conninfo.h"
#include "../../db/memory.h"
#include "../../db/query.h"
#include "../../db/settings.h"

#define ck_ok(call)                                                                                          \
    do {                                                                                                     \
        struct error *ck_error = (call);                                                                     \
        ck_assert_msg(ck_error == NULL, "%s", ck_error ? ck_error->message : "");                            \
    } while (0)

/* For what only a superuser may do to a database, such as marking an index invalid: all that this program
 * does from here on. */
static inline void scratch_as_superuser(void)
{
    const char *url = getenv("DATABASE_SUPERUSER_URL");
    if (!url)
        return;
    setenv("DATABASE_URL", url, 1);
    setenv("DATABASE_DIRECT_URL", url, 1);
}

static inline struct settings *scratch_settings(const void *context)
{
    struct settings *settings;
    setenv("ROSTER_ENV", "/dev/null", 1);
    setenv("SECRET_KEY", "0123456789abcdef0123456789abcdef", 1);
    struct error *error = settings_open(context, &settings);
    if (error) {
        fprintf(stderr, "%s\n", error->message);
        exit(2);
    }
    return settings;
}

static inline void scratch_command(const struct settings *settings, const char *sql)
{
    void *context = talloc_new(NULL);
    struct connection *server = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    struct error *error = connection_execute(server, sql);
    if (error) {
        fprintf(stderr, "%s: %s\n", sql, error->message);
        exit(2);
    }
    talloc_free(context);
}

/* Settings that lead to a new, empty database, both ways; dropped by scratch_drop. */
static inline struct settings *scratch_create(const void *context)
{
    struct settings *settings = scratch_settings(context);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char *name = memory_printf(context, "roster_test_%d_%ld", (int)getpid(), now.tv_nsec);
    scratch_command(settings, memory_printf(context, "CREATE DATABASE \"%s\"", name));
    settings->database_url = conninfo_with_database(settings, settings->database_url, name);
    settings->direct_url = conninfo_with_database(settings, settings->direct_url, name);
    settings->dump_url = conninfo_with_database(settings, settings->dump_url, name);
    return settings;
}

static inline void scratch_drop(const struct settings *settings)
{
    void *context = talloc_new(NULL);
    char *name = conninfo_part(context, settings->direct_url, "dbname");
    scratch_command(scratch_settings(context),
                    memory_printf(context, "DROP DATABASE \"%s\" WITH (FORCE)", name));
    talloc_free(context);
}

static inline struct query *scratch_query(struct connection *connection, const char *sql)
{
    struct query *query = query_add(connection, sql_new(connection, sql));
    ck_ok(query_run(connection));
    return query;
}

static inline long scratch_milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
