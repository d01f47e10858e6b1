/* Which columns get a successor instead of another type, and what comes along with them. */
#include "plan_successor.h"

#include <string.h>

#include "memory.h"

static bool same(const char *left, const char *right)
{
    return strcmp(left, right) == 0;
}

/* --- Which there are ---------------------------------------------------------------------------------------------- */

static struct plan_succession *succession_of(struct plan_build *build, const char *table,
                                             const struct catalog_table *from)
{
    struct plan_succession **last = &build->successions;
    for (; *last; last = &(*last)->rest)
        if (same((*last)->table, table))
            return *last;
    *last = NEW(build->context, struct plan_succession);
    **last = (struct plan_succession){ .table = table,
                                       .from = from,
                                       .to = catalog_table(build->difference->to, table),
                                       .group = ++build->groups };
    return *last;
}

static void add_successor(struct plan_build *build, struct plan_succession *succession,
                          const struct plan_successor *successor)
{
    succession->columns =
        GROW_ARRAY(build->context, struct plan_successor, succession->columns, succession->count + 1);
    succession->columns[succession->count] = *successor;
    succession->columns[succession->count++].next = plan_name(build, successor->to->name, "new");
}

static void find_user(struct plan_build *build, const struct operation *operation,
                      const struct catalog_table *from, const struct catalog_column *column)
{
    const char *table = plan_table_now(build, from->name);
    struct plan_succession *succession = succession_of(build, table, from);
    const struct catalog_column *later =
        succession->to ? catalog_column(succession->to, plan_column_now(build, table, column->name)) : NULL;
    const struct plan_successor successor = {
        .operation = operation,
        .from = column,
        .to = later ? later : column,
        .type = plan_quoted(build, plan_next_enum(build, operation->to_enum)),
    };
    if (!later || !plan_is_type(build, later->type, operation->to_enum->name))
        succession->refused = "a column with the type goes, or gets another one, at the same time";
    add_successor(build, succession, &successor);
}

static bool has_successor(const struct plan_build *build, const char *table, const char *column)
{
    for (const struct plan_succession *one = build->successions; one; one = one->rest)
        if (same(one->table, table) && plan_successor_of(one, column))
            return true;
    return false;
}

/* A new column would get the type while it has still the other one's name. */
static bool has_new_users(const struct plan_build *build, const struct operation *operation)
{
    const struct catalog *to = build->difference->to;
    for (size_t i = 0; i < to->table_count; i++)
        for (size_t j = 0; j < to->tables[i].column_count; j++) {
            const struct catalog_column *column = &to->tables[i].columns[j];
            if (plan_is_type(build, column->type, operation->to_enum->name) &&
                !has_successor(build, to->tables[i].name, column->name))
                return true;
        }
    return false;
}

static void find_users(struct plan_build *build, const struct operation *operation)
{
    const struct catalog *from = build->difference->from;
    for (size_t i = 0; i < from->table_count; i++)
        for (size_t j = 0; j < from->tables[i].column_count; j++)
            if (plan_is_type(build, from->tables[i].columns[j].type, operation->from_enum->name))
                find_user(build, operation, &from->tables[i], &from->tables[i].columns[j]);
    if (!has_new_users(build, operation))
        return;
    for (struct plan_succession *one = build->successions; one; one = one->rest)
        for (size_t i = 0; i < one->count; i++)
            if (one->columns[i].operation == operation)
                one->refused = "another column gets the type at the same time";
}

static void find(struct plan_build *build)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (operation->kind == OPERATION_REBUILD_ENUM)
            find_users(build, operation);
        if (operation->kind == OPERATION_CHANGE_TYPE && plan_type_rewrites(build, operation))
            add_successor(build, succession_of(build, operation->table, operation->from_table),
                          &(struct plan_successor){ .operation = operation,
                                                    .from = operation->from_column,
                                                    .to = operation->to_column,
                                                    .type = operation->to_column->type });
    }
}

/* --- Which of them cannot be -------------------------------------------------------------------------------------- */

static bool is_generated(const struct catalog_table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].generated)
            return true;
    return false;
}

/* Its sequence would go with it. */
static bool counts(const struct plan_build *build, const struct catalog_column *column)
{
    return column->default_sql && catalog_sequence(build->context, column->default_sql);
}

