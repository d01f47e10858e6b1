/* Columns of a database in the terms of the models. */
#include "inspect_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog_name.h"
#include "ddl.h"
#include "memory.h"
#include "schema_check_parts.h"

const char *inspect_name(const void *context, const struct catalog_table *table, const char *column,
                         const char *suffix)
{
    return ddl_cut_name(context, memory_printf(context, "%s_%s_%s", table->name, column, suffix));
}

const struct catalog_constraint *inspect_reference(const struct catalog_table *table, const char *column)
{
    for (size_t i = 0; i < table->constraint_count; i++) {
        const struct catalog_constraint *constraint = &table->constraints[i];
        const char *const *last = constraint->columns;
        if (constraint->kind != 'f' || !constraint->references || !constraint->valid)
            continue;
        while (last[0] && last[1])
            last++;
        if (*last && strcmp(*last, column) == 0 && last - constraint->columns < 2)
            return constraint;
    }
    return NULL;
}

bool inspect_has_index(const struct catalog_table *table, const char *name, bool unique, const char *shape)
{
    const struct catalog_index *index = catalog_index(table, name);
    return index && index->valid && index->unique == unique && strcmp(index->shape, shape) == 0;
}

const char *inspect_lower(const void *context, const struct catalog_column *column)
{
    return memory_printf(context, "lower(%s%s)", catalog_quote(context, column->name),
                         strcmp(column->type, "text") == 0 ? "" : "::text");
}

static bool is_plain(const struct inspect_table *table, const char *column)
{
    for (size_t i = 0; i < table->plain_count; i++)
        if (strcmp(table->plain[i], column) == 0)
            return true;
    return false;
}

static enum on_delete on_delete(const char *definition)
{
    if (strstr(definition, " ON DELETE CASCADE"))
        return ON_DELETE_CASCADE;
    if (strstr(definition, " ON DELETE SET NULL"))
        return ON_DELETE_SET_NULL;
    return strstr(definition, " ON DELETE RESTRICT") ? ON_DELETE_RESTRICT : ON_DELETE_NO_ACTION;
}

static enum on_update on_update(const char *definition)
{
    if (strstr(definition, " ON UPDATE CASCADE"))
        return ON_UPDATE_CASCADE;
    if (strstr(definition, " ON UPDATE SET NULL"))
        return ON_UPDATE_SET_NULL;
    return strstr(definition, " ON UPDATE RESTRICT") ? ON_UPDATE_RESTRICT : ON_UPDATE_NO_ACTION;
}

/* A foreign key to another model's primary key, alone or after a .same. */
static bool add_reference(const struct inspection *inspection, const struct inspect_table *table,
                          const struct catalog_column *column, struct field *field)
{
    const void *round = inspection->round;
    const struct catalog_constraint *reference = inspect_reference(table->table, column->name);
    const struct inspect_table *other =
        reference && !is_plain(table, column->name) ? inspect_find(inspection, reference->references) : NULL;
    const struct catalog_constraint *key =
        other && inspect_is_model(other) ? inspect_key(other->table) : NULL;
    if (!key || inspect_is_left(table, reference->name) || !reference->referenced[0])
        return false;
    const size_t last = reference->columns[1] ? 1 : 0;
    const struct catalog_column *target = catalog_column(other->table, key->columns[0]);
    if (!reference->referenced[last] || strcmp(reference->referenced[last], key->columns[0]) != 0 ||
        (last == 1 && strcmp(reference->columns[0], reference->referenced[0]) != 0) ||
        strcmp(target->type, column->type) != 0)
        return false;
    const char *definition = reference->definition;
    if (column->required && on_delete(definition) == ON_DELETE_SET_NULL)
        return false; /* which models refuse */
    field->type = FIELD_REFERENCE;
    field->references = other->table->name;
    field->on_delete = on_delete(definition);
    field->on_update = on_update(definition);
    field->same = last == 1 ? reference->columns[0] : NULL;
    field->deferrable = strstr(definition, " DEFERRABLE") != NULL;
    field->initially_deferred = strstr(definition, " INITIALLY DEFERRED") != NULL;
    if (strcmp(reference->name, inspect_name(round, table->table, column->name, "fkey")) != 0)
        field->key_name = reference->name;
    field->no_index =
        !inspect_has_index(table->table, inspect_name(round, table->table, column->name, "idx"), false,
                           memory_printf(round, "USING btree (%s, %s)", catalog_quote(round, column->name),
                                         catalog_quote(round, inspect_key(table->table)->columns[0])));
    return true;
}

