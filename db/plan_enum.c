/* Enum types and their values. */
#include "plan_build.h"

#include <string.h>

#include "memory.h"
#include "sql.h"

static const char *literal(const struct plan_build *build, const char *value)
{
    return sql_quote_literal(build->context, value);
}

const char *plan_enum_sql(const struct plan_build *build, const struct catalog_enum *type, const char *name)
{
    struct text *text = text_new(build->context);
    text_addf(text, "CREATE TYPE %s AS ENUM (", plan_quoted(build, name));
    for (size_t i = 0; i < type->count; i++)
        text_addf(text, "%s%s", i > 0 ? ", " : "", literal(build, type->values[i].name));
    text_add(text, ")");
    return text->data;
}

void plan_create_enum(struct plan_build *build, const struct operation *operation)
{
    plan_back(build,
              plan_add(build, SLOT_EXPAND, "%s", plan_enum_sql(build, operation->to_enum, operation->name)),
              "DROP TYPE %s", plan_quoted(build, operation->name));
}

static bool is_added(const struct plan_build *build, const struct catalog_enum *type, const char *value)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (operation->kind == OPERATION_ADD_VALUE && operation->to_enum == type &&
            strcmp(operation->name, value) == 0)
            return true;
    }
    return false;
}

void plan_add_value(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_enum *type = operation->to_enum;
    const char *name = plan_quoted(build, type->name), *value = literal(build, operation->name);
    const char *place = "";
    size_t i = 0;
    while (i + 1 < type->count && strcmp(type->values[i].name, operation->name) != 0)
        i++;
    size_t next = i + 1;
    while (next < type->count && is_added(build, type, type->values[next].name))
        next++;
    if (i > 0)
        place = memory_printf(build->context, " AFTER %s", literal(build, type->values[i - 1].name));
    else if (next < type->count)
        place = memory_printf(build->context, " BEFORE %s", literal(build, type->values[next].name));
    struct plan_statement *statement =
        plan_add(build, SLOT_ENUM, "ALTER TYPE %s ADD VALUE %s%s", name, value, place);
    statement->remark = "can be used only after the commit";
}

static const char *value_now(const struct plan_build *build, const struct catalog_enum *type,
                             const char *value)
{
    for (size_t i = 0; i < build->difference->count; i++) {
        const struct operation *operation = &build->difference->operations[i];
        if (operation->kind == OPERATION_RENAME_VALUE && operation->to_enum == type &&
            strcmp(operation->old_name, value) == 0)
            return operation->name;
    }
    return value;
}

static bool has_value(const struct catalog_enum *type, const char *value)
{
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(type->values[i].name, value) == 0)
            return true;
    return false;
}

/* 'a', 'b': what is no value of the type any more; empty when there is none. */
static const char *gone_values(const struct plan_build *build, const struct operation *operation)
{
    struct text *text = text_new(build->context);
    for (size_t i = 0; i < operation->from_enum->count; i++) {
        const char *value = value_now(build, operation->to_enum, operation->from_enum->values[i].name);
        if (!has_value(operation->to_enum, value))
            text_addf(text, "%s%s", text->length > 0 ? ", " : "", literal(build, value));
    }
    return text->data;
}

/* A type's name as format_type writes it. */
bool plan_is_type(const struct plan_build *build, const char *type, const char *name)
{
    return strcmp(type, name) == 0 || strcmp(type, plan_quoted(build, name)) == 0;
}

struct user {
    const char *table, *column;
    const char *from_table, *from_column; /* their names before */
    const char *default_sql;              /* it shall have afterwards */
    bool has_default;
};

/* Asked for now, as far as there is a database to ask, and again when it runs. */
static struct error *add_guard(struct plan_build *build, const struct user *user, const char *gone)
{
    const char *column = plan_quoted(build, user->column), *table = plan_quoted(build, user->table);
    const char *message =
        memory_printf(build->context, "\"%s.%s\" still has values that are to go: %s; change them first",
                      user->table, user->column, gone);
    long long count;
    TRY(plan_count(build,
                   memory_printf(build->context, "SELECT count(*) FROM %s WHERE %s::text IN (%s)",
                                 plan_quoted(build, user->from_table), plan_quoted(build, user->from_column),
                                 gone),
                   &count));
    if (count > 0)
        plan_need(build, message);
    struct plan_statement *statement =
        plan_add(build, SLOT_EXPAND,
                 "DO $check$ BEGIN\n    IF EXISTS (SELECT FROM %s WHERE %s::text IN (%s)) THEN\n"
                 "        RAISE EXCEPTION USING MESSAGE = %s, ERRCODE = 'check_violation';\n"
                 "    END IF;\nEND $check$",
                 table, column, gone, literal(build, message));
    statement->phase = PLAN_VALIDATE;
    statement->undo = PLAN_NOTHING;
    statement->scans = user->table;
    return NULL;
}