static const char *check_column(const struct plan_build *build, const struct plan_succession *succession,
                                const struct plan_successor *successor)
{
    static const enum operation_kind kinds[] = { OPERATION_SET_REQUIRED, OPERATION_CHANGE_IDENTITY,
                                                 OPERATION_DROP_IDENTITY };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (plan_find(build, kinds[i], succession->table, successor->to->name))
            return "the column becomes required, or its identity changes, at the same time";
    if (counts(build, successor->from) || counts(build, successor->to))
        return "a sequence of its own hangs on the column";
    if (catalog_column(succession->to, successor->next) || catalog_column(succession->from, successor->next))
        return memory_printf(build->context, "there is a column \"%s\" already", successor->next);
    return NULL;
}

static const char *check_constraints(const struct plan_build *build, const struct plan_succession *succession)
{
    for (int old = 0; old < 2; old++) {
        const struct catalog_table *table = old ? succession->from : succession->to;
        for (size_t i = 0; i < table->constraint_count; i++) {
            const struct catalog_constraint *constraint = &table->constraints[i];
            if (!plan_succession_ties(build, succession, succession->table, constraint, old))
                continue;
            if (constraint->kind == 'x')
                return "an exclusion cannot be built beside another one";
            if (!old && ((constraint->kind == 'f' && plan_waits_for_key(build, constraint->references)) ||
                         (constraint->kind == 'p' && plan_waits_for_key(build, succession->table))))
                return "a key that it needs comes later";
        }
    }
    return NULL;
}

static struct error *check_obstacles(struct plan_build *build, struct plan_succession *succession)
{
    for (size_t i = 0; i < succession->count && !succession->refused; i++) {
        const struct plan_successor *successor = &succession->columns[i];
        long long count;
        TRY(plan_count(
            build,
            memory_printf(build->context, "SELECT count(*) FROM (%s) AS found",
                          plan_succession_obstacles(build, succession->from->name, successor->from->name)),
            &count));
        if (count > 0)
            succession->refused =
                "a view, a policy, a trigger, statistics, rights or something else hangs on the column";
    }
    return NULL;
}

static struct error *check(struct plan_build *build, struct plan_succession *succession)
{
    if (succession->refused)
        return NULL;
    if (!succession->to || is_generated(succession->from) || is_generated(succession->to))
        succession->refused = "the table has generated columns";
    for (size_t i = 0; i < succession->count && !succession->refused; i++)
        succession->refused = check_column(build, succession, &succession->columns[i]);
    if (!succession->refused)
        succession->refused = check_constraints(build, succession);
    return check_obstacles(build, succession);
}

/* --- What comes along --------------------------------------------------------------------------------------------- */

static bool has_name(const struct operation *operation)
{
    return operation->from_constraint || operation->to_constraint || operation->from_index ||
           operation->to_index;
}

/* Whether the operation is about what goes with the old columns, or comes with the new ones. */
static bool brings_along(const struct plan_build *build, const struct plan_succession *succession,
                         const struct operation *operation)
{
    const struct catalog_constraint *from = operation->from_constraint, *to = operation->to_constraint;
    const struct catalog_index *old = operation->from_index, *new = operation->to_index;
    if (from || to)
        return (from && plan_succession_ties(build, succession, operation->table, from, true)) ||
               (to && plan_succession_ties(build, succession, operation->table, to, false));
    if (!operation->table || !same(operation->table, succession->table))
        return false;
    if (old || new)
        return (old && plan_succession_mentions(build, succession, old->shape, true)) ||
               (new &&plan_succession_mentions(build, succession, new->shape, false));
    return operation->to_column && operation->kind != OPERATION_RENAME_COLUMN &&
           plan_successor_of(succession, operation->to_column->name);
}

static bool is_brought_along(const struct plan_build *build, const struct operation *operation)
{
    for (const struct plan_succession *one = build->successions; one; one = one->rest)
        if (!one->refused && brings_along(build, one, operation))
            return true;
    return false;
}

/* A name that changes hands between what is brought along and what is not would be taken at the wrong time. */
static bool shares_name(const struct plan_build *build, const struct operation *operation)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *other = &build->difference->operations[i];
        const bool alike = same(other->name, operation->name) ||
                           (other->old_name && same(other->old_name, operation->name)) ||
                           (operation->old_name && same(other->name, operation->old_name));
        if (has_name(other) && alike && !is_brought_along(build, other))
            return true;
    }
    return false;
}

typedef bool tie_test(const struct plan_build *build, const char *table,
                      const struct catalog_constraint *constraint, bool old,
                      const struct plan_succession *other);

