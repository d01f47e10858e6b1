/* Earlier names that neither the database nor the models know any more: a slip of the pen, which would
 * otherwise make a rename a new column beside an old one that is dropped. */
#include "schema_check_parts.h"

#include <string.h>

#include "memory.h"

#define STALE                                                                                                \
    "it was '%s', but the database has neither '%s' nor '%s'%s: correct .was to the name that is there, or " \
    "remove it "                                                                                             \
    "when this is new"

/* The table of one of these names, NULL: neither is there. */
static const struct catalog_table *find_table(const struct catalog *there, const char *name, const char *was)
{
    const struct catalog_table *table = catalog_table(there, name);
    return table || !was ? table : catalog_table(there, was);
}

static bool has_any(const struct catalog *there, const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        if (!schema->models[i]->internal &&
            find_table(there, schema->models[i]->table, schema->models[i]->was))
            return true;
    return false;
}

static bool has_value(const struct catalog_enum *type, const char *value)
{
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(type->values[i].name, value) == 0)
            return true;
    return false;
}

static const struct catalog_enum *type_of(const struct catalog *there, const struct catalog_table *table,
                                          const struct field *field)
{
    const char *names[] = { field->name, field->was };
    const struct catalog_column *column = NULL;
    for (size_t i = 0; i < 2 && !column; i++)
        column = names[i] ? catalog_column(table, names[i]) : NULL;
    if (!column)
        return NULL;
    size_t length = strlen(column->type);
    return *column->type == '"' ? catalog_enum(there, memory_copy_length(there, column->type + 1, length - 2))
                                : catalog_enum(there, column->type);
}

static struct error *check_values(const void *context, const struct field *field,
                                  const struct catalog_enum *type)
{
    for (const struct choice *choice = field->choices; type && choice && choice->value; choice++)
        if (choice->was && !has_value(type, choice->value) && !has_value(type, choice->was))
            REFUSE(AT_CHOICE(field, choice->value), "choice '%s': " STALE, choice->value, choice->was,
                   choice->was, choice->value, " as a choice");
    return NULL;
}

static struct error *check_fields(const void *context, const struct model *model, const struct catalog *there,
                                  const struct catalog_table *table)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (field->was && field_has_column(field) && !catalog_column(table, field->name) &&
            !catalog_column(table, field->was))
            REFUSE(AT_FIELD(field, "was"), STALE, field->was, field->was, field->name,
                   memory_printf(context, " in table '%s'", table->name));
        TRY(check_values(context, field, type_of(there, table, field)));
    }
    return NULL;
}

static struct error *check_table(const void *context, const struct catalog *there, struct place place,
                                 const char *name, const char *was)
{
    if (was && !find_table(there, name, was))
        REFUSE(place, STALE, was, was, name, " as a table");
    return NULL;
}

struct error *schema_check_stale(const void *context, const struct schema *schema,
                                 const struct catalog *there)
{
    if (!has_any(there, schema))
        return NULL;
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        const struct catalog_table *table = find_table(there, model->table, model->was);
        TRY(check_table(context, there, AT_MODEL(model, "was"), model->table, model->was));
        if (table)
            TRY(check_fields(context, model, there, table));
        for (size_t j = 0; j < model->link_count; j++)
            TRY(check_table(context, there, AT_LINK(&model->links[j], "was"), model->links[j].table,
                            model->links[j].was));
    }
    return NULL;
}
