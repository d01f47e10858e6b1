/* Tables of a database as models, so far as they have terms for them. */
#include "inspect_state.h"

#include <ctype.h>
#include <string.h>

#include "ddl.h"
#include "memory.h"

/* One that the models bring along as it is. */
static bool is_implicit(const struct inspection *inspection, const struct inspect_table *table,
                        const char *name)
{
    const struct catalog_column *column = catalog_column(table->table, name);
    return column && !column->comment && column->required && !column->special && !column->generated &&
           strcmp(column->type, "timestamp with time zone") == 0 && column->default_sql &&
           strcmp(column->default_sql, "now()") == 0 &&
           !catalog_index(table->table, inspect_name(inspection->round, table->table, name, "idx"));
}

static bool is_implicit_key(const struct inspect_table *table, const struct field *field)
{
    return strcmp(field->name, "id") == 0 && field->type == FIELD_IDENTITY && !field->sql_type &&
           !field->default_sql && !field->comment && strcmp(inspect_key(table->table)->columns[0], "id") == 0;
}

/* A FIELD_FILE for each table of chunks that belongs to this one. */
static size_t add_files(const struct inspection *inspection, const struct inspect_table *table,
                        struct field *fields)
{
    static const struct file_columns none = { 0 };
    const size_t length = strlen(table->table->name);
    size_t count = 0;
    for (size_t i = 0; i < inspection->catalog->table_count; i++) {
        const struct inspect_table *other = &inspection->tables[i];
        const struct catalog_constraint *reference = inspect_reference(other->table, "record_id");
        if (other->is_brought && other->is_checked && reference &&
            strcmp(reference->references, table->table->name) == 0)
            fields[count++] =
                (struct field){ .name = other->table->name + length + 1, .type = FIELD_FILE, .file = &none };
    }
    return count;
}

static size_t count_contents(const struct inspection *inspection)
{
    size_t count = 0;
    for (size_t i = 0; i < inspection->catalog->table_count; i++)
        count += inspection->tables[i].is_brought;
    return count;
}

static void add_fields(struct inspection *inspection, struct inspect_table *table)
{
    struct model *model = table->model;
    const struct catalog_table *from = table->table;
    struct field *fields =
        NEW_ARRAY(inspection->round, struct field, from->column_count + count_contents(inspection) + 1);
    size_t count = 0;
    model->fields = fields;
    for (size_t i = 0; i < from->column_count; i++) {
        const struct catalog_column *column = &from->columns[i];
        const bool is_time =
            strcmp(column->name, "created_at") == 0 || strcmp(column->name, "updated_at") == 0;
        if (inspect_is_left(table, column->name) || (is_time && !model->no_times))
            continue;
        struct field field;
        const char *why = inspect_field(inspection, table, column, &field);
        if (why && strcmp(column->name, inspect_key(from)->columns[0]) == 0)
            table->why = memory_printf(inspection, "its key \"%s\": %s", column->name, why);
        else if (why)
            inspect_leave(inspection, table, column->name,
                          memory_printf(inspection->round, "column %s %s", column->name, column->type), why);
        else if (!is_implicit_key(table, &field))
            fields[count++] = field;
    }
    add_files(inspection, table, fields + count);
}

static void make_model(struct inspection *inspection, struct inspect_table *table)
{
    const struct catalog_constraint *key = inspect_key(table->table);
    struct model *model = table->model = NEW(inspection->round, struct model);
    model->table = table->table->name;
    model->comment = table->table->comment;
    if (strcmp(key->columns[0], "id") != 0)
        model->key = key->columns[0];
    if (strcmp(key->name, ddl_cut_name(inspection->round,
                                       memory_printf(inspection->round, "%s_pkey", model->table))) != 0)
        model->key_name = key->name;
    model->no_times =
        !is_implicit(inspection, table, "created_at") || !is_implicit(inspection, table, "updated_at");
    if (table->other_path) {
        char *path = memory_printf(inspection->round, "%s-records", model->table);
        for (char *c = path; *c; c++)
            *c = *c == '_' ? '-' : *c;
        model->path = path;
    }
    add_fields(inspection, table);
    if (table->why)
        table->model = NULL;
}

/* Both sides of a link must be models; the one whose column comes first in the key says it. */
static void make_links(struct inspection *inspection, struct inspect_table *table)
{
    const struct catalog *catalog = inspection->catalog;
    struct link *links = NULL;
    size_t count = 0;
    for (size_t i = 0; i < catalog->table_count; i++) {
        struct inspect_table *link = &inspection->tables[i];
        const struct catalog_constraint *key = NULL;
        for (size_t j = 0; link->is_link && link->is_checked && j < link->table->constraint_count; j++)
            if (link->table->constraints[j].kind == 'p')
                key = &link->table->constraints[j];
        if (!key ||
            strcmp(inspect_reference(link->table, key->columns[0])->references, table->table->name) != 0)
            continue;
        links = links ? links : NEW_ARRAY(inspection->round, struct link, catalog->table_count + 1);
        links[count++] = (struct link){ .name = link->table->name,
                                        .table = link->table->name,
                                        .target = inspect_reference(link->table, key->columns[1])->references,
                                        .own_column = key->columns[0],
                                        .target_column = key->columns[1] };
    }
    table->model->links = links;
}

static void make_ignored(struct inspection *inspection, struct inspect_table *table)
{
    struct model *model = table->model = NEW(inspection->round, struct model);
    model->table = table->table->name;
    model->ignored = true;
}

static void add_ignores(const struct inspection *inspection, struct inspect_table *table)
{
    const char **ignores = NEW_ARRAY(inspection->round, const char *, table->rest_count + 1);
    for (size_t i = 0; i < table->rest_count; i++)
        ignores[i] = table->rest[i].name;
    table->model->ignores = table->rest_count > 0 ? ignores : NULL;
}

/* A link, or a table of chunks, between tables of which one is no model is none either. */
static void drop_orphans(const struct inspection *inspection)
{
    for (size_t i = 0; i < inspection->catalog->table_count; i++) {
        struct inspect_table *table = &inspection->tables[i];
        for (size_t j = 0; table->is_checked && j < table->table->constraint_count; j++) {
            const char *references = table->table->constraints[j].references;
            const struct inspect_table *other = references ? inspect_find(inspection, references) : NULL;
            if (!other || inspect_is_model(other))
                continue;
            table->is_checked = false;
            table->why = memory_printf(inspection, "it belongs to %s, which is no model", references);
        }
    }
}

void inspect_make(struct inspection *inspection)
{
    const size_t count = inspection->catalog->table_count;
    drop_orphans(inspection);
    for (size_t i = 0; i < count; i++) {
        inspection->tables[i].model = NULL;
        if (inspect_is_model(&inspection->tables[i]))
            make_model(inspection, &inspection->tables[i]);
    }
    for (size_t i = 0; i < count; i++) {
        struct inspect_table *table = &inspection->tables[i];
        if (table->why) {
            make_ignored(inspection, table);
        } else if (table->model) {
            make_links(inspection, table);
            inspect_constraints(inspection, table);
            inspect_indexes(inspection, table);
            add_ignores(inspection, table);
        }
    }
}
