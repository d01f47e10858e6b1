/* How successors take the place of columns: all at once, in one short transaction. */
#include "plan_successor.h"

#include <string.h>

#include "memory.h"
#include "sql.h"

typedef struct error *swap_part(struct plan_build *build, const struct plan_succession *succession);

/* References over the columns, from this table and to it; a reference between two successions is seen from
 * both. */
static struct error *drop_references(struct plan_build *build, const struct plan_succession *succession)
{
    const struct catalog *from = build->difference->from;
    for (size_t i = 0; i < from->table_count; i++)
        for (size_t j = 0; j < from->tables[i].constraint_count; j++) {
            const struct catalog_constraint *constraint = &from->tables[i].constraints[j];
            const char *table = plan_table_now(build, from->tables[i].name);
            if (constraint->kind == 'f' && plan_succession_ties(build, succession, table, constraint, true) &&
                !plan_is_dropped(build, table, constraint->name))
                plan_drop_reference(build, SLOT_SWAP, table, constraint->name, constraint)->group =
                    succession->group;
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
    struct plan_statement *statement =
        plan_add(build, SLOT_SWAP,
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
        text_addf(drops, "%sDROP COLUMN %s", i > 0 ? ", " : "",
                  plan_quoted(build, succession->columns[i].to->name));
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
    plan_add(build, SLOT_REVALIDATE, "DROP FUNCTION %s()",
             plan_quoted(build, plan_keeper(build, succession)));
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

static bool is_key(const struct catalog_constraint *constraint)
{
    return constraint->kind == 'p' || constraint->kind == 'u';
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
    add_action(actions, memory_printf(build->context, "ADD CONSTRAINT %s %s NOT VALID",
                                      plan_quoted(build, name), constraint->definition));
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
            plan_prepare_succession(build, one);
    for (int group = 1; group <= build->groups; group++)
        TRY(swap(build, group));
    return NULL;
}
