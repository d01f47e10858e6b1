/* Policies out of the way of a revision, and back. */
#include "rights_lift.h"

#include <string.h>

#include "memory.h"
#include "query.h"
#include "rights_list.h"
#include "sql.h"

/* What is in the way is told in words of the server's language, in which pg_describe_object names things, too. Of a
 * column's type only the first policy is told (manual, ALTER TABLE), so that all are looked for that depend on what the
 * told ones depend on there: on the column that is named or, where none is, on anything. */
static const char in_the_way_sql[] =
    "WITH told AS (SELECT strpos(detail, pg_describe_object('pg_policy'::regclass, p.oid, 0)) > 0 AS is_told, p.*, detail"
    " FROM pg_policy p, (SELECT ";
static const char in_the_way_rest[] =
    " AS detail) x WHERE p.polname IN (" RIGHTS_POLICY_NAMES ")),"
    " met AS (SELECT d.refclassid, d.refobjid, d.refobjsubid, strpos(t.detail, a.attname) > 0 AS is_named FROM told t"
    " JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = t.oid AND d.deptype = 'n'"
    " LEFT JOIN pg_attribute a ON d.refclassid = 'pg_class'::regclass AND a.attrelid = d.refobjid"
    " AND a.attnum = d.refobjsubid AND a.attnum > 0 WHERE t.is_told),"
    " others AS (SELECT d.objid FROM met JOIN pg_depend d ON d.refclassid = met.refclassid AND d.refobjid = met.refobjid"
    " AND d.refobjsubid = met.refobjsubid AND d.classid = 'pg_policy'::regclass AND d.deptype = 'n'"
    " WHERE met.is_named OR NOT EXISTS (SELECT 1 FROM met m WHERE m.is_named))"
    " SELECT c.relname AS table, t.polname AS name, format('DROP POLICY %I ON %s', t.polname, c.oid::regclass) AS drop,"
    " " RIGHTS_POLICY_MADE("t") " AS sql"
    " FROM told t JOIN pg_class c ON c.oid = t.polrelid WHERE t.is_told OR t.oid IN (SELECT objid FROM others)"
    " ORDER BY c.relname, t.polname";

struct error *rights_lift(struct connection *connection, const char *detail, struct rights_lifted *lifted)
{
    struct sql *sql = sql_new(connection, in_the_way_sql);
    sql_value(sql, detail, "text");
    sql_add(sql, in_the_way_rest);
    struct query *query = query_add(connection, sql);
    TRY(query_run(connection));
    for (int row = 0; row < query_rows(query); row++) {
        TRY(connection_execute(connection, query_field(query, row, "drop")));
        lifted->policies = GROW_ARRAY(connection, struct rights_lifted_policy, lifted->policies, lifted->count + 1);
        lifted->policies[lifted->count++] = (struct rights_lifted_policy){
            query_field(query, row, "table"), query_field(query, row, "name"), query_field(query, row, "sql")
        };
    }
    return NULL;
}

static struct error *execute_all(struct connection *connection, const char *const *statements, size_t count)
{
    for (size_t i = 0; i < count; i++)
        TRY(connection_execute(connection, statements[i]));
    return NULL;
}

/* All of them or, when they do not fit the tables, none. */
static struct error *execute_if_fit(struct connection *connection, const char *const *statements, size_t count,
                                    bool *fit)
{
    TRY(connection_execute(connection, "SAVEPOINT roster_policy"));
    struct error *error = execute_all(connection, statements, count);
    *fit = !error || strcmp(error->sqlstate, "42710") == 0; /* duplicate_object: the revision made one of that name */
    if (error && !*fit && !rights_do_not_fit(error))
        return error;
    if (error)
        TRY(connection_execute(connection, "ROLLBACK TO SAVEPOINT roster_policy"));
    return connection_execute(connection, "RELEASE SAVEPOINT roster_policy");
}

/* The statement of the models that makes the policy, or NULL. */
static const char *const *models_statement(const void *context, const struct rights *rights,
                                           const struct rights_lifted_policy *policy)
{
    const char *item = memory_printf(context, "table %s", policy->table);
    const char *start = memory_printf(context, "CREATE POLICY %s ON ", policy->name);
    for (size_t i = 0; i < rights->count; i++)
        for (size_t j = 0; j < rights->items[i].count && strcmp(rights->items[i].name, item) == 0; j++)
            if (strncmp(rights->items[i].statements[j], start, strlen(start)) == 0)
                return &rights->items[i].statements[j];
    return NULL;
}

/* The functions that the models' policies call may be those of an earlier models file, or missing. */
static struct error *make_functions(struct connection *connection, const struct rights *rights)
{
    bool fit;
    for (size_t i = 0; i < rights->count; i++)
        if (rights->items[i].is_function)
            TRY(execute_if_fit(connection, rights->items[i].statements, rights->items[i].count, &fit));
    return NULL;
}

struct error *rights_put_back(struct connection *connection, const struct schema *schema,
                              const struct rights_lifted *lifted)
{
    const struct rights *rights = NULL;
    for (size_t i = 0; i < lifted->count; i++) {
        const struct rights_lifted_policy *policy = &lifted->policies[i];
        bool fits;
        TRY(execute_if_fit(connection, &policy->sql, 1, &fits));
        if (fits || !schema)
            continue;
        if (!rights) {
            rights = rights_list(connection, schema);
            TRY(make_functions(connection, rights));
        }
        const char *const *statement = models_statement(connection, rights, policy);
        if (statement)
            TRY(execute_if_fit(connection, statement, 1, &fits));
    }
    return NULL;
}
