/* Policies, functions and grants from the models. */
#include "rights.h"

#include <sodium.h>
#include <string.h>

#include "access.h"
#include "memory.h"
#include "query.h"
#include "rights_list.h"
#include "sql.h"
#include "text.h"

/* A statement of a table waits so long for others, so often: nobody queues behind it for longer. */
#define LOCK_TIMEOUT "SET LOCAL lock_timeout = '2s'"
enum { TRIES = 5 };

/* What there is, as one number: policies of the tables, which tables keep them, and the functions that they call. */
static const char fingerprint_sql[] =
    "SELECT md5(coalesce(string_agg(line, E'\n' ORDER BY line COLLATE \"C\"), '')) AS print,"
    " (SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure('public.roster_access()')) AS wanted,"
    " obj_description(to_regprocedure('public.roster_access()'), 'pg_proc') AS stamped FROM ("
    "SELECT format('%s %s %s %s %s %s %s', c.relname, p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[],"
    " pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) AS line"
    " FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'public'::regnamespace"
    " UNION ALL SELECT format('%s on %s', relname, relforcerowsecurity) FROM pg_class"
    " WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
    " UNION ALL SELECT format('%s %s %s %s', proname, prosrc, prosecdef, proconfig) FROM pg_proc"
    " WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'roster\\_%' AND proname <> 'roster_access') x";

static const char *digest_of(const void *context, const struct rights *rights)
{
    struct text *all = text_new(context);
    unsigned char hash[16];
    char *hex = NEW_ARRAY(context, char, sizeof hash * 2 + 1);
    for (size_t i = 0; i < rights->count; i++)
        for (size_t j = 0; j < rights->items[i].count; j++)
            text_addf(all, "%s;\n", rights->items[i].statements[j]);
    crypto_generichash(hash, sizeof hash, (const unsigned char *)all->data, all->length, NULL, 0);
    return sodium_bin2hex(hex, sizeof hash * 2 + 1, hash, sizeof hash);
}

struct state {
    const char *print, *wanted, *stamped; /* the last two: NULL where nothing was ever applied */
};

static struct error *read_state(struct connection *connection, struct state *state)
{
    struct query *query = query_add(connection, sql_new(connection, fingerprint_sql));
    TRY(query_run(connection));
    *state = (struct state){ query_field(query, 0, "print"), query_field(query, 0, "wanted"),
                             query_field(query, 0, "stamped") };
    return NULL;
}

static bool is_right(const struct state *state, const char *digest)
{
    const char *quoted = state->wanted ? strstr(state->wanted, digest) : NULL;
    return quoted && state->stamped && strcmp(state->stamped, state->print) == 0;
}

/* --- Policies ----------------------------------------------------------------------------------------------------- */

static struct error *run_item(struct connection *connection, const struct rights_item *item)
{
    transaction_begin(connection);
    query_add(connection, sql_new(connection, LOCK_TIMEOUT));
    query_add(connection, sql_new(connection, "SET LOCAL client_min_messages = warning")); /* what was not there */
    for (size_t i = 0; i < item->count; i++)
        query_add(connection, sql_new(connection, item->statements[i]));
    transaction_commit(connection);
    return query_run(connection);
}

static struct error *run_patiently(struct connection *connection, const struct rights_item *item)
{
    struct error *error = NULL;
    for (int i = 0; i < TRIES; i++) {
        error = run_item(connection, item);
        if (!error || strcmp(error->sqlstate, "55P03") != 0) /* lock_not_available */
            break;
    }
    return error;
}

static struct error *apply_item(struct connection *connection, const struct rights_item *item,
                                struct rights_report *report)
{
    struct error *error = run_patiently(connection, item);
    if (!error || !rights_do_not_fit(error))
        return error;
    report->skipped = GROW_ARRAY(connection, const char *, report->skipped, report->skipped_count + 2);
    report->skipped[report->skipped_count++] = memory_printf(connection, "%s: %s", item->name, error->message);
    report->skipped[report->skipped_count] = NULL;
    return NULL;
}

