/* The tables that the models want, as a catalog. The names are those of ddl.c, which makes the same tables as
 * SQL. */
#include "catalog.h"

#include <string.h>

#include "catalog_expression.h"
#include "catalog_make.h"
#include "catalog_name.h"
#include "ddl.h"
#include "memory.h"
#include "text.h"

/* A composite key that a .same asks for: (same, primary key) of its target. */
struct same_key {
    const struct model *model;
    const char *same;
};

struct builder {
    const struct schema *schema;
    struct catalog *catalog;
    struct same_key *same_keys;
    size_t same_count;
};

static const char *column_type(const void *context, const struct field *field)
{
    if (field->sql_type)
        return field->type == FIELD_CHOICE ? catalog_quote(context, field->sql_type) : field->sql_type;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_EMAIL:
        return field->max_length ? memory_printf(context, "character varying(%d)", field->max_length)
                                 : "text";
    case FIELD_CHOICE:
        return catalog_quote(context, ddl_cut_name(context, memory_printf(context, "%s_%s",
                                                                          field->model->table, field->name)));
    case FIELD_TIMESTAMP:
        return "timestamp with time zone";
    case FIELD_REFERENCE:
        return column_type(context, field->target->primary_key);
    default:
        return field_sql_type(context, field);
    }
}

/* All earlier names of something called first_second, when either part may have had another name. */
static const char *const *joined_was(const void *context, const char *first, const char *first_was,
                                     const char *second, const char *second_was)
{
    if (!first_was && !second_was)
        return NULL;
    const char **was = NEW_ARRAY(context, const char *, 4);
    size_t count = 0;
    for (int i = 1; i < 4; i++) {
        const char *left = i & 1 ? first_was : first, *right = i & 2 ? second_was : second;
        if (left && right)
            was[count++] = ddl_cut_name(context, memory_printf(context, "%s_%s", left, right));
    }
    return was;
}

static const char *const *one_was(const void *context, const char *was)
{
    return was ? catalog_names_of(context, was, NULL) : NULL;
}

static void add_field_check(const struct builder *builder, struct catalog_table *table,
                            const struct field *field, enum ddl_part part, const char *expression)
{
    catalog_make_check(builder->catalog, table, ddl_name(builder->catalog, field, part),
                       catalog_names_of(builder->catalog, field->name, NULL), expression);
}

static void add_range(const struct builder *builder, struct catalog_table *table, const struct field *field)
{
    const void *context = builder->catalog;
    const char *name = catalog_quote(context, field->name), *type = column_type(context, field);
    const char *low = field->minimum ? catalog_compare(context, name, type, ">=", field->minimum) : NULL;
    const char *high = field->maximum ? catalog_compare(context, name, type, "<=", field->maximum) : NULL;
    if (low && high)
        add_field_check(builder, table, field, DDL_RANGE, memory_printf(context, "%s AND %s", low, high));
    else if (low || high)
        add_field_check(builder, table, field, DDL_RANGE, low ? low : high);
}

/* The column as a text: varchar has no operators and functions of its own. */
static const char *as_text(const void *context, const struct field *field)
{
    const char *name = catalog_quote(context, field->name);
    if (strcmp(column_type(context, field), "text") == 0)
        return name;
    return memory_printf(context, "%s::text", name);
}

static void add_length(const struct builder *builder, struct catalog_table *table, const struct field *field)
{
    const void *context = builder->catalog;
    const bool upper = field->max_length > 0 && field->type != FIELD_TEXT && field->type != FIELD_EMAIL;
    const char *measure =
        field->type == FIELD_BYTES
            ? memory_printf(context, "octet_length(%s)", catalog_quote(context, field->name))
            : memory_printf(context, "char_length(%s)", as_text(context, field));
    if (field->min_length > 0 && upper)
        add_field_check(builder, table, field, DDL_LENGTH,
                        memory_printf(context, "%s >= %d AND %s <= %d", measure, field->min_length, measure,
                                      field->max_length));
    else if (field->min_length > 0)
        add_field_check(builder, table, field, DDL_LENGTH,
                        memory_printf(context, "%s >= %d", measure, field->min_length));
    else if (upper)
        add_field_check(builder, table, field, DDL_LENGTH,
                        memory_printf(context, "%s <= %d", measure, field->max_length));
}