static void rewrite_column(struct plan_build *build, const struct user *user, const char *type, int group)
{
    struct text *text = text_new(build->context);
    const char *column = plan_quoted(build, user->column);
    if (user->has_default)
        text_addf(text, "ALTER COLUMN %s DROP DEFAULT, ", column);
    text_addf(text, "ALTER COLUMN %s TYPE %s USING %s::text::%s", column, type, column, type);
    if (user->default_sql)
        text_addf(text, ", ALTER COLUMN %s SET DEFAULT %s", column, user->default_sql);
    struct plan_statement *statement = plan_alter(build, SLOT_EXPAND, user->table, "%s", text->data);
    statement->rewrites = user->table;
    statement->group = group;
}

static struct user user_of(struct plan_build *build, const struct operation *operation,
                           const struct catalog_table *table, const struct catalog_column *column)
{
    struct user user = { .table = plan_table_now(build, table->name),
                         .from_table = table->name,
                         .from_column = column->name,
                         .has_default = column->default_sql != NULL };
    user.column = plan_column_now(build, user.table, column->name);
    const struct catalog_table *wanted = catalog_table(build->difference->to, user.table);
    const struct catalog_column *later = wanted ? catalog_column(wanted, user.column) : NULL;
    if (later && plan_is_type(build, later->type, operation->to_enum->name))
        user.default_sql = later->default_sql;
    return user;
}

/* The columns that have the type, whether they stay or not; ends with an empty one. */
static struct user *users_of(struct plan_build *build, const struct operation *operation)
{
    const struct catalog *from = build->difference->from;
    struct user *users = NEW_ARRAY(build->context, struct user, 1);
    size_t count = 0;
    for (size_t i = 0; i < from->table_count; i++)
        for (size_t j = 0; j < from->tables[i].column_count; j++) {
            const struct catalog_column *column = &from->tables[i].columns[j];
            if (!plan_is_type(build, column->type, operation->from_enum->name))
                continue;
            users = GROW_ARRAY(build->context, struct user, users, count + 2);
            users[count++] = user_of(build, operation, &from->tables[i], column);
            users[count] = (struct user){ 0 };
        }
    return users;
}

struct error *plan_guard_enum(struct plan_build *build, const struct operation *operation)
{
    const char *gone = gone_values(build, operation);
    for (const struct user *user = users_of(build, operation); *gone && user->table; user++)
        TRY(add_guard(build, user, gone));
    return NULL;
}

struct error *plan_rebuild_enum(struct plan_build *build, const struct operation *operation)
{
    const struct user *users = users_of(build, operation);
    const char *type = plan_quoted(build, operation->to_enum->name);
    const char *old = plan_quoted(build, plan_name(build, operation->to_enum->name, "old"));
    const int group = ++build->groups;
    TRY(plan_guard_enum(build, operation));
    plan_add(build, SLOT_EXPAND, "ALTER TYPE %s RENAME TO %s", type, old)->group = group;
    plan_add(build, SLOT_EXPAND, "%s", plan_enum_sql(build, operation->to_enum, operation->name))->group =
        group;
    for (const struct user *user = users; user->table; user++)
        rewrite_column(build, user, type, group);
    plan_add(build, SLOT_EXPAND, "DROP TYPE %s", old)->group = group;
    return NULL;
}

bool plan_changes_type(const struct plan_build *build, const char *table)
{
    if (plan_find(build, OPERATION_CHANGE_TYPE, table, NULL))
        return true;
    const struct difference *difference = build->difference;
    for (size_t i = 0; i < difference->count; i++) {
        const struct operation *operation = &difference->operations[i];
        for (size_t j = 0; operation->kind == OPERATION_REBUILD_ENUM && !build->done[i] &&
                           j < difference->from->table_count;
             j++) {
            const struct catalog_table *other = &difference->from->tables[j];
            for (size_t k = 0; k < other->column_count; k++)
                if (plan_is_type(build, other->columns[k].type, operation->from_enum->name) &&
                    strcmp(plan_table_now(build, other->name), table) == 0)
                    return true;
        }
    }
    return false;
}
