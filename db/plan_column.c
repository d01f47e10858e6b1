/* Columns that come, go, or become required, and what fills them. */
#include "plan_build.h"

#include <string.h>

#include "memory.h"
#include "sql.h"

/* SET NOT NULL reads the whole table while everybody waits, unless a valid CHECK says already what it would
 * find (PostgreSQL manual, ALTER TABLE). */
static void require(struct plan_build *build, const char *table, const char *column)
{
    const char *check = plan_name(build, memory_printf(build->context, "%s_%s", table, column), "not_null");
    const char *quoted = plan_quoted(build, column), *name = plan_quoted(build, check);
    plan_back(build,
              plan_alter(build, SLOT_ATTACH, table, "ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID",
                         name, quoted),
              "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", plan_quoted(build, table), name);
    plan_validate(build, SLOT_VALIDATE, table, check, NULL);
    plan_back(build, plan_alter(build, SLOT_CONTRACT, table, "ALTER COLUMN %s SET NOT NULL", quoted),
              "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL", plan_quoted(build, table), quoted);
    plan_alter(build, SLOT_CONTRACT, table, "DROP CONSTRAINT %s", name)->undo = PLAN_NOTHING;
}

/* A value that is not the same for all rows: each gets its own, in batches, instead of all while everybody
 * waits. */
static void add_filled(struct plan_build *build, const struct operation *operation)
{
    struct catalog_column bare = *operation->to_column;
    const char *name = plan_quoted(build, operation->name);
    bare.default_sql = NULL;
    bare.required = false;
    plan_back(
        build,
        plan_alter(build, SLOT_EXPAND, operation->table, "ADD COLUMN %s", plan_column_sql(build, &bare)),
        "ALTER TABLE %s DROP COLUMN %s", plan_quoted(build, operation->table), name);
    plan_alter(build, SLOT_EXPAND, operation->table, "ALTER COLUMN %s SET DEFAULT %s", name,
               operation->to_column->default_sql)
        ->undo = PLAN_NOTHING;
    plan_fill(build, operation->table, operation->name, operation->to_column->default_sql);
    if (operation->to_column->required)
        require(build, operation->table, operation->name);
}

static struct error *rows_of(struct plan_build *build, const struct catalog_table *table, long long *rows)
{
    TRY(plan_count(build,
                   memory_printf(build->context, "SELECT count(*) FROM (SELECT FROM %s LIMIT 1) AS first_row",
                                 plan_quoted(build, table->name)),
                   rows));
    if (*rows < 0)
        *rows = table->rows;
    return NULL;
}

struct error *plan_add_column(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_column *column = operation->to_column;
    const bool computed = column->generated || column->identity;
    long long rows = 0;
    if (column->default_sql && !computed && plan_is_volatile(column->default_sql)) {
        add_filled(build, operation);
        return NULL;
    }
    struct plan_statement *statement =
        plan_alter(build, SLOT_EXPAND, operation->table, "ADD COLUMN %s", plan_column_sql(build, column));
    plan_back(build, statement, "ALTER TABLE %s DROP COLUMN %s", plan_quoted(build, operation->table),
              plan_quoted(build, operation->name));
    if (computed)
        statement->rewrites = operation->table;
    if (!column->required || column->default_sql || computed)
        return NULL;
    statement->scans = operation->table;
    statement->remark = "fails when the table has rows, since there is no value for them";
    TRY(rows_of(build, operation->from_table, &rows));
    if (rows > 0)
        plan_need(build, memory_printf(
                             build->context,
                             "\"%s.%s\" is new and required, and the rows that are there have no value for "
                             "it; give it default_sql, or add it without .required, fill it, and require it "
                             "in a later revision",
                             operation->table, operation->name));
    return NULL;
}

struct error *plan_drop_column(struct plan_build *build, const struct operation *operation)
{
    const char *name = memory_printf(build->context, "column %s.%s", operation->table, operation->name);
    struct plan_statement *statement = plan_alter(build, SLOT_CONTRACT, operation->table, "DROP COLUMN %s",
                                                  plan_quoted(build, operation->name));
    long long count;
    if (operation->from_column->generated) {
        statement->remark = "it is computed from others, and can be had again";
        return NULL;
    }
    TRY(plan_count(build,
                   memory_printf(build->context, "SELECT count(%s) FROM %s",
                                 plan_quoted(build, operation->from_column->name),
                                 plan_quoted(build, operation->from_table->name)),
                   &count));
    statement->lost = count < 0 ? memory_printf(build->context, "%s (its values)", name)
                                : memory_printf(build->context, "%s (values now: %lld)", name, count);
    plan_lose(build, statement->lost);
    return NULL;
}

struct error *plan_set_required(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_column *column = operation->to_column;
    long long count;
    if (column->default_sql && !column->generated) {
        plan_fill(build, operation->table, operation->name, column->default_sql);
        require(build, operation->table, operation->name);
        return NULL;
    }
    require(build, operation->table, operation->name);
    TRY(plan_count(build,
                   memory_printf(build->context, "SELECT count(*) FROM %s WHERE %s IS NULL",
                                 plan_quoted(build, operation->from_table->name),
                                 plan_quoted(build, operation->from_column->name)),
                   &count));
    if (count > 0)
        plan_need(build,
                  memory_printf(build->context,
                                "\"%s.%s\" becomes required, and rows without a value for it: %lld; give it "
                                "default_sql, or fill them first",
                                operation->table, operation->name, count));
    return NULL;
}