static void add_field_checks(const struct builder *builder, struct catalog_table *table,
                             const struct field *field)
{
    const void *context = builder->catalog;
    add_range(builder, table, field);
    if (field->pattern) {
        struct text *text = text_new(context);
        text_addf(text, "%s ~ ", as_text(context, field));
        catalog_add_literal(text, field->pattern);
        text_add(text, "::text");
        add_field_check(builder, table, field, DDL_PATTERN, text->data);
    }
    add_length(builder, table, field);
    if (field->acyclic)
        add_field_check(builder, table, field, DDL_SELF,
                        memory_printf(context, "%s <> %s", catalog_quote(context, field->name),
                                      catalog_quote(context, field->model->primary_key->name)));
}

static void add_foreign_key(const struct builder *builder, struct catalog_table *table,
                            const struct field *field)
{
    static const char *const deletes[] = { [ON_DELETE_RESTRICT] = " ON DELETE RESTRICT",
                                           [ON_DELETE_CASCADE] = " ON DELETE CASCADE",
                                           [ON_DELETE_SET_NULL] = " ON DELETE SET NULL",
                                           [ON_DELETE_NO_ACTION] = "" };
    static const char *const updates[] = { [ON_UPDATE_NO_ACTION] = "",
                                           [ON_UPDATE_CASCADE] = " ON UPDATE CASCADE",
                                           [ON_UPDATE_RESTRICT] = " ON UPDATE RESTRICT",
                                           [ON_UPDATE_SET_NULL] = " ON UPDATE SET NULL" };
    const void *context = builder->catalog;
    const char *key = field->target->primary_key->name;
    const bool one_column =
        field->same && field->on_delete == ON_DELETE_SET_NULL; /* the shared reference stays */
    catalog_make_reference(
        builder->catalog, table, field->key_name ? field->key_name : ddl_name(context, field, DDL_FKEY),
        field->same ? catalog_names_of(context, field->same, field->name)
                    : catalog_names_of(context, field->name, NULL),
        field->target->table,
        field->same ? catalog_names_of(context, field->same, key) : catalog_names_of(context, key, NULL),
        memory_printf(context, "%s%s%s%s%s%s", updates[field->on_update], deletes[field->on_delete],
                      one_column ? " (" : "", one_column ? catalog_quote(context, field->name) : "",
                      one_column ? ")" : "", ddl_deferral(field->deferrable, field->initially_deferred)));
}

static bool has_same_key(const struct builder *builder, const struct model *model, const char *same)
{
    for (size_t i = 0; i < builder->same_count; i++)
        if (builder->same_keys[i].model == model && strcmp(builder->same_keys[i].same, same) == 0)
            return true;
    return false;
}

static void find_same_keys(struct builder *builder)
{
    for (size_t i = 0; i < builder->schema->count; i++)
        for (size_t j = 0; j < builder->schema->models[i]->field_count; j++) {
            const struct field *field = &builder->schema->models[i]->fields[j];
            if (!field->same || has_same_key(builder, field->target, field->same))
                continue;
            builder->same_keys =
                GROW_ARRAY(builder->catalog, struct same_key, builder->same_keys, builder->same_count + 1);
            builder->same_keys[builder->same_count++] = (struct same_key){ field->target, field->same };
        }
}

static void add_same_keys(const struct builder *builder, struct catalog_table *table,
                          const struct model *model)
{
    const void *context = builder->catalog;
    const char *key = model->primary_key->name;
    for (size_t i = 0; i < builder->same_count; i++)
        if (builder->same_keys[i].model == model) {
            const char *same = builder->same_keys[i].same;
            catalog_make_key(
                builder->catalog, table, 'u',
                ddl_cut_name(context, memory_printf(context, "%s_%s_%s_key", model->table, same, key)),
                catalog_names_of(context, same, key), "");
        }
}

