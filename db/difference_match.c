/* Pairs the two sides by name, then by declared earlier names, in whichever direction those lead. */
#include "difference_match.h"

#include <string.h>

#include "catalog_name.h"
#include "memory.h"

/* The earlier name that is there on the other side and gone on this one; NULL when there is none. */
static const char *living_was(const char *const *was, bool (*is_there)(const void *side, const char *name),
                              const void *there, const void *here)
{
    for (; was && *was; was++)
        if (is_there(there, *was) && !is_there(here, *was))
            return *was;
    return NULL;
}

static bool has_table(const void *side, const char *name)
{
    return catalog_table(side, name) != NULL;
}

static bool has_enum(const void *side, const char *name)
{
    return catalog_enum(side, name) != NULL;
}

static bool has_column(const void *side, const char *name)
{
    return catalog_column(side, name) != NULL;
}

static const struct catalog_column *column_before(const struct catalog_table *from, const struct catalog_table *to,
                                                  const struct catalog_column *column)
{
    const struct catalog_column *same = catalog_column(from, column->name);
    if (same)
        return same;
    const char *was = living_was(column->was, has_column, from, to);
    if (was)
        return catalog_column(from, was);
    for (size_t i = 0; i < from->column_count; i++) {
        const char *back = living_was(from->columns[i].was, has_column, to, from);
        if (back && strcmp(back, column->name) == 0)
            return &from->columns[i];
    }
    return NULL;
}

static void match_columns(const void *context, struct table_match *table)
{
    table->from_columns = NEW_ARRAY(context, const struct catalog_column *, table->to->column_count + 1);
    for (size_t i = 0; i < table->to->column_count; i++) {
        const struct catalog_column *column = &table->to->columns[i];
        const struct catalog_column *before = column_before(table->from, table->to, column);
        for (size_t j = 0; j < i && before; j++)
            if (table->from_columns[j] == before)
                before = NULL;
        table->from_columns[i] = before;
        if (before && strcmp(before->name, column->name) != 0)
            table->columns_renamed = true;
    }
}

static const struct catalog_table *table_before(const struct catalog *from, const struct catalog *to,
                                                const struct catalog_table *table)
{
    const struct catalog_table *same = catalog_table(from, table->name);
    if (same)
        return same;
    const char *was = living_was(table->was, has_table, from, to);
    if (was)
        return catalog_table(from, was);
    for (size_t i = 0; i < from->table_count; i++) {
        const char *back = living_was(from->tables[i].was, has_table, to, from);
        if (back && strcmp(back, table->name) == 0)
            return &from->tables[i];
    }
    return NULL;
}

static void match_tables(const void *context, struct match *match, const struct catalog *from,
                         const struct catalog *to)
{
    bool *taken = NEW_ARRAY(context, bool, from->table_count + 1);
    match->tables = NEW_ARRAY(context, struct table_match, from->table_count + to->table_count + 1);
    for (size_t i = 0; i < to->table_count; i++) {
        struct table_match *table = &match->tables[match->table_count++];
        table->to = &to->tables[i];
        table->from = table_before(from, to, table->to);
        if (table->from && taken[table->from - from->tables])
            table->from = NULL;
        if (!table->from)
            continue;
        taken[table->from - from->tables] = true;
        match_columns(context, table);
        match->renames |= table->columns_renamed || strcmp(table->from->name, table->to->name) != 0;
    }
    for (size_t i = 0; i < from->table_count; i++)
        if (!taken[i])
            match->tables[match->table_count++].from = &from->tables[i];
}

static const struct catalog_value *value_of(const struct catalog_enum *type, const char *name)
{
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(type->values[i].name, name) == 0)
            return &type->values[i];
    return NULL;
}

static const struct catalog_value *value_before(const struct catalog_enum *from, const struct catalog_enum *to,
                                                const struct catalog_value *value)
{
    const struct catalog_value *same = value_of(from, value->name);
    if (same)
        return same;
    if (value->was && value_of(from, value->was) && !value_of(to, value->was))
        return value_of(from, value->was);
    for (size_t i = 0; i < from->count; i++) {
        const char *was = from->values[i].was;
        if (was && strcmp(was, value->name) == 0 && !value_of(to, from->values[i].name))
            return &from->values[i];
    }
    return NULL;
}

static void match_values(const void *context, struct match *match, struct enum_match *type)
{
    const struct catalog_value *last = NULL;
    size_t kept = 0;
    type->from_values = NEW_ARRAY(context, const struct catalog_value *, type->to->count + 1);
    for (size_t i = 0; i < type->to->count; i++) {
        const struct catalog_value *before = value_before(type->from, type->to, &type->to->values[i]);
        type->from_values[i] = before;
        if (!before)
            continue;
        kept++;
        type->rebuilt |= last && before < last;
        last = before;
        match->renames |= strcmp(before->name, type->to->values[i].name) != 0;
    }
    type->rebuilt |= kept < type->from->count;
}

static const struct catalog_enum *enum_before(const struct catalog *from, const struct catalog *to,
                                              const struct catalog_enum *type)
{
    const struct catalog_enum *same = catalog_enum(from, type->name);
    if (same)
        return same;
    const char *was = living_was(type->was, has_enum, from, to);
    if (was)
        return catalog_enum(from, was);
    for (size_t i = 0; i < from->enum_count; i++) {
        const char *back = living_was(from->enums[i].was, has_enum, to, from);
        if (back && strcmp(back, type->name) == 0)
            return &from->enums[i];
    }
    return NULL;
}

static void match_enums(const void *context, struct match *match, const struct catalog *from, const struct catalog *to)
{
    bool *taken = NEW_ARRAY(context, bool, from->enum_count + 1);
    match->enums = NEW_ARRAY(context, struct enum_match, from->enum_count + to->enum_count + 1);
    for (size_t i = 0; i < to->enum_count; i++) {
        struct enum_match *type = &match->enums[match->enum_count++];
        type->to = &to->enums[i];
        type->from = enum_before(from, to, type->to);
        if (type->from && taken[type->from - from->enums])
            type->from = NULL;
        if (!type->from)
            continue;
        taken[type->from - from->enums] = true;
        match_values(context, match, type);
        match->renames |= strcmp(type->from->name, type->to->name) != 0;
    }
    for (size_t i = 0; i < from->enum_count; i++)
        if (!taken[i])
            match->enums[match->enum_count++].from = &from->enums[i];
}

struct match *match_new(const void *context, const struct catalog *from, const struct catalog *to)
{
    struct match *match = NEW(context, struct match);
    match_tables(match, match, from, to);
    match_enums(match, match, from, to);
    return match;
}

const struct table_match *match_from_table(const struct match *match, const char *name)
{
    for (size_t i = 0; i < match->table_count; i++)
        if (match->tables[i].from && strcmp(match->tables[i].from->name, name) == 0)
            return &match->tables[i];
    return NULL;
}

const struct enum_match *match_from_enum(const struct match *match, const char *name)
{
    for (size_t i = 0; i < match->enum_count; i++)
        if (match->enums[i].from && strcmp(match->enums[i].from->name, name) == 0)
            return &match->enums[i];
    return NULL;
}

const struct catalog_column *match_to_column(const struct table_match *table, const char *from_name)
{
    for (size_t i = 0; table->to && table->from && i < table->to->column_count; i++)
        if (table->from_columns[i] && strcmp(table->from_columns[i]->name, from_name) == 0)
            return &table->to->columns[i];
    return NULL;
}
