/* Constraints: added without reading the rows first, then validated while others write. */
#include "plan_build.h"

#include <string.h>

#include "memory.h"

void plan_validate(struct plan_build *build, enum plan_slot slot, const char *table, const char *name,
                   const char *references)
{
    struct plan_statement *statement = plan_add(build, slot, "ALTER TABLE %s VALIDATE CONSTRAINT %s",
                                                plan_quoted(build, table), plan_quoted(build, name));
    plan_lock(build, statement, PLAN_SHARE_UPDATE_EXCLUSIVE, table);
    if (references)
        plan_lock(build, statement, PLAN_ROW_SHARE, references);
    statement->scans = table;
    statement->undo = PLAN_NOTHING;
}

/* Back as it was; a key is built while others wait. */
static void undo_drop(struct plan_build *build, struct plan_statement *statement, const char *table,
                      const char *name, const struct catalog_constraint *constraint)
{
    plan_back_as_it_was(build, statement, table,
                        memory_printf(build->context, "ALTER TABLE %s ADD CONSTRAINT %s %s%s",
                                      plan_quoted(build, table), plan_quoted(build, name),
                                      constraint->definition, constraint->valid ? "" : " NOT VALID"));
}

static void undo_add(struct plan_build *build, struct plan_statement *statement, const char *table,
                     const char *name)
{
    plan_back(build, statement, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", plan_quoted(build, table),
              plan_quoted(build, name));
}

static bool is_index_made(const struct catalog_constraint *constraint)
{
    return constraint->kind == 'u' || constraint->kind == 'p';
}

/* The constraint of the same name that comes in its place, when both are indexes that can change places at
 * once. */
static const struct operation *partner(const struct plan_build *build, const struct operation *operation,
                                       enum operation_kind kind)
{
    const struct operation *other = plan_find(build, kind, operation->table, operation->name);
    if (!other || plan_changes_type(build, operation->table))
        return NULL;
    return is_index_made(other->from_constraint ? other->from_constraint : other->to_constraint) ? other
                                                                                                 : NULL;
}

void plan_drop_constraint(struct plan_build *build, const struct operation *operation)
{
    if (is_index_made(operation->from_constraint) && partner(build, operation, OPERATION_ADD_CONSTRAINT))
        return;
    undo_drop(build,
              plan_alter(build, SLOT_EXPAND, operation->table, "DROP CONSTRAINT %s",
                         plan_quoted(build, operation->name)),
              operation->table, operation->name, operation->from_constraint);
}

struct plan_statement *plan_drop_reference(struct plan_build *build, enum plan_slot slot, const char *table,
                                           const char *name, const struct catalog_constraint *constraint)
{
    struct plan_statement *statement =
        plan_alter(build, slot, table, "DROP CONSTRAINT %s", plan_quoted(build, name));
    plan_lock(build, statement, PLAN_ACCESS_EXCLUSIVE, plan_table_now(build, constraint->references));
    undo_drop(build, statement, table, name, constraint);
    return statement;
}

void plan_drop_foreign_key(struct plan_build *build, const struct operation *operation)
{
    plan_drop_reference(build, SLOT_EXPAND, operation->table, operation->name, operation->from_constraint);
}

/* The parenthesis that closes the one at this place. */
static const char *closing(const char *at)
{
    int depth = 0;
    bool quoted = false;
    for (; *at; at++) {
        quoted = quoted != (*at == '"');
        depth += quoted ? 0 : (*at == '(') - (*at == ')');
        if (depth == 0)
            break;
    }
    return at;
}

/* A definition cut where an index takes its parts:
 * UNIQUE [NULLS NOT DISTINCT] (a, b) [INCLUDE (c)] [DEFERRABLE INITIALLY DEFERRED] */
struct key {
    const char *word;    /* UNIQUE or PRIMARY KEY */
    const char *columns; /* (a, b) INCLUDE (c) */
    const char *nulls;
    const char *rest; /* with a blank before it, or empty */
};