static struct error *stamp(struct connection *connection, const char *digest)
{
    struct state state;
    TRY(connection_execute(connection, memory_printf(connection, RIGHTS_STAMP, digest)));
    TRY(read_state(connection, &state));
    return connection_execute(connection, memory_printf(connection, "COMMENT ON FUNCTION roster_access() IS '%s'",
                                                        state.print));
}

static struct error *apply_policies(struct connection *connection, const struct schema *schema,
                                    struct rights_report *report)
{
    struct state state;
    const struct rights *rights = rights_list(connection, schema);
    const char *digest = digest_of(connection, rights);
    TRY(read_state(connection, &state));
    if (is_right(&state, digest))
        return NULL;
    report->changed = true;
    for (size_t i = 0; i < rights->count; i++)
        TRY(apply_item(connection, &rights->items[i], report));
    return report->skipped_count > 0 ? NULL : stamp(connection, digest);
}

/* --- Grants ------------------------------------------------------------------------------------------------------- */

/* Whether a role lacks what it should have of some table, or has what it should not. */
static const char lacks_sql[] =
    "SELECT EXISTS (SELECT 1 FROM pg_roles r JOIN pg_class c ON c.relnamespace = 'public'::regnamespace"
    " AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE') WHERE r.rolname = ";
static const char lacks_what[] =
    " AND r.rolname <> current_user AND NOT r.rolsuper AND (NOT has_table_privilege(r.oid, c.oid, 'SELECT')"
    " OR has_table_privilege(r.oid, c.oid, 'UPDATE') = (c.relname IN (";

static struct error *apply_grants(struct connection *connection, const struct schema *schema, const char *role,
                                  struct rights_report *report)
{
    struct sql *sql = sql_new(connection, lacks_sql);
    sql_value(sql, role, "text");
    sql_add(sql, lacks_what);
    sql_add(sql, rights_append_only(connection, schema));
    sql_add(sql, ") OR c.relname LIKE 'roster\\_%'))) AS lacks");
    struct query *query = query_add(connection, sql);
    TRY(query_run(connection));
    if (!query_true(query, 0, "lacks"))
        return NULL;
    report->changed = true;
    const struct rights_item item = rights_grants(connection, schema, role);
    return run_item(connection, &item);
}

static struct error *apply(struct connection *connection, const struct settings *settings,
                           const struct schema *schema, struct rights_report *report)
{
    TRY(apply_grants(connection, schema, settings->serving_role, report));
    TRY(apply_grants(connection, schema, settings->superuser_role, report));
    return apply_policies(connection, schema, report);
}

struct error *rights_apply(struct connection *connection, const struct settings *settings,
                           const struct schema *schema, struct rights_report *report)
{
    *report = (struct rights_report){ .skipped = NEW_ARRAY(connection, const char *, 1) };
    return error_within(apply(connection, settings, schema, report), "the rules of access");
}

struct error *rights_check(struct connection *connection, const struct schema *schema, const char **difference)
{
    struct state state;
    const char *digest = digest_of(connection, rights_list(connection, schema));
    *difference = NULL;
    TRY(read_state(connection, &state));
    if (is_right(&state, digest))
        return NULL;
    if (!state.wanted || !strstr(state.wanted, digest))
        *difference = "the rules of access in the database are not those of the models";
    else
        *difference = "policies or functions of the rules of access were changed by hand";
    return NULL;
}

static void add_item(struct text *text, const struct rights_item *item)
{
    text_addf(text, "\n-- %s\nBEGIN;\n", item->name);
    for (size_t i = 0; i < item->count; i++)
        text_addf(text, "%s;\n", item->statements[i]);
    text_add(text, "COMMIT;\n");
}

const char *rights_script(const void *context, const struct schema *schema)
{
    struct text *text = text_new(context);
    const struct rights *rights = rights_list(context, schema);
    for (size_t i = 0; i < rights->count; i++)
        add_item(text, &rights->items[i]);
    return text->data;
}
