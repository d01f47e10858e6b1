/* Columns of a database in the terms of the models. */
#include "inspect_field.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_name.h"
#include "ddl.h"
#include "memory.h"

void inspect_string(struct text *text, const char *value)
{
    text_add_char(text, '"');
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            text_addf(text, "\\%c", *value);
        else if (*value == '\n')
            text_add(text, "\\n");
        else if (*value == '?')
            text_add(text, "\\?"); /* no trigraph */
        else
            text_add_char(text, *value);
    }
    text_add_char(text, '"');
}

void inspect_symbol(struct text *text, const char *name)
{
    text_addf(text, "model_");
    for (; *name; name++)
        text_add_char(text, strchr("abcdefghijklmnopqrstuvwxyz0123456789_", *name) ? *name : '_');
}

void inspect_unsaid(struct inspection *inspection, const char *what, const char *which)
{
    text_addf(inspection->text, "        /* not said: %s: ", what);
    for (; *which; which++) /* a comment must not end early */
        text_add_char(inspection->text, *which == '/' || *which == '\n' ? ' ' : *which);
    text_add(inspection->text, " */\n");
    inspection->unsaid++;
}

const char *inspect_name(const struct inspection *inspection, const char *column, const char *suffix)
{
    return ddl_cut_name(inspection->text,
                        memory_printf(inspection->text, "%s_%s_%s", inspection->table->name, column, suffix));
}

const struct catalog_constraint *inspect_reference(const struct catalog_table *table, const char *column)
{
    for (size_t i = 0; i < table->constraint_count; i++) {
        const struct catalog_constraint *constraint = &table->constraints[i];
        const char *const *last = constraint->columns;
        if (constraint->kind != 'f' || !constraint->references)
            continue;
        while (last[0] && last[1])
            last++;
        if (*last && strcmp(*last, column) == 0 && last - constraint->columns < 2)
            return constraint;
    }
    return NULL;
}

const char *inspect_lower(const struct inspection *inspection, const struct catalog_column *column)
{
    return memory_printf(inspection->text, "lower(%s%s)", catalog_quote(inspection->text, column->name),
                         strcmp(column->type, "text") == 0 ? "" : "::text");
}

/* One that the models bring along as it is. */
static bool is_implicit(const struct inspection *inspection, const struct catalog_column *column)
{
    if (column->comment || catalog_index(inspection->table, inspect_name(inspection, column->name, "idx")))
        return false;
    if (strcmp(column->name, "id") == 0)
        return column->identity == 'd' && strcmp(column->type, "bigint") == 0;
    return (strcmp(column->name, "created_at") == 0 || strcmp(column->name, "updated_at") == 0) &&
           column->required && strcmp(column->type, "timestamp with time zone") == 0 && column->default_sql &&
           strcmp(column->default_sql, "now()") == 0;
}

void inspect_missing(struct inspection *inspection)
{
    static const char *const names[] = { "id", "created_at", "updated_at" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!catalog_column(inspection->table, names[i]))
            inspect_unsaid(inspection, "every model has this column, and the table has not", names[i]);
}

static const struct catalog_index *index_with(const struct inspection *inspection, const char *name,
                                              bool unique, const char *shape)
{
    const struct catalog_index *index = catalog_index(inspection->table, name);
    return index && index->valid && index->unique == unique && strcmp(index->shape, shape) == 0 ? index
                                                                                                : NULL;
}

/* What a field says of itself and stands in the database as an index or a key of its own. */
static void add_indexes(struct inspection *inspection, const struct catalog_column *column, bool is_reference)
{
    struct text *text = inspection->text;
    const char *name = catalog_quote(text, column->name), *lower = inspect_lower(inspection, column);
    const struct catalog_constraint *key =
        catalog_constraint(inspection->table, inspect_name(inspection, column->name, "key"));
    const char *index = inspect_name(inspection, column->name, "idx");
    if (key && strcmp(key->definition, memory_printf(text, "UNIQUE (%s)", name)) == 0)
        text_add(text, ", .unique = true");
    else if (index_with(inspection, inspect_name(inspection, column->name, "key"), true,
                        memory_printf(text, "USING btree (%s)", lower)))
        text_add(text, ", .unique = true, .ignore_case = true");
    else if (!is_reference &&
             index_with(inspection, index, false, memory_printf(text, "USING btree (%s, id)", name)))
        text_add(text, ", .indexed = true");
    else if (index_with(inspection, index, false, memory_printf(text, "USING btree (%s, id)", lower)))
        text_add(text, ", .indexed = true, .ignore_case = true");
    if (index_with(inspection, inspect_name(inspection, column->name, "trgm"), false,
                   memory_printf(text, "USING gin (%s gin_trgm_ops)", name)))
        text_add(text, ", .searched = true");
}

