/* A models file for a database that is there already: each table a model, or a link, or what a model brings
 * along.
 *
 * The models are made as the compiler would make them from the file, opened and compared with the database.
 * What does not come out as it is there is left alone, and it is tried again, until nothing differs. So what
 * the file says is what the database has, and the rest is named. */
#include "inspect.h"

#include <string.h>

#include "catalog_name.h"
#include "difference.h"
#include "inspect_state.h"
#include "internal_models.h"
#include "memory.h"
#include "schema_check_parts.h"

static const struct panel no_panels[] = { { 0 } };

struct inspect_table *inspect_find(const struct inspection *inspection, const char *name)
{
    const struct catalog_table *table = catalog_table(inspection->catalog, name);
    return table ? &inspection->tables[table - inspection->catalog->tables] : NULL;
}

bool inspect_is_left(const struct inspect_table *table, const char *name)
{
    for (size_t i = 0; i < table->rest_count; i++)
        if (strcmp(table->rest[i].name, name) == 0)
            return true;
    return false;
}

bool inspect_leave(struct inspection *inspection, struct inspect_table *table, const char *name,
                   const char *what, const char *why)
{
    if (inspect_is_left(table, name))
        return false;
    table->rest = GROW_ARRAY(inspection, struct inspect_rest, table->rest, table->rest_count + 1);
    table->rest[table->rest_count++] =
        (struct inspect_rest){ name, memory_copy(inspection, what), memory_copy(inspection, why) };
    return true;
}

bool inspect_is_model(const struct inspect_table *table)
{
    return !table->why && !(table->is_checked && (table->is_brought || table->is_link));
}

