/* What makes successors ready: columns, the trigger that keeps them up with the others, values, keys and
 * indexes. */
#include "plan_successor.h"

#include <string.h>

#include "memory.h"
#include "sql.h"

static const char *check_name(const struct plan_build *build, const struct plan_succession *succession,
                              const struct plan_successor *successor)
{
    return plan_name(build, memory_printf(build->context, "%s_%s", succession->table, successor->to->name),
                     "not_null");
}

/* Before anything is done, since the last step would fail on it, or take it away without a word. */
static void add_guard(struct plan_build *build, const struct plan_succession *succession,
                      const struct plan_successor *successor)
{
    const char *message =
        memory_printf(build->context,
                      "a view, a policy, a trigger, statistics, rights or something else hangs on \"%s.%s\" "
                      "and would be lost; remove "
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
    if (successor->operation->kind != OPERATION_CHANGE_TYPE ||
        plan_type_takes_all(build, successor->operation))
        return;
    struct plan_statement *statement =
        plan_add(build, SLOT_EXPAND,
                 "DO $check$\nDECLARE\n    value %s;\nBEGIN\n    FOR value IN SELECT %s FROM %s WHERE %s IS "
                 "NOT NULL LOOP\n"
                 "        NULL; -- it is one of the new type\n    END LOOP;\nEND $check$",
                 successor->type, plan_converted(build, successor->operation, name),
                 plan_quoted(build, succession->table), name);
    statement->phase = PLAN_VALIDATE;
    statement->undo = PLAN_NOTHING;
    statement->scans = succession->table;
    statement->remark = "fails before anything is done when a value cannot become one of the new type";
}

/* What others write to the old column goes to the new one, too. The name makes it the last of the triggers,
 * which run in that order (manual, CREATE TRIGGER). */
static void add_trigger(struct plan_build *build, const struct plan_succession *succession)
{
    struct text *text = text_new(build->context);
    const char *function = plan_quoted(build, plan_keeper(build, succession));
    for (size_t i = 0; i < succession->count; i++) {
        const struct plan_successor *successor = &succession->columns[i];
        const char *value = memory_printf(build->context, "NEW.%s", plan_quoted(build, successor->to->name));
        text_addf(text, "    NEW.%s := %s;\n", plan_quoted(build, successor->next),
                  plan_converted(build, successor->operation, value));
    }
    plan_back(
        build,
        plan_add(build, SLOT_EXPAND,
                 "CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS $keep$\n"
                 "BEGIN\n%s    RETURN NEW;\nEND\n$keep$",
                 function, text->data),
        "DROP FUNCTION %s()", function);
    struct plan_statement *statement =
        plan_add(build, SLOT_EXPAND,
                 "CREATE TRIGGER zzz_keep BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s()",
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
    statement->remark = memory_printf(
        build->context, "takes the place of %s at the end, as the table's last column", successor->to->name);
    plan_fill_with(build, table, successor->next, plan_converted(build, successor->operation, name),
                   memory_printf(build->context, "%s IS NULL AND %s IS NOT NULL", next, name));
    if (!successor->to->required)
        return;
    const char *check = check_name(build, succession, successor), *quoted = plan_quoted(build, check);
    plan_back(build,
              plan_alter(build, SLOT_ATTACH, table, "ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID",
                         quoted, next),
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
    struct plan_statement *statement =
        plan_add(build, SLOT_VALIDATE, "ANALYZE %s (%s)", plan_quoted(build, succession->table), text->data);
    plan_lock(build, statement, PLAN_SHARE_UPDATE_EXCLUSIVE, succession->table);
    statement->undo = PLAN_NOTHING;
    statement->scans = succession->table;
}

void plan_prepare_succession(struct plan_build *build, const struct plan_succession *succession)
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
