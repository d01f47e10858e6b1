/* Constraints and indexes of a table in the terms of the models. */
#include "inspect_state.h"

#include <string.h>

#include "catalog_name.h"
#include "memory.h"

static const struct field *field_of(const struct model *model, const char *name)
{
    for (const struct field *field = model->fields; field && field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

/* A reference with .same needs (same, id) to be unique over there, which the models see to. */
static bool is_same_key(const struct inspection *inspection, const struct inspect_table *table,
                        const struct catalog_constraint *key)
{
    const char *id = inspect_key(table->table)->columns[0];
    if (!key->columns[0] || !key->columns[1] || key->columns[2] || strcmp(key->columns[1], id) != 0)
        return false;
    for (size_t i = 0; i < inspection->catalog->table_count; i++) {
        const struct model *other = inspection->tables[i].model;
        for (const struct field *field = other ? other->fields : NULL; field && field->name; field++)
            if (field->same && strcmp(field->references, table->table->name) == 0 &&
                strcmp(field->same, key->columns[0]) == 0)
                return strcmp(key->name, inspect_name(inspection->round, table->table, key->columns[0],
                                                      memory_printf(inspection->round, "%s_key", id))) == 0;
    }
    return false;
}

static bool field_says(const struct inspection *inspection, const struct inspect_table *table,
                       const struct catalog_constraint *constraint)
{
    const char *column = constraint->columns[0];
    const struct field *field = column && !constraint->columns[1] ? field_of(table->model, column) : NULL;
    if (constraint->kind == 'u' && field && field->unique && !field->ignore_case)
        return strcmp(constraint->name, inspect_name(inspection->round, table->table, column, "key")) == 0;
    if (constraint->kind == 'u')
        return is_same_key(inspection, table, constraint);
    return field && field->type == FIELD_BYTES &&
           strcmp(constraint->name, inspect_name(inspection->round, table->table, column, "length")) == 0;
}

/* CHECK (expression) */
static const char *expression_of(const struct inspection *inspection, const struct catalog_constraint *check)
{
    static const char start[] = "CHECK (";
    const size_t length = strlen(check->definition);
    if (strncmp(check->definition, start, sizeof start - 1) != 0 || check->definition[length - 1] != ')')
        return NULL;
    return memory_copy_length(inspection->round, check->definition + sizeof start - 1, length - sizeof start);
}

static bool names_left(const struct inspect_table *table, const char *const *columns)
{
    for (; *columns; columns++)
        if (!field_of(table->model, *columns) && inspect_is_left(table, *columns))
            return true;
    return false;
}

void inspect_constraints(const struct inspection *inspection, struct inspect_table *table)
{
    const struct catalog_table *from = table->table;
    struct constraint *constraints =
        NEW_ARRAY(inspection->round, struct constraint, from->constraint_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < from->constraint_count; i++) {
        const struct catalog_constraint *constraint = &from->constraints[i];
        const char *expression = constraint->kind == 'c' ? expression_of(inspection, constraint) : NULL;
        if ((constraint->kind != 'u' && !expression) || inspect_is_left(table, constraint->name) ||
            names_left(table, constraint->columns) || field_says(inspection, table, constraint))
            continue;
        const bool deferrable = strstr(constraint->definition, ") DEFERRABLE") != NULL;
        constraints[count++] =
            (struct constraint){ .kind = expression ? CONSTRAINT_CHECK : CONSTRAINT_UNIQUE,
                                 .name = constraint->name,
                                 .fields = constraint->columns,
                                 .expression = expression,
                                 .deferrable = !expression && deferrable,
                                 .initially_deferred =
                                     !expression && deferrable &&
                                     strstr(constraint->definition, "INITIALLY DEFERRED") != NULL };
    }
    table->model->constraints = constraints;
}

/* Whether the field that the index is named after says it. */
static bool field_has(const struct inspection *inspection, const struct inspect_table *table,
                      const struct catalog_index *index)
{
    for (const struct field *field = table->model->fields; field->name; field++) {
        const char *unique = inspect_name(inspection->round, table->table, field->name, "key");
        const char *plain = inspect_name(inspection->round, table->table, field->name, "idx");
        const char *trigrams = inspect_name(inspection->round, table->table, field->name, "trgm");
        if ((field->unique && field->ignore_case && strcmp(index->name, unique) == 0) ||
            ((field->indexed || (field->type == FIELD_REFERENCE && !field->no_index)) &&
             strcmp(index->name, plain) == 0) ||
            (field->searched && strcmp(index->name, trigrams) == 0))
            return true;
    }
    return false;
}

/* The end of what stands in parentheses from here on. */
static const char *closing(const char *at)
{
    int depth = 0;
    char quote = 0;
    for (; *at; at++) {
        if (quote) {
            quote = *at == quote ? 0 : quote;
        } else if (*at == '\'' || *at == '"') {
            quote = *at;
        } else {
            depth += (*at == '(') - (*at == ')');
            if (depth == 0)
                return at;
        }
    }
    return NULL;
}

static const char *part(const void *context, const char *start, const char *end)
{
    const char *second = *start == '"' ? strchr(start + 1, '"') : NULL;
    if (!second || second >= end) /* the models quote names by themselves */
        return memory_copy_length(context, start, (size_t)(end - start));
    return memory_printf(context, "%.*s%.*s", (int)(second - start - 1), start + 1, (int)(end - second - 1),
                         second + 1);
}

/* (a, lower(b), c DESC) as a list of strings; sets what follows. */
static const char *const *parts(const void *context, const char *open, const char **rest)
{
    const char *end = closing(open), *start = open + 1;
    const char **list = NEW_ARRAY(context, const char *, strlen(open) / 2 + 2);
    size_t count = 0;
    for (const char *at = start; at < end; at++) {
        if (*at == '(' || *at == '"' || *at == '\'') {
            const char *other = *at == '(' ? closing(at) : strchr(at + 1, *at);
            at = other ? other : at;
        } else if (*at == ',') {
            list[count++] = part(context, start, at);
            start = at + 2;
        }
    }
    list[count] = part(context, start, end);
    *rest = end + 1;
    return list;
}

static void add_clauses(const void *context, struct index *index, const char *rest)
{
    if (strncmp(rest, " INCLUDE (", 10) == 0)
        index->include = parts(context, rest + 9, &rest);
    if (strncmp(rest, " WITH (", 7) == 0) {
        const char *end = closing(rest + 6);
        index->storage = memory_copy_length(context, rest + 7, (size_t)(end - rest - 7));
        rest = end + 1;
    }
    if (strncmp(rest, " WHERE ", 7) == 0)
        index->where = rest + 7;
}

/* Whether the expression names the column; a string that has the same word in it counts, too, which does no
 * harm. */
static bool mentions(const void *context, const char *shape, const char *column)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    const char *name = catalog_quote(context, column);
    for (const char *at = shape; (at = strstr(at, name)) != NULL; at++) {
        const char after = at[strlen(name)];
        if ((at == shape || !strchr(word, at[-1])) && (!after || !strchr(word, after)))
            return true;
    }
    return false;
}

static const char *why_not(const struct inspection *inspection, const struct inspect_table *table,
                           const struct catalog_index *index)
{
    const char *open = strchr(index->shape, '(');
    if (!index->valid)
        return "it is INVALID: roster check makes such an index again once the models have it";
    if (strncmp(index->shape, "USING ", 6) != 0 || !open || !closing(open))
        return "it is on a part of the table only";
    for (size_t i = 0; i < table->rest_count; i++)
        if (catalog_column(table->table, table->rest[i].name) &&
            mentions(inspection->round, index->shape, table->rest[i].name))
            return memory_printf(inspection->catalog, "it is about %s", table->rest[i].name);
    return NULL;
}

void inspect_indexes(struct inspection *inspection, struct inspect_table *table)
{
    const struct catalog_table *from = table->table;
    struct index *indexes = NEW_ARRAY(inspection->round, struct index, from->index_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < from->index_count; i++) {
        const struct catalog_index *index = &from->indexes[i];
        if (inspect_is_left(table, index->name) || field_has(inspection, table, index))
            continue;
        const char *why = why_not(inspection, table, index);
        if (why) {
            inspect_leave(inspection, table, index->name,
                          memory_printf(inspection->catalog, "index %s", index->definition), why);
            continue;
        }
        const char *rest, *method = index->shape + strlen("USING ");
        struct index *said = &indexes[count++];
        *said = (struct index){ .name = index->name, .unique = index->unique };
        said->columns = parts(inspection->round, strchr(index->shape, '('), &rest);
        if (strncmp(method, "btree ", 6) != 0)
            said->method = memory_copy_length(inspection->round, method, strcspn(method, " "));
        add_clauses(inspection->round, said, rest);
    }
    table->model->indexes = indexes;
}
