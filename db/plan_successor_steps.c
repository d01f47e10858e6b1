/* The statements by which successors take the place of columns. */
#include "plan_successor.h"

#include <string.h>

#include "memory.h"
#include "sql.h"

/* While both are there. */
static const char *part_name(const struct plan_build *build, const struct plan_succession *succession,
                             const char *suffix)
{
    return plan_name(build, memory_printf(build->context, "%s_%s", succession->table, succession->columns[0].to->name),
                     suffix);
}

static const char *check_name(const struct plan_build *build, const struct plan_succession *succession,
                              const struct plan_successor *successor)
{
    return plan_name(build, memory_printf(build->context, "%s_%s", succession->table, successor->to->name), "not_null");
}

/* Before anything is done, since the last step would fail on it, or take it away without a word. */
static void add_guard(struct plan_build *build, const struct plan_succession *succession,
                      const struct plan_successor *successor)
{
    const char *message = memory_printf(
        build->context,
        "a view, a policy, a trigger, statistics, rights or something else hangs on \"%s.%s\" and would be lost; remove "
        "it first, or change the type in place: ALTER TABLE %s ALTER COLUMN %s TYPE ...",
        succession->table, successor->to->name, plan_quoted(build, succession->table),
        plan_quoted(build, successor->to->name));
    plan_add(build, SLOT_EXPAND,
             "DO $check$ BEGIN\n    IF EXISTS (%s) THEN\n"
             "        RAISE EXCEPTION USING MESSAGE = %s, ERRCODE = 'dependent_objects_still_exist';\n"
             "    END IF;\nEND $check$",
             plan_succession_obstacles(build, succession->table, successor->to->name),
             sql_quote_literal(build->context, message))
        ->undo = PLAN_NOTHING;
}

/* The same for values that cannot become any of the new type. An assignment refuses what is too long. */
static void check_values(struct plan_build *build, const struct plan_succession *succession,
                         const struct plan_successor *successor)
{
    const char *name = plan_quoted(build, successor->to->name);
    if (successor->operation->kind != OPERATION_CHANGE_TYPE || plan_type_takes_all(build, successor->operation))
        return;
    struct plan_statement *statement = plan_add(
        build, SLOT_EXPAND,
        "DO $check$\nDECLARE\n    value %s;\nBEGIN\n    FOR value IN SELECT %s FROM %s WHERE %s IS NOT NULL LOOP\n"
        "        NULL; -- it is one of the new type\n    END LOOP;\nEND $check$",
        successor->type, plan_converted(build, successor->operation, name), plan_quoted(build, succession->table), name);
    statement->phase = PLAN_VALIDATE;
    statement->undo = PLAN_NOTHING;
    statement->scans = succession->table;
    statement->remark = "fails before anything is done when a value cannot become one of the new type";
}

/* What others write to the old column goes to the new one, too. The name makes it the last of the triggers, which run
 * in that order (manual, CREATE TRIGGER). */
static void add_trigger(struct plan_build *build, const struct plan_succession *succession)
{
    struct text *text = text_new(build->context);
    const char *function = plan_quoted(build, part_name(build, succession, "keep"));
    for (size_t i = 0; i < succession->count; i++) {
        const struct plan_successor *successor = &succession->columns[i];
        const char *value = memory_printf(build->context, "NEW.%s", plan_quoted(build, successor->to->name));
        text_addf(text, "    NEW.%s := %s;\n", plan_quoted(build, successor->next),
                  plan_converted(build, successor->operation, value));
    }
    plan_back(build,
              plan_add(build, SLOT_EXPAND,
                       "CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $keep$\n"
                       "BEGIN\n%s    RETURN NEW;\nEND\n$keep$",
                       function, text->data),
              "DROP FUNCTION %s()", function);
    struct plan_statement *statement =
        plan_add(build, SLOT_EXPAND, "CREATE TRIGGER zzz_keep BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()",
                 plan_quoted(build, succession->table), function);
    plan_lock(build, statement, PLAN_SHARE_ROW_EXCLUSIVE, succession->table);
    plan_back(build, statement, "DROP TRIGGER zzz_keep ON %s", plan_quoted(build, succession->table));
}