static const struct catalog_enum *type_of(const struct inspection *inspection, const char *type)
{
    for (size_t i = 0; i < inspection->catalog->enum_count; i++)
        if (strcmp(catalog_quote(inspection->round, inspection->catalog->enums[i].name), type) == 0)
            return &inspection->catalog->enums[i];
    return NULL;
}

static bool add_choices(const struct inspection *inspection, const struct inspect_table *table,
                        const struct catalog_column *column, struct field *field)
{
    const struct catalog_enum *type = type_of(inspection, column->type);
    if (!type || type->count == 0 || strchr(type->name, '"'))
        return false;
    struct choice *choices = NEW_ARRAY(inspection->round, struct choice, type->count + 1);
    for (size_t i = 0; i < type->count; i++)
        choices[i].value = type->values[i].name;
    field->type = FIELD_CHOICE;
    field->choices = choices;
    const char *own = memory_printf(inspection->round, "%s_%s", table->table->name, column->name);
    if (strcmp(type->name, ddl_cut_name(inspection->round, own)) != 0)
        field->sql_type = type->name;
    return true;
}

/* bytea has a limit always. */
static bool add_bytes(const struct inspection *inspection, const struct inspect_table *table,
                      const struct catalog_column *column, struct field *field)
{
    const char *name = inspect_name(inspection->round, table->table, column->name, "length");
    const struct catalog_constraint *check = catalog_constraint(table->table, name);
    const char *limit = check && strcmp(column->type, "bytea") == 0 ? strstr(check->definition, "<= ") : NULL;
    if (!limit)
        return false;
    field->type = FIELD_BYTES;
    field->max_length = (int)strtol(limit + 3, NULL, 10);
    return true;
}

static bool add_sized(const struct catalog_column *column, struct field *field)
{
    int length, scale, end = 0;
    if (sscanf(column->type, "character varying(%d)%n", &length, &end) == 1 && !column->type[end]) {
        field->type = FIELD_TEXT;
        field->max_length = length;
    } else if (sscanf(column->type, "character(%d)%n", &length, &end) == 1 && !column->type[end]) {
        field->type = FIELD_TEXT;
        field->max_length = length;
        field->sql_type = column->type;
    } else if (sscanf(column->type, "numeric(%d,%d)%n", &length, &scale, &end) == 2 && !column->type[end] &&
               scale >= 0) {
        field->type = FIELD_DECIMAL;
        field->precision = length;
        field->scale = scale;
    } else if (strncmp(column->type, "timestamp", 9) == 0 && !strchr(column->type, '[')) {
        field->type = FIELD_TIMESTAMP;
        field->sql_type = column->type;
    } else {
        return false;
    }
    return true;
}

static bool add_plain(const struct catalog_column *column, struct field *field)
{
    static const struct {
        const char *name;
        enum field_type type;
        bool is_said; /* the column has another type than such a field has otherwise */
    } types[] = {
        { "bigint", FIELD_INTEGER, false },  { "integer", FIELD_INTEGER, true },
        { "smallint", FIELD_INTEGER, true }, { "double precision", FIELD_FLOAT, false },
        { "real", FIELD_FLOAT, true },       { "numeric", FIELD_DECIMAL, true },
        { "date", FIELD_DATE, false },       { "timestamp with time zone", FIELD_TIMESTAMP, false },
        { "uuid", FIELD_UUID, false },       { "jsonb", FIELD_JSON, false },
        { "json", FIELD_JSON, true },        { "text", FIELD_LONG_TEXT, false },
        { "citext", FIELD_TEXT, true },      { "character varying", FIELD_TEXT, true },
        { "boolean", FIELD_BOOLEAN, false },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(column->type, types[i].name) == 0) {
            field->type = types[i].type;
            field->sql_type = types[i].is_said ? column->type : NULL;
            if (field->type == FIELD_DECIMAL) { /* which takes everything */
                field->precision = 1000;
                field->scale = 500;
            }
            return true;
        }
    return add_sized(column, field);
}