static void add_choices(struct inspection *inspection, const struct catalog_enum *type)
{
    struct text *text = inspection->text;
    text_add(text, ".type = FIELD_CHOICE,\n          .choices = (const struct choice[]){ ");
    for (size_t i = 0; i < type->count; i++) {
        text_add(text, "{ .value = ");
        inspect_string(text, type->values[i].name);
        text_add(text, " }, ");
    }
    text_add(text, "{ 0 } }");
}

static void add_reference(struct inspection *inspection, const struct catalog_constraint *reference)
{
    struct text *text = inspection->text;
    const char *definition = reference->definition;
    text_add(text, ".type = FIELD_REFERENCE, .references = ");
    inspect_string(text, reference->references);
    text_addf(text, ", .on_delete = %s",
              strstr(definition, "ON DELETE CASCADE")    ? "ON_DELETE_CASCADE"
              : strstr(definition, "ON DELETE SET NULL") ? "ON_DELETE_SET_NULL"
                                                         : "ON_DELETE_RESTRICT");
    if (reference->columns[1]) {
        text_add(text, ", .same = ");
        inspect_string(text, reference->columns[0]);
    }
    if (strstr(definition, " DEFERRABLE"))
        text_add(text, strstr(definition, " INITIALLY DEFERRED")
                           ? ", .deferrable = true, .initially_deferred = true"
                           : ", .deferrable = true");
}

/* bytea has a limit always. */
static void add_bytes(struct inspection *inspection, const struct catalog_column *column)
{
    const struct catalog_constraint *check =
        catalog_constraint(inspection->table, inspect_name(inspection, column->name, "length"));
    const char *limit = check ? strstr(check->definition, "<= ") : NULL;
    text_add(inspection->text, ".type = FIELD_BYTES");
    if (limit)
        text_addf(inspection->text, ", .max_length = %ld", strtol(limit + 3, NULL, 10));
}

static bool add_sized(struct text *text, const char *type)
{
    int precision, scale;
    if (sscanf(type, "character varying(%d)", &precision) == 1)
        text_addf(text, ".type = FIELD_TEXT, .max_length = %d", precision);
    else if (sscanf(type, "numeric(%d,%d)", &precision, &scale) == 2)
        text_addf(text, ".type = FIELD_DECIMAL, .precision = %d, .scale = %d", precision, scale);
    else
        return false;
    return true;
}

static bool add_type(struct inspection *inspection, const struct catalog_column *column)
{
    static const char *const plain[][2] = {
        { "bigint", "FIELD_INTEGER" },  { "double precision", "FIELD_FLOAT" },
        { "boolean", "FIELD_BOOLEAN" }, { "date", "FIELD_DATE" },
        { "uuid", "FIELD_UUID" },       { "timestamp with time zone", "FIELD_TIMESTAMP" },
        { "jsonb", "FIELD_JSON" },      { "text", "FIELD_LONG_TEXT" },
    };
    struct text *text = inspection->text;
    const char *own_type =
        ddl_cut_name(text, memory_printf(text, "%s_%s", inspection->table->name, column->name));
    const struct catalog_enum *type = catalog_enum(inspection->catalog, own_type);
    const char *quoted = catalog_quote(text, own_type);
    if (type && strcmp(column->type, quoted) == 0) {
        add_choices(inspection, type);
        return true;
    }
    if (strcmp(column->type, "text") == 0 && strcmp(column->name, "hashed_password") == 0) {
        text_add(text, ".type = FIELD_PASSWORD");
        return true;
    }
    if (strcmp(column->type, "bytea") == 0) {
        add_bytes(inspection, column);
        return true;
    }
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(column->type, plain[i][0]) == 0) {
            text_addf(text, ".type = %s", plain[i][1]);
            return true;
        }
    return add_sized(text, column->type);
}

static void add_settings(struct inspection *inspection, const struct catalog_column *column,
                         bool is_reference)
{
    struct text *text = inspection->text;
    if (column->required)
        text_add(text, ", .required = true");
    add_indexes(inspection, column, is_reference);
    if (column->default_sql) {
        text_add(text, ",\n          .default_sql = ");
        inspect_string(text, column->default_sql);
    }
    if (column->comment) {
        text_add(text, ",\n          .comment = ");
        inspect_string(text, column->comment);
    }
}

void inspect_field(struct inspection *inspection, const struct catalog_column *column)
{
    struct text *text = inspection->text;
    const struct catalog_constraint *reference = inspect_reference(inspection->table, column->name);
    const size_t start = text->length;
    if (is_implicit(inspection, column))
        return;
    text_add(text, "        { .name = ");
    inspect_string(text, column->name);
    text_add(text, ", ");
    bool said = !column->generated && (!column->identity || strcmp(column->name, "id") == 0);
    if (column->identity == 'd' && said)
        text_add(text, ".type = FIELD_IDENTITY");
    else if (reference)
        add_reference(inspection, reference);
    else
        said = said && add_type(inspection, column);
    if (said) {
        add_settings(inspection, column, reference != NULL);
        text_add(text, " },\n");
        return;
    }
    text->length = start;
    inspect_unsaid(inspection, "column", memory_printf(text, "%s %s", column->name, column->type));
}