static void add_column(struct plan_build *build, const struct plan_succession *succession,
                       const struct plan_successor *successor)
{
    const char *table = succession->table, *next = plan_quoted(build, successor->next);
    const char *name = plan_quoted(build, successor->to->name);
    struct plan_statement *statement =
        plan_alter(build, SLOT_EXPAND, table, "ADD COLUMN %s %s", next, successor->type);
    plan_back(build, statement, "ALTER TABLE %s DROP COLUMN %s", plan_quoted(build, table), next);
    statement->remark = memory_printf(build->context, "takes the place of %s at the end, as the table's last column",
                                      successor->to->name);
    plan_fill_with(build, table, successor->next, plan_converted(build, successor->operation, name),
                   memory_printf(build->context, "%s IS NULL AND %s IS NOT NULL", next, name));
    if (!successor->to->required)
        return;
    const char *check = check_name(build, succession, successor), *quoted = plan_quoted(build, check);
    plan_back(build,
              plan_alter(build, SLOT_ATTACH, table, "ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID", quoted, next),
              "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", plan_quoted(build, table), quoted);
    plan_validate(build, SLOT_VALIDATE, table, check, NULL);
    plan_alter(build, SLOT_REQUIRE, table, "ALTER COLUMN %s SET NOT NULL", next)->undo = PLAN_NOTHING;
    plan_alter(build, SLOT_REQUIRE, table, "DROP CONSTRAINT %s", quoted)->undo = PLAN_NOTHING;
}

static void add_comment(struct plan_build *build, const struct plan_succession *succession,
                        const struct plan_successor *successor)
{
    if (!successor->to->comment)
        return;
    struct plan_statement *statement =
        plan_add(build, SLOT_EXPAND, "COMMENT ON COLUMN %s.%s IS %s", plan_quoted(build, succession->table),
                 plan_quoted(build, successor->next), plan_one_line(build, successor->to->comment));
    statement->undo = PLAN_NOTHING;
    plan_lock(build, statement, PLAN_SHARE_UPDATE_EXCLUSIVE, succession->table);
}

static bool is_key(const struct catalog_constraint *constraint)
{
    return constraint->kind == 'p' || constraint->kind == 'u';
}

static void build_indexes(struct plan_build *build, const struct plan_succession *succession)
{
    const struct catalog_table *to = succession->to;
    const char *table = succession->table;
    for (size_t i = 0; i < to->constraint_count; i++) {
        const struct catalog_constraint *key = &to->constraints[i];
        if (!is_key(key) || !plan_succession_ties(build, succession, table, key, false))
            continue;
        const char *index = plan_name(build, key->name, "new");
        const char *columns = plan_succession_shape(build, succession, plan_key_columns(build, key));
        plan_build_index(build, SLOT_BUILD, table, index, plan_key_index(build, key, table, index, columns));
    }
    for (size_t i = 0; i < to->index_count; i++) {
        struct catalog_index index = to->indexes[i];
        if (!plan_succession_mentions(build, succession, index.shape, false))
            continue;
        index.shape = plan_succession_shape(build, succession, index.shape);
        const char *name = plan_name(build, index.name, "new");
        plan_build_index(build, SLOT_BUILD, table, name, plan_index_sql(build, &index, table, name, true));
    }
}

/* What the planner knows of the values stays with the column through its renaming. */
static void analyse(struct plan_build *build, const struct plan_succession *succession)
{
    struct text *text = text_new(build->context);
    for (size_t i = 0; i < succession->count; i++)
        text_addf(text, "%s%s", i > 0 ? ", " : "", plan_quoted(build, succession->columns[i].next));
    struct plan_statement *statement = plan_add(build, SLOT_VALIDATE, "ANALYZE %s (%s)",
                                                plan_quoted(build, succession->table), text->data);
    plan_lock(build, statement, PLAN_SHARE_UPDATE_EXCLUSIVE, succession->table);
    statement->undo = PLAN_NOTHING;
    statement->scans = succession->table;
}

static void prepare(struct plan_build *build, const struct plan_succession *succession)
{
    for (size_t i = 0; i < succession->count; i++) {
        check_values(build, succession, &succession->columns[i]);
        add_guard(build, succession, &succession->columns[i]);
    }
    for (size_t i = 0; i < succession->count; i++) {
        add_column(build, succession, &succession->columns[i]);
        add_comment(build, succession, &succession->columns[i]);
    }
    add_trigger(build, succession);
    build_indexes(build, succession);
    analyse(build, succession);
}

/* --- The change of places ------------------------------------------------------------------------------------- */

typedef struct error *swap_part(struct plan_build *build, const struct plan_succession *succession);

/* References over the columns, from this table and to it; a reference between two successions is seen from both. */
static struct error *drop_references(struct plan_build *build, const struct plan_succession *succession)
{
    const struct catalog *from = build->difference->from;
    for (size_t i = 0; i < from->table_count; i++)
        for (size_t j = 0; j < from->tables[i].constraint_count; j++) {
            const struct catalog_constraint *constraint = &from->tables[i].constraints[j];
            const char *table = plan_table_now(build, from->tables[i].name);
            if (constraint->kind == 'f' && plan_succession_ties(build, succession, table, constraint, true) &&
                !plan_is_dropped(build, table, constraint->name))
                plan_drop_reference(build, SLOT_SWAP, table, constraint->name, constraint)->group = succession->group;
        }
    return NULL;
}