static const char *default_action(const struct plan_build *build, const char *name, const char *expression)
{
    return expression ? memory_printf(build->context, "ALTER COLUMN %s SET DEFAULT %s", name, expression)
                      : memory_printf(build->context, "ALTER COLUMN %s DROP DEFAULT", name);
}

void plan_change_default(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_column *from = operation->from_column, *to = operation->to_column;
    const char *name = plan_quoted(build, operation->name);
    if (from->generated || to->generated) {
        if (from->generated)
            plan_alter(build, SLOT_EXPAND, operation->table, "ALTER COLUMN %s DROP EXPRESSION", name);
        if (!to->generated && to->default_sql)
            plan_alter(build, SLOT_EXPAND, operation->table, "ALTER COLUMN %s SET DEFAULT %s", name,
                       to->default_sql);
        return;
    }
    /* A default cannot stand beside an identity. */
    const enum plan_slot slot = to->default_sql || to->identity ? SLOT_EXPAND : SLOT_CONTRACT;
    struct plan_statement *statement =
        plan_alter(build, slot, operation->table, "%s", default_action(build, name, to->default_sql));
    plan_back(build, statement, "ALTER TABLE %s %s", plan_quoted(build, operation->table),
              default_action(build, name, from->default_sql));
}

/* Whether the highest value is found without reading all. */
static bool is_first_in_index(const struct plan_build *build, const struct catalog_table *table,
                              const char *column)
{
    const char *start = memory_printf(build->context, "USING btree (%s", plan_quoted(build, column));
    const char *bare = memory_printf(build->context, "USING btree (%s", column);
    for (size_t i = 0; i < table->constraint_count; i++)
        if ((table->constraints[i].kind == 'p' || table->constraints[i].kind == 'u') &&
            strcmp(table->constraints[i].columns[0], column) == 0)
            return true;
    for (size_t i = 0; i < table->index_count; i++) {
        const char *shape = table->indexes[i].shape;
        const size_t length = strlen(strncmp(shape, bare, strlen(bare)) == 0 ? bare : start);
        if (table->indexes[i].valid && !strstr(shape, " WHERE ") &&
            (strncmp(shape, bare, length) == 0 || strncmp(shape, start, length) == 0) &&
            strchr(",) ", shape[length]))
            return true;
    }
    return false;
}

/* The sequence of a column that has values must go on after them. */
static void continue_sequence(struct plan_build *build, enum plan_slot slot,
                              const struct operation *operation, int group)
{
    const char *table = plan_quoted(build, operation->table), *name = plan_quoted(build, operation->name);
    struct plan_statement *statement = plan_add(
        build, slot,
        "DO $fill$ BEGIN PERFORM setval(d.objid::regclass, coalesce(m.highest, 0) + 1, false) FROM pg_depend "
        "d,"
        " (SELECT max(%s) AS highest FROM %s) m WHERE d.refobjid = %s::regclass AND d.deptype = 'i' AND"
        " d.classid = 'pg_class'::regclass AND d.refobjsubid = (SELECT attnum FROM pg_attribute WHERE "
        "attrelid ="
        " d.refobjid AND attname = %s); END $fill$",
        name, table, sql_quote_literal(build->context, table),
        sql_quote_literal(build->context, operation->name));
    if (!is_first_in_index(build, operation->from_table, operation->from_column->name))
        statement->scans = operation->table;
    plan_lock(build, statement, PLAN_ACCESS_EXCLUSIVE, operation->table);
    statement->group = group;
    statement->undo = PLAN_NOTHING;
}

void plan_change_identity(struct plan_build *build, const struct operation *operation)
{
    const char *name = plan_quoted(build, operation->name), *table = operation->table;
    const char from = operation->from_column->identity, to = operation->to_column->identity;
    const char *words = to == 'a' ? "ALWAYS" : "BY DEFAULT";
    const enum plan_slot slot =
        plan_find(build, OPERATION_SET_REQUIRED, table, operation->name) ? SLOT_CONTRACT : SLOT_EXPAND;
    if (operation->kind == OPERATION_DROP_IDENTITY) {
        plan_alter(build, SLOT_EXPAND, table, "ALTER COLUMN %s DROP IDENTITY", name);
    } else if (from) {
        plan_back(build,
                  plan_alter(build, SLOT_EXPAND, table, "ALTER COLUMN %s SET GENERATED %s", name, words),
                  "ALTER TABLE %s ALTER COLUMN %s SET GENERATED %s", plan_quoted(build, table), name,
                  from == 'a' ? "ALWAYS" : "BY DEFAULT");
    } else {
        struct plan_statement *add =
            plan_alter(build, slot, table, "ALTER COLUMN %s ADD GENERATED %s AS IDENTITY", name, words);
        add->group = ++build->groups;
        plan_back(build, add, "ALTER TABLE %s ALTER COLUMN %s DROP IDENTITY", plan_quoted(build, table),
                  name);
        continue_sequence(build, slot, operation, add->group);
    }
}
