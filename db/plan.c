/* Sorts the statements of a plan into phases and transactions. */
#include "plan.h"

#include <string.h>

#include "memory.h"
#include "plan_build.h"
#include "plan_successor.h"
#include "sql.h"

static const enum plan_phase phases[] = {
    [SLOT_ENUM] = PLAN_EXPAND,           [SLOT_EARLY] = PLAN_CONCURRENT,  [SLOT_EXPAND] = PLAN_EXPAND,
    [SLOT_CONCURRENT] = PLAN_CONCURRENT, [SLOT_BACKFILL] = PLAN_BACKFILL, [SLOT_ATTACH] = PLAN_EXPAND,
    [SLOT_VALIDATE] = PLAN_VALIDATE,     [SLOT_LATE] = PLAN_CONTRACT,     [SLOT_CONTRACT] = PLAN_CONTRACT,
    [SLOT_BUILD] = PLAN_CONCURRENT,      [SLOT_SWAP] = PLAN_CONTRACT,     [SLOT_REQUIRE] = PLAN_CONTRACT,
    [SLOT_REVALIDATE] = PLAN_VALIDATE,
};

static bool is_outside(enum plan_slot slot)
{
    return slot == SLOT_EARLY || slot == SLOT_CONCURRENT || slot == SLOT_BACKFILL || slot == SLOT_BUILD ||
           slot == SLOT_LATE;
}

static void create_extension(struct plan_build *build, const struct operation *operation)
{
    plan_add(build, SLOT_EXPAND, "CREATE EXTENSION IF NOT EXISTS %s", plan_quoted(build, operation->name))
        ->undo = PLAN_NOTHING; /* others may use it by now */
}

static void rename_table(struct plan_build *build, const struct operation *operation)
{
    struct plan_statement *statement =
        plan_add(build, SLOT_EXPAND, "ALTER TABLE %s RENAME TO %s", plan_quoted(build, operation->old_name),
                 plan_quoted(build, operation->name));
    plan_lock(build, statement, PLAN_ACCESS_EXCLUSIVE, operation->name);
    plan_back(build, statement, "ALTER TABLE %s RENAME TO %s", plan_quoted(build, operation->name),
              plan_quoted(build, operation->old_name));
    statement->remark = "what still uses the old name fails from here on";
}

static void rename_column(struct plan_build *build, const struct operation *operation)
{
    struct plan_statement *statement =
        plan_alter(build, SLOT_EXPAND, operation->table, "RENAME COLUMN %s TO %s",
                   plan_quoted(build, operation->old_name), plan_quoted(build, operation->name));
    plan_back(build, statement, "ALTER TABLE %s RENAME COLUMN %s TO %s", plan_quoted(build, operation->table),
              plan_quoted(build, operation->name), plan_quoted(build, operation->old_name));
    statement->remark = "what still uses the old name fails from here on";
}

static void rename_part(struct plan_build *build, const struct operation *operation)
{
    const char *from = plan_quoted(build, operation->old_name), *to = plan_quoted(build, operation->name);
    if (operation->kind == OPERATION_RENAME_INDEX)
        plan_back(build, plan_add(build, SLOT_EXPAND, "ALTER INDEX %s RENAME TO %s", from, to),
                  "ALTER INDEX %s RENAME TO %s", to, from);
    else
        plan_back(
            build, plan_alter(build, SLOT_EXPAND, operation->table, "RENAME CONSTRAINT %s TO %s", from, to),
            "ALTER TABLE %s RENAME CONSTRAINT %s TO %s", plan_quoted(build, operation->table), to, from);
}

static void rename_value(struct plan_build *build, const struct operation *operation)
{
    static const char rename[] = "ALTER TYPE %s RENAME VALUE %s TO %s";
    const char *type = plan_quoted(build, operation->to_enum->name);
    const char *from = sql_quote_literal(build->context, operation->old_name);
    const char *to = sql_quote_literal(build->context, operation->name);
    plan_back(build, plan_add(build, SLOT_ENUM, rename, type, from, to), rename, type, to, from);
}

static void rename_enum(struct plan_build *build, const struct operation *operation)
{
    const char *from = plan_quoted(build, operation->old_name), *to = plan_quoted(build, operation->name);
    if (operation->kind == OPERATION_RENAME_ENUM)
        plan_back(build, plan_add(build, SLOT_ENUM, "ALTER TYPE %s RENAME TO %s", from, to),
                  "ALTER TYPE %s RENAME TO %s", to, from);
    else
        rename_value(build, operation);
}

