/* The statements of rights.c, made from the models: what a database gets, in an order in which it can be had. */
#ifndef ROSTER_RIGHTS_LIST_H
#define ROSTER_RIGHTS_LIST_H

#include <stdbool.h>
#include "error.h"
#include "schema.h"

/* One transaction: a function, a table's policies, what an earlier models file left behind. */
struct rights_item {
    const char *name;
    const char **statements;
    size_t count;
    bool is_function; /* that policies call */
};

struct rights {
    struct rights_item *items;
    size_t count;
};

/* Makes the function that says which rules were applied last, from their digest. */
#define RIGHTS_STAMP                                                                                             \
    "CREATE OR REPLACE FUNCTION roster_access() RETURNS text LANGUAGE sql IMMUTABLE AS $roster$SELECT '%s'$roster$"

const struct rights *rights_list(const void *context, const struct schema *schema);
/* The names of the policies of these rules, for IN. */
#define RIGHTS_POLICY_NAMES "'roster_read', 'roster_create', 'roster_change', 'roster_delete'"
/* The statement that makes a row p of pg_policy again; c is its table's row of pg_class. */
#define RIGHTS_POLICY_MADE(p)                                                                                     \
    "format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', " p ".polname, c.oid::regclass,\n"                       \
    "            CASE WHEN " p ".polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,\n"                       \
    "            CASE " p ".polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'\n"         \
    "            WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, coalesce((SELECT string_agg(quote_ident(r.rolname), ', ')\n" \
    "            FROM pg_roles r WHERE r.oid = ANY (" p ".polroles)), 'PUBLIC'))\n"                               \
    "            || coalesce(' USING (' || pg_get_expr(" p ".polqual, " p ".polrelid) || ')', '')\n"              \
    "            || coalesce(' WITH CHECK (' || pg_get_expr(" p ".polwithcheck, " p ".polrelid) || ')', '')"
/* Whether an item failed because a table, column, function or type is not as it expects it. */
bool rights_do_not_fit(const struct error *error);
/* What a serving role is granted, for the tables that there are and those that come. */
struct rights_item rights_grants(const void *context, const struct schema *schema, const char *role);
/* The names of append-only tables as SQL literals with commas; '' when there are none. */
const char *rights_append_only(const void *context, const struct schema *schema);

#endif
