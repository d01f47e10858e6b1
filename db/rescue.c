/* The way out when migrations cannot run: what the models want and the database lacks is created without
 * them. */
#include "rescue.h"

#include <string.h>

#include "databases.h"
#include "difference.h"
#include "memory.h"
#include "migrate.h"
#include "migrate_run.h"
#include "plan.h"
#include "query.h"
#include "rights.h"
#include "seed.h"


struct rescue {
    const void *context;
    const struct settings *settings;
    const struct schema *schema;
    const struct rescue_options *options;
    struct connection *connection;
};

static void tell(const struct rescue *rescue, enum rescue_event event, const char *text)
{
    if (rescue->options && rescue->options->tell)
        rescue->options->tell(rescue->options->argument, event, text);
}

static struct error *compare(const struct rescue *rescue, struct difference **difference)
{
    struct catalog *there, *wanted = catalog_of_models(rescue->context, rescue->schema);
    TRY(catalog_read(rescue->context, rescue->connection, "public", &there));
    TRY(catalog_normalise(rescue->context, rescue->connection, wanted, there));
    *difference = difference_between(rescue->context, there, wanted);
    return NULL;
}

static void tell_tables(const struct rescue *rescue, const struct difference *difference)
{
    for (size_t i = 0; i < difference->to->table_count; i++) {
        const struct catalog_table *wanted = &difference->to->tables[i];
        const struct catalog_table *there = catalog_table(difference->from, wanted->name);
        size_t columns = 0;
        for (size_t j = 0; there && j < wanted->column_count; j++)
            columns += catalog_column(there, wanted->columns[j].name) != NULL;
        if (there)
            tell(rescue, RESCUE_THERE,
                 memory_printf(rescue->context, "table %s, with %zu of %zu columns", wanted->name, columns,
                               wanted->column_count));
    }
}

static bool only_adds(const struct operation *operation)
{
    switch (operation->kind) {
    case OPERATION_CREATE_EXTENSION:
    case OPERATION_CREATE_ENUM:
    case OPERATION_ADD_VALUE:
    case OPERATION_CREATE_TABLE:
    case OPERATION_ADD_COLUMN:
        return true;
    case OPERATION_ADD_CONSTRAINT:
    case OPERATION_ADD_FOREIGN_KEY: /* in the place of another of that name, it would be a change */
        return !operation->from_table || !catalog_constraint(operation->from_table, operation->name);
    case OPERATION_CREATE_INDEX:
        return !operation->from_table || !catalog_index(operation->from_table, operation->name);
    default:
        return false;
    }
}

static struct error *run_step(const struct rescue *rescue, const struct plan_step *step)
{
    if (!step->outside_transaction)
        TRY(connection_execute(rescue->connection, "BEGIN"));
    for (size_t i = 0; i < step->count; i++)
        TRY(connection_execute(rescue->connection, step->statements[i]->sql));
    return step->outside_transaction ? NULL : connection_execute(rescue->connection, "COMMIT");
}

static struct error *run_plan(const struct rescue *rescue, const struct schema_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        TRY(connection_execute(rescue->connection,
                               memory_printf(rescue->context,
                                             "SELECT set_config('search_path', 'public', false),"
                                             " set_config('lock_timeout', '%d', false)",
                                             MIGRATE_LOCK_TIMEOUT_MS)));
        struct error *error = run_step(rescue, &plan->steps[i]);
        if (error) {
            transaction_rollback(rescue->connection);
            return error;
        }
    }
    return NULL;
}

/* Each by itself, so that one that fails does not keep the others from being made. */
static struct error *create(const struct rescue *rescue, const struct difference *difference,
                            struct operation *operation)
{
    const struct difference one = {
        .operations = operation, .count = 1, .from = difference->from, .to = difference->to
    };
    const char *words = operation_words(rescue->context, operation);
    struct schema_plan *plan;
    struct error *error = plan_make(rescue->context, &one, rescue->connection, &plan);
    if (!error)
        error = plan_check_needs(rescue->context, plan);
    if (!error)
        error = run_plan(rescue, plan);
    if (!error)
        tell(rescue, RESCUE_CREATED, words);
    else
        tell(rescue, RESCUE_LEFT, memory_printf(rescue->context, "%s: %s", words, error->message));
    /* Without a connection there is no going on. */
    return error && error->code == ERROR_UNAVAILABLE && strcmp(error->sqlstate, "55P03") != 0 ? error : NULL;
}

static struct error *create_missing(const struct rescue *rescue, const struct difference *difference)
{
    for (size_t i = 0; i < difference->count; i++) {
        struct operation *operation = &difference->operations[i];
        if (only_adds(operation))
            TRY(create(rescue, difference, operation));
    }
    return NULL;
}

/* What is left after all; says how much of it matters. */
static struct error *tell_rest(const struct rescue *rescue, size_t *rest)
{
    struct difference *difference;
    TRY(compare(rescue, &difference));
    *rest = 0;
    for (size_t i = 0; i < difference->count; i++) {
        const struct operation *operation = &difference->operations[i];
        const char *why = operation_is_surplus(operation)  ? "the models do not know it; nothing is dropped"
                          : only_adds(operation) ? "could not be created"
                                                 : "nothing that is there is changed";
        *rest += !operation_is_surplus(operation);
        tell(rescue, RESCUE_LEFT,
             memory_printf(rescue->context, "%s: %s", operation_words(rescue->context, operation), why));
    }
    return NULL;
}

