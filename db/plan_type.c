/* Columns that get another type: how each value is converted, whether the table is rewritten, and what is
 * lost. */
#include "plan_build.h"
#include "plan_successor.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "sql.h"

enum family { OTHER, STRING, NUMBER, TIME, BOOLEAN, ENUM };

/* A type as format_type writes it, taken apart: numeric(5,2). */
struct type {
    const char *name; /* as it is */
    char base[40];
    long size, scale; /* -1: none */
    enum family family;
};

/* Whether a type, as format_type writes it, has that name. */
static bool is_named(const char *type, const char *name)
{
    char *quoted = sql_quote_name(NULL, name);
    const bool same = strcmp(type, name) == 0 || strcmp(type, quoted) == 0;
    talloc_free(quoted);
    return same;
}

static bool is_enum(const struct catalog *catalog, const char *name)
{
    bool found = false;
    for (size_t i = 0; i < catalog->enum_count && !found; i++)
        found = is_named(name, catalog->enums[i].name);
    return found;
}

static enum family family_of(const struct catalog *catalog, const char *name, const char *base)
{
    static const struct {
        const char *base;
        enum family family;
    } families[] = {
        { "text", STRING },
        { "character varying", STRING },
        { "character", STRING },
        { "smallint", NUMBER },
        { "integer", NUMBER },
        { "bigint", NUMBER },
        { "numeric", NUMBER },
        { "real", NUMBER },
        { "double precision", NUMBER },
        { "date", TIME },
        { "timestamp with time zone", TIME },
        { "timestamp without time zone", TIME },
        { "boolean", BOOLEAN },
    };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(families[i].base, base) == 0)
            return families[i].family;
    return is_enum(catalog, name) ? ENUM : OTHER;
}

/* The size may stand in the middle: timestamp(3) with time zone. */
static struct type type_of(const struct catalog *catalog, const char *name)
{
    struct type type = { .name = name, .size = -1, .scale = -1 };
    const char *open = strchr(name, '(');
    const size_t length = open ? (size_t)(open - name) : strlen(name);
    char *end = NULL;
    memcpy(type.base, name, length < sizeof type.base ? length : sizeof type.base - 1);
    if (open) {
        type.size = strtol(open + 1, &end, 10);
        if (*end == ',')
            type.scale = strtol(end + 1, &end, 10);
        else
            type.scale = 0;
        if (end[0] == ')' && strlen(type.base) + strlen(end + 1) < sizeof type.base)
            memcpy(type.base + strlen(type.base), end + 1, strlen(end + 1));
    }
    type.family = family_of(catalog, name, type.base);
    return type;
}

static bool is(const struct type *type, const char *base)
{
    return strcmp(type->base, base) == 0;
}

/* Measured: a type that only allows more leaves the table as it is. */
static bool rewrites(const struct type *from, const struct type *to)
{
    if (is(from, "character varying") || is(from, "text"))
        return !(is(to, "text") || (is(to, "character varying") &&
                                    (to->size < 0 || (is(from, "character varying") && from->size >= 0 &&
                                                      from->size <= to->size))));
    if (is(from, "numeric") && is(to, "numeric"))
        return !(to->size < 0 || (from->size >= 0 && from->scale == to->scale && from->size <= to->size));
    return true;
}

static int rank(const struct type *type)
{
    static const char *const ranks[] = { "smallint", "integer", "bigint" };
    for (int i = 0; i < 3; i++)
        if (is(type, ranks[i]))
            return i + 1;
    return 0;
}

/* Whether each value can be had back from what it becomes, provided that it can become it. */
static bool keeps_all(const struct type *from, const struct type *to)
{
    if (to->family == STRING)
        return !is(to, "character");
    if (from->family == ENUM || to->family == ENUM)
        return true;
    if (rank(from) && (rank(to) || is(to, "numeric")))
        return true; /* too large ones are refused */
    if (is(from, "numeric") && is(to, "numeric"))
        return to->size < 0 || (from->size >= 0 && to->scale >= from->scale);
    if (is(from, "date"))
        return to->family == TIME;
    return from->family == TIME && to->family == TIME && !is(to, "date") && to->size == from->size;
}

