/* What the models leave alone, taken out of a catalog before it is compared. */
#include "catalog.h"

#include <string.h>

#include "catalog_name.h"
#include "memory.h"

static bool is_in(const char *const *list, const char *name)
{
    for (; list && *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

static bool any_in(const char *const *list, const char *const *names)
{
    for (; names && *names; names++)
        if (is_in(list, *names))
            return true;
    return false;
}

/* A constraint over columns that are left alone is left alone with them. */
static void copy_table(const void *context, struct catalog_table *copy, const struct catalog_table *table,
                       const char *const *ignores)
{
    *copy = *table;
    copy->columns = NEW_ARRAY(context, struct catalog_column, table->column_count + 1);
    copy->constraints = NEW_ARRAY(context, struct catalog_constraint, table->constraint_count + 1);
    copy->indexes = NEW_ARRAY(context, struct catalog_index, table->index_count + 1);
    copy->column_count = copy->constraint_count = copy->index_count = 0;
    for (size_t i = 0; i < table->column_count; i++)
        if (!is_in(ignores, table->columns[i].name))
            copy->columns[copy->column_count++] = table->columns[i];
    for (size_t i = 0; i < table->constraint_count; i++)
        if (!is_in(ignores, table->constraints[i].name) && !any_in(ignores, table->constraints[i].columns))
            copy->constraints[copy->constraint_count++] = table->constraints[i];
    for (size_t i = 0; i < table->index_count; i++)
        if (!is_in(ignores, table->indexes[i].name))
            copy->indexes[copy->index_count++] = table->indexes[i];
}

static bool uses(const void *context, const struct catalog *catalog, const char *type)
{
    const char *quoted = catalog_quote(context, type);
    for (size_t i = 0; i < catalog->table_count; i++)
        for (size_t j = 0; j < catalog->tables[i].column_count; j++)
            if (strcmp(catalog->tables[i].columns[j].type, quoted) == 0)
                return true;
    return false;
}

static bool is_wanted(const struct catalog *wanted, const char *type)
{
    for (size_t i = 0; i < wanted->enum_count; i++)
        if (strcmp(wanted->enums[i].name, type) == 0 || is_in(wanted->enums[i].was, type))
            return true;
    return false;
}

/* What the table's model leaves alone, also while the table has its earlier name. */
static const char *const *ignores_of(const struct catalog *wanted, const char *table)
{
    const struct catalog_table *model = catalog_table(wanted, table);
    for (size_t i = 0; !model && i < wanted->table_count; i++)
        if (is_in(wanted->tables[i].was, table))
            model = &wanted->tables[i];
    return model ? model->ignores : NULL;
}

const struct catalog *catalog_without(const void *context, const struct catalog *catalog,
                                      const struct catalog *wanted)
{
    if (!wanted->ignored) /* a database's */
        return catalog;
    struct catalog *copy = NEW(context, struct catalog);
    *copy = *catalog;
    copy->tables = NEW_ARRAY(copy, struct catalog_table, catalog->table_count + 1);
    copy->enums = NEW_ARRAY(copy, struct catalog_enum, catalog->enum_count + 1);
    copy->table_count = copy->enum_count = 0;
    for (size_t i = 0; i < catalog->table_count; i++) {
        const struct catalog_table *table = &catalog->tables[i];
        if (!is_in(wanted->ignored, table->name))
            copy_table(copy, &copy->tables[copy->table_count++], table, ignores_of(wanted, table->name));
    }
    for (size_t i = 0; i < catalog->enum_count; i++)
        if (is_wanted(wanted, catalog->enums[i].name) || uses(copy, copy, catalog->enums[i].name))
            copy->enums[copy->enum_count++] = catalog->enums[i];
    return copy;
}

const char *catalog_sequence(const void *context, const char *default_sql)
{
    static const char start[] = "nextval('", end[] = "'::regclass)";
    const size_t length = default_sql ? strlen(default_sql) : 0;
    if (length < sizeof start + sizeof end || strncmp(default_sql, start, sizeof start - 1) != 0 ||
        strcmp(default_sql + length - (sizeof end - 1), end) != 0)
        return NULL;
    const char *name = memory_copy_length(context, default_sql + sizeof start - 1,
                                          length - (sizeof start - 1) - (sizeof end - 1));
    return strchr(name, '\'') ? NULL : name;
}