/* The files may be just what is broken. */
static struct error *stamp(const struct rescue *rescue)
{
    struct error *error = migrate_stamp(rescue->context, rescue->settings, "heads", NULL);
    tell(rescue, RESCUE_STAMPED,
         error ? memory_printf(rescue->context, "not written: %s", error->message)
               : "all revisions count as applied");
    return error ? error_within(error, "the tables are there, and the history could not be written") : NULL;
}

static struct error *seed(const struct rescue *rescue)
{
    const struct seed_options options = { .quiet = false };
    struct error *error = seed_run(rescue->context, rescue->settings, rescue->schema, "initial", &options);
    tell(rescue, RESCUE_SEEDED,
         error ? memory_printf(rescue->context, "not sown: %s", error->message) : "initial");
    return error ? error_within(error, "the seed \"initial\" failed, so that there may be no account to sign in with")
                 : NULL;
}

/* Whether the database is there, and has a table that is worth a backup; the history of revisions alone is none. */
static struct error *look(const void *context, const struct settings *settings, bool *there, bool *filled)
{
    struct connection *connection = connection_new(context, settings, CONNECTION_DIRECT, "roster rescue");
    *there = *filled = false;
    struct error *error = connection_open(connection);
    if (error && strcmp(error->sqlstate, "3D000") == 0)
        return NULL;
    TRY(error);
    struct query *query = query_add(
        connection, sql_new(connection, "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                                        " WHERE n.nspname !~ '^pg_|^information_schema$' AND c.relkind IN ('r', 'p')"
                                        " AND c.relname !~ '^roster_revision') AS filled"));
    TRY(query_run(connection));
    *there = true;
    *filled = query_true(query, 0, "filled");
    talloc_free(connection);
    return NULL;
}

struct error *rescue_is_worth_backup(const void *context, const struct settings *settings, bool *worth)
{
    bool there;
    return look(context, settings, &there, worth);
}

/* One that was dropped is made anew, empty. */
static struct error *make_database(const struct rescue *rescue)
{
    bool there, filled;
    struct databases *databases;
    TRY(look(rescue->context, rescue->settings, &there, &filled));
    if (there)
        return NULL;
    TRY(databases_open(rescue->context, rescue->settings, CONNECTION_DIRECT, &databases));
    TRY(databases_create(databases, databases->name));
    tell(rescue, RESCUE_CREATED, memory_printf(rescue->context, "database %s", databases->name));
    return NULL;
}

/* Also of tables that are only half there: what fits is closed to those who may not see it. */
static struct error *apply_access(const struct rescue *rescue)
{
    struct rights_report report;
    struct connection *connection =
        connection_new(rescue->context, rescue->settings, CONNECTION_DIRECT, "roster rescue");
    struct error *error = rights_apply(connection, rescue->settings, rescue->schema, &report);
    for (size_t i = 0; !error && i < report.skipped_count; i++)
        tell(rescue, RESCUE_LEFT, memory_printf(rescue->context, "the rules of access of %s", report.skipped[i]));
    if (!error && report.changed)
        tell(rescue, RESCUE_NOTE, "the rules of access were applied");
    talloc_steal(rescue->context, error);
    talloc_free(connection);
    return error;
}

static struct error *work(struct rescue *rescue, size_t *rest)
{
    struct runner runner = { .context = rescue->context, .settings = rescue->settings };
    struct difference *difference;
    runner.connection = rescue->connection =
        connection_new(rescue->context, rescue->settings, CONNECTION_DIRECT, "roster rescue");
    TRY(connection_execute(rescue->connection, "SET client_min_messages = warning"));
    TRY(runner_lock(&runner));
    TRY(compare(rescue, &difference));
    tell_tables(rescue, difference);
    TRY(create_missing(rescue, difference));
    TRY(tell_rest(rescue, rest));
    talloc_free(rescue->connection); /* and its lock, which stamping takes again */
    return NULL;
}

struct error *rescue_run(const void *context, const struct settings *settings, const struct schema *schema,
                         const struct rescue_options *options)
{
    struct rescue rescue = { .context = context, .settings = settings, .schema = schema, .options = options };
    size_t rest = 0;
    tell(&rescue, RESCUE_NOTE, options && options->backup
                                   ? memory_printf(context, "backed up first, as %s", options->backup)
                                   : options && options->empty
                                       ? "there is nothing yet that a backup could keep"
                                       : "no backup is made by this; roster backup makes one");
    TRY(make_database(&rescue));
    struct error *unstamped = NULL, *error = work(&rescue, &rest), *other = apply_access(&rescue);
    if (error || other)
        return error ? error : other;
    if (rest == 0)
        unstamped = stamp(&rescue);
    else
        tell(&rescue, RESCUE_STAMPED, "not written, as the database is not as the models want it");
    struct error *unsown = seed(&rescue); /* also then: without an account nobody can look */
    if (rest > 0)
        return error_new(context, ERROR_DIFFERS,
                         "points in which the database still differs from the models: %zu; they are listed above",
                         rest);
    return unsown ? unsown : unstamped;
}
