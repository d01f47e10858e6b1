/* Compares one table with what becomes of it: columns, constraints, indexes, comments. */
#include <string.h>

#include "catalog_expression.h"
#include "catalog_name.h"
#include "difference_state.h"
#include "memory.h"

struct table_comparison {
    struct comparison *all;
    const struct table_match *table;
    void *scratch;
};

static struct operation operation_of(const struct table_comparison *comparison, enum operation_kind kind,
                                     const char *name)
{
    return (struct operation){ .kind = kind, .table = comparison->table->to->name, .name = name,
                               .from_table = comparison->table->from, .to_table = comparison->table->to };
}

static bool same_text(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

static bool same_base(const void *context, const struct match *match, const struct catalog_column *from,
                      const struct catalog_column *to)
{
    return strcmp(catalog_base_type(context, match_type(context, match, from->type)),
                  catalog_base_type(context, to->type)) == 0;
}

static bool is_number(const void *context, const char *type)
{
    static const char *const names[] = { "smallint", "integer", "bigint", "numeric", "real", "double precision" };
    const char *base = catalog_base_type(context, type);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(base, names[i]) == 0)
            return true;
    return false;
}

/* Whether a default can stay while the type changes. */
static bool default_survives(const struct table_comparison *comparison, const struct catalog_column *from,
                             const struct catalog_column *to)
{
    return same_base(comparison->scratch, comparison->all->match, from, to)
           || (catalog_is_text(from->type) && catalog_is_text(to->type))
           || (is_number(comparison->scratch, from->type) && is_number(comparison->scratch, to->type));
}

static void compare_default(const struct table_comparison *comparison, const struct catalog_column *from,
                            const struct catalog_column *to)
{
    const char *now = match_rewrite(comparison->scratch, comparison->all->match, comparison->table,
                                    from->default_sql);
    if (from->generated == to->generated && catalog_same_default(to->type, now, to->default_sql)
        && (!from->default_sql || default_survives(comparison, from, to)))
        return;
    struct operation operation = operation_of(comparison, OPERATION_CHANGE_DEFAULT, to->name);
    operation.from_column = from;
    operation.to_column = to;
    difference_add(comparison->all, operation);
}

static void compare_column(const struct table_comparison *comparison, const struct catalog_column *from,
                           const struct catalog_column *to)
{
    struct operation operation = operation_of(comparison, OPERATION_RENAME_COLUMN, to->name);
    operation.from_column = from;
    operation.to_column = to;
    if (strcmp(from->name, to->name) != 0) {
        operation.old_name = from->name;
        difference_add(comparison->all, operation);
        operation.old_name = NULL;
    }
    if (from->identity && !to->identity) {
        operation.kind = OPERATION_DROP_IDENTITY;
        difference_add(comparison->all, operation);
    } else if (from->identity != to->identity) {
        operation.kind = OPERATION_CHANGE_IDENTITY;
        difference_add(comparison->all, operation);
    }
    if (strcmp(match_type(comparison->scratch, comparison->all->match, from->type), to->type) != 0) {
        operation.kind = OPERATION_CHANGE_TYPE;
        difference_add(comparison->all, operation);
    }
    compare_default(comparison, from, to);
    if (from->required != to->required) {
        operation.kind = to->required ? OPERATION_SET_REQUIRED : OPERATION_DROP_REQUIRED;
        difference_add(comparison->all, operation);
    }
    if (!same_text(from->comment, to->comment)) {
        operation.kind = OPERATION_CHANGE_COMMENT;
        difference_add(comparison->all, operation);
    }
}

static void add_column(const struct table_comparison *comparison, const struct catalog_column *column)
{
    struct operation operation = operation_of(comparison, OPERATION_ADD_COLUMN, column->name);
    operation.to_column = column;
    difference_add(comparison->all, operation);
    operation.kind = OPERATION_CHANGE_COMMENT;
    if (column->comment)
        difference_add(comparison->all, operation);
}

static void compare_columns(const struct table_comparison *comparison)
{
    const struct table_match *table = comparison->table;
    for (size_t i = 0; i < table->to->column_count; i++) {
        if (table->from_columns[i])
            compare_column(comparison, table->from_columns[i], &table->to->columns[i]);
        else
            add_column(comparison, &table->to->columns[i]);
    }
    for (size_t i = 0; i < table->from->column_count; i++) {
        const struct catalog_column *column = &table->from->columns[i];
        if (match_to_column(table, column->name))
            continue;
        struct operation operation = operation_of(comparison, OPERATION_DROP_COLUMN, column->name);
        operation.from_column = column;
        difference_add(comparison->all, operation);
    }
}

/* "name::text" becomes "name". */
static const char *without_cast(const void *context, const char *definition, const char *name)
{
    const char *cast = memory_printf(context, "%s::text", name);
    const size_t length = strlen(name), whole = strlen(cast);
    struct text *text = text_new(context);
    for (const char *c = definition, *found; *c; c = found + whole) {
        found = strstr(c, cast);
        if (!found) {
            text_add(text, c);
            break;
        }
        text_add_bytes(text, c, (size_t)(found - c) + length);
    }
    return text->data;
}