static const char *sort_value(const void *context, const struct field *field)
{
    return field->ignore_case ? memory_printf(context, "lower(%s)", as_text(context, field))
                              : catalog_quote(context, field->name);
}

static void add_field_indexes(const struct builder *builder, struct catalog_table *table,
                              const struct field *field)
{
    const void *context = builder->catalog;
    const char *name = catalog_quote(context, field->name);
    const char *key = catalog_quote(context, field->model->primary_key->name);
    const char *value = sort_value(context, field);
    if (field->unique && field->ignore_case)
        catalog_make_index(builder->catalog, table, ddl_name(context, field, DDL_KEY), true,
                           memory_printf(context, "USING btree (%s)", value));
    const struct field *order = ddl_related_order(field);
    if (ddl_is_ordered(field) && (order || !has_same_key(builder, field->model, field->name)))
        catalog_make_index(
            builder->catalog, table, ddl_name(context, field, DDL_INDEX), false,
            memory_printf(context, "USING btree (%s, %s%s)", value,
                          order ? memory_printf(context, "%s, ", sort_value(context, order)) : "", key));
    if (field->searched)
        catalog_make_index(builder->catalog, table, ddl_name(context, field, DDL_TRIGRAM), false,
                           memory_printf(context, "USING gin (%s gin_trgm_ops)", name));
}

/* "created_at DESC": a name is quoted where it must be, ASC is not said; expressions stay as they are. */
static void add_index_column(struct text *text, const char *column)
{
    const size_t length = strcspn(column, " (");
    if (column[0] == '(' || column[length] == '(') {
        text_add(text, column);
        return;
    }
    catalog_add_name(text, memory_copy_length(text, column, length));
    if (strcmp(column + length, " ASC") != 0)
        text_add(text, column + length);
}

static void add_model_index(const struct builder *builder, struct catalog_table *table,
                            const struct index *index)
{
    struct text *text = text_new(builder->catalog);
    text_addf(text, "USING %s (", index->method ? index->method : "btree");
    for (const char *const *column = index->columns; *column; column++) {
        text_add(text, column == index->columns ? "" : ", ");
        add_index_column(text, *column);
    }
    text_add_char(text, ')');
    if (index->include && index->include[0]) {
        text_add(text, " INCLUDE ");
        catalog_add_names(text, index->include);
    }
    if (index->storage)
        text_addf(text, " WITH (%s)", index->storage);
    if (index->where)
        text_addf(text, " WHERE %s", index->where);
    catalog_make_index(builder->catalog, table, index->name, index->unique, text->data);
}

/* The name in nextval('name'::regclass), when no column before has it; NULL for other defaults. */
static const char *new_sequence(const struct builder *builder, const char *default_sql)
{
    const char *name = default_sql ? catalog_sequence(builder->catalog, default_sql) : NULL;
    for (size_t i = 0; name && i < builder->catalog->table_count; i++)
        for (size_t j = 0; j < builder->catalog->tables[i].column_count; j++) {
            const char *other = builder->catalog->tables[i].columns[j].sequence;
            if (other && strcmp(other, name) == 0)
                return NULL;
        }
    return name;
}

static void add_column(const struct builder *builder, struct catalog_table *table, const struct field *field)
{
    const void *context = builder->catalog;
    const char *type = column_type(context, field);
    table->columns[table->column_count++] = (struct catalog_column){
        .name = field->name,
        .type = type,
        .default_sql = catalog_default(context, type, field->default_sql),
        .comment = field->comment,
        .identity = field->type == FIELD_IDENTITY && !field->default_sql ? 'd' : 0,
        .sequence = new_sequence(builder, field->default_sql),
        .required = field->required,
        .was = one_was(context, field->was),
    };
}

