/* Compares two catalogs: enum types, tables, and what is in them. */
#include "difference.h"

#include <string.h>

#include "difference_state.h"
#include "memory.h"

void difference_add(struct comparison *comparison, struct operation operation)
{
    struct difference *difference = comparison->difference;
    const size_t count = difference->count;
    if ((count & (count - 1)) == 0) /* grows at powers of two */
        difference->operations =
            GROW_ARRAY(difference, struct operation, difference->operations, count > 0 ? 2 * count : 1);
    difference->operations[difference->count++] = operation;
}

static void compare_extensions(struct comparison *comparison)
{
    const struct catalog *from = comparison->difference->from, *to = comparison->difference->to;
    for (const char *const *name = to->extensions; name && *name; name++)
        if (!catalog_has_extension(from, *name))
            difference_add(comparison, (struct operation){ .kind = OPERATION_CREATE_EXTENSION, .name = *name });
}

static void compare_values(struct comparison *comparison, const struct enum_match *type)
{
    for (size_t i = 0; i < type->to->count; i++) {
        const struct catalog_value *before = type->from_values[i];
        struct operation operation = { .name = type->to->values[i].name, .from_enum = type->from,
                                       .to_enum = type->to };
        if (before && strcmp(before->name, operation.name) != 0) {
            operation.kind = OPERATION_RENAME_VALUE;
            operation.old_name = before->name;
            difference_add(comparison, operation);
        } else if (!before && !type->rebuilt) {
            operation.kind = OPERATION_ADD_VALUE;
            difference_add(comparison, operation);
        }
    }
    if (type->rebuilt)
        difference_add(comparison, (struct operation){ .kind = OPERATION_REBUILD_ENUM, .name = type->to->name,
                                                       .from_enum = type->from, .to_enum = type->to });
}

static void compare_enum(struct comparison *comparison, const struct enum_match *type)
{
    struct operation operation = { .from_enum = type->from, .to_enum = type->to };
    if (!type->to) {
        operation.kind = OPERATION_DROP_ENUM;
        operation.name = type->from->name;
        difference_add(comparison, operation);
        return;
    }
    operation.name = type->to->name;
    if (!type->from) {
        operation.kind = OPERATION_CREATE_ENUM;
        difference_add(comparison, operation);
        return;
    }
    if (strcmp(type->from->name, type->to->name) != 0) {
        operation.kind = OPERATION_RENAME_ENUM;
        operation.old_name = type->from->name;
        difference_add(comparison, operation);
    }
    compare_values(comparison, type);
}

static void add_comments(struct comparison *comparison, const struct catalog_table *table)
{
    struct operation operation = { .kind = OPERATION_CHANGE_COMMENT, .table = table->name, .name = table->name,
                                   .to_table = table };
    if (table->comment)
        difference_add(comparison, operation);
    for (size_t i = 0; i < table->column_count; i++) {
        operation.to_column = &table->columns[i];
        operation.name = operation.to_column->name;
        if (operation.to_column->comment)
            difference_add(comparison, operation);
    }
}

static void create_table(struct comparison *comparison, const struct catalog_table *table)
{
    struct operation operation = { .kind = OPERATION_CREATE_TABLE, .table = table->name, .name = table->name,
                                   .to_table = table };
    difference_add(comparison, operation);
    operation.kind = OPERATION_ADD_FOREIGN_KEY;
    for (size_t i = 0; i < table->constraint_count; i++) {
        operation.to_constraint = &table->constraints[i];
        operation.name = operation.to_constraint->name;
        if (operation.to_constraint->kind == 'f')
            difference_add(comparison, operation);
    }
    operation.kind = OPERATION_CREATE_INDEX;
    operation.to_constraint = NULL;
    for (size_t i = 0; i < table->index_count; i++) {
        operation.to_index = &table->indexes[i];
        operation.name = operation.to_index->name;
        difference_add(comparison, operation);
    }
    add_comments(comparison, table);
}

/* Indexes share one space of names: one that goes with its table at the end is in the way of a new one before. */
static bool is_wanted_elsewhere(const struct comparison *comparison, const char *name)
{
    const struct catalog *to = comparison->difference->to;
    for (size_t i = 0; i < to->table_count; i++) {
        const struct catalog_constraint *constraint = catalog_constraint(&to->tables[i], name);
        if (catalog_index(&to->tables[i], name)
            || (constraint && constraint->kind != 'f' && constraint->kind != 'c'))
            return true;
    }
    return false;
}

static void free_names(struct comparison *comparison, const struct catalog_table *table)
{
    struct operation operation = { .table = table->name, .from_table = table };
    for (size_t i = 0; i < table->index_count; i++)
        if (is_wanted_elsewhere(comparison, table->indexes[i].name)) {
            operation.kind = OPERATION_DROP_INDEX;
            operation.name = table->indexes[i].name;
            operation.from_index = &table->indexes[i];
            difference_add(comparison, operation);
        }
    operation.from_index = NULL;
    for (size_t i = 0; i < table->constraint_count; i++) {
        const struct catalog_constraint *constraint = &table->constraints[i];
        if (constraint->kind == 'f' || constraint->kind == 'c' || !is_wanted_elsewhere(comparison, constraint->name))
            continue;
        operation.kind = OPERATION_DROP_CONSTRAINT;
        operation.name = constraint->name;
        operation.from_constraint = constraint;
        difference_add(comparison, operation);
    }
}

