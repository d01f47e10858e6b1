/* CREATE and DROP statements from the models. */
#include "ddl.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "sql.h"
#include "text.h"

static const char *const part_suffix[] = {
    [DDL_KEY] = "key",       [DDL_FKEY] = "fkey", [DDL_RANGE] = "range", [DDL_PATTERN] = "pattern",
    [DDL_LENGTH] = "length", [DDL_SELF] = "self", [DDL_INDEX] = "idx",   [DDL_TRIGRAM] = "trgm",
};

/* PostgreSQL cuts names at 63 bytes without a word, which could make two equal: a hash (FNV-1a) keeps them apart. */
const char *ddl_cut_name(const void *context, const char *name)
{
    if (strlen(name) <= 63)
        return name;
    uint32_t hash = 2166136261u;
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return memory_printf(context, "%.54s_%08x", name, hash);
}

const char *ddl_name(const void *context, const struct field *field, enum ddl_part part)
{
    return ddl_cut_name(context, memory_printf(context, "%s_%s_%s", field->model->table, field->name, part_suffix[part]));
}

const char *ddl_key_name(const void *context, const struct model *model)
{
    return model->key_name ? model->key_name : ddl_cut_name(context, memory_printf(context, "%s_pkey", model->table));
}

static const char *own_name(const void *context, const struct field *field, enum ddl_part part)
{
    return part == DDL_FKEY && field->key_name ? field->key_name : ddl_name(context, field, part);
}

const struct field *ddl_field_of(const struct model *model, const char *name, enum ddl_part *part)
{
    void *scratch = talloc_new(NULL);
    const struct field *found = NULL;
    for (size_t i = 0; i < model->field_count && !found; i++)
        for (enum ddl_part p = DDL_KEY; p <= DDL_TRIGRAM && !found; p++)
            if (strcmp(own_name(scratch, &model->fields[i], p), name) == 0) {
                found = &model->fields[i];
                *part = p;
            }
    if (!found && strcmp(ddl_key_name(scratch, model), name) == 0) {
        found = model->primary_key;
        *part = DDL_KEY;
    }
    talloc_free(scratch);
    return found;
}

const struct constraint *ddl_constraint_of(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->constraint_count; i++)
        if (strcmp(model->constraints[i].name, name) == 0)
            return &model->constraints[i];
    return NULL;
}

const char *ddl_deferral(bool deferrable, bool initially_deferred)
{
    if (!deferrable)
        return "";
    return initially_deferred ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE";
}

static const char *quoted(const void *context, const char *name)
{
    return sql_quote_name(context, name);
}

static void add_enums(struct text *out, const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (field->type != FIELD_CHOICE)
            continue;
        text_addf(out, "CREATE TYPE %s AS ENUM (", field_sql_type(out, field));
        for (const struct choice *choice = field->choices; choice->value; choice++)
            text_addf(out, "%s%s", choice == field->choices ? "" : ", ", sql_quote_literal(out, choice->value));
        text_add(out, ");\n");
    }
}

static void add_check(struct text *out, const struct field *field, enum ddl_part part, const char *expression)
{
    text_addf(out, ",\n    CONSTRAINT %s CHECK (%s)", quoted(out, ddl_name(out, field, part)), expression);
}

static const char *length_expression(const void *context, const struct field *field)
{
    const char *name = quoted(context, field->name);
    const char *measure = field->type == FIELD_BYTES ? "octet_length" : "char_length";
    /* varchar(n) says the upper limit itself */
    bool upper = field->max_length > 0 && field->type != FIELD_TEXT && field->type != FIELD_EMAIL;
    if (field->min_length > 0 && upper)
        return memory_printf(context, "%s(%s) BETWEEN %d AND %d", measure, name, field->min_length, field->max_length);
    if (field->min_length > 0)
        return memory_printf(context, "%s(%s) >= %d", measure, name, field->min_length);
    if (upper)
        return memory_printf(context, "%s(%s) <= %d", measure, name, field->max_length);
    return NULL;
}

static void add_field_checks(struct text *out, const struct field *field)
{
    const char *name = quoted(out, field->name);
    if (field->minimum && field->maximum)
        add_check(out, field, DDL_RANGE, memory_printf(out, "%s >= %s AND %s <= %s", name, field->minimum, name,
                                                       field->maximum));
    else if (field->minimum)
        add_check(out, field, DDL_RANGE, memory_printf(out, "%s >= %s", name, field->minimum));
    else if (field->maximum)
        add_check(out, field, DDL_RANGE, memory_printf(out, "%s <= %s", name, field->maximum));
    if (field->pattern)
        add_check(out, field, DDL_PATTERN,
                  memory_printf(out, "%s ~ %s", name, sql_quote_literal(out, field->pattern)));
    const char *length = length_expression(out, field);
    if (length)
        add_check(out, field, DDL_LENGTH, length);
    if (field->acyclic)
        add_check(out, field, DDL_SELF, memory_printf(out, "%s <> %s", name,
                                                      quoted(out, field->model->primary_key->name)));
}

