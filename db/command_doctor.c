/* The verb that looks whether everything is as it should be: settings, database, revisions, disk. */
#include <stdio.h>
#include <string.h>

#include "catalog.h"
#include "command.h"
#include "health.h"
#include "memory.h"
#include "query.h"

static void look_at_earlier(struct health *health, struct connection *direct)
{
    struct query *earlier = direct ? health_queue_earlier(direct, health->settings) : NULL;
    if (earlier && !health_add_error(health, "backups", query_run(direct)))
        health_load_earlier(health, earlier);
}

/* direct may be NULL. */
static void look_at_models(struct health *health, const struct command *command, struct connection *direct)
{
    struct schema *schema;
    struct catalog *there;
    size_t differs;
    if (health_add_error(health, "models", command_schema(command, &schema)))
        return;
    health_add(health, "models", memory_printf(health, "%zu", schema->count));
    if (direct && !health_add_error(health, "schema", catalog_read(health, direct, "public", &there)))
        health_add_error(health, "schema", health_look_at_schema(health, schema, there, &differs));
}

/* NULL when it cannot be looked at directly. */
static struct connection *look_at_database(struct health *health)
{
    health_look_at_database(health, CONNECTION_SERVE, "serving", false);
    health_look_at_pool(health);
    return health_look_at_database(health, CONNECTION_DIRECT, "direct", false);
}

struct error *command_doctor(struct command *command)
{
    struct settings *settings;
    struct connection *direct = NULL;
    /* Not as other verbs do: names in .env that nobody reads are among the facts. */
    struct error *nowhere = settings_open(command->context, &settings);
    if (nowhere) /* what there is without a database is told all the same */
        TRY(settings_open_files(command->context, &settings));
    struct health *health = health_new(command->context, settings);
    health_look_at_settings(health);
    if (!health_add_error(health, "database", nowhere))
        direct = look_at_database(health);
    health_look_at_start(health);
    health_look_at_revisions(health, direct, NULL);
    look_at_models(health, command, direct);
    health_look_at_backups(health);
    health_look_at_jobs(health);
    look_at_earlier(health, direct);
    health_look_at_disk(health);
    for (size_t i = 0; i < health->fact_count; i++) {
        const struct health_fact *fact = &health->facts[i];
        printf("%-4s  %-12s %s\n", fact->error ? "BAD" : fact->advice ? "hint" : "ok", fact->what, fact->text);
    }
    return health_worst(health);
}