/* The tables that go, of which done ones are NULL already. */
struct dropped {
    const struct catalog_table **tables;
    size_t count;
};

/* Whether the one has a default that counts with a sequence of the other. */
static bool counts_with(const struct catalog_table *user, const struct catalog_table *owner)
{
    bool found = false, owns = false;
    for (size_t i = 0; i < owner->column_count; i++)
        owns |= owner->columns[i].sequence != NULL;
    if (!owns)
        return false;
    void *scratch = talloc_new(NULL);
    for (size_t i = 0; i < owner->column_count && !found; i++)
        for (size_t j = 0; owner->columns[i].sequence && j < user->column_count && !found; j++) {
            const char *name = catalog_sequence(scratch, user->columns[j].default_sql);
            found = name && strcmp(name, owner->columns[i].sequence) == 0;
        }
    talloc_free(scratch);
    return found;
}

/* One whose sequence others count with can go only after them; a foreign key, in contrast, can be dropped before. */
static bool is_counted_with(const struct dropped *dropped, const struct catalog_table *table)
{
    for (size_t i = 0; i < dropped->count; i++)
        if (dropped->tables[i] && dropped->tables[i] != table && counts_with(dropped->tables[i], table))
            return true;
    return false;
}

static bool is_referenced(const struct dropped *dropped, const struct catalog_table *table)
{
    for (size_t i = 0; i < dropped->count; i++)
        for (size_t j = 0; dropped->tables[i] && dropped->tables[i] != table
                           && j < dropped->tables[i]->constraint_count; j++) {
            const char *references = dropped->tables[i]->constraints[j].references;
            if (references && strcmp(references, table->name) == 0)
                return true;
        }
    return false;
}

/* In a circle of references somebody must let go first. */
static void drop_references(struct comparison *comparison, const struct dropped *dropped,
                            const struct catalog_table *table)
{
    for (size_t i = 0; i < dropped->count; i++)
        for (size_t j = 0; dropped->tables[i] && dropped->tables[i] != table
                           && j < dropped->tables[i]->constraint_count; j++) {
            const struct catalog_constraint *constraint = &dropped->tables[i]->constraints[j];
            if (constraint->references && strcmp(constraint->references, table->name) == 0)
                difference_add(comparison, (struct operation){ .kind = OPERATION_DROP_FOREIGN_KEY,
                                                               .table = dropped->tables[i]->name,
                                                               .name = constraint->name,
                                                               .from_table = dropped->tables[i],
                                                               .from_constraint = constraint });
        }
}

/* One that nobody needs any more; in a circle of references, one of it. */
static size_t next_to_drop(const struct dropped *dropped)
{
    size_t next = dropped->count, any = 0;
    for (size_t i = 0; i < dropped->count; i++) {
        if (!dropped->tables[i])
            continue;
        any = i;
        if (is_counted_with(dropped, dropped->tables[i]))
            continue;
        if (!is_referenced(dropped, dropped->tables[i]))
            return i;
        next = next == dropped->count ? i : next;
    }
    return next == dropped->count ? any : next;
}

static void drop_tables(struct comparison *comparison)
{
    const struct match *match = comparison->match;
    struct dropped dropped = { .tables = NEW_ARRAY(comparison->match, const struct catalog_table *,
                                                   match->table_count + 1) };
    for (size_t i = 0; i < match->table_count; i++)
        if (match->tables[i].from && !match->tables[i].to)
            dropped.tables[dropped.count++] = match->tables[i].from;
    for (size_t left = dropped.count; left > 0; left--) {
        const size_t next = next_to_drop(&dropped);
        const struct catalog_table *table = dropped.tables[next];
        drop_references(comparison, &dropped, table);
        free_names(comparison, table);
        difference_add(comparison, (struct operation){ .kind = OPERATION_DROP_TABLE, .table = table->name,
                                                       .name = table->name, .from_table = table });
        dropped.tables[next] = NULL;
    }
}

/* In the order of their kinds, and those of a kind as they came. */
static void put_in_order(struct difference *difference)
{
    struct operation *sorted = NEW_ARRAY(difference, struct operation, difference->count + 1);
    size_t count = 0;
    for (enum operation_kind kind = OPERATION_CREATE_EXTENSION; kind <= OPERATION_DROP_ENUM; kind++)
        for (size_t i = 0; i < difference->count; i++)
            if (difference->operations[i].kind == kind)
                sorted[count++] = difference->operations[i];
    difference->operations = sorted;
}

struct difference *difference_between(const void *context, const struct catalog *from, const struct catalog *to)
{
    struct difference *difference = NEW(context, struct difference);
    struct comparison comparison = { .difference = difference };
    difference->from = from = catalog_without(difference, from, to);
    difference->to = to = catalog_without(difference, to, from);
    const struct match *match = comparison.match = match_new(difference, from, to);
    compare_extensions(&comparison);
    for (size_t i = 0; i < match->enum_count; i++)
        compare_enum(&comparison, &match->enums[i]);
    for (size_t i = 0; i < match->table_count; i++) {
        const struct table_match *table = &match->tables[i];
        if (table->from && table->to)
            difference_compare_table(&comparison, table);
        else if (table->to)
            create_table(&comparison, table->to);
    }
    drop_tables(&comparison);
    put_in_order(difference);
    return difference;
}