/* Whether an earlier field of the models asks for the same composite key as this one. */
static bool same_key_made(const struct schema *schema, const struct field *wanted)
{
    for (size_t i = 0; i < schema->count; i++)
        for (size_t j = 0; j < schema->models[i]->field_count; j++) {
            const struct field *field = &schema->models[i]->fields[j];
            if (field == wanted)
                return false;
            if (field->target == wanted->target && field->same && strcmp(field->same, wanted->same) == 0)
                return true;
        }
    return false;
}

/* The columns of a composite foreign key must be a unique key of the other table (PostgreSQL manual, 5.4.5): one for
 * each .same that leads here. */
static void add_same_keys(struct text *out, const struct schema *schema, const struct model *model)
{
    for (size_t i = 0; i < schema->count; i++)
        for (size_t j = 0; j < schema->models[i]->field_count; j++) {
            const struct field *field = &schema->models[i]->fields[j];
            if (field->target != model || !field->same || same_key_made(schema, field))
                continue;
            const char *key = model->primary_key->name;
            const char *name = ddl_cut_name(out, memory_printf(out, "%s_%s_%s_key", model->table, field->same, key));
            text_addf(out, ",\n    CONSTRAINT %s UNIQUE (%s, %s)", quoted(out, name), quoted(out, field->same),
                      quoted(out, key));
        }
}

static void add_constraints(struct text *out, const struct model *model)
{
    for (size_t i = 0; i < model->constraint_count; i++) {
        const struct constraint *constraint = &model->constraints[i];
        text_addf(out, ",\n    CONSTRAINT %s ", quoted(out, constraint->name));
        if (constraint->kind == CONSTRAINT_CHECK) {
            text_addf(out, "CHECK (%s)", constraint->expression);
            continue;
        }
        text_add(out, "UNIQUE (");
        for (const char *const *name = constraint->fields; *name; name++)
            text_addf(out, "%s%s", name == constraint->fields ? "" : ", ", quoted(out, *name));
        text_addf(out, ")%s", ddl_deferral(constraint->deferrable, constraint->initially_deferred));
    }
}

static void add_column(struct text *out, const struct field *field)
{
    text_addf(out, "    %s %s", quoted(out, field->name), field_sql_type(out, field));
    if (field->type == FIELD_IDENTITY && !field->default_sql)
        text_add(out, " GENERATED BY DEFAULT AS IDENTITY");
    if (field->default_sql)
        text_addf(out, " DEFAULT %s", field->default_sql);
    if (field->required)
        text_add(out, " NOT NULL");
}

static void add_table(struct text *out, const struct schema *schema, const struct model *model)
{
    text_addf(out, "\nCREATE TABLE %s (\n", quoted(out, model->table));
    bool first = true;
    for (size_t i = 0; i < model->field_count; i++) {
        if (!field_has_column(&model->fields[i]))
            continue;
        text_add(out, first ? "" : ",\n");
        add_column(out, &model->fields[i]);
        first = false;
    }
    text_addf(out, ",\n    CONSTRAINT %s PRIMARY KEY (%s)",
              quoted(out, ddl_key_name(out, model)), quoted(out, model->primary_key->name));
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (field->unique && !field->ignore_case)
            text_addf(out, ",\n    CONSTRAINT %s UNIQUE (%s)", quoted(out, ddl_name(out, field, DDL_KEY)),
                      quoted(out, field->name));
    }
    for (size_t i = 0; i < model->field_count; i++)
        add_field_checks(out, &model->fields[i]);
    add_same_keys(out, schema, model);
    add_constraints(out, model);
    text_add(out, "\n);\n");
}

static void add_link_table(struct text *out, const struct link *link)
{
    const char *table = quoted(out, link->table);
    const char *own = quoted(out, link->own_column), *other = quoted(out, link->target_column);
    const char *pkey = quoted(out, ddl_cut_name(out, memory_printf(out, "%s_pkey", link->table)));
    text_addf(out, "\nCREATE TABLE %s (\n    %s %s NOT NULL,\n    %s %s NOT NULL,\n", table, own,
              field_sql_type(out, link->model->primary_key), other,
              field_sql_type(out, link->target_model->primary_key));
    text_addf(out, "    CONSTRAINT %s PRIMARY KEY (%s, %s)\n);\n", pkey, own, other);
}

