/* roster check: the models against the database. */
#include <stdio.h>
#include <string.h>

#include "applied.h"
#include "catalog.h"
#include "command.h"
#include "connection.h"
#include "difference.h"
#include "memory.h"
#include "rights.h"
#include "schema_check.h"
#include "text.h"

static struct error *check_revisions(struct command *command, const struct settings *settings,
                                     struct connection *connection)
{
    struct revisions *revisions;
    struct applied_state *state;
    TRY(revisions_open(command->context, settings->migrations, &revisions));
    TRY(applied_read(command->context, connection, revisions, &state));
    TRY(applied_check(command->context, state));
    if (state->count == revisions->count)
        return NULL;
    return error_new(command->context, ERROR_PENDING,
                     "revisions pending: %zu; apply them before comparing: %s",
                     revisions->count - state->count, revision_upgrade_command(command->context, revisions));
}

/* A table that is not from the models file but the program's: sign-ins, history. */
static bool is_own_table(const struct schema *schema, const char *table)
{
    for (size_t i = 0; i < schema->brought; i++)
        if (strcmp(schema->models[schema->declared + i]->table, table) == 0)
            return true;
    return false;
}

static bool is_own_enum(const struct schema *schema, const struct operation *operation)
{
    for (size_t i = 0; i < schema->brought && operation->to_enum; i++) {
        const struct model *model = schema->models[schema->declared + i];
        for (size_t j = 0; j < model->field_count; j++)
            if (model->fields[j].type == FIELD_CHOICE
                && strcmp(operation->name, memory_printf(schema, "%s_%s", model->table, model->fields[j].name)) == 0)
                return true;
    }
    return false;
}

/* A database that other programs made has the models' tables and none of this program's. That is no difference between
 * it and the models file. */
static bool leave_own_tables(const struct schema *schema, const struct catalog *there, struct difference *difference)
{
    size_t kept = 0;
    for (size_t i = 0; i < schema->brought; i++)
        if (catalog_table(there, schema->models[schema->declared + i]->table))
            return false;
    if (there->table_count == 0)
        return false;
    for (size_t i = 0; i < difference->count; i++) {
        const struct operation *operation = &difference->operations[i];
        if (!(operation->table ? is_own_table(schema, operation->table) : is_own_enum(schema, operation)))
            difference->operations[kept++] = *operation;
    }
    const bool left = kept < difference->count;
    difference->count = kept;
    return left;
}

struct comparison {
    struct difference *difference;
    const char *access; /* what is not as the rules of access want it, or NULL */
};

static struct error *compare(struct command *command, struct connection *connection, struct comparison *comparison)
{
    struct schema *schema;
    struct catalog *there;
    TRY(command_schema(command, &schema));
    TRY(catalog_read(command->context, connection, "public", &there));
    TRY(schema_check_stale(command->context, schema, there));
    struct catalog *wanted = catalog_of_models(command->context, schema);
    TRY(catalog_normalise(command->context, connection, wanted, there));
    comparison->difference = difference_between(command->context, there, wanted);
    comparison->access = NULL;
    if (!leave_own_tables(schema, there, comparison->difference)) {
        if (comparison->difference->count == 0)
            TRY(rights_check(connection, schema, &comparison->access));
        return NULL;
    }
    fputs("roster: the tables that the site itself needs (for sign-ins, for the history) are not there yet;\n"
          "roster: roster revision --autogenerate -m TEXT writes a revision that makes them\n",
          stderr);
    return NULL;
}

static void print_words(const struct command *command, const struct comparison *comparison)
{
    const struct difference *difference = comparison->difference;
    for (size_t i = 0; i < difference->count; i++)
        puts(operation_words(command->context, &difference->operations[i]));
    if (comparison->access)
        puts(comparison->access);
    else if (difference->count == 0)
        puts("the database is as the models want it");
}

static void print_json(const struct command *command, const struct comparison *comparison)
{
    const struct difference *difference = comparison->difference;
    struct text *text = text_new(command->context);
    text_addf(text, "{\"count\": %zu, \"operations\": [", difference->count);
    for (size_t i = 0; i < difference->count; i++) {
        const struct operation *operation = &difference->operations[i];
        text_add(text, i > 0 ? ", {\"kind\": " : "{\"kind\": ");
        text_add_json(text, operation_kind_name(operation->kind));
        text_add(text, ", \"table\": ");
        text_add_json(text, operation->table);
        text_add(text, ", \"name\": ");
        text_add_json(text, operation->name);
        text_add(text, ", \"words\": ");
        text_add_json(text, operation_words(command->context, operation));
        text_add_char(text, '}');
    }
    text_add(text, "], \"access\": ");
    text_add_json(text, comparison->access);
    text_add_char(text, '}');
    puts(text->data);
}

/* As a compiler says it, for whoever just built: editors find the line by it. */
static struct error *check_models(struct command *command)
{
    struct schema *schema;
    struct error *error = command_schema(command, &schema);
    if (!error)
        return NULL;
    fprintf(stderr, "%s\n", error->message);
    return error_new(command->context, error->code, "the models file contradicts itself");
}

struct error *command_check(struct command *command)
{
    struct settings *settings;
    struct comparison comparison;
    if (command_option(command, "models"))
        return check_models(command);
    TRY(command_settings(command, &settings));
    struct connection *connection = connection_new(command->context, settings, CONNECTION_DIRECT, "roster");
    TRY(check_revisions(command, settings, connection));
    TRY(compare(command, connection, &comparison));
    const struct difference *difference = comparison.difference;
    if (command_option(command, "json"))
        print_json(command, &comparison);
    else
        print_words(command, &comparison);
    if (comparison.access) {
        struct error *error = error_new(command->context, ERROR_DIFFERS, "%s", comparison.access);
        error->hint = "roster upgrade head, or roster access, brings them to those of the models";
        return error;
    }
    if (difference->count == 0)
        return NULL;
    struct error *error = error_new(command->context, ERROR_DIFFERS,
                                    "the database differs from the models in %zu %s", difference->count,
                                    difference->count == 1 ? "point" : "points");
    error->hint = "roster revision --autogenerate -m TEXT writes a revision that makes it as the models want it";
    return error;
}