static bool is_array(const struct type *type)
{
    const size_t length = strlen(type->name);
    return length > 2 && strcmp(type->name + length - 2, "[]") == 0;
}

/* NULL when PostgreSQL finds the way itself. An assignment's cast refuses what is too long; a written one
 * would cut it off (manual, 4.2.9). */
static const char *conversion(const struct plan_build *build, const char *name, const struct type *from,
                              const struct type *to)
{
    if (to->family == STRING || (from->family == to->family && (to->family == NUMBER || to->family == TIME)))
        return NULL;
    if (from->family == BOOLEAN && to->family == NUMBER)
        return memory_printf(build->context, "%s::integer::%s", name, to->name);
    if (from->family == NUMBER && to->family == BOOLEAN)
        return memory_printf(build->context, "%s <> 0", name);
    if (is_array(from) && is_array(to))
        return memory_printf(build->context, "%s::text[]::%s", name, to->name);
    return memory_printf(build->context, "%s::text::%s", name, to->name);
}

static struct error *count_lost(struct plan_build *build, const struct operation *operation,
                                const struct type *from, const struct type *to, long long *lost)
{
    const char *column = operation->from_column->name, *name = plan_quoted(build, column);
    const char *there = conversion(build, name, from, to);
    const char *value = memory_printf(build->context, "(%s)::%s", there ? there : name, to->name);
    const char *back = from->family == BOOLEAN && to->family == NUMBER
                           ? memory_printf(build->context, "(%s <> 0)", value)
                           : memory_printf(build->context, "%s::text::%s", value, from->name);
    if ((from->family == NUMBER || from->family == TIME) && from->family == to->family)
        back = memory_printf(build->context, "%s::%s", value, from->name);
    else if (from->family == NUMBER && to->family == BOOLEAN)
        back = memory_printf(build->context, "%s::integer::%s", value, from->name);
    const char *sql = memory_printf(
        build->context, "SELECT count(*) FROM %s WHERE %s IS NOT NULL AND %s::text IS DISTINCT FROM %s::text",
        plan_quoted(build, operation->from_table->name), name, back, name);
    struct error *error = plan_count(build, sql, lost);
    if (!error || strncmp(error->sqlstate, "22", 2) != 0)
        return error;
    plan_need(build,
              memory_printf(build->context, "\"%s.%s\" has values that cannot become %s; change them first",
                            operation->table, operation->name, to->name));
    return NULL;
}

/* PostgreSQL would refuse those, in the middle of the way. */
static struct error *check_values(struct plan_build *build, const struct operation *operation)
{
    const struct catalog *wanted = build->difference->to;
    const char *name = plan_quoted(build, operation->from_column->name), *separator = "";
    const struct catalog_enum *type = NULL;
    struct text *values = text_new(build->context);
    long long count;
    for (size_t i = 0; i < wanted->enum_count && !type; i++)
        if (is_named(operation->to_column->type, wanted->enums[i].name))
            type = &wanted->enums[i];
    for (size_t i = 0; type && i < type->count; i++, separator = ", ")
        text_addf(values, "%s%s", separator, sql_quote_literal(build->context, type->values[i].name));
    if (!type || values->length == 0)
        return NULL;
    TRY(plan_count(build,
                   memory_printf(build->context, "SELECT count(*) FROM %s WHERE %s::text NOT IN (%s)",
                                 plan_quoted(build, operation->from_table->name), name, values->data),
                   &count));
    if (count > 0)
        plan_need(build, memory_printf(build->context,
                                       "\"%s.%s\" has values that are none of %s: %lld; change them first",
                                       operation->table, operation->name, type->name, count));
    return NULL;
}

static struct error *note_loss(struct plan_build *build, const struct operation *operation,
                               struct plan_statement *statement, const struct type *from,
                               const struct type *to)
{
    const char *what = memory_printf(build->context, "part of column %s.%s, as %s becomes %s",
                                     operation->table, operation->name, from->name, to->name);
    long long lost = -1;
    if (keeps_all(from, to))
        return NULL;
    TRY(count_lost(build, operation, from, to, &lost));
    statement->lost = lost < 0 ? what : memory_printf(build->context, "%s (values now: %lld)", what, lost);
    plan_lose(build, statement->lost);
    return NULL;
}

