/* Constraints and indexes of a table in the terms of the models. */
#include "inspect_table.h"

#include <string.h>

#include "catalog_name.h"
#include "ddl.h"
#include "memory.h"

static void add_strings(struct text *text, const char *const *values)
{
    text_add(text, "(const char *const[]){ ");
    for (; *values; values++) {
        inspect_string(text, *values);
        text_add(text, ", ");
    }
    text_add(text, "NULL }");
}

/* A reference with .same needs (same, id) to be unique over there, which the models see to. */
static bool is_same_key(const struct inspection *inspection, const struct catalog_constraint *key)
{
    const struct catalog *catalog = inspection->catalog;
    for (size_t i = 0; i < catalog->table_count; i++)
        for (size_t j = 0; j < catalog->tables[i].constraint_count; j++) {
            const struct catalog_constraint *other = &catalog->tables[i].constraints[j];
            if (other->kind == 'f' && other->references &&
                strcmp(other->references, inspection->table->name) == 0 && other->referenced[0] &&
                other->referenced[1] && key->columns[0] && key->columns[1] &&
                strcmp(other->referenced[0], key->columns[0]) == 0 &&
                strcmp(other->referenced[1], key->columns[1]) == 0)
                return true;
        }
    return false;
}

static bool field_says(const struct inspection *inspection, const struct catalog_constraint *constraint)
{
    const struct text *text = inspection->text;
    const char *column = constraint->columns[0];
    if (constraint->kind == 'p')
        return true;
    if (constraint->kind == 'f')
        return column && inspect_reference(inspection->table, constraint->columns[1] ? constraint->columns[1]
                                                                                     : column) == constraint;
    if (constraint->kind == 'u' && column && !constraint->columns[1])
        return strcmp(constraint->name, inspect_name(inspection, column, "key")) == 0 &&
               strcmp(constraint->definition,
                      memory_printf(text, "UNIQUE (%s)", catalog_quote(text, column))) == 0;
    if (constraint->kind == 'u')
        return is_same_key(inspection, constraint);
    if (constraint->kind != 'c' || !column)
        return false;
    const struct catalog_column *checked = catalog_column(inspection->table, column);
    return checked && strcmp(checked->type, "bytea") == 0 &&
           strcmp(constraint->name, inspect_name(inspection, column, "length")) == 0;
}

/* CHECK (expression) */
static const char *expression_of(const struct inspection *inspection, const struct catalog_constraint *check)
{
    static const char start[] = "CHECK (";
    const size_t length = strlen(check->definition);
    if (strncmp(check->definition, start, sizeof start - 1) != 0 || check->definition[length - 1] != ')')
        return NULL;
    return memory_copy_length(inspection->text, check->definition + sizeof start - 1, length - sizeof start);
}

static void add_constraint(struct inspection *inspection, const struct catalog_constraint *constraint)
{
    struct text *text = inspection->text;
    const char *expression = constraint->kind == 'c' ? expression_of(inspection, constraint) : NULL;
    const bool plain_key = constraint->kind == 'u' && strncmp(constraint->definition, "UNIQUE (", 8) == 0 &&
                           !strstr(constraint->definition, "INCLUDE");
    if (!constraint->valid || (!expression && !plain_key)) {
        inspect_unsaid(inspection, "constraint",
                       memory_printf(text, "%s %s", constraint->name, constraint->definition));
        return;
    }
    text_addf(text, "        { .kind = %s, .name = ", expression ? "CONSTRAINT_CHECK" : "CONSTRAINT_UNIQUE");
    inspect_string(text, constraint->name);
    text_add(text, ",\n          .fields = ");
    add_strings(text, constraint->columns);
    if (expression) {
        text_add(text, ",\n          .expression = ");
        inspect_string(text, expression);
    }
    if (strstr(constraint->definition, ") DEFERRABLE"))
        text_add(text, strstr(constraint->definition, "INITIALLY DEFERRED")
                           ? ", .deferrable = true, .initially_deferred = true"
                           : ", .deferrable = true");
    text_add(text, " },\n");
}

void inspect_constraints(struct inspection *inspection)
{
    const struct catalog_table *table = inspection->table;
    size_t count = 0;
    for (size_t i = 0; i < table->constraint_count; i++) {
        if (field_says(inspection, &table->constraints[i]))
            continue;
        text_add(inspection->text, count++ == 0 ? "    .constraints = (const struct constraint[]){\n" : "");
        add_constraint(inspection, &table->constraints[i]);
    }
    text_add(inspection->text, count > 0 ? "        { 0 },\n    },\n" : "");
}