/* Whether PostgreSQL itself turns the one into the other while the types of columns change: a varchar is cast to text
 * in every expression, a text is not. */
static bool same_expression(const void *context, const struct table_match *table, const char *from, const char *to)
{
    if (strcmp(from, to) == 0)
        return true;
    for (size_t i = 0; i < table->to->column_count; i++) {
        const struct catalog_column *before = table->from_columns[i], *after = &table->to->columns[i];
        if (!before || !catalog_is_text(before->type) || !catalog_is_text(after->type)
            || strcmp(before->type, after->type) == 0)
            continue;
        from = without_cast(context, from, catalog_quote(context, after->name));
        to = without_cast(context, to, catalog_quote(context, after->name));
    }
    return strcmp(from, to) == 0;
}

/* Whether the cast stands there with the end of its name behind it: "a" is not found in "a_b". */
static bool has_cast(const char *definition, const char *cast)
{
    for (const char *at = definition; (at = strstr(at, cast)) != NULL; at++) {
        const char next = at[strlen(cast)];
        if (!next || !strchr("abcdefghijklmnopqrstuvwxyz0123456789_", next))
            return true;
    }
    return false;
}

/* Whether an expression names an enum type that is built anew: it must let go of the old one before. */
static bool is_rebuilt(const struct comparison *comparison, const char *definition)
{
    const struct match *match = comparison->match;
    bool found = false;
    for (size_t i = 0; i < match->enum_count && !found; i++) {
        const struct enum_match *type = &match->enums[i];
        if (!type->rebuilt)
            continue;
        char *cast = memory_printf(NULL, "::%s", catalog_quote(match, type->from->name));
        found = has_cast(definition, cast);
        talloc_free(cast);
    }
    return found;
}

static bool base_changes(const struct comparison *comparison, const struct table_match *table,
                         const char *const *names)
{
    void *scratch = talloc_new(NULL);
    bool changes = false;
    for (; table && table->to && *names && !changes; names++) {
        const struct catalog_column *from = catalog_column(table->from, *names);
        const struct catalog_column *to = match_to_column(table, *names);
        changes = from && to && strcmp(from->type, to->type) != 0 && !same_base(scratch, comparison->match, from, to);
    }
    talloc_free(scratch);
    return changes;
}

static bool same_names(const char *const *left, const char *const *right)
{
    while (*left && *right && strcmp(*left, *right) == 0)
        left++, right++;
    return !*left && !*right;
}

/* Whether the key that a foreign key leads to is dropped, perhaps to be made again differently. */
static bool key_goes(const struct comparison *comparison, const struct table_match *table,
                     const char *const *columns)
{
    bool goes = false;
    for (size_t i = 0; table && table->to && i < table->from->constraint_count; i++) {
        const struct catalog_constraint *key = &table->from->constraints[i];
        if ((key->kind != 'p' && key->kind != 'u') || !same_names(key->columns, columns))
            continue;
        goes = true;
        for (size_t j = 0; j < table->to->constraint_count; j++)
            if (difference_same_constraint(comparison, table, key, &table->to->constraints[j]))
                return false;
    }
    return goes;
}

static bool must_go(const struct comparison *comparison, const struct table_match *table,
                    const struct catalog_constraint *constraint)
{
    if (constraint->kind == 'c' || constraint->kind == 'x')
        return is_rebuilt(comparison, constraint->definition);
    if (constraint->kind != 'f')
        return false;
    const struct table_match *other = match_from_table(comparison->match, constraint->references);
    return base_changes(comparison, table, constraint->columns)
           || base_changes(comparison, other, constraint->referenced)
           || key_goes(comparison, other, constraint->referenced);
}

bool difference_same_constraint(const struct comparison *comparison, const struct table_match *table,
                                const struct catalog_constraint *from, const struct catalog_constraint *to)
{
    if (from->kind != to->kind)
        return false;
    void *scratch = talloc_new(NULL);
    const char *now = match_rewrite(scratch, comparison->match, table, from->definition);
    const bool same = same_expression(scratch, table, now, to->definition) && !must_go(comparison, table, from);
    talloc_free(scratch);
    return same;
}

static bool same_index(const struct comparison *comparison, const struct table_match *table,
                       const struct catalog_index *from, const struct catalog_index *to)
{
    if (from->unique != to->unique)
        return false;
    void *scratch = talloc_new(NULL);
    const char *now = match_rewrite(scratch, comparison->match, table, from->shape);
    const bool same = same_expression(scratch, table, now, to->shape) && !is_rebuilt(comparison, from->shape);
    talloc_free(scratch);
    return same;
}

static void keep_constraint(const struct table_comparison *comparison, const struct catalog_constraint *from,
                            const struct catalog_constraint *to)
{
    struct operation operation = operation_of(comparison, OPERATION_RENAME_CONSTRAINT, to->name);
    operation.from_constraint = from;
    operation.to_constraint = to;
    operation.old_name = from->name;
    if (strcmp(from->name, to->name) != 0)
        difference_add(comparison->all, operation);
    operation.kind = OPERATION_VALIDATE_CONSTRAINT;
    operation.old_name = NULL;
    if (!from->valid && to->valid)
        difference_add(comparison->all, operation);
}