/* An operation of its own would come too late or be done twice. */
static void take_default(struct plan_build *build, const struct operation *operation)
{
    const struct operation *change =
        plan_find(build, OPERATION_CHANGE_DEFAULT, operation->table, operation->name);
    if (change)
        plan_done(build, change);
}

static bool concerns(const struct catalog_constraint *constraint, const char *column)
{
    for (const char *const *name = constraint->columns; *name; name++)
        if (strcmp(*name, column) == 0)
            return true;
    return false;
}

static bool touches(const struct plan_build *build, const struct operation *operation,
                    const struct catalog_table *table, const struct catalog_constraint *constraint)
{
    const char *now = plan_table_now(build, table->name);
    const char *other = plan_table_now(build, constraint->references);
    for (size_t i = 0; constraint->columns[i]; i++)
        if (strcmp(now, operation->table) == 0 &&
            strcmp(plan_column_now(build, now, constraint->columns[i]), operation->name) == 0)
            return true;
    for (size_t i = 0; constraint->referenced[i]; i++)
        if (strcmp(other, operation->table) == 0 &&
            strcmp(plan_column_now(build, other, constraint->referenced[i]), operation->name) == 0)
            return true;
    return false;
}

/* References over the column would be checked while everybody waits, or fail as long as only one side has the
 * new type. So they go, and come back as new ones do. */
static void suspend_references(struct plan_build *build, const struct operation *operation)
{
    const struct catalog *from = build->difference->from;
    for (size_t i = 0; i < from->table_count; i++)
        for (size_t j = 0; j < from->tables[i].constraint_count; j++) {
            const struct catalog_constraint *constraint = &from->tables[i].constraints[j];
            const char *table = plan_table_now(build, from->tables[i].name);
            if (constraint->kind == 'f' && touches(build, operation, &from->tables[i], constraint))
                plan_suspend_reference(build, table, constraint);
        }
}

/* Of a type that changes without a rewrite PostgreSQL checks all rows again, while everybody waits. So the
 * CHECKs go in the same transaction, and come back as new ones do. Returns those that go, as they shall be;
 * ends with NULL. */
static const struct catalog_constraint **suspend_checks(struct plan_build *build,
                                                        const struct operation *operation, int group)
{
    const struct catalog_table *table = operation->from_table;
    const struct catalog_constraint **gone =
        NEW_ARRAY(build->context, const struct catalog_constraint *, table->constraint_count + 1);
    size_t count = 0;
    for (size_t i = 0; i < table->constraint_count; i++) {
        const struct catalog_constraint *constraint = &table->constraints[i];
        const char *name = plan_constraint_now(build, operation->table, constraint->name);
        const struct catalog_constraint *later = catalog_constraint(operation->to_table, name);
        if (constraint->kind != 'c' || !later || !concerns(constraint, operation->from_column->name) ||
            plan_is_dropped(build, operation->table, name))
            continue;
        plan_alter(build, SLOT_EXPAND, operation->table, "DROP CONSTRAINT %s", plan_quoted(build, name))
            ->group = group;
        gone[count++] = later;
    }
    return gone;
}

static void bring_back_checks(struct plan_build *build, const struct operation *operation,
                              const struct catalog_constraint **checks, int group)
{
    for (; *checks; checks++) {
        plan_alter(build, SLOT_EXPAND, operation->table, "ADD CONSTRAINT %s %s NOT VALID",
                   plan_quoted(build, (*checks)->name), (*checks)->definition)
            ->group = group;
        if ((*checks)->valid)
            plan_validate(build, SLOT_VALIDATE, operation->table, (*checks)->name, NULL);
    }
}