const struct catalog_constraint *inspect_key(const struct catalog_table *table)
{
    for (size_t i = 0; i < table->constraint_count; i++)
        if (table->constraints[i].kind == 'p')
            return table->constraints[i].columns[0] && !table->constraints[i].columns[1]
                       ? &table->constraints[i]
                       : NULL;
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
static bool is_content(const struct catalog *catalog, const struct catalog_table *table)
{
    const struct catalog_constraint *reference = inspect_reference(table, "record_id");
    if (!reference || !catalog_column(table, "bytes") || !catalog_table(catalog, reference->references))
        return false;
    const size_t length = strlen(reference->references);
    return strncmp(table->name, reference->references, length) == 0 && table->name[length] == '_';
}

/* Two columns that are the key, and each leads to a table and goes with its row. */
static bool is_link(const struct catalog *catalog, const struct catalog_table *table)
{
    if (table->column_count != 2)
        return false;
    for (size_t i = 0; i < 2; i++) {
        const char *column = table->columns[i].name;
        const struct catalog_constraint *reference = inspect_reference(table, column);
        const struct catalog_table *other = reference ? catalog_table(catalog, reference->references) : NULL;
        if (!other || !strstr(reference->definition, "ON DELETE CASCADE") || !schema_is_name(column) ||
            catalog_column(other, table->name))
            return false;
    }
    for (size_t i = 0; i < table->constraint_count; i++)
        if (table->constraints[i].kind == 'p')
            return table->constraints[i].columns[1] != NULL;
    return false;
}

static const char *why_not_a_model(const struct catalog_table *table)
{
    if (table->special)
        return table->special;
    if (!schema_is_name(table->name))
        return "a model's table has a name of lower-case letters, digits and _";
    if (inspect_key(table))
        return NULL;
    for (size_t i = 0; i < table->constraint_count; i++)
        if (table->constraints[i].kind == 'p')
            return "its primary key has several columns; a model's has one";
    return "it has no primary key";
}

static void classify(struct inspection *inspection, struct inspect_table *table)
{
    table->is_brought = is_internal(table->table->name) || is_content(inspection->catalog, table->table);
    table->is_link = !table->is_brought && is_link(inspection->catalog, table->table);
    table->is_checked = table->is_brought || table->is_link;
    if (!table->is_checked)
        table->why = why_not_a_model(table->table);
}

/* What was tried and did not come out right. */
static void stop_trying(struct inspect_table *table)
{
    table->is_checked = false;
    table->why =
        is_internal(table->table->name)
            ? "the program needs a table of this name for itself, and this is another; the site cannot run "
              "beside it, the migrations can"
            : why_not_a_model(table->table);
}

/* "db/models.c:12: team.owner_id: why" without what stands before why. */
static const char *reason(const struct error *error)
{
    const char *at = strstr(error->message, ": ");
    const char *why = at ? strstr(at + 2, ": ") : NULL;
    return why ? why + 2 : error->message;
}

static bool make_plain(struct inspection *inspection, struct inspect_table *table, const char *column)
{
    for (size_t i = 0; i < table->plain_count; i++)
        if (strcmp(table->plain[i], column) == 0)
            return false;
    table->plain = GROW_ARRAY(inspection, const char *, table->plain, table->plain_count + 1);
    table->plain[table->plain_count++] = column;
    return true;
}

static bool leave_column(struct inspection *inspection, struct inspect_table *table, const char *name,
                         const char *why)
{
    const struct catalog_column *column = catalog_column(table->table, name);
    const struct catalog_constraint *key = inspect_key(table->table);
    if (key && strcmp(key->columns[0], name) == 0) {
        table->why = memory_printf(inspection, "its key \"%s\": %s", name, why);
        return true;
    }
    return column &&
           inspect_leave(inspection, table, column->name,
                         memory_printf(inspection, "column %s %s", column->name, column->type), why);
}

/* What the models refuse is left alone; false when it is nothing of this database. */
static bool accept_refusal(struct inspection *inspection, const struct error *error)
{
    struct inspect_table *table = error->table ? inspect_find(inspection, error->table) : NULL;
    if (!table || table->why)
        return false;
    const char *column = error->column;
    if (column && inspect_reference(table->table, column) && make_plain(inspection, table, column))
        return true;
    if (column && leave_column(inspection, table, column, reason(error)))
        return true;
    if (strstr(error->message, " address ") && !table->other_path)
        return table->other_path = true;
    table->why = memory_copy(inspection, reason(error));
    return true;
}

static bool leave_constraint(struct inspection *inspection, struct inspect_table *table,
                             const struct catalog_constraint *constraint)
{
    const char *why = !constraint->valid ? "it is NOT VALID" : "the models have no terms for it";
    if (constraint->kind == 'p') {
        table->why =
            memory_printf(inspection, "its primary key is more than a column: %s", constraint->definition);
        return true;
    }
    const char *const *last = constraint->columns;
    while (*last && last[1])
        last++;
    if (constraint->kind == 'f' && *last)
        make_plain(inspection, table, *last);
    return inspect_leave(
        inspection, table, constraint->name,
        memory_printf(inspection, "constraint %s %s", constraint->name, constraint->definition), why);
}

/* Something that is there and does not come out as it is. */
static bool leave_what_differs(struct inspection *inspection, const struct operation *operation)
{
    struct inspect_table *table =
        operation->from_table ? inspect_find(inspection, operation->from_table->name) : NULL;
    if (!table || table->why)
        return false;
    if (table->is_checked) {
        stop_trying(table);
        return true;
    }
    if (operation->from_constraint)
        return leave_constraint(inspection, table, operation->from_constraint);
    if (operation->from_index)
        return inspect_leave(inspection, table, operation->from_index->name,
                             memory_printf(inspection, "index %s", operation->from_index->definition),
                             "the models have no terms for it");
    if (operation->from_column)
        return leave_column(inspection, table, operation->from_column->name,
                            operation_words(inspection, operation));
    return false;
}

/* Something that a model brings along and that is not there: no model can be without it. */
static bool leave_table(struct inspection *inspection, const struct operation *operation)
{
    struct inspect_table *table =
        operation->to_table ? inspect_find(inspection, operation->to_table->name) : NULL;
    if (!table || table->why)
        return false;
    if (table->is_checked)
        stop_trying(table);
    else
        table->why = memory_printf(inspection, "a model of it would also want to %s",
                                   operation_words(inspection, operation));
    return true;
}

static size_t declare(const struct inspection *inspection, const struct model ***declared)
{
    const size_t most = inspection->catalog->table_count;
    size_t count = 0;
    *declared = NEW_ARRAY(inspection->round, const struct model *, most + 1);
    for (size_t i = 0; i < most; i++)
        if (inspection->tables[i].model)
            (*declared)[count++] = inspection->tables[i].model;
    return count;
}

/* Makes the models once; whether something had to be left alone, so that it must be done again. */
static bool try_once(struct inspection *inspection)
{
    const struct model **declared;
    struct schema *schema;
    inspect_make(inspection);
    declare(inspection, &declared);
    const struct error *error = schema_open(inspection->round, declared, no_panels, &schema);
    if (error)
        return accept_refusal(inspection, error);
    const struct difference *difference = difference_between(inspection->round, inspection->catalog,
                                                             catalog_of_models(inspection->round, schema));
    bool again = false;
    for (size_t i = 0; i < difference->count; i++)
        again |= leave_what_differs(inspection, &difference->operations[i]);
    for (size_t i = 0; i < difference->count && !again; i++)
        again = leave_table(inspection, &difference->operations[i]);
    return again;
}

size_t inspect_write(struct text *text, const struct catalog *catalog)
{
    struct inspection *inspection = NEW(text, struct inspection);
    inspection->catalog = catalog;
    inspection->tables = NEW_ARRAY(inspection, struct inspect_table, catalog->table_count + 1);
    for (size_t i = 0; i < catalog->table_count; i++) {
        inspection->tables[i].table = &catalog->tables[i];
        classify(inspection, &inspection->tables[i]);
    }
    do {
        talloc_free(inspection->round);
        inspection->round = talloc_new(inspection);
    } while (try_once(inspection));
    const size_t unsaid = inspect_print(text, inspection);
    talloc_free(inspection);
    return unsaid;
}
