/* A models file for a database that is there already: each table a model, or a link, or what a model brings
 * along. */
#include "inspect.h"

#include <stdio.h>
#include <string.h>

#include "catalog_name.h"
#include "ddl.h"
#include "inspect_field.h"
#include "inspect_table.h"
#include "internal_models.h"
#include "memory.h"

static const struct catalog_constraint *key_of(const struct catalog_table *table)
{
    for (size_t i = 0; i < table->constraint_count; i++)
        if (table->constraints[i].kind == 'p')
            return &table->constraints[i];
    return NULL;
}

static bool is_internal(const char *table)
{
    for (const struct model *const *model = internal_models; *model; model++)
        if ((*model)->internal && strcmp((*model)->table, table) == 0)
            return true;
    return false;
}

/* The chunks of a FIELD_FILE: table_field with a key of record_id and a number (schema.c). */
static const struct catalog_table *file_owner(const struct catalog *catalog,
                                              const struct catalog_table *table)
{
    const struct catalog_constraint *reference = inspect_reference(table, "record_id");
    if (!reference || !catalog_column(table, "bytes"))
        return NULL;
    const size_t length = strlen(reference->references);
    if (strncmp(table->name, reference->references, length) != 0 || table->name[length] != '_')
        return NULL;
    return catalog_table(catalog, reference->references);
}

/* Two columns that are the key, and each leads to a table and goes with its row. */
static bool is_link(const struct catalog_table *table)
{
    const struct catalog_constraint *key = key_of(table);
    if (table->column_count != 2 || !key || !key->columns[0] || !key->columns[1])
        return false;
    for (size_t i = 0; i < 2; i++) {
        const struct catalog_constraint *reference = inspect_reference(table, key->columns[i]);
        if (!reference || !strstr(reference->definition, "ON DELETE CASCADE"))
            return false;
    }
    return true;
}

static void add_link(struct inspection *inspection, const struct catalog_table *link)
{
    struct text *text = inspection->text;
    const struct catalog_constraint *key = key_of(link);
    text_add(text, "        { .name = ");
    inspect_string(text, link->name);
    text_add(text, ", .target = ");
    inspect_string(text, inspect_reference(link, key->columns[1])->references);
    text_add(text, ", .table = ");
    inspect_string(text, link->name);
    text_add(text, ",\n          .own_column = ");
    inspect_string(text, key->columns[0]);
    text_add(text, ", .target_column = ");
    inspect_string(text, key->columns[1]);
    text_add(text, " },\n");
}

static void add_links(struct inspection *inspection)
{
    const struct catalog *catalog = inspection->catalog;
    size_t count = 0;
    for (size_t i = 0; i < catalog->table_count; i++) {
        const struct catalog_table *link = &catalog->tables[i];
        if (!is_link(link) || strcmp(inspect_reference(link, key_of(link)->columns[0])->references,
                                     inspection->table->name) != 0)
            continue;
        text_add(inspection->text, count++ == 0 ? "    .links = (const struct link[]){\n" : "");
        add_link(inspection, link);
    }
    text_add(inspection->text, count > 0 ? "        { 0 },\n    },\n" : "");
}

static void add_files(struct inspection *inspection)
{
    const struct catalog *catalog = inspection->catalog;
    for (size_t i = 0; i < catalog->table_count; i++) {
        if (file_owner(catalog, &catalog->tables[i]) != inspection->table)
            continue;
        text_add(inspection->text, "        { .name = ");
        inspect_string(inspection->text, catalog->tables[i].name + strlen(inspection->table->name) + 1);
        text_add(inspection->text, ", .type = FIELD_FILE, .file = &(const struct file_columns){ 0 } },\n");
    }
}

static bool is_model(const struct catalog *catalog, const struct catalog_table *table)
{
    return !is_internal(table->name) && !is_link(table) && !file_owner(catalog, table);
}

static void add_model(struct inspection *inspection)
{
    struct text *text = inspection->text;
    const struct catalog_table *table = inspection->table;
    text_add(text, "static const struct model ");
    inspect_symbol(text, table->name);
    text_add(text, " = {\n    .table = ");
    inspect_string(text, table->name);
    text_add(text, ",\n");
    if (table->comment) {
        text_add(text, "    .comment = ");
        inspect_string(text, table->comment);
        text_add(text, ",\n");
    }
    text_add(text, "    .fields = (const struct field[]){\n");
    for (size_t i = 0; i < table->column_count; i++)
        inspect_field(inspection, &table->columns[i]);
    add_files(inspection);
    text_add(text, "        { 0 },\n    },\n");
    add_links(inspection);
    inspect_constraints(inspection);
    inspect_indexes(inspection);
    inspect_missing(inspection);
    text_add(text, "};\n\n");
}

size_t inspect_write(struct text *text, const struct catalog *catalog)
{
    struct inspection inspection = { .text = text, .catalog = catalog };
    text_add(text, "/* The data models, as an existing database has them. */\n#include \"model.h\"\n\n");
    for (size_t i = 0; i < catalog->table_count; i++) {
        inspection.table = &catalog->tables[i];
        if (is_model(catalog, inspection.table))
            add_model(&inspection);
    }
    text_add(text, "const struct model *const models[] = {\n");
    for (size_t i = 0; i < catalog->table_count; i++)
        if (is_model(catalog, &catalog->tables[i])) {
            text_add(text, "    &");
            inspect_symbol(text, catalog->tables[i].name);
            text_add(text, ",\n");
        }
    text_add(text, "    NULL,\n};\n\nconst struct panel overview_panels[] = {\n    { 0 },\n};\n");
    return inspection.unsaid;
}
