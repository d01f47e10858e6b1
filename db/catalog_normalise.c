/* Asks PostgreSQL how it writes the models' expressions, by making the tables that hold them in a schema of their own,
 * in a transaction that is rolled back whatever happens. */
#include "catalog.h"

#include <string.h>

#include "catalog_name.h"
#include "difference.h"
#include "memory.h"
#include "query.h"
#include "schema_source.h"
#include "sql.h"
#include "text.h"

/* Whether an operation may come only from another way to write the same. */
static bool depends_on_spelling(const struct operation *operation)
{
    switch (operation->kind) {
    case OPERATION_CHANGE_DEFAULT:
    case OPERATION_ADD_COLUMN:
        return operation->to_column->default_sql != NULL;
    case OPERATION_ADD_CONSTRAINT:
        return operation->to_constraint->kind == 'c';
    case OPERATION_CREATE_INDEX:
        return operation->from_table != NULL;
    default:
        return false;
    }
}

/* Every table and index that is made takes a lock until the transaction ends, and the server has room for
 * max_locks_per_transaction (64) times max_connections of them: few tables at a time. */
enum { TABLES_AT_ONCE = 50 };

/* Marks the wanted tables that must be asked about; whether there are any. */
static bool mark(const struct difference *difference, const struct catalog *wanted, bool *marked)
{
    bool any = false;
    for (size_t i = 0; i < difference->count; i++) {
        const struct operation *operation = &difference->operations[i];
        if (!operation->from_table || !operation->to_table || !depends_on_spelling(operation))
            continue;
        marked[operation->to_table - wanted->tables] = any = true;
    }
    return any;
}

static void run_later(struct connection *connection, const char *sql)
{
    query_add(connection, sql_new(connection, sql));
}

static bool same_values(const struct catalog_enum *left, const struct catalog_enum *right)
{
    if (!right || left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++)
        if (strcmp(left->values[i].name, right->values[i].name) != 0)
            return false;
    return true;
}

static void make_enums(struct connection *connection, const struct catalog *wanted, const struct catalog *there)
{
    for (size_t i = 0; i < wanted->enum_count; i++) {
        const struct catalog_enum *type = &wanted->enums[i];
        if (same_values(type, catalog_enum(there, type->name)))
            continue;
        struct text *text = text_new(connection);
        text_add(text, "CREATE TYPE ");
        catalog_add_name(text, type->name);
        text_add(text, " AS ENUM (");
        for (size_t j = 0; j < type->count; j++)
            text_addf(text, "%s%s", j > 0 ? ", " : "", sql_quote_literal(text, type->values[j].name));
        text_add(text, ")");
        run_later(connection, text->data);
    }
}

/* Foreign keys and unique keys say nothing that PostgreSQL would write otherwise. */
static void make_table(struct connection *connection, const struct catalog_table *table)
{
    struct text *text = text_new(connection);
    text_add(text, "CREATE TABLE ");
    catalog_add_name(text, table->name);
    for (size_t i = 0; i < table->column_count; i++) {
        const struct catalog_column *column = &table->columns[i];
        text_add(text, i > 0 ? ", " : " (");
        catalog_add_name(text, column->name);
        text_addf(text, " %s", column->type);
        if (column->default_sql && !catalog_sequence(text, column->default_sql)) /* which may not be there yet */
            text_addf(text, " DEFAULT %s", column->default_sql);
    }
    for (size_t i = 0; i < table->constraint_count; i++) {
        const struct catalog_constraint *constraint = &table->constraints[i];
        if (constraint->kind != 'c')
            continue;
        text_add(text, ", CONSTRAINT ");
        catalog_add_name(text, constraint->name);
        text_addf(text, " %s", constraint->definition);
    }
    text_add(text, ")");
    run_later(connection, text->data);
    for (size_t i = 0; i < table->index_count; i++)
        run_later(connection, table->indexes[i].definition);
}

static void queue_scratch(struct connection *connection, const struct catalog *wanted, const struct catalog *there,
                          const char *name)
{
    transaction_begin(connection);
    for (const char *const *extension = wanted->extensions; *extension; extension++)
        if (!catalog_has_extension(there, *extension))
            run_later(connection, memory_printf(connection, "CREATE EXTENSION IF NOT EXISTS %s SCHEMA public",
                                                catalog_quote(connection, *extension)));
    run_later(connection, memory_printf(connection, "CREATE SCHEMA %s", name));
    run_later(connection, memory_printf(connection, "SET LOCAL search_path = %s, public", name));
    make_enums(connection, wanted, there);
}

/* A run for each table, so that a refusal says which. */
static struct error *make_tables(struct connection *connection, const struct catalog *wanted, const bool *marked,
                                 size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        if (!marked[i])
            continue;
        make_table(connection, &wanted->tables[i]);
        struct error *error = query_run(connection);
        if (!error)
            continue;
        if (error->code != ERROR_UNAVAILABLE)
            error->code = ERROR_USAGE;
        const struct place place = { .table = wanted->tables[i].name };
        return error_within(error, "%s: the models' table \"%s\" holds an expression that PostgreSQL refuses",
                            schema_source_where(connection, &place), wanted->tables[i].name);
    }
    return NULL;
}

static void take_table(struct catalog_table *table, const struct catalog_table *written)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (!catalog_sequence(table, table->columns[i].default_sql))
            table->columns[i].default_sql = catalog_column(written, table->columns[i].name)->default_sql;
    for (size_t i = 0; i < table->constraint_count; i++) {
        const struct catalog_constraint *constraint = catalog_constraint(written, table->constraints[i].name);
        if (!constraint || constraint->kind != 'c')
            continue;
        table->constraints[i].definition = constraint->definition;
        table->constraints[i].columns = constraint->columns;
    }
    for (size_t i = 0; i < table->index_count; i++) {
        const struct catalog_index *index = catalog_index(written, table->indexes[i].name);
        table->indexes[i].definition = index->definition;
        table->indexes[i].shape = index->shape;
    }
}

/* Where the next so many marked tables end. */
static size_t batch_end(const bool *marked, size_t start, size_t count)
{
    size_t end = start;
    for (size_t found = 0; end < count && found < TABLES_AT_ONCE; end++)
        found += marked[end];
    return end;
}

static struct error *write_batch(struct connection *connection, struct catalog *wanted, const struct catalog *there,
                                 const bool *marked, size_t start, size_t end)
{
    PGconn *handle;
    struct catalog *written = NULL;
    TRY(connection_handle(connection, &handle));
    const char *name = memory_printf(connection, "roster_scratch_%d", PQbackendPID(handle));
    queue_scratch(connection, wanted, there, name);
    struct error *error = make_tables(connection, wanted, marked, start, end);
    if (!error)
        error = catalog_read(wanted, connection, name, &written); /* what is taken from it lives as long as wanted */
    transaction_rollback(connection);
    for (size_t i = start; !error && i < end; i++)
        if (marked[i])
            take_table(&wanted->tables[i], catalog_table(written, wanted->tables[i].name));
    return error;
}

struct error *catalog_normalise(const void *context, struct connection *connection, struct catalog *wanted,
                                const struct catalog *there)
{
    bool *marked = NEW_ARRAY(context, bool, wanted->table_count + 1);
    struct difference *difference = difference_between(context, there, wanted);
    const bool any = mark(difference, wanted, marked);
    talloc_free(difference);
    for (size_t start = 0, end; any && start < wanted->table_count; start = end) {
        end = batch_end(marked, start, wanted->table_count);
        TRY(write_batch(connection, wanted, there, marked, start, end));
    }
    return NULL;
}