/* Whether the field that the index is named after says it. */
static bool field_has(const struct inspection *inspection, const struct catalog_index *index)
{
    const struct text *text = inspection->text;
    for (size_t i = 0; i < inspection->table->column_count; i++) {
        const struct catalog_column *column = &inspection->table->columns[i];
        const char *name = catalog_quote(text, column->name), *lower = inspect_lower(inspection, column);
        const char *const shapes[][2] = {
            { inspect_name(inspection, column->name, "key"), memory_printf(text, "USING btree (%s)", lower) },
            { inspect_name(inspection, column->name, "idx"),
              memory_printf(text, "USING btree (%s, id)", name) },
            { inspect_name(inspection, column->name, "idx"),
              memory_printf(text, "USING btree (%s, id)", lower) },
            { inspect_name(inspection, column->name, "trgm"),
              memory_printf(text, "USING gin (%s gin_trgm_ops)", name) },
        };
        for (size_t j = 0; j < sizeof shapes / sizeof *shapes; j++)
            if (strcmp(index->name, shapes[j][0]) == 0 && strcmp(index->shape, shapes[j][1]) == 0 &&
                index->unique == (j == 0))
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

static void add_part(struct text *text, const char *start, const char *end)
{
    char *part = memory_copy_length(text, start, (size_t)(end - start));
    if (part[0] == '"') { /* the models quote names by themselves */
        char *second = strchr(part + 1, '"');
        part = memory_printf(text, "%.*s%s", (int)(second - part - 1), part + 1, second + 1);
    }
    inspect_string(text, part);
    text_add(text, ", ");
}

/* (a, lower(b), c DESC) as a list of strings; returns what follows. */
static const char *add_parts(struct text *text, const char *open)
{
    const char *end = closing(open), *start = open + 1;
    text_add(text, "(const char *const[]){ ");
    for (const char *at = start; at < end; at++) {
        if (*at == '(' || *at == '"' || *at == '\'') {
            const char *other = *at == '(' ? closing(at) : strchr(at + 1, *at);
            at = other ? other : at;
        } else if (*at == ',') {
            add_part(text, start, at);
            start = at + 2;
        }
    }
    add_part(text, start, end);
    text_add(text, "NULL }");
    return end + 1;
}

static void add_clauses(struct text *text, const char *rest)
{
    if (strncmp(rest, " INCLUDE (", 10) == 0) {
        text_add(text, ", .include = ");
        rest = add_parts(text, rest + 9);
    }
    if (strncmp(rest, " WITH (", 7) == 0) {
        const char *end = closing(rest + 6);
        text_add(text, ", .storage = ");
        inspect_string(text, memory_copy_length(text, rest + 7, (size_t)(end - rest - 7)));
        rest = end + 1;
    }
    if (strncmp(rest, " WHERE ", 7) == 0) {
        text_add(text, ",\n          .where = ");
        inspect_string(text, rest + 7);
    }
}

static void add_index(struct inspection *inspection, const struct catalog_index *index)
{
    struct text *text = inspection->text;
    const char *method = index->shape + strlen("USING "), *open = strchr(index->shape, '(');
    if (strncmp(index->shape, "USING ", 6) != 0 || !open || !closing(open) || !index->valid ||
        strstr(index->shape, "NULLS NOT DISTINCT")) {
        inspect_unsaid(inspection, "index", index->definition);
        return;
    }
    text_add(text, "        { .name = ");
    inspect_string(text, index->name);
    text_add(text, ", .columns = ");
    const char *rest = add_parts(text, open);
    if (strncmp(method, "btree ", 6) != 0)
        text_addf(text, ", .method = \"%.*s\"", (int)strcspn(method, " "), method);
    if (index->unique)
        text_add(text, ", .unique = true");
    add_clauses(text, rest);
    text_add(text, " },\n");
}

void inspect_indexes(struct inspection *inspection)
{
    const struct catalog_table *table = inspection->table;
    size_t count = 0;
    for (size_t i = 0; i < table->index_count; i++) {
        if (field_has(inspection, &table->indexes[i]))
            continue;
        text_add(inspection->text, count++ == 0 ? "    .indexes = (const struct index[]){\n" : "");
        add_index(inspection, &table->indexes[i]);
    }
    text_add(inspection->text, count > 0 ? "        { 0 },\n    },\n" : "");
}
