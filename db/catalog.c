/* Finding things in a catalog by name. Tables, enums, constraints and indexes are sorted; columns keep their order. */
#include "catalog.h"

#include <stdlib.h>
#include <string.h>

#include "catalog_name.h"

/* The name is the first member of what is searched and sorted here. */
static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static const void *by_name(const void *items, size_t count, size_t size, const char *name)
{
    return count > 0 ? bsearch(&name, items, count, size, compare_names) : NULL;
}

static void sort(void *items, size_t count, size_t size)
{
    if (count > 1)
        qsort(items, count, size, compare_names);
}

void catalog_sort(struct catalog *catalog)
{
    sort(catalog->tables, catalog->table_count, sizeof *catalog->tables);
    sort(catalog->enums, catalog->enum_count, sizeof *catalog->enums);
    for (size_t i = 0; i < catalog->table_count; i++) {
        struct catalog_table *table = &catalog->tables[i];
        sort(table->constraints, table->constraint_count, sizeof *table->constraints);
        sort(table->indexes, table->index_count, sizeof *table->indexes);
    }
}

const struct catalog_table *catalog_table(const struct catalog *catalog, const char *name)
{
    return by_name(catalog->tables, catalog->table_count, sizeof *catalog->tables, name);
}

const struct catalog_enum *catalog_enum(const struct catalog *catalog, const char *name)
{
    return by_name(catalog->enums, catalog->enum_count, sizeof *catalog->enums, name);
}

const struct catalog_column *catalog_column(const struct catalog_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (strcmp(table->columns[i].name, name) == 0)
            return &table->columns[i];
    return NULL;
}

const struct catalog_constraint *catalog_constraint(const struct catalog_table *table, const char *name)
{
    return by_name(table->constraints, table->constraint_count, sizeof *table->constraints, name);
}

const struct catalog_index *catalog_index(const struct catalog_table *table, const char *name)
{
    return by_name(table->indexes, table->index_count, sizeof *table->indexes, name);
}

bool catalog_has_extension(const struct catalog *catalog, const char *name)
{
    for (const char *const *extension = catalog->extensions; extension && *extension; extension++)
        if (strcmp(*extension, name) == 0)
            return true;
    return false;
}