static const char *comment_sql(struct plan_build *build, const struct operation *operation,
                               const struct catalog_column *column, const char *comment)
{
    return memory_printf(build->context, "COMMENT ON %s %s%s%s IS %s", column ? "COLUMN" : "TABLE",
                         plan_quoted(build, operation->table), column ? "." : "",
                         column ? plan_quoted(build, operation->to_column->name) : "",
                         comment ? plan_one_line(build, comment) : "NULL");
}

static void change_comment(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_column *column = operation->to_column, *old = operation->from_column;
    const char *before = column                  ? (old ? old->comment : NULL)
                         : operation->from_table ? operation->from_table->comment
                                                 : NULL;
    const char *after = column ? column->comment : operation->to_table->comment;
    struct plan_statement *statement =
        plan_add(build, SLOT_EXPAND, "%s", comment_sql(build, operation, column, after));
    plan_lock(build, statement, PLAN_SHARE_UPDATE_EXCLUSIVE, operation->table);
    plan_back(build, statement, "%s", comment_sql(build, operation, column, before));
}

static void drop_enum(struct plan_build *build, const struct operation *operation)
{
    plan_back(build, plan_add(build, SLOT_CONTRACT, "DROP TYPE %s", plan_quoted(build, operation->name)),
              "%s", plan_enum_sql(build, operation->from_enum, operation->name));
}

/* A primary key goes first, and may stay until another takes its place. */
static void drop_required(struct plan_build *build, const struct operation *operation)
{
    enum plan_slot slot = SLOT_EXPAND;
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *other = &build->difference->operations[i];
        if (other->kind == OPERATION_DROP_CONSTRAINT && other->from_constraint->kind == 'p' &&
            strcmp(other->table, operation->table) == 0)
            slot = SLOT_CONTRACT;
    }
    const char *name = plan_quoted(build, operation->name);
    plan_back(build, plan_alter(build, slot, operation->table, "ALTER COLUMN %s DROP NOT NULL", name),
              "ALTER TABLE %s ALTER COLUMN %s SET NOT NULL", plan_quoted(build, operation->table), name);
}

static void validate_constraint(struct plan_build *build, const struct operation *operation)
{
    plan_validate(build, SLOT_VALIDATE, operation->table, operation->name,
                  operation->to_constraint->references);
}

/* Those that need to ask the database can fail; the others cannot. */
static struct error *plan_operation(struct plan_build *build, const struct operation *operation)
{
    static void (*const simple[])(struct plan_build *, const struct operation *) = {
        [OPERATION_CREATE_EXTENSION] = create_extension,
        [OPERATION_RENAME_ENUM] = rename_enum,
        [OPERATION_CREATE_ENUM] = plan_create_enum,
        [OPERATION_RENAME_VALUE] = rename_enum,
        [OPERATION_ADD_VALUE] = plan_add_value,
        [OPERATION_RENAME_TABLE] = rename_table,
        [OPERATION_CREATE_TABLE] = plan_create_table,
        [OPERATION_RENAME_COLUMN] = rename_column,
        [OPERATION_DROP_FOREIGN_KEY] = plan_drop_foreign_key,
        [OPERATION_DROP_CONSTRAINT] = plan_drop_constraint,
        [OPERATION_DROP_INDEX] = plan_drop_index,
        [OPERATION_DROP_IDENTITY] = plan_change_identity,
        [OPERATION_CHANGE_DEFAULT] = plan_change_default,
        [OPERATION_CHANGE_IDENTITY] = plan_change_identity,
        [OPERATION_DROP_REQUIRED] = drop_required,
        [OPERATION_RENAME_CONSTRAINT] = rename_part,
        [OPERATION_RENAME_INDEX] = rename_part,
        [OPERATION_ADD_CONSTRAINT] = plan_add_constraint,
        [OPERATION_ADD_FOREIGN_KEY] = plan_add_foreign_key,
        [OPERATION_VALIDATE_CONSTRAINT] = validate_constraint,
        [OPERATION_CREATE_INDEX] = plan_create_index,
        [OPERATION_CHANGE_COMMENT] = change_comment,
        [OPERATION_DROP_ENUM] = drop_enum,
    };
    static struct error *(*const asking[])(struct plan_build *, const struct operation *) = {
        [OPERATION_ADD_COLUMN] = plan_add_column,     [OPERATION_CHANGE_TYPE] = plan_change_type,
        [OPERATION_SET_REQUIRED] = plan_set_required, [OPERATION_DROP_COLUMN] = plan_drop_column,
        [OPERATION_DROP_TABLE] = plan_drop_table,     [OPERATION_REBUILD_ENUM] = plan_rebuild_enum,
    };
    const size_t kind = operation->kind;
    if (kind < sizeof asking / sizeof *asking && asking[kind])
        return asking[kind](build, operation);
    if (kind < sizeof simple / sizeof *simple && simple[kind])
        simple[kind](build, operation);
    return NULL;
}