static void add_enum(const struct builder *builder, const struct field *field)
{
    const struct model *model = field->model;
    for (size_t i = 0; field->sql_type && i < builder->catalog->enum_count; i++)
        if (strcmp(builder->catalog->enums[i].name, field->sql_type) == 0)
            return; /* several columns of one type */
    struct catalog_enum *type = &builder->catalog->enums[builder->catalog->enum_count++];
    type->name = field->sql_type ? field->sql_type
                                 : ddl_cut_name(builder->catalog, memory_printf(builder->catalog, "%s_%s",
                                                                                model->table, field->name));
    type->was = field->sql_type
                    ? NULL
                    : joined_was(builder->catalog, model->table, model->was, field->name, field->was);
    while (field->choices[type->count].value)
        type->count++;
    type->values = NEW_ARRAY(builder->catalog, struct catalog_value, type->count + 1);
    for (size_t i = 0; i < type->count; i++)
        type->values[i] = (struct catalog_value){ field->choices[i].value, field->choices[i].was };
}

static void add_model_constraints(const struct builder *builder, struct catalog_table *table,
                                  const struct model *model)
{
    static const char *const none[] = { NULL };
    for (size_t i = 0; i < model->constraint_count; i++) {
        const struct constraint *constraint = &model->constraints[i];
        if (constraint->kind == CONSTRAINT_UNIQUE)
            catalog_make_key(builder->catalog, table, 'u', constraint->name, constraint->fields,
                             ddl_deferral(constraint->deferrable, constraint->initially_deferred));
        else
            catalog_make_check(builder->catalog, table, constraint->name,
                               constraint->fields ? constraint->fields : none, constraint->expression);
    }
}

static void add_model(const struct builder *builder, const struct model *model)
{
    const void *context = builder->catalog;
    struct catalog_table *table = catalog_make_table(builder->catalog, model->table, model->field_count);
    table->comment = model->comment;
    table->was = one_was(context, model->was);
    table->ignores = model->ignores;
    catalog_make_key(builder->catalog, table, 'p',
                     ddl_key_name(context, model), catalog_names_of(context, model->primary_key->name, NULL), "");
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (!field_has_column(field))
            continue;
        add_column(builder, table, field);
        if (field->type == FIELD_CHOICE)
            add_enum(builder, field);
        if (field->unique && !field->ignore_case)
            catalog_make_key(builder->catalog, table, 'u', ddl_name(context, field, DDL_KEY),
                             catalog_names_of(context, field->name, NULL), "");
        add_field_checks(builder, table, field);
        if (field->type == FIELD_REFERENCE)
            add_foreign_key(builder, table, field);
        add_field_indexes(builder, table, field);
    }
    add_same_keys(builder, table, model);
    add_model_constraints(builder, table, model);
    for (size_t i = 0; i < model->index_count; i++)
        add_model_index(builder, table, &model->indexes[i]);
}

static const char *const *link_column_was(const void *context, const char *column, const struct model *model)
{
    if (!model->was || strcmp(column, memory_printf(context, "%s_id", model->table)) != 0)
        return NULL; /* not made from the table's name */
    return catalog_names_of(context, memory_printf(context, "%s_id", model->was), NULL);
}

static const char *const *link_was(const void *context, const struct link *link)
{
    const struct model *own = link->model, *other = link->target_model;
    if (link->was)
        return catalog_names_of(context, link->was, NULL);
    if (strcmp(link->table, memory_printf(context, "%s_%s", own->table, other->table)) != 0)
        return NULL;
    return joined_was(context, own->table, own->was, other->table, other->was);
}