/* An identity's sequence goes on where the other one is, under its name. */
static void hand_over_sequence(struct plan_build *build, const struct plan_succession *succession,
                               const struct plan_successor *successor)
{
    const char *table = sql_quote_literal(build->context, plan_quoted(build, succession->table));
    plan_alter(build, SLOT_SWAP, succession->table, "ALTER COLUMN %s ADD GENERATED %s AS IDENTITY",
               plan_quoted(build, successor->next), successor->to->identity == 'a' ? "ALWAYS" : "BY DEFAULT")
        ->group = succession->group;
    struct plan_statement *statement = plan_add(
        build, SLOT_SWAP,
        "DO $keep$\nDECLARE\n"
        "    old regclass := pg_get_serial_sequence(%s, %s);\n"
        "    new regclass := pg_get_serial_sequence(%s, %s);\n"
        "    name name := (SELECT relname FROM pg_class WHERE oid = old);\n"
        "BEGIN\n"
        "    EXECUTE format('SELECT setval(%%L, last_value, is_called) FROM %%s', new, old);\n"
        "    EXECUTE format('ALTER TABLE %%s ALTER COLUMN %%I DROP IDENTITY', %s, %s);\n"
        "    EXECUTE format('ALTER SEQUENCE %%s RENAME TO %%I', new, name);\n"
        "END\n$keep$",
        table, sql_quote_literal(build->context, successor->to->name), table,
        sql_quote_literal(build->context, successor->next), table,
        sql_quote_literal(build->context, successor->to->name));
    plan_lock(build, statement, PLAN_ACCESS_EXCLUSIVE, succession->table);
    statement->group = succession->group;
}

static struct error *hand_over_sequences(struct plan_build *build, const struct plan_succession *succession)
{
    for (size_t i = 0; i < succession->count; i++)
        if (succession->columns[i].to->identity)
            hand_over_sequence(build, succession, &succession->columns[i]);
    return NULL;
}

static const char *loss_of(const struct plan_build *build, const char *one, const char *other)
{
    if (!one || !other)
        return one ? one : other;
    return memory_printf(build->context, "%s; %s", one, other);
}

static struct error *change_places(struct plan_build *build, const struct plan_succession *succession)
{
    const char *table = succession->table, *lost = NULL;
    struct text *drops = text_new(build->context);
    struct plan_statement *statement =
        plan_add(build, SLOT_SWAP, "DROP TRIGGER zzz_keep ON %s", plan_quoted(build, table));
    plan_lock(build, statement, PLAN_ACCESS_EXCLUSIVE, table);
    statement->group = succession->group;
    for (size_t i = 0; i < succession->count; i++)
        text_addf(drops, "%sDROP COLUMN %s", i > 0 ? ", " : "", plan_quoted(build, succession->columns[i].to->name));
    statement = plan_alter(build, SLOT_SWAP, table, "%s", drops->data);
    statement->group = succession->group;
    statement->remark = "with its keys, checks and indexes, in whose place others stand";
    for (size_t i = 0; i < succession->count; i++) {
        const struct plan_successor *successor = &succession->columns[i];
        if (successor->operation->kind == OPERATION_CHANGE_TYPE)
            TRY(plan_type_loss(build, successor->operation, statement));
        lost = loss_of(build, lost, statement->lost);
        statement->lost = NULL;
        plan_alter(build, SLOT_SWAP, table, "RENAME COLUMN %s TO %s", plan_quoted(build, successor->next),
                   plan_quoted(build, successor->to->name))
            ->group = succession->group;
    }
    statement->lost = lost;
    plan_add(build, SLOT_REVALIDATE, "DROP FUNCTION %s()", plan_quoted(build, part_name(build, succession, "keep")));
    return NULL;
}

/* After all columns that had the old one. */
static struct error *swap_enums(struct plan_build *build, const struct plan_succession *succession)
{
    for (size_t i = 0; i < succession->count; i++) {
        const struct operation *operation = succession->columns[i].operation;
        if (operation->kind != OPERATION_REBUILD_ENUM)
            continue;
        const char *type = plan_quoted(build, operation->to_enum->name);
        const char *next = plan_quoted(build, plan_next_enum(build, operation->to_enum));
        const char *drop = memory_printf(build->context, "DROP TYPE %s", type);
        bool done = false;
        for (size_t j = 0; j < build->counts[SLOT_SWAP]; j++)
            done = done || strcmp(build->slots[SLOT_SWAP][j]->sql, drop) == 0;
        if (done)
            continue;
        plan_add(build, SLOT_SWAP, "%s", drop)->group = succession->group;
        plan_add(build, SLOT_SWAP, "ALTER TYPE %s RENAME TO %s", next, type)->group = succession->group;
    }
    return NULL;
}