static struct key key_of(const struct plan_build *build, const struct catalog_constraint *constraint)
{
    static const char include[] = " INCLUDE (", distinct[] = "NULLS NOT DISTINCT";
    const char *open = strchr(constraint->definition, '(');
    const char *end = closing(open);
    struct key key = { .word = constraint->kind == 'p' ? "PRIMARY KEY" : "UNIQUE", .nulls = "" };
    if (strncmp(end + 1, include, sizeof include - 1) == 0)
        end = closing(end + sizeof include - 1);
    const char *nulls = strstr(constraint->definition, distinct);
    if (nulls && nulls < open)
        key.nulls = " NULLS NOT DISTINCT";
    key.columns = memory_copy_length(build->context, open, (size_t)(end + 1 - open));
    key.rest = *end ? end + 1 : "";
    return key;
}

/* A primary key needs its columns NOT NULL, or reads all rows while everybody waits. */
static enum plan_slot slot_of(const struct plan_build *build, const char *table,
                              const struct catalog_constraint *constraint)
{
    for (const char *const *column = constraint->columns; constraint->kind == 'p' && *column; column++) {
        const struct operation *added = plan_find(build, OPERATION_ADD_COLUMN, table, *column);
        if (plan_find(build, OPERATION_SET_REQUIRED, table, *column) ||
            (added && added->to_column->default_sql && plan_is_volatile(added->to_column->default_sql)))
            return SLOT_CONTRACT;
    }
    return SLOT_ATTACH;
}

const char *plan_key_columns(const struct plan_build *build, const struct catalog_constraint *constraint)
{
    return key_of(build, constraint).columns;
}

const char *plan_key_index(const struct plan_build *build, const struct catalog_constraint *constraint,
                           const char *table, const char *index, const char *columns)
{
    return memory_printf(build->context, "CREATE UNIQUE INDEX CONCURRENTLY %s ON %s %s%s",
                         plan_quoted(build, index), plan_quoted(build, table), columns,
                         key_of(build, constraint).nulls);
}

const char *plan_key_action(const struct plan_build *build, const struct catalog_constraint *constraint,
                            const char *index)
{
    const struct key key = key_of(build, constraint);
    return memory_printf(build->context, "ADD CONSTRAINT %s %s USING INDEX %s%s",
                         plan_quoted(build, constraint->name), key.word, plan_quoted(build, index), key.rest);
}

static void add_key(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_constraint *constraint = operation->to_constraint;
    const char *table = operation->table, *name = constraint->name;
    const struct operation *drop = partner(build, operation, OPERATION_DROP_CONSTRAINT);
    const enum plan_slot slot = slot_of(build, table, constraint);
    const char *index = drop ? plan_name(build, name, "new") : name;
    plan_build_index(build, SLOT_CONCURRENT, table, index,
                     plan_key_index(build, constraint, table, index, plan_key_columns(build, constraint)));
    const int group = ++build->groups;
    struct plan_statement *statement = NULL;
    if (drop) {
        statement = plan_alter(build, slot, table, "DROP CONSTRAINT %s", plan_quoted(build, name));
        undo_drop(build, statement, table, name, drop->from_constraint);
        statement->group = group;
    }
    statement = plan_alter(build, slot, table, "%s", plan_key_action(build, constraint, index));
    undo_add(build, statement, table, name);
    statement->group = group;
}

void plan_add_constraint(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_constraint *constraint = operation->to_constraint;
    const char *table = operation->table, *name = plan_quoted(build, constraint->name);
    if (plan_is_new(build, table)) {
        undo_add(build,
                 plan_alter(build, SLOT_EXPAND, table, "ADD CONSTRAINT %s %s", name, constraint->definition),
                 table, constraint->name);
    } else if (is_index_made(constraint)) {
        add_key(build, operation);
    } else if (constraint->kind == 'c') {
        undo_add(build,
                 plan_alter(build, SLOT_EXPAND, table, "ADD CONSTRAINT %s %s NOT VALID", name,
                            constraint->definition),
                 table, constraint->name);
        if (constraint->valid)
            plan_validate(build, SLOT_VALIDATE, table, constraint->name, NULL);
    } else {
        struct plan_statement *statement =
            plan_alter(build, SLOT_EXPAND, table, "ADD CONSTRAINT %s %s", name, constraint->definition);
        undo_add(build, statement, table, constraint->name);
        statement->scans = table;
        statement->remark = "PostgreSQL has no way to add this one while others write";
    }
}