static void drop_constraint(const struct table_comparison *comparison, const struct catalog_constraint *constraint)
{
    struct operation operation =
        operation_of(comparison, constraint->kind == 'f' ? OPERATION_DROP_FOREIGN_KEY : OPERATION_DROP_CONSTRAINT,
                     constraint->name);
    operation.from_constraint = constraint;
    difference_add(comparison->all, operation);
}

static void add_constraint(const struct table_comparison *comparison, const struct catalog_constraint *constraint)
{
    struct operation operation =
        operation_of(comparison, constraint->kind == 'f' ? OPERATION_ADD_FOREIGN_KEY : OPERATION_ADD_CONSTRAINT,
                     constraint->name);
    operation.to_constraint = constraint;
    difference_add(comparison->all, operation);
}

/* First those of the same name, then those that say the same under another. */
static void compare_constraints(const struct table_comparison *comparison)
{
    const struct table_match *table = comparison->table;
    const size_t from_count = table->from->constraint_count, to_count = table->to->constraint_count;
    bool *kept = NEW_ARRAY(comparison->scratch, bool, from_count + 1);
    bool *found = NEW_ARRAY(comparison->scratch, bool, to_count + 1);
    for (int any_name = 0; any_name <= 1; any_name++)
        for (size_t i = 0; i < from_count; i++)
            for (size_t j = 0; j < to_count && !kept[i]; j++) {
                const struct catalog_constraint *from = &table->from->constraints[i];
                const struct catalog_constraint *to = &table->to->constraints[j];
                if (found[j] || (!any_name && strcmp(from->name, to->name) != 0)
                    || !difference_same_constraint(comparison->all, table, from, to))
                    continue;
                kept[i] = found[j] = true;
                keep_constraint(comparison, from, to);
            }
    for (size_t i = 0; i < from_count; i++)
        if (!kept[i])
            drop_constraint(comparison, &table->from->constraints[i]);
    for (size_t j = 0; j < to_count; j++)
        if (!found[j])
            add_constraint(comparison, &table->to->constraints[j]);
}

static void keep_index(const struct table_comparison *comparison, const struct catalog_index *from,
                       const struct catalog_index *to)
{
    struct operation operation = operation_of(comparison, OPERATION_RENAME_INDEX, to->name);
    operation.from_index = from;
    operation.to_index = to;
    if (!from->valid && to->valid) {
        operation.kind = OPERATION_CREATE_INDEX;
        difference_add(comparison->all, operation);
    } else if (strcmp(from->name, to->name) != 0) {
        operation.old_name = from->name;
        difference_add(comparison->all, operation);
    }
}

static void replace_indexes(const struct table_comparison *comparison, const bool *kept, const bool *found)
{
    const struct table_match *table = comparison->table;
    for (size_t i = 0; i < table->from->index_count; i++) {
        struct operation operation = operation_of(comparison, OPERATION_DROP_INDEX, table->from->indexes[i].name);
        operation.from_index = &table->from->indexes[i];
        if (!kept[i])
            difference_add(comparison->all, operation);
    }
    for (size_t j = 0; j < table->to->index_count; j++) {
        struct operation operation = operation_of(comparison, OPERATION_CREATE_INDEX, table->to->indexes[j].name);
        operation.to_index = &table->to->indexes[j];
        if (!found[j])
            difference_add(comparison->all, operation);
    }
}

static void compare_indexes(const struct table_comparison *comparison)
{
    const struct table_match *table = comparison->table;
    bool *kept = NEW_ARRAY(comparison->scratch, bool, table->from->index_count + 1);
    bool *found = NEW_ARRAY(comparison->scratch, bool, table->to->index_count + 1);
    for (int any_name = 0; any_name <= 1; any_name++)
        for (size_t i = 0; i < table->from->index_count; i++)
            for (size_t j = 0; j < table->to->index_count && !kept[i]; j++) {
                const struct catalog_index *from = &table->from->indexes[i], *to = &table->to->indexes[j];
                const bool same_name = strcmp(from->name, to->name) == 0;
                if (found[j] || (any_name ? !from->valid : !same_name)
                    || !same_index(comparison->all, table, from, to))
                    continue;
                kept[i] = found[j] = true;
                keep_index(comparison, from, to);
            }
    replace_indexes(comparison, kept, found);
}

void difference_compare_table(struct comparison *comparison, const struct table_match *table)
{
    struct table_comparison one = { .all = comparison, .table = table, .scratch = talloc_new(NULL) };
    struct operation operation = operation_of(&one, OPERATION_RENAME_TABLE, table->to->name);
    operation.old_name = table->from->name;
    if (strcmp(table->from->name, table->to->name) != 0)
        difference_add(comparison, operation);
    operation.kind = OPERATION_CHANGE_COMMENT;
    operation.old_name = NULL;
    if (!same_text(table->from->comment, table->to->comment))
        difference_add(comparison, operation);
    compare_columns(&one);
    compare_constraints(&one);
    compare_indexes(&one);
    talloc_free(one.scratch);
}