static void add_link_keys(struct text *out, const struct link *link)
{
    const char *table = quoted(out, link->table);
    const struct {
        const char *column;
        const struct model *model;
    } sides[] = { { link->own_column, link->model }, { link->target_column, link->target_model } };
    for (size_t i = 0; i < 2; i++)
        text_addf(out, "ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s) ON DELETE CASCADE;\n",
                  table,
                  quoted(out, ddl_cut_name(out, memory_printf(out, "%s_%s_fkey", link->table, sides[i].column))),
                  quoted(out, sides[i].column), quoted(out, sides[i].model->table),
                  quoted(out, sides[i].model->primary_key->name));
    text_addf(out, "CREATE INDEX %s ON %s (%s);\n",
              quoted(out, ddl_cut_name(out, memory_printf(out, "%s_%s_idx", link->table, link->target_column))), table,
              quoted(out, link->target_column));
}

static void add_foreign_key(struct text *out, const struct field *field)
{
    static const char *const on_update[] = {
        [ON_UPDATE_NO_ACTION] = "", [ON_UPDATE_CASCADE] = " ON UPDATE CASCADE",
        [ON_UPDATE_RESTRICT] = " ON UPDATE RESTRICT", [ON_UPDATE_SET_NULL] = " ON UPDATE SET NULL"
    };
    const char *column = quoted(out, field->name);
    text_addf(out, "ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (", quoted(out, field->model->table),
              quoted(out, own_name(out, field, DDL_FKEY)));
    if (field->same)
        text_addf(out, "%s, ", quoted(out, field->same));
    text_addf(out, "%s) REFERENCES %s (", column, quoted(out, field->target->table));
    if (field->same)
        text_addf(out, "%s, ", quoted(out, field->same));
    text_addf(out, "%s)%s", quoted(out, field->target->primary_key->name), on_update[field->on_update]);
    if (field->on_delete == ON_DELETE_CASCADE)
        text_add(out, " ON DELETE CASCADE");
    else if (field->on_delete == ON_DELETE_SET_NULL && field->same)
        text_addf(out, " ON DELETE SET NULL (%s)", column); /* the shared reference stays (PostgreSQL 15) */
    else if (field->on_delete == ON_DELETE_SET_NULL)
        text_add(out, " ON DELETE SET NULL");
    else if (field->on_delete == ON_DELETE_RESTRICT)
        text_add(out, " ON DELETE RESTRICT");
    text_addf(out, "%s;\n", ddl_deferral(field->deferrable, field->initially_deferred));
}

/* Whether a composite key on (field, primary key) exists already. */
static bool has_same_key(const struct schema *schema, const struct field *wanted)
{
    for (size_t i = 0; i < schema->count; i++)
        for (size_t j = 0; j < schema->models[i]->field_count; j++) {
            const struct field *field = &schema->models[i]->fields[j];
            if (field->target == wanted->model && field->same && strcmp(field->same, wanted->name) == 0)
                return true;
        }
    return false;
}

bool ddl_is_ordered(const struct field *field)
{
    return !field->unique && (field->indexed || (field->type == FIELD_REFERENCE && !field->no_index));
}

const struct field *ddl_related_order(const struct field *field)
{
    const struct model *model = field->model;
    const char *sort = model->sort ? model->sort + (*model->sort == '-') : model->primary_key->name;
    const struct field *order = model_field(model, sort);
    if (field->type != FIELD_REFERENCE || !order || order == model->primary_key || order == field)
        return NULL;
    for (size_t i = 0; i < model->constraint_count; i++) {
        const struct constraint *constraint = &model->constraints[i];
        if (constraint->kind == CONSTRAINT_UNIQUE && strcmp(constraint->fields[0], field->name) == 0 &&
            constraint->fields[1] && strcmp(constraint->fields[1], order->name) == 0)
            return NULL;
    }
    return order;
}

static const char *sort_value(const void *context, const struct field *field)
{
    const char *name = quoted(context, field->name);
    return field->ignore_case ? memory_printf(context, "lower(%s)", name) : name;
}

static void add_field_indexes(struct text *out, const struct schema *schema, const struct field *field)
{
    const char *table = quoted(out, field->model->table), *name = quoted(out, field->name);
    const char *key = quoted(out, field->model->primary_key->name);
    const char *value = sort_value(out, field);
    if (field->unique && field->ignore_case)
        text_addf(out, "CREATE UNIQUE INDEX %s ON %s (%s);\n", quoted(out, ddl_name(out, field, DDL_KEY)), table,
                  value);
    const struct field *order = ddl_related_order(field);
    /* The primary key as last column makes this the index of keyset paging. */
    if (ddl_is_ordered(field) && (order || !has_same_key(schema, field)))
        text_addf(out, "CREATE INDEX %s ON %s (%s, %s%s);\n", quoted(out, ddl_name(out, field, DDL_INDEX)), table, value,
                  order ? memory_printf(out, "%s, ", sort_value(out, order)) : "", key);
    if (field->searched)
        text_addf(out, "CREATE INDEX %s ON %s USING gin (%s gin_trgm_ops);\n",
                  quoted(out, ddl_name(out, field, DDL_TRIGRAM)), table, name);
}