/* Whether it is so for a reference that the succession is tied by. */
static bool any_tie(const struct plan_build *build, const struct plan_succession *succession, tie_test *test,
                    const struct plan_succession *other)
{
    for (int old = 0; old < 2; old++) {
        const struct catalog *catalog = old ? build->difference->from : build->difference->to;
        for (size_t i = 0; i < catalog->table_count; i++)
            for (size_t j = 0; j < catalog->tables[i].constraint_count; j++) {
                const struct catalog_constraint *constraint = &catalog->tables[i].constraints[j];
                const char *name = catalog->tables[i].name;
                const char *table = old ? plan_table_now(build, name) : name;
                if (constraint->kind == 'f' &&
                    plan_succession_ties(build, succession, table, constraint, old) &&
                    test(build, table, constraint, old, other))
                    return true;
            }
    }
    return false;
}

static bool ties_other(const struct plan_build *build, const char *table,
                       const struct catalog_constraint *constraint, bool old,
                       const struct plan_succession *other)
{
    return plan_succession_ties(build, other, table, constraint, old);
}

static bool is_tied(const struct plan_build *build, const struct plan_succession *one,
                    const struct plan_succession *other)
{
    for (size_t i = 0; i < one->count; i++)
        for (size_t j = 0; j < other->count; j++)
            if (one->columns[i].operation == other->columns[j].operation)
                return true;
    return any_tie(build, one, ties_other, other);
}

static bool in_place(const struct plan_build *build, const char *table, const char *const *columns, bool old)
{
    for (; *columns; columns++) {
        const char *column = old ? plan_column_now(build, table, *columns) : *columns;
        const struct operation *change = plan_find(build, OPERATION_CHANGE_TYPE, table, column);
        if (change && !is_brought_along(build, change))
            return true;
    }
    return false;
}

static bool ties_in_place(const struct plan_build *build, const char *table,
                          const struct catalog_constraint *constraint, bool old,
                          const struct plan_succession *other)
{
    const char *references = old ? plan_table_now(build, constraint->references) : constraint->references;
    (void)other;
    return in_place(build, table, constraint->columns, old) ||
           in_place(build, references, constraint->referenced, old);
}

/* What it needs may have been refused. */
static const char *check_ties(const struct plan_build *build, const struct plan_succession *succession)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (has_name(operation) && brings_along(build, succession, operation) &&
            shares_name(build, operation))
            return "keys or indexes exchange their names at the same time";
    }
    for (const struct plan_succession *other = build->successions; other; other = other->rest)
        if (other->refused && is_tied(build, succession, other))
            return other->refused;
    return any_tie(build, succession, ties_in_place, NULL)
               ? "a column that it refers to, or that refers to it, changes its type in place"
               : NULL;
}

static bool refuse_more(struct plan_build *build)
{
    for (struct plan_succession *one = build->successions; one; one = one->rest) {
        if (one->refused)
            continue;
        one->refused = check_ties(build, one);
        if (one->refused)
            return true;
    }
    return false;
}

static void join_groups(struct plan_build *build)
{
    for (struct plan_succession *one = build->successions; one; one = one->rest)
        for (struct plan_succession *other = one->rest; other; other = other->rest) {
            const int from = other->group;
            if (one->refused || other->refused || from == one->group || !is_tied(build, one, other))
                continue;
            for (struct plan_succession *third = build->successions; third; third = third->rest)
                third->group = third->group == from ? one->group : third->group;
        }
}

static bool is_rebuilt(const struct plan_build *build, const struct operation *operation)
{
    for (const struct plan_succession *one = build->successions; one; one = one->rest)
        for (size_t i = 0; i < one->count; i++)
            if (!one->refused && one->columns[i].operation == operation)
                return true;
    return false;
}

struct error *plan_find_successions(struct plan_build *build)
{
    const struct difference *difference = build->difference;
    find(build);
    for (struct plan_succession *one = build->successions; one; one = one->rest)
        TRY(check(build, one));
    while (refuse_more(build))
        continue;
    join_groups(build);
    bool *done = NEW_ARRAY(build->context, bool, difference->count + 1);
    for (size_t i = 0; i < difference->count; i++)
        done[i] = is_brought_along(build, &difference->operations[i]) ||
                  is_rebuilt(build, &difference->operations[i]);
    memcpy(build->done, done, difference->count * sizeof *done);
    return NULL;
}

bool plan_goes_along(const struct plan_build *build, const char *table,
                     const struct catalog_constraint *constraint)
{
    for (const struct plan_succession *one = build->successions; one; one = one->rest)
        if (!one->refused && plan_succession_ties(build, one, table, constraint, true))
            return true;
    return false;
}

const char *plan_in_place(const struct plan_build *build, const char *table)
{
    for (const struct plan_succession *one = build->successions; one; one = one->rest)
        if (same(one->table, table) && one->refused)
            return memory_printf(build->context, "in place: %s", one->refused);
    return NULL;
}