/* What cannot be done while others read and write says why. */
static void change_in_place(struct plan_build *build, const struct operation *operation, const char *sql,
                            bool rewrites_table, struct plan_statement **statement)
{
    const int group = ++build->groups;
    const struct catalog_constraint **checks =
        rewrites_table ? NULL : suspend_checks(build, operation, group);
    *statement = plan_alter(build, SLOT_EXPAND, operation->table, "%s", sql);
    (*statement)->group = group;
    if (rewrites_table)
        (*statement)->rewrites = operation->table;
    else if (plan_type_rewrites(build, operation))
        (*statement)->scans = operation->table;
    if (plan_is_slow(*statement))
        (*statement)->remark = plan_in_place(build, operation->table);
    if (checks)
        bring_back_checks(build, operation, checks, group);
}

struct error *plan_change_type(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_column *old = operation->from_column, *new = operation->to_column;
    const struct type from = type_of(build->difference->from, old->type);
    const struct type to = type_of(build->difference->to, new->type);
    const char *name = plan_quoted(build, operation->name);
    struct text *text = text_new(build->context);
    const bool moves_default = old->default_sql && !old->generated;
    if (moves_default)
        text_addf(text, "ALTER COLUMN %s DROP DEFAULT, ", name);
    text_addf(text, "ALTER COLUMN %s TYPE %s", name, new->type);
    const char *using = old->generated ? NULL : conversion(build, name, &from, &to);
    if (using)
        text_addf(text, " USING %s", using);
    if (moves_default && new->default_sql)
        text_addf(text, ", ALTER COLUMN %s SET DEFAULT %s", name, new->default_sql);
    if (moves_default)
        take_default(build, operation);
    suspend_references(build, operation);
    struct plan_statement *statement;
    change_in_place(build, operation, text->data, rewrites(&from, &to), &statement);
    return plan_type_loss(build, operation, statement);
}

const char *plan_converted(const struct plan_build *build, const struct operation *operation,
                           const char *value)
{
    if (operation->kind == OPERATION_REBUILD_ENUM)
        return memory_printf(build->context, "%s::text::%s", value,
                             plan_quoted(build, plan_next_enum(build, operation->to_enum)));
    const struct type from = type_of(build->difference->from, operation->from_column->type);
    const struct type to = type_of(build->difference->to, operation->to_column->type);
    const char *converted = conversion(build, value, &from, &to);
    return converted ? converted : value;
}

struct error *plan_type_loss(struct plan_build *build, const struct operation *operation,
                             struct plan_statement *statement)
{
    const struct type from = type_of(build->difference->from, operation->from_column->type);
    const struct type to = type_of(build->difference->to, operation->to_column->type);
    if (operation->from_column->generated)
        return NULL;
    if (to.family == ENUM)
        return check_values(build, operation);
    return note_loss(build, operation, statement, &from, &to);
}

/* An index over expressions or a part of the rows is made anew even when the type only allows more. */
static bool rebuilds_index(const struct plan_build *build, const struct operation *operation)
{
    const struct catalog_table *table = operation->from_table;
    const char *name = operation->from_column->name, *quoted = plan_quoted(build, name);
    for (size_t i = 0; i < table->index_count; i++) {
        const char *shape = table->indexes[i].shape, *open = strchr(shape, '(');
        const bool computed = strstr(shape, " WHERE ") || (open && strpbrk(open + 1, "(:"));
        if (computed && (strstr(shape, name) || strstr(shape, quoted)))
            return true;
    }
    return false;
}

bool plan_type_rewrites(const struct plan_build *build, const struct operation *operation)
{
    const struct type from = type_of(build->difference->from, operation->from_column->type);
    const struct type to = type_of(build->difference->to, operation->to_column->type);
    return !operation->from_column->generated && (rewrites(&from, &to) || rebuilds_index(build, operation));
}

bool plan_type_takes_all(const struct plan_build *build, const struct operation *operation)
{
    const struct type from = type_of(build->difference->from, operation->from_column->type);
    const struct type to = type_of(build->difference->to, operation->to_column->type);
    if (to.family == STRING)
        return to.size < 0 && !is(&to, "character");
    return rank(&from) && rank(&to) >= rank(&from);
}
