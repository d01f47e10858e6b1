/* The verb that looks whether everything is as it should be: settings, database, revisions, disk. */
#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "connection.h"
#include "health.h"
#include "memory.h"
#include "query.h"

/* NULL when the database is away. */
static struct connection *look_at_database(struct health *health, enum connection_use use, const char *what)
{
    PGconn *handle;
    struct connection *connection = connection_new(health, health->settings, use, "roster doctor");
    struct query *facts = health_queue(connection);
    if (use == CONNECTION_SERVE)
        health_connect(health, connection);
    if (health_add_error(health, what, query_run(connection)) ||
        health_add_error(health, what, connection_handle(connection, &handle)))
        return NULL;
    health_load(health, facts, what, use, PQbackendPID(handle));
    return connection;
}

static void look_at_earlier(struct health *health, struct connection *direct)
{
    struct query *earlier = direct ? health_queue_earlier(direct, health->settings) : NULL;
    if (earlier && !health_add_error(health, "backups", query_run(direct)))
        health_load_earlier(health, earlier);
}

static void look_at_models(struct health *health, const struct command *command)
{
    struct schema *schema;
    if (!health_add_error(health, "models", command_schema(command, &schema)))
        health_add(health, "models", memory_printf(health, "%zu", schema->count));
}

struct error *command_doctor(struct command *command)
{
    struct settings *settings;
    TRY(command_settings(command, &settings));
    struct health *health = health_new(command->context, settings);
    health_look_at_settings(health);
    look_at_database(health, CONNECTION_SERVE, "serving");
    health_look_at_pool(health);
    struct connection *direct = look_at_database(health, CONNECTION_DIRECT, "direct");
    look_at_models(health, command);
    health_look_at_start(health);
    health_look_at_revisions(health, direct, NULL);
    health_look_at_backups(health);
    look_at_earlier(health, direct);
    health_look_at_disk(health);
    for (size_t i = 0; i < health->fact_count; i++) {
        const struct health_fact *fact = &health->facts[i];
        printf("%-4s  %-12s %s\n", fact->error ? "BAD" : fact->advice ? "hint" : "ok", fact->what, fact->text);
    }
    return health_worst(health);
}