static void add_link(const struct builder *builder, const struct link *link)
{
    const void *context = builder->catalog;
    struct catalog_table *table = catalog_make_table(builder->catalog, link->table, 2);
    table->was = link_was(context, link);
    const struct {
        const char *column;
        const struct model *model;
    } sides[] = { { link->own_column, link->model }, { link->target_column, link->target_model } };
    for (size_t i = 0; i < 2; i++) {
        const char *column = sides[i].column, *key = sides[i].model->primary_key->name;
        table->columns[table->column_count++] =
            (struct catalog_column){ .name = column,
                                     .type = column_type(context, sides[i].model->primary_key),
                                     .required = true,
                                     .was = link_column_was(context, column, sides[i].model) };
        catalog_make_reference(
            builder->catalog, table,
            ddl_cut_name(context, memory_printf(context, "%s_%s_fkey", link->table, column)),
            catalog_names_of(context, column, NULL), sides[i].model->table,
            catalog_names_of(context, key, NULL), " ON DELETE CASCADE");
    }
    catalog_make_key(builder->catalog, table, 'p',
                     ddl_cut_name(context, memory_printf(context, "%s_pkey", link->table)),
                     catalog_names_of(context, link->own_column, link->target_column), "");
    catalog_make_index(
        builder->catalog, table,
        ddl_cut_name(context, memory_printf(context, "%s_%s_idx", link->table, link->target_column)), false,
        memory_printf(context, "USING btree (%s)", catalog_quote(context, link->target_column)));
}

/* A FIELD_FILE keeps its bytes in the table model_field, which has another name when either has. */
static void name_contents(const struct builder *builder, const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        const char *const *was = field->type == FIELD_FILE ? joined_was(builder->catalog, model->table,
                                                                        model->was, field->name, field->was)
                                                           : NULL;
        if (!was)
            continue;
        const char *name = memory_printf(builder->catalog, "%s_%s", model->table, field->name);
        for (size_t j = 0; j < builder->catalog->table_count; j++)
            if (strcmp(builder->catalog->tables[j].name, name) == 0)
                builder->catalog->tables[j].was = was;
    }
}

/* Makes room for all tables and enum types, and finds out which extensions are needed. */
static void prepare(struct builder *builder)
{
    struct catalog *catalog = builder->catalog;
    size_t tables = builder->schema->count, enums = 0;
    bool trigrams = false, folds = false;
    for (size_t i = 0; i < builder->schema->count; i++) {
        const struct model *model = builder->schema->models[i];
        tables += model->link_count;
        for (size_t j = 0; j < model->field_count; j++) {
            enums += model->fields[j].type == FIELD_CHOICE;
            trigrams |= model->fields[j].searched;
            folds |= model->fields[j].sql_type && strcmp(model->fields[j].sql_type, "citext") == 0;
        }
        for (size_t j = 0; j < model->index_count; j++)
            for (const char *const *column = model->indexes[j].columns; *column; column++)
                trigrams |= strstr(*column, "_trgm_ops") != NULL;
    }
    size_t extensions = 0;
    catalog->extensions = NEW_ARRAY(catalog, const char *, 3);
    if (folds)
        catalog->extensions[extensions++] = "citext";
    if (trigrams)
        catalog->extensions[extensions++] = "pg_trgm";
    catalog->tables = NEW_ARRAY(catalog, struct catalog_table, tables + 1);
    catalog->enums = NEW_ARRAY(catalog, struct catalog_enum, enums + 1);
    find_same_keys(builder);
}

struct catalog *catalog_of_models(const void *context, const struct schema *schema)
{
    struct catalog *catalog = NEW(context, struct catalog);
    struct builder builder = { .schema = schema, .catalog = catalog };
    prepare(&builder);
    catalog->ignored = schema->ignored;
    for (size_t i = 0; i < schema->count; i++) {
        add_model(&builder, schema->models[i]);
        for (size_t j = 0; j < schema->models[i]->link_count; j++)
            add_link(&builder, &schema->models[i]->links[j]);
    }
    for (size_t i = 0; i < schema->count; i++)
        name_contents(&builder, schema->models[i]);
    catalog_sort(catalog);
    return catalog;
}