static void add_index(struct text *out, const struct model *model, const struct index *index)
{
    text_addf(out, "CREATE %sINDEX %s ON %s", index->unique ? "UNIQUE " : "", quoted(out, index->name),
              quoted(out, model->table));
    if (index->method)
        text_addf(out, " USING %s", index->method);
    text_add(out, " (");
    for (const char *const *column = index->columns; *column; column++) {
        const char *separator = column == index->columns ? "" : ", ";
        size_t length = strcspn(*column, " (");
        if ((*column)[0] == '(' || (*column)[length] == '(')
            text_addf(out, "%s%s", separator, *column);
        else
            text_addf(out, "%s%s%s", separator, quoted(out, memory_copy_length(out, *column, length)),
                      *column + length);
    }
    text_add(out, ")");
    for (const char *const *column = index->include; column && *column; column++)
        text_addf(out, "%s%s%s", column == index->include ? " INCLUDE (" : ", ", quoted(out, *column),
                  column[1] ? "" : ")");
    if (index->storage)
        text_addf(out, " WITH (%s)", index->storage);
    if (index->where)
        text_addf(out, " WHERE %s", index->where);
    text_add(out, ";\n");
}

static void add_comments(struct text *out, const struct model *model)
{
    const char *table = quoted(out, model->table);
    if (model->comment)
        text_addf(out, "COMMENT ON TABLE %s IS %s;\n", table, sql_quote_literal(out, model->comment));
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].comment && field_has_column(&model->fields[i]))
            text_addf(out, "COMMENT ON COLUMN %s.%s IS %s;\n", table, quoted(out, model->fields[i].name),
                      sql_quote_literal(out, model->fields[i].comment));
}

static bool searches(const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        for (size_t j = 0; j < schema->models[i]->field_count; j++)
            if (schema->models[i]->fields[j].searched)
                return true;
    return false;
}

static void add_keys_and_indexes(struct text *out, const struct schema *schema, const struct model *model)
{
    for (size_t j = 0; j < model->field_count; j++)
        if (model->fields[j].type == FIELD_REFERENCE)
            add_foreign_key(out, &model->fields[j]);
    for (size_t j = 0; j < model->link_count; j++)
        add_link_keys(out, &model->links[j]);
    for (size_t j = 0; j < model->field_count; j++)
        add_field_indexes(out, schema, &model->fields[j]);
    for (size_t j = 0; j < model->index_count; j++)
        add_index(out, model, &model->indexes[j]);
    add_comments(out, model);
}

char *ddl_create_schema(const void *context, const struct schema *schema)
{
    struct text *out = text_new(context);
    if (searches(schema))
        text_add(out, "CREATE EXTENSION IF NOT EXISTS pg_trgm;\n");
    for (size_t i = 0; i < schema->count; i++)
        add_enums(out, schema->models[i]);
    for (size_t i = 0; i < schema->count; i++)
        add_table(out, schema, schema->models[i]);
    for (size_t i = 0; i < schema->count; i++)
        for (size_t j = 0; j < schema->models[i]->link_count; j++)
            add_link_table(out, &schema->models[i]->links[j]);
    text_add(out, "\n"); /* foreign keys last: tables may reference each other in circles */
    for (size_t i = 0; i < schema->count; i++)
        add_keys_and_indexes(out, schema, schema->models[i]);
    return memory_copy(context, out->data);
}

char *ddl_drop_schema(const void *context, const struct schema *schema)
{
    struct text *out = text_new(context);
    text_add(out, "DROP TABLE");
    const char *separator = " ";
    for (size_t i = 0; i < schema->count; i++) {
        for (size_t j = 0; j < schema->models[i]->link_count; j++, separator = ", ")
            text_addf(out, "%s%s", separator, quoted(out, schema->models[i]->links[j].table));
        text_addf(out, "%s%s", separator, quoted(out, schema->models[i]->table));
        separator = ", ";
    }
    text_add(out, ";\n");
    for (size_t i = 0; i < schema->count; i++)
        for (size_t j = 0; j < schema->models[i]->field_count; j++)
            if (schema->models[i]->fields[j].type == FIELD_CHOICE)
                text_addf(out, "DROP TYPE %s;\n", field_sql_type(out, &schema->models[i]->fields[j]));
    return memory_copy(context, out->data);
}