static struct error *plan_operations(struct plan_build *build)
{
    TRY(plan_find_successions(build));
    for (size_t i = 0; i < build->difference->count; i++)
        if (!build->done[i])
            TRY(plan_operation(build, &build->difference->operations[i]));
    TRY(plan_add_successions(build));
    plan_fill_all(build);
    return NULL;
}

static bool blocks(const struct plan_lock *lock)
{
    return lock->mode >= PLAN_SHARE;
}

static bool holds(const struct plan_step *step, const char *table)
{
    for (size_t i = 0; i < step->count; i++)
        for (const struct plan_lock *lock = step->statements[i]->locks; lock->table; lock++)
            if (blocks(lock) && (!table || strcmp(lock->table, table) == 0))
                return true;
    return false;
}

/* Whether there is room for what the statement makes. All sessions share one table of locks, of
 * max_locks_per_transaction times max_connections, by default 6,400 (manual, 20.12). */
static bool has_room(const struct plan_step *step, const struct plan_statement *statement)
{
    enum { ROOM = 1000 };
    int objects = statement->objects;
    for (size_t i = 0; i < step->count && objects > 0; i++)
        objects += step->statements[i]->objects;
    return objects <= ROOM;
}

/* A transaction that blocks one table must not wait for another: whoever needs the first would wait as well. */
static bool fits(const struct plan_step *step, const struct plan_statement *statement)
{
    const struct plan_statement *last = step->statements[step->count - 1];
    if (statement->group && statement->group == last->group)
        return true;
    if (statement->phase == PLAN_VALIDATE || last->phase == PLAN_VALIDATE || !has_room(step, statement))
        return false;
    for (const struct plan_lock *lock = statement->locks; lock->table; lock++)
        if (holds(step, NULL) && !holds(step, lock->table))
            return false;
    return true;
}

static void append(struct schema_plan *plan, enum plan_slot slot, struct plan_statement *statement,
                   bool commits)
{
    struct plan_step *last = plan->count > 0 ? &plan->steps[plan->count - 1] : NULL;
    const bool outside = is_outside(slot);
    const bool joins = last && !commits && last->outside_transaction == outside &&
                       (outside ? last->statements[0]->phase == statement->phase : fits(last, statement));
    if (!joins) {
        plan->steps = GROW_ARRAY(plan, struct plan_step, plan->steps, plan->count + 1);
        last = &plan->steps[plan->count++];
        *last = (struct plan_step){ .outside_transaction = outside };
    }
    last->statements = GROW_ARRAY(plan, struct plan_statement *, last->statements, last->count + 1);
    last->statements[last->count++] = statement;
}

/* A lock_timeout that ends CREATE INDEX CONCURRENTLY would leave an invalid index behind. */
static void append_patience(struct plan_build *build, enum plan_slot slot)
{
    struct plan_statement *statement = NEW(build->context, struct plan_statement);
    statement->locks = NEW_ARRAY(build->context, struct plan_lock, 1);
    statement->phase = phases[slot];
    statement->sql = "SET lock_timeout = 0";
    statement->undo = PLAN_NOTHING;
    append(build->plan, slot, statement, false);
}

static bool is_locked_before(const struct plan_step *step, size_t position, const char *table)
{
    for (size_t i = 0; i < position; i++)
        for (const struct plan_lock *lock = step->statements[i]->locks; lock->table; lock++)
            if (strcmp(lock->table, table) == 0)
                return true;
    return false;
}

/* How many tables the transaction waits for from the first one on that others cannot use meanwhile. */
static size_t waits_of(const struct plan_step *step)
{
    const struct plan_statement *blocking = NULL;
    size_t count = 0;
    for (size_t i = 0; i < step->count; i++) {
        const struct plan_lock *lock = step->statements[i]->locks;
        for (const struct plan_lock *other = lock; !blocking && other->table; other++)
            blocking = blocks(other) ? step->statements[i] : NULL;
        for (; blocking && lock->table; lock++)
            count += !is_locked_before(step, i, lock->table);
    }
    return count;
}

/* A timeout counts for each lock. Whoever waits behind the first one would wait for the others as well, and a
 * deadlock would end whichever side has waited for deadlock_timeout first (manual, 13.3.4): that must never
 * be the site's. */