static void add_action(struct text *text, const char *action)
{
    text_addf(text, "%s%s", text->length > 0 ? ",\n    " : "", action);
}

static void attach_constraint(struct plan_build *build, const struct plan_succession *succession,
                              const struct catalog_constraint *constraint, struct text *actions)
{
    const char *name = constraint->name;
    if (!plan_succession_ties(build, succession, succession->table, constraint, false))
        return;
    if (is_key(constraint))
        add_action(actions, plan_key_action(build, constraint, plan_name(build, name, "new")));
    if (constraint->kind != 'c')
        return;
    add_action(actions, memory_printf(build->context, "ADD CONSTRAINT %s %s NOT VALID", plan_quoted(build, name),
                                      constraint->definition));
    if (constraint->valid)
        plan_validate(build, SLOT_REVALIDATE, succession->table, name, NULL);
}

/* In one statement, as everybody waits. An index may have its name later: nobody calls it by that. */
static struct error *attach(struct plan_build *build, const struct plan_succession *succession)
{
    const struct catalog_table *to = succession->to;
    struct text *actions = text_new(build->context);
    for (size_t i = 0; i < to->constraint_count; i++)
        attach_constraint(build, succession, &to->constraints[i], actions);
    for (size_t i = 0; i < succession->count; i++) {
        const struct catalog_column *column = succession->columns[i].to;
        if (column->default_sql)
            add_action(actions, memory_printf(build->context, "ALTER COLUMN %s SET DEFAULT %s",
                                              plan_quoted(build, column->name), column->default_sql));
    }
    if (actions->length > 0)
        plan_alter(build, SLOT_SWAP, succession->table, "%s", actions->data)->group = succession->group;
    for (size_t i = 0; i < to->index_count; i++)
        if (plan_succession_mentions(build, succession, to->indexes[i].shape, false))
            plan_add(build, SLOT_REVALIDATE, "ALTER INDEX %s RENAME TO %s",
                     plan_quoted(build, plan_name(build, to->indexes[i].name, "new")),
                     plan_quoted(build, to->indexes[i].name))
                ->phase = PLAN_CONTRACT;
    return NULL;
}

static bool is_added(const struct plan_build *build, const char *table, const char *name)
{
    const char *start = memory_printf(build->context, "ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY",
                                      plan_quoted(build, table), plan_quoted(build, name));
    for (size_t i = 0; i < build->counts[SLOT_SWAP]; i++)
        if (strncmp(build->slots[SLOT_SWAP][i]->sql, start, strlen(start)) == 0)
            return true;
    return false;
}

static struct error *add_references(struct plan_build *build, const struct plan_succession *succession)
{
    const struct catalog *to = build->difference->to;
    for (size_t i = 0; i < to->table_count; i++)
        for (size_t j = 0; j < to->tables[i].constraint_count; j++) {
            const struct catalog_constraint *constraint = &to->tables[i].constraints[j];
            const char *table = to->tables[i].name;
            if (constraint->kind != 'f' || is_added(build, table, constraint->name) ||
                !plan_succession_ties(build, succession, table, constraint, false))
                continue;
            plan_add_reference(build, SLOT_SWAP, table, constraint, false)->group = succession->group;
            if (constraint->valid)
                plan_validate(build, SLOT_REVALIDATE, table, constraint->name, constraint->references);
        }
    return NULL;
}

/* Part by part, as the tables of a group need each other. */
static struct error *swap(struct plan_build *build, int group)
{
    static swap_part *const parts[] = { drop_references, hand_over_sequences, change_places, swap_enums,
                                        attach,          add_references };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (const struct plan_succession *one = build->successions; one; one = one->rest)
            if (!one->refused && one->group == group)
                TRY(parts[i](build, one));
    return NULL;
}

static struct error *create_enums(struct plan_build *build)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (operation->kind != OPERATION_REBUILD_ENUM || !build->done[i])
            continue;
        TRY(plan_guard_enum(build, operation));
        const char *next = plan_next_enum(build, operation->to_enum);
        plan_back(build, plan_add(build, SLOT_EXPAND, "%s", plan_enum_sql(build, operation->to_enum, next)),
                  "DROP TYPE %s", plan_quoted(build, next));
    }
    return NULL;
}

struct error *plan_add_successions(struct plan_build *build)
{
    TRY(create_enums(build));
    for (const struct plan_succession *one = build->successions; one; one = one->rest)
        if (!one->refused)
            prepare(build, one);
    for (int group = 1; group <= build->groups; group++)
        TRY(swap(build, group));
    return NULL;
}
