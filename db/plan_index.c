/* Indexes, made and dropped while others read and write. */
#include "plan_build.h"

#include <string.h>

#include "memory.h"

const char *plan_index_sql(const struct plan_build *build, const struct catalog_index *index,
                           const char *table, const char *name, bool concurrently)
{
    return memory_printf(build->context, "CREATE %sINDEX %s%s ON %s %s", index->unique ? "UNIQUE " : "",
                         concurrently ? "CONCURRENTLY " : "", plan_quoted(build, name),
                         plan_quoted(build, table), index->shape);
}

static struct plan_statement *drop(struct plan_build *build, enum plan_slot slot, const char *table,
                                   const char *name, const char *if_exists)
{
    struct plan_statement *statement =
        plan_add(build, slot, "DROP INDEX CONCURRENTLY %s%s", if_exists, plan_quoted(build, name));
    plan_lock(build, statement, PLAN_SHARE_UPDATE_EXCLUSIVE, table);
    return statement;
}

void plan_build_index(struct plan_build *build, enum plan_slot slot, const char *table, const char *name,
                      const char *create)
{
    struct plan_statement *statement = drop(build, slot, table, name, "IF EXISTS ");
    statement->remark = "what an attempt that was broken off left behind, which is no valid index";
    statement->undo = PLAN_NOTHING;
    statement = plan_add(build, slot, "%s", create);
    plan_back(build, statement, "DROP INDEX CONCURRENTLY IF EXISTS %s", plan_quoted(build, name));
    plan_lock(build, statement, PLAN_SHARE_UPDATE_EXCLUSIVE, table);
    statement->scans = table;
}

/* The old one serves until the new one is ready, unless a new type would break it. */
static bool takes_over(const struct plan_build *build, const struct operation *operation,
                       enum operation_kind other)
{
    return plan_find(build, other, operation->table, operation->name) &&
           !plan_changes_type(build, operation->table);
}

void plan_create_index(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_index *index = operation->to_index;
    const char *table = operation->table, *name = index->name;
    if (plan_is_new(build, table)) {
        struct plan_statement *statement =
            plan_add(build, SLOT_EXPAND, "%s", plan_index_sql(build, index, table, name, false));
        plan_back(build, statement, "DROP INDEX %s", plan_quoted(build, name));
        statement->objects = 2; /* its table is not necessarily of the same transaction */
        return;
    }
    const bool replaces = takes_over(build, operation, OPERATION_DROP_INDEX);
    const char *first = replaces ? plan_name(build, name, "new") : name;
    plan_build_index(build, SLOT_CONCURRENT, table, first, plan_index_sql(build, index, table, first, true));
    if (!replaces)
        return;
    const struct operation *gone = plan_find(build, OPERATION_DROP_INDEX, table, name);
    plan_back_as_it_was(build, drop(build, SLOT_CONCURRENT, table, name, ""), table,
                        plan_index_sql(build, gone->from_index, table, name, true));
    plan_back(build,
              plan_add(build, SLOT_CONCURRENT, "ALTER INDEX %s RENAME TO %s", plan_quoted(build, first),
                       plan_quoted(build, name)),
              "ALTER INDEX %s RENAME TO %s", plan_quoted(build, name), plan_quoted(build, first));
}

/* Whether something else takes the name before the index would go. */
static bool name_is_needed(const struct plan_build *build, const char *name)
{
    return plan_find(build, OPERATION_RENAME_INDEX, NULL, name) ||
           plan_find(build, OPERATION_RENAME_CONSTRAINT, NULL, name) ||
           plan_find(build, OPERATION_ADD_CONSTRAINT, NULL, name) ||
           plan_find(build, OPERATION_CREATE_INDEX, NULL, name);
}

void plan_drop_index(struct plan_build *build, const struct operation *operation)
{
    if (takes_over(build, operation, OPERATION_CREATE_INDEX))
        return;
    const bool early = plan_changes_type(build, operation->table) || name_is_needed(build, operation->name);
    plan_back_as_it_was(
        build, drop(build, early ? SLOT_EARLY : SLOT_LATE, operation->table, operation->name, ""),
        operation->table,
        plan_index_sql(build, operation->from_index, operation->table, operation->name, true));
}
