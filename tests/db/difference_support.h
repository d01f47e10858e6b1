/* A database made from models, and the difference to other models in words. */
#ifndef ROSTER_TESTS_DIFFERENCE_SUPPORT_H
#define ROSTER_TESTS_DIFFERENCE_SUPPORT_H

#include <string.h>

#include "../../db/catalog.h"
#include "../../db/ddl.h"
#include "../../db/difference.h"
#include "../../db/text.h"
#include "difference_models.h"
#include "scratch.h"

static void *support_context; /* of the whole program */
static struct settings *support_settings;

static inline void support_open(void)
{
    support_context = talloc_new(NULL);
    support_settings = scratch_create(support_context);
}

static inline void support_close(void)
{
    scratch_drop(support_settings);
    talloc_free(support_context);
}

static inline void support_run(struct connection *connection, const char *sql)
{
    PGconn *handle = NULL;
    ck_ok(connection_handle(connection, &handle));
    PGresult *result = PQexec(handle, sql);
    ExecStatusType status = PQresultStatus(result);
    ck_assert_msg(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql, PQresultErrorMessage(result));
    PQclear(result);
}

static inline struct schema *support_schema(const void *context, const struct model *const *declared)
{
    static const struct panel none[] = { { 0 } };
    const struct model *list[CASE_MODELS + 1] = { NULL };
    struct schema *schema = NULL;
    for (size_t i = 0; i < CASE_MODELS && declared[i]; i++)
        list[i] = declared[i];
    ck_ok(schema_open(context, list, none, &schema));
    return schema;
}

static inline const char *sample(const struct field *field)
{
    switch (field->type) {
    case FIELD_INTEGER:
    case FIELD_DECIMAL:
    case FIELD_FLOAT:
    case FIELD_REFERENCE:
        return "1";
    case FIELD_DATE:
    case FIELD_TIMESTAMP:
        return "now()";
    case FIELD_UUID:
        return "gen_random_uuid()";
    case FIELD_BOOLEAN:
        return "true";
    case FIELD_JSON:
        return "'{}'";
    default:
        return "'1'";
    }
}

/* One row of every declared model, with what it requires. */
static inline void support_fill(struct connection *connection, const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        if (model->internal || strcmp(model->table, "user") == 0)
            continue;
        struct text *names = text_new(connection), *values = text_new(connection);
        for (size_t j = 0; j < model->field_count; j++) {
            const struct field *field = &model->fields[j];
            if (!field->required || field->default_sql || field->type == FIELD_IDENTITY)
                continue;
            text_addf(names, "%s\"%s\"", names->length ? ", " : "", field->name);
            text_addf(values, "%s%s", values->length ? ", " : "", sample(field));
        }
        support_run(connection, names->length ? memory_printf(connection, "INSERT INTO \"%s\" (%s) VALUES (%s)",
                                                              model->table, names->data, values->data)
                                              : memory_printf(connection, "INSERT INTO \"%s\" DEFAULT VALUES",
                                                              model->table));
    }
}

/* The tables of these models, with rows, and nothing else. */
static inline struct connection *support_make(const void *context, const struct model *const *declared)
{
    struct connection *connection = connection_new(context, support_settings, CONNECTION_DIRECT, "roster test");
    const struct schema *schema = support_schema(context, declared);
    support_run(connection, "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    support_run(connection, ddl_create_schema(context, schema));
    support_fill(connection, schema);
    return connection;
}

static inline struct catalog *support_there(const void *context, struct connection *connection)
{
    struct catalog *there = NULL;
    ck_ok(catalog_read(context, connection, "public", &there));
    return there;
}

static inline struct catalog *support_wanted(const void *context, struct connection *connection,
                                             const struct model *const *declared, const struct catalog *there)
{
    struct catalog *wanted = catalog_of_models(context, support_schema(context, declared));
    ck_ok(catalog_normalise(context, connection, wanted, there));
    return wanted;
}

static inline const char *support_words(const void *context, const struct catalog *from, const struct catalog *to)
{
    const struct difference *difference = difference_between(context, from, to);
    struct text *text = text_new(context);
    for (size_t i = 0; i < difference->count; i++)
        text_addf(text, "%s%s", i > 0 ? "; " : "", operation_words(context, &difference->operations[i]));
    return text->data;
}

#endif
