/* From the models to a plan: compared with a database, or with what the revisions make of an empty one. */
#include "plan_models.h"

#include <string.h>

#include "conninfo.h"
#include "memory.h"
#include "migrate.h"
#include "schema_check.h"
#include "trial.h"

/* counting: the connection to ask for values and rows, or NULL. */
static struct error *compare(const void *context, const struct schema *schema, struct connection *connection,
                             struct connection *counting, struct plan_pair *pair)
{
    struct catalog *there, *wanted = catalog_of_models(context, schema);
    TRY(catalog_read(context, connection, "public", &there));
    TRY(schema_check_stale(context, schema, there));
    TRY(catalog_normalise(context, connection, wanted, there));
    pair->difference = difference_between(context, there, wanted);
    TRY(plan_make(context, pair->difference, counting, &pair->up));
    return plan_make(context, difference_between(context, wanted, there), NULL, &pair->down);
}

static struct error *check_applied(const void *context, struct connection *connection,
                                   const struct revisions *revisions)
{
    struct applied_state *state;
    TRY(applied_read(context, connection, revisions, &state));
    TRY(applied_check(context, state));
    if (state->count == revisions->count)
        return NULL;
    return error_new(
        context, ERROR_PENDING,
        "the database lacks revisions that are there already: %zu; run: %s, or compare "
        "with the revisions instead: --offline",
        revisions->count - state->count, revision_upgrade_command(context, revisions));
}

struct error *plan_models_online(const void *context, const struct settings *settings,
                                 const struct schema *schema, const struct revisions *revisions,
                                 struct plan_pair *pair)
{
    struct connection *connection = connection_new(context, settings, CONNECTION_DIRECT, "roster revision");
    TRY(check_applied(context, connection, revisions));
    return compare(context, schema, connection, connection, pair);
}

/* Everything that holds the trial open is gone when this returns. */
static struct error *compare_with_head(const void *context, struct trial *trial, const struct schema *schema,
                                       bool has_revisions, struct plan_pair *pair)
{
    struct connection *connection =
        connection_new(context, trial->settings, CONNECTION_DIRECT, "roster revision");
    struct error *error =
        has_revisions ? trial_explain(migrate_upgrade(context, trial->settings, "heads", NULL)) : NULL;
    if (!error)
        error = compare(context, schema, connection, NULL, pair);
    talloc_free(connection);
    talloc_free(trial);
    return error;
}

/* Settings that a trial can be made from: where the database is not there yet, those of the one that every
 * server has. */
static struct error *find_server(const void *context, const struct settings *settings,
                                 struct settings **server)
{
    struct connection *connection = connection_new(context, settings, CONNECTION_DIRECT, "roster revision");
    struct error *error = connection_open(connection);
    *server = NEW(context, struct settings);
    **server = *settings;
    talloc_free(connection);
    if (!error || strcmp(error->sqlstate, "3D000") != 0)
        return error;
    (*server)->direct_url = conninfo_with_database(context, settings->direct_url, "postgres");
    return NULL;
}

/* All there is to compare with is nothing. */
static struct error *compare_with_nothing(const void *context, const struct schema *schema,
                                          struct plan_pair *pair)
{
    struct catalog *there = NEW(context, struct catalog), *wanted = catalog_of_models(context, schema);
    there->extensions = NEW_ARRAY(there, const char *, 1);
    pair->difference = difference_between(context, there, wanted);
    TRY(plan_make(context, pair->difference, NULL, &pair->up));
    return plan_make(context, difference_between(context, wanted, there), NULL, &pair->down);
}

struct error *plan_models_offline(const void *context, const struct settings *settings,
                                  const struct schema *schema, const struct revisions *revisions,
                                  struct plan_pair *pair)
{
    struct settings *server;
    struct trial *trial;
    struct error *error = find_server(context, settings, &server);
    if (error && revisions->count == 0)
        return compare_with_nothing(context, schema, pair);
    TRY(error);
    TRY(trial_new(context, server, &trial));
    return compare_with_head(context, trial, schema, revisions->count > 0, pair);
}