static const char *add_type(const struct inspection *inspection, const struct inspect_table *table,
                            const struct catalog_column *column, struct field *field)
{
    const bool is_text = strcmp(column->type, "text") == 0;
    if (is_text && (strcmp(column->name, "hashed_password") == 0)) {
        field->type = FIELD_PASSWORD;
        return NULL;
    }
    if (strcmp(column->type, "boolean") == 0) {
        if (!column->required)
            return "a boolean that may be NULL; the models' are yes or no";
        field->type = FIELD_BOOLEAN;
        field->sql_type = column->default_sql ? NULL : column->type;
        return NULL;
    }
    if (add_choices(inspection, table, column, field) || add_bytes(inspection, table, column, field) ||
        add_plain(column, field))
        return NULL;
    return strcmp(column->type, "bytea") == 0 ? "bytes without the limit that the models' have"
                                              : "no field has this type";
}

/* The number of a row: an identity, or what counts with a sequence of its own. */
static bool add_number(const struct inspection *inspection, const struct inspect_table *table,
                       const struct catalog_column *column, struct field *field)
{
    const bool is_key = strcmp(inspect_key(table->table)->columns[0], column->name) == 0;
    const bool counts = column->identity == 'd' || catalog_sequence(inspection->round, column->default_sql);
    if (!is_key || !counts || inspect_reference(table->table, column->name) ||
        (strcmp(column->type, "bigint") != 0 && strcmp(column->type, "integer") != 0 &&
         strcmp(column->type, "smallint") != 0))
        return false;
    field->type = FIELD_IDENTITY;
    field->sql_type = strcmp(column->type, "bigint") == 0 ? NULL : column->type;
    return true;
}

/* What a field says of itself and stands in the database as an index or a key of its own. */
static void add_indexes(const struct inspection *inspection, const struct inspect_table *table,
                        const struct catalog_column *column, struct field *field)
{
    const void *round = inspection->round;
    const char *name = catalog_quote(round, column->name), *lower = inspect_lower(round, column);
    const char *id = catalog_quote(round, inspect_key(table->table)->columns[0]);
    const char *key = inspect_name(round, table->table, column->name, "key");
    const char *index = inspect_name(round, table->table, column->name, "idx");
    const struct catalog_constraint *unique = catalog_constraint(table->table, key);
    const bool folds = field->type == FIELD_TEXT;
    if (unique && !inspect_is_left(table, key) &&
        strcmp(unique->definition, memory_printf(round, "UNIQUE (%s)", name)) == 0)
        field->unique = true;
    else if (folds &&
             inspect_has_index(table->table, key, true, memory_printf(round, "USING btree (%s)", lower)))
        field->unique = field->ignore_case = true;
    else if (field->type != FIELD_REFERENCE &&
             inspect_has_index(table->table, index, false,
                               memory_printf(round, "USING btree (%s, %s)", name, id)))
        field->indexed = true;
    else if (folds && inspect_has_index(table->table, index, false,
                                        memory_printf(round, "USING btree (%s, %s)", lower, id)))
        field->indexed = field->ignore_case = true;
    if ((field->type == FIELD_TEXT || field->type == FIELD_LONG_TEXT) &&
        inspect_has_index(table->table, inspect_name(round, table->table, column->name, "trgm"), false,
                          memory_printf(round, "USING gin (%s gin_trgm_ops)", name)))
        field->searched = true;
}

const char *inspect_field(const struct inspection *inspection, const struct inspect_table *table,
                          const struct catalog_column *column, struct field *field)
{
    *field = (struct field){ .name = column->name,
                             .required = column->required,
                             .comment = column->comment,
                             .default_sql = column->default_sql };
    if (!schema_is_name(column->name))
        return "a field's name has lower-case letters, digits and _";
    if (column->generated)
        return "the models have no generated columns";
    if (column->special)
        return column->special;
    const bool is_number = add_number(inspection, table, column, field);
    if (column->identity && !is_number)
        return "an identity that is not the primary key, or is always generated";
    if (is_number)
        return NULL;
    if (!add_reference(inspection, table, column, field)) {
        const char *why = add_type(inspection, table, column, field);
        if (why)
            return why;
    }
    add_indexes(inspection, table, column, field);
    return NULL;
}