static struct plan_statement *shared_patience(struct plan_build *build, size_t waits)
{
    struct plan_statement *statement = NEW(build->context, struct plan_statement);
    statement->locks = NEW_ARRAY(build->context, struct plan_lock, 1);
    statement->sql = memory_printf(
        build->context,
        "SELECT set_config('lock_timeout', greatest(least(nullif(l.setting::integer, 0) / %zu, "
        "d.setting::integer), 1)::text, true)\n"
        "FROM pg_settings l, pg_settings d WHERE l.name = 'lock_timeout' AND d.name = 'deadlock_timeout'",
        waits);
    statement->undo = PLAN_NOTHING;
    statement->remark =
        "tables are locked one after the other: together they are waited for no longer than one";
    return statement;
}

static void share_patience(struct plan_build *build, struct plan_step *step)
{
    const size_t waits = step->outside_transaction ? 0 : waits_of(step);
    if (waits < 2)
        return;
    struct plan_statement *first = shared_patience(build, waits);
    first->phase = step->statements[0]->phase;
    step->statements = GROW_ARRAY(build->plan, struct plan_statement *, step->statements, step->count + 1);
    for (size_t i = step->count; i > 0; i--)
        step->statements[i] = step->statements[i - 1];
    step->statements[0] = first;
    step->count++;
}

static void arrange(struct plan_build *build)
{
    bool commits = false;
    for (enum plan_slot slot = 0; slot < SLOT_COUNT; slot++) {
        if (build->counts[slot] > 0 && is_outside(slot) && slot != SLOT_BACKFILL)
            append_patience(build, slot);
        for (size_t i = 0; i < build->counts[slot]; i++) {
            append(build->plan, slot, build->slots[slot][i], commits);
            commits = false;
        }
        commits = commits || (slot == SLOT_ENUM && build->counts[slot] > 0);
    }
    for (size_t i = 0; i < build->plan->count; i++)
        share_patience(build, &build->plan->steps[i]);
}

struct error *plan_make(const void *context, const struct difference *difference,
                        struct connection *connection, struct schema_plan **plan)
{
    struct schema_plan *made = NEW(context, struct schema_plan);
    struct plan_build *build = NEW(made, struct plan_build);
    *build = (struct plan_build){
        .context = made, .difference = difference, .connection = connection, .plan = made
    };
    made->losses = NEW_ARRAY(made, const char *, 1);
    made->needs = NEW_ARRAY(made, const char *, 1);
    build->done = NEW_ARRAY(made, bool, difference->count + 1);
    *plan = made;
    TRY(plan_operations(build));
    arrange(build);
    return NULL;
}

struct plan_statement *plan_add(struct plan_build *build, enum plan_slot slot, const char *format, ...)
{
    struct plan_statement *statement = NEW(build->context, struct plan_statement);
    va_list arguments;
    va_start(arguments, format);
    statement->sql = memory_vprintf(build->context, format, arguments);
    va_end(arguments);
    statement->locks = NEW_ARRAY(build->context, struct plan_lock, 1);
    statement->phase = phases[slot];
    build->slots[slot] =
        GROW_ARRAY(build->context, struct plan_statement *, build->slots[slot], build->counts[slot] + 1);
    build->slots[slot][build->counts[slot]++] = statement;
    return statement;
}

struct plan_statement *plan_back(struct plan_build *build, struct plan_statement *statement,
                                 const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    statement->undo = memory_vprintf(build->context, format, arguments);
    va_end(arguments);
    return statement;
}

void plan_back_as_it_was(struct plan_build *build, struct plan_statement *statement, const char *table,
                         const char *sql)
{
    if (!plan_find(build, OPERATION_RENAME_COLUMN, table, NULL) &&
        !plan_find(build, OPERATION_RENAME_TABLE, NULL, NULL) &&
        !plan_find(build, OPERATION_RENAME_ENUM, NULL, NULL) &&
        !plan_find(build, OPERATION_RENAME_VALUE, NULL, NULL))
        statement->undo = sql;
}

struct plan_statement *plan_alter(struct plan_build *build, enum plan_slot slot, const char *table,
                                  const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *action = memory_vprintf(build->context, format, arguments);
    va_end(arguments);
    struct plan_statement *statement =
        plan_add(build, slot, "ALTER TABLE %s %s", plan_quoted(build, table), action);
    plan_lock(build, statement, PLAN_ACCESS_EXCLUSIVE, table);
    return statement;
}
