/* Tables that come and go. */
#include "plan_build.h"

#include <string.h>

#include "memory.h"

const char *plan_column_sql(const struct plan_build *build, const struct catalog_column *column)
{
    struct text *text = text_new(build->context);
    text_addf(text, "%s %s", plan_quoted(build, column->name), column->type);
    if (column->generated)
        text_addf(text, " GENERATED ALWAYS AS (%s) STORED", column->default_sql);
    else if (column->default_sql)
        text_addf(text, " DEFAULT %s", column->default_sql);
    if (column->identity)
        text_addf(text, " GENERATED %s AS IDENTITY", column->identity == 'a' ? "ALWAYS" : "BY DEFAULT");
    if (column->required)
        text_add(text, " NOT NULL");
    return text->data;
}

/* A sequence counts no further than its column can hold. */
static const char *plan_sequence_type(const struct catalog_column *column)
{
    return strcmp(column->type, "integer") == 0    ? " AS integer"
           : strcmp(column->type, "smallint") == 0 ? " AS smallint"
                                                   : "";
}

static void add_constraint(struct plan_build *build, struct text *text,
                           const struct catalog_constraint *constraint, const char **separator)
{
    text_addf(text, "%s    CONSTRAINT %s %s", *separator, plan_quoted(build, constraint->name),
              constraint->definition);
    *separator = ",\n";
}

/* Foreign keys come later, when all tables are there. */
void plan_create_table(struct plan_build *build, const struct operation *operation)
{
    static const char kinds[] = "pucx"; /* the primary key first, as people expect it */
    const struct catalog_table *table = operation->to_table;
    struct text *text = text_new(build->context);
    const char *separator = "\n";
    for (size_t i = 0; i < table->column_count; i++) {
        text_addf(text, "%s    %s", separator, plan_column_sql(build, &table->columns[i]));
        separator = ",\n";
    }
    for (const char *kind = kinds; *kind; kind++)
        for (size_t i = 0; i < table->constraint_count; i++)
            if (table->constraints[i].kind == *kind)
                add_constraint(build, text, &table->constraints[i], &separator);
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].sequence)
            plan_back(build,
                      plan_add(build, SLOT_EXPAND, "CREATE SEQUENCE %s%s", table->columns[i].sequence,
                               plan_sequence_type(&table->columns[i])),
                      "DROP SEQUENCE %s", table->columns[i].sequence);
    const char *name = plan_quoted(build, table->name);
    struct plan_statement *statement =
        plan_add(build, SLOT_EXPAND, "CREATE TABLE %s (%s\n)", name, text->data);
    plan_back(build, statement, "DROP TABLE %s", name);
    statement->objects =
        4 + (int)table->constraint_count; /* itself, its sequence, its TOAST table and that one's index */
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].sequence)
            plan_back(build,
                      plan_add(build, SLOT_EXPAND, "ALTER SEQUENCE %s OWNED BY %s.%s", table->columns[i].sequence,
                               name, plan_quoted(build, table->columns[i].name)),
                      "ALTER SEQUENCE %s OWNED BY NONE", table->columns[i].sequence);
}

/* A foreign key is known to both of its tables. */
static void lock_referenced(struct plan_build *build, struct plan_statement *statement,
                            const struct operation *operation)
{
    const struct catalog_table *table = operation->from_table;
    for (size_t i = 0; i < table->constraint_count; i++)
        if (table->constraints[i].kind == 'f' &&
            !plan_is_dropped(build, operation->name, table->constraints[i].name) &&
            !plan_goes_along(build, operation->name, &table->constraints[i]))
            plan_lock(build, statement, PLAN_ACCESS_EXCLUSIVE,
                      plan_table_now(build, table->constraints[i].references));
}

struct error *plan_drop_table(struct plan_build *build, const struct operation *operation)
{
    const struct catalog_table *table = operation->from_table;
    struct plan_statement *statement;
    long long rows;
    TRY(plan_count(build,
                   memory_printf(build->context, "SELECT count(*) FROM %s", plan_quoted(build, table->name)),
                   &rows));
    statement = plan_add(build, SLOT_CONTRACT, "DROP TABLE %s", plan_quoted(build, operation->name));
    plan_lock(build, statement, PLAN_ACCESS_EXCLUSIVE, operation->name);
    lock_referenced(build, statement, operation);
    statement->lost = rows < 0
                          ? memory_printf(build->context, "table %s (its rows)", operation->name)
                          : memory_printf(build->context, "table %s (rows now: %lld)", operation->name, rows);
    plan_lose(build, statement->lost);
    return NULL;
}