/* Whether the key that it refers to is there only at the end. */
bool plan_waits_for_key(const struct plan_build *build, const char *table)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (operation->kind == OPERATION_ADD_CONSTRAINT && strcmp(operation->table, table) == 0 &&
            slot_of(build, table, operation->to_constraint) == SLOT_CONTRACT)
            return true;
    }
    return false;
}

struct plan_statement *plan_add_reference(struct plan_build *build, enum plan_slot slot, const char *table,
                                          const struct catalog_constraint *constraint, bool valid)
{
    struct plan_statement *statement =
        plan_add(build, slot, "ALTER TABLE %s ADD CONSTRAINT %s %s%s", plan_quoted(build, table),
                 plan_quoted(build, constraint->name), constraint->definition, valid ? "" : " NOT VALID");
    plan_lock(build, statement, PLAN_SHARE_ROW_EXCLUSIVE, table);
    plan_lock(build, statement, PLAN_SHARE_ROW_EXCLUSIVE, constraint->references);
    undo_add(build, statement, table, constraint->name);
    statement->objects = 4; /* both tables and the keys */
    if (valid && !plan_is_new(build, table))
        statement->scans = table;
    return statement;
}

void plan_add_foreign_key(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_constraint *constraint = operation->to_constraint;
    if (plan_waits_for_key(build, constraint->references)) {
        plan_add_reference(build, SLOT_CONTRACT, operation->table, constraint, constraint->valid);
        return;
    }
    const bool at_once = plan_is_new(build, operation->table) && constraint->valid;
    plan_add_reference(build, SLOT_ATTACH, operation->table, constraint, at_once);
    if (constraint->valid && !at_once)
        plan_validate(build, SLOT_VALIDATE, operation->table, constraint->name, constraint->references);
}

bool plan_is_dropped(const struct plan_build *build, const char *table, const char *name)
{
    const char *sql = memory_printf(build->context, "ALTER TABLE %s DROP CONSTRAINT %s",
                                    plan_quoted(build, table), plan_quoted(build, name));
    static const enum plan_slot slots[] = { SLOT_EXPAND, SLOT_SWAP };
    for (size_t j = 0; j < sizeof slots / sizeof *slots; j++)
        for (size_t i = 0; i < build->counts[slots[j]]; i++)
            if (strcmp(build->slots[slots[j]][i]->sql, sql) == 0)
                return true;
    return false;
}

const char *plan_constraint_now(const struct plan_build *build, const char *table, const char *from_name)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (operation->kind == OPERATION_RENAME_CONSTRAINT && strcmp(operation->table, table) == 0 &&
            strcmp(operation->old_name, from_name) == 0)
            return operation->name;
    }
    return from_name;
}

void plan_suspend_reference(struct plan_build *build, const char *table,
                            const struct catalog_constraint *constraint)
{
    const char *name = plan_constraint_now(build, table, constraint->name);
    const struct catalog_table *wanted = catalog_table(build->difference->to, table);
    const struct catalog_constraint *later = wanted ? catalog_constraint(wanted, name) : NULL;
    if (plan_is_dropped(build, table, name))
        return;
    plan_drop_reference(build, SLOT_EXPAND, table, name, constraint);
    if (!later)
        return;
    plan_add_reference(build, SLOT_ATTACH, table, later, false);
    if (later->valid)
        plan_validate(build, SLOT_VALIDATE, table, name, later->references);
}
