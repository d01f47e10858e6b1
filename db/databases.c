/* The databases of a server, seen from beside them. */
#include "databases.h"

#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "conninfo.h"
#include "memory.h"
#include "query.h"

enum { LOOK_MS = 50, LONGEST_BEGINNING = 40, HASH_BYTES = 4 };

struct settings *databases_settings(const void *context, const struct settings *settings, const char *name)
{
    struct settings *other = NEW(context, struct settings);
    *other = *settings;
    other->direct_url = conninfo_with_database(other, settings->direct_url, name);
    other->database_url = other->direct_url;
    other->dump_url = conninfo_with_database(other, settings->dump_url, name);
    return other;
}

static struct error *open_server(struct databases *databases, enum connection_use use)
{
    static const char *const names[] = { "postgres", "template1" };
    struct error *error = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        databases->beside = databases_settings(databases, databases->settings, names[i]);
        databases->server = connection_new(databases, databases->beside, use, "roster restore");
        error = connection_open(databases->server);
        if (!error || strcmp(error->sqlstate, "3D000") != 0)
            break;
    }
    return error;
}

static struct error *check_rights(struct databases *databases)
{
    const void *context = talloc_parent(databases);
    struct sql *sql =
        sql_new(databases->server,
                "SELECT current_user AS role, rolcreatedb OR rolsuper AS may_create, d.oid IS NOT NULL AS"
                " there, pg_has_role(d.datdba, 'MEMBER') AS owns, pg_get_userbyid(d.datdba) AS owner"
                " FROM pg_roles LEFT JOIN pg_database d ON d.datname = ");
    sql_value(sql, databases->name, "name");
    sql_add(sql, " WHERE rolname = current_user");
    struct query *query = query_add(databases->server, sql);
    TRY(query_run(databases->server));
    const char *role = query_field(query, 0, "role");
    databases->exists = query_true(query, 0, "there");
    if (!query_true(query, 0, "may_create"))
        return error_new(context, ERROR_REFUSED,
                         "the role \"%s\" may not create databases, and a restore makes one beside the "
                         "site's; grant it as "
                         "a superuser: ALTER ROLE %s CREATEDB",
                         role, sql_quote_name(context, role));
    if (databases->exists && !query_true(query, 0, "owns"))
        return error_new(
            context, ERROR_REFUSED,
            "the database \"%s\" belongs to \"%s\", so that \"%s\" cannot put another in its place; hand it "
            "over as a superuser: ALTER DATABASE %s OWNER TO %s",
            databases->name, query_field(query, 0, "owner"), role, sql_quote_name(context, databases->name),
            sql_quote_name(context, role));
    return NULL;
}

static const char *site_name(const void *context, const struct settings *settings)
{
    const char *name = conninfo_part(context, settings->direct_url, "dbname");
    return name ? name : conninfo_part(context, settings->direct_url, "user");
}

struct error *databases_open(const void *context, const struct settings *settings, enum connection_use use,
                             struct databases **out)
{
    struct databases *databases = NEW(context, struct databases);
    databases->settings = settings;
    databases->name = site_name(databases, settings);
    TRY(open_server(databases, use));
    *out = databases;
    return check_rights(databases);
}

/* --- Making and dropping ------------------------------------------------------------------------------------------ */

const char *databases_draft_name(const void *context)
{
    return memory_printf(context, "roster_restore_%ld_%d", (long)time(NULL), (int)getpid());
}

/* d: the source, and the name of the one to be made. */
static struct error *ask_about(struct connection *server, const char *source, const char *made,
                               const char *statement, struct query **query)
{
    struct sql *sql = sql_new(server, "WITH d AS (SELECT d.*, ");
    sql_value(sql, made, "name");
    sql_add(sql, " AS made FROM pg_database d WHERE datname = ");
    sql_value(sql, source, "name");
    sql_add(sql, ") ");
    sql_add(sql, statement);
    *query = query_add(server, sql);
    return query_run(server);
}

static const char make_sql[] =
    "SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LOCALE_PROVIDER %s LC_COLLATE %L "
    "LC_CTYPE %L',"
    " made, pg_encoding_to_char(encoding), CASE datlocprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' "
    "ELSE 'libc'"
    " END, datcollate, datctype) || CASE WHEN datlocprovider <> 'c' THEN format(CASE datlocprovider WHEN 'b' "
    "THEN"
    " ' BUILTIN_LOCALE %L' ELSE ' ICU_LOCALE %L' END, coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->>"
    " 'daticulocale')) ELSE '' END AS make FROM d";

/* Rights are given by the owner; without any in the catalog they are PostgreSQL's usual ones. The values of
 * settings that are lists of names stand in the catalog as they are written. */
static const char dress_sql[] =
    "SELECT 1 AS place, format('ALTER DATABASE %I CONNECTION LIMIT %s', made, datconnlimit) AS dress FROM d"
    " WHERE datconnlimit <> -1"
    " UNION ALL SELECT 1, format('ALTER DATABASE %I SET %I TO %s', made, split_part(c, '=', 1),"
    "   CASE WHEN split_part(c, '=', 1) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries',"
    "   'local_preload_libraries') THEN substr(c, strpos(c, '=') + 1) ELSE quote_literal(substr(c, strpos(c, "
    "'=') + 1))"
    "   END) FROM d JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0, "
    "unnest(s.setconfig) c"
    " UNION ALL SELECT 2, format('REVOKE ALL ON DATABASE %I FROM PUBLIC', made) FROM d WHERE datacl IS NOT "
    "NULL"
    " UNION ALL SELECT 3, format('GRANT %s ON DATABASE %I TO %s%s', a.privilege_type, made, CASE a.grantee "
    "WHEN 0"
    "   THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END, CASE WHEN a.is_grantable AND "
    "a.grantee <> d.datdba"
    "   AND a.grantee <> 0 THEN ' WITH GRANT OPTION' ELSE '' END) FROM d, aclexplode(d.datacl) a"
    " ORDER BY place";

struct error *databases_make_sql(struct connection *server, const char *source, const char *made, const char **sql)
{
    struct query *query;
    TRY(ask_about(server, source, made, make_sql, &query));
    *sql = query_rows(query) > 0 ? query_field(query, 0, "make") : NULL;
    return NULL;
}

struct error *databases_create(struct databases *databases, const char *name)
{
    const char *make = memory_printf(databases, "CREATE DATABASE %s TEMPLATE template0 ENCODING 'UTF8'",
                                     sql_quote_name(databases, name));
    struct query *query;
    if (databases->exists) {
        TRY(databases_make_sql(databases->server, databases->name, name, &make));
    }
    TRY(connection_execute(databases->server, make));
    TRY(ask_about(databases->server, databases->name, name, dress_sql, &query));
    for (int row = 0; row < query_rows(query); row++)
        TRY(connection_execute(databases->server, query_field(query, row, "dress")));
    return NULL;
}

struct error *databases_drop(struct databases *databases, const char *name)
{
    return connection_execute(
        databases->server,
        memory_printf(databases, "DROP DATABASE IF EXISTS %s WITH (FORCE)", sql_quote_name(databases, name)));
}

struct error *databases_sweep(struct databases *databases)
{
    struct query *old =
        query_add(databases->server,
                  sql_new(databases->server,
                          "SELECT datname FROM pg_database d WHERE datname ~ '^roster_restore_[0-9]+_[0-9]+$'"
                          " AND pg_has_role(datdba, 'MEMBER')"
                          " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)"));
    TRY(query_run(databases->server));
    for (int row = 0; row < query_rows(old); row++)
        talloc_free(databases_drop(databases, query_text(old, row, 0))); /* another may be quicker */
    return NULL;
}

/* --- Swapping ----------------------------------------------------------------------------------------------------- */

/* A name has at most 63 bytes, of which "_before_" and the time take 23. */
static bool is_cut(const struct databases *databases)
{
    return strlen(databases->name) >= LONGEST_BEGINNING;
}

/* So much of the name as ends with a whole character of UTF-8 (RFC 3629). */
static const char *cut(struct databases *databases, size_t length)
{
    while (length > 0 && ((unsigned char)databases->name[length] & 0xc0) == 0x80)
        length--;
    return memory_copy_length(databases, databases->name, length);
}

/* A hash of the whole name keeps those apart that begin alike. */
static const char *beginning(struct databases *databases)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * HASH_BYTES + 1];
    if (!is_cut(databases))
        return memory_printf(databases, "%s_before_", databases->name);
    crypto_hash_sha256(hash, (const unsigned char *)databases->name, strlen(databases->name));
    return memory_printf(databases, "%s_%s_before_", cut(databases, LONGEST_BEGINNING - sizeof hex),
                         sodium_bin2hex(hex, sizeof hex, hash, HASH_BYTES));
}

/* This second, or the next one that is not taken. */
struct error *databases_name_kept(struct databases *databases, const char **name)
{
    *name = NULL;
    if (!databases->exists)
        return NULL;
    struct sql *sql = sql_new(databases->server, "SELECT name FROM (SELECT n, ");
    sql_value(sql, beginning(databases), "text");
    sql_add(sql, " || to_char(clock_timestamp() AT TIME ZONE 'UTC' + n * interval '1 second', "
                 "'YYYYMMDD_HH24MISS') AS name"
                 " FROM generate_series(0, 1000) n) tries"
                 " WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = tries.name) ORDER BY n LIMIT 1");
    struct query *query = query_add(databases->server, sql);
    TRY(query_run(databases->server));
    *name = memory_copy(talloc_parent(databases), query_field(query, 0, "name"));
    return NULL;
}

/* The sessions of superusers are not ours to end, unless we are one. Autovacuum gives way by itself. */
static struct error *end_sessions(struct databases *databases, struct connection *other)
{
    struct sql *sql = sql_new(other, "SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a"
                                     " JOIN pg_roles r ON r.oid = a.usesysid CROSS JOIN pg_roles me"
                                     " WHERE me.rolname = current_user AND (me.rolsuper OR NOT r.rolsuper)"
                                     " AND a.datname = ");
    sql_value(sql, databases->name, "name");
    query_add(other, sql);
    return query_run(other);
}

static struct error *in_the_way(struct databases *databases, struct error *error)
{
    struct sql *sql = sql_new(
        databases->server,
        "SELECT coalesce(string_agg(DISTINCT usename || ' (' || coalesce(nullif(application_name, ''),"
        " 'unnamed') || ')', ', '), '') AS who FROM pg_stat_activity WHERE datname = ");
    sql_value(sql, databases->name, "name");
    struct query *query = query_add(databases->server, sql);
    if (query_run(databases->server) || !*query_field(query, 0, "who"))
        return error;
    return error_new(
        talloc_parent(databases), ERROR_UNAVAILABLE,
        "the database \"%s\" is in use by sessions that cannot be ended from here: %s; close them, and try "
        "again. The site's database is as it was",
        databases->name, query_field(query, 0, "who"));
}

/* Until the renames are done, or were refused. */
static struct error *rename_while_ending(struct databases *databases, const char *renames)
{
    PGconn *handle;
    struct error *error = NULL;
    struct connection *other =
        connection_new(databases, databases->beside, CONNECTION_DIRECT, "roster restore");
    TRY(connection_open(other));
    TRY(connection_handle(databases->server, &handle));
    if (!PQsendQuery(handle, renames))
        return connection_error(databases->server, NULL);
    while (PQisBusy(handle)) {
        struct pollfd entry = { .fd = PQsocket(handle), .events = POLLIN };
        if (!error)
            error = end_sessions(databases, other);
        poll(&entry, 1, LOOK_MS);
        if (!PQconsumeInput(handle))
            break;
    }
    talloc_free(error); /* what came of it, the renames tell */
    error = NULL;
    for (PGresult *result; (result = PQgetResult(handle)) != NULL; PQclear(result))
        if (!error && PQresultStatus(result) != PGRES_COMMAND_OK)
            error = connection_error(databases->server, result);
    talloc_free(other);
    if (!error && PQstatus(handle) != CONNECTION_OK)
        error = connection_error(databases->server, NULL);
    return error;
}

struct error *databases_swap(struct databases *databases, const char *incoming, const char *kept)
{
    const char *site = sql_quote_name(databases, databases->name),
               *other = sql_quote_name(databases, incoming);
    if (!databases->exists)
        return connection_execute(databases->server,
                                  memory_printf(databases, "ALTER DATABASE %s RENAME TO %s", other, site));
    const char *renames =
        memory_printf(databases, "ALTER DATABASE %s RENAME TO %s; ALTER DATABASE %s RENAME TO %s", site,
                      sql_quote_name(databases, kept), other, site);
    struct error *error = rename_while_ending(databases, renames);
    if (error && strcmp(error->sqlstate, "55006") == 0)
        return in_the_way(databases, error);
    return error;
}

/* Earlier versions cut the name alone. Where another database begins like this one, nobody knows whose they are. */
static void add_without_hash(struct sql *sql, struct databases *databases)
{
    const char *first = cut(databases, LONGEST_BEGINNING), *earlier = memory_printf(databases, "%s_before_", first);
    sql_add(sql, " OR left(datname, -15) = ");
    sql_value(sql, earlier, "text");
    sql_add(sql, " AND NOT EXISTS (SELECT FROM pg_database o WHERE starts_with(o.datname::text, ");
    sql_value(sql, first, "text");
    sql_add(sql, ") AND NOT starts_with(o.datname::text, ");
    sql_value(sql, earlier, "text");
    sql_add(sql, ") AND o.datname <> ");
    sql_value(sql, databases->name, "name");
    sql_add(sql, ")");
}

/* FROM and WHERE, with the columns of pg_database. */
static void add_kept(struct sql *sql, struct databases *databases)
{
    sql_add(sql, " FROM pg_database WHERE datname ~ '_[0-9]{8}_[0-9]{6}$' AND (left(datname, -15) = ");
    sql_value(sql, beginning(databases), "text");
    if (is_cut(databases))
        add_without_hash(sql, databases);
    sql_add(sql, ")");
}

struct error *databases_list_kept(struct databases *databases, struct databases_kept **out, size_t *count)
{
    struct sql *sql =
        sql_new(databases->server,
                "SELECT datname, pg_size_pretty(pg_database_size(oid)) AS size,"
                " to_char(to_timestamp(right(datname, 15), 'YYYYMMDD_HH24MISS'), 'YYYY-MM-DD HH24:MI:SS')"
                " AS at");
    add_kept(sql, databases);
    sql_add(sql, " ORDER BY datname DESC");
    struct query *query = query_add(databases->server, sql);
    TRY(query_run(databases->server));
    *count = (size_t)query_rows(query);
    *out = NEW_ARRAY(talloc_parent(databases), struct databases_kept, *count + 1);
    for (size_t i = 0; i < *count; i++)
        (*out)[i] = (struct databases_kept){ .name = query_field(query, (int)i, "datname"),
                                             .size = query_field(query, (int)i, "size"),
                                             .at = query_field(query, (int)i, "at") };
    return NULL;
}

/* The size is for those alone who may connect. */
struct query *databases_queue_kept(struct connection *connection, const struct settings *settings)
{
    struct databases *databases = NEW(connection, struct databases); /* holds the statement's values */
    struct sql *sql = sql_new(connection, "SELECT count(*) AS count, coalesce(sum(CASE WHEN has_database_privilege(oid, 'CONNECT')"
                                          " THEN pg_database_size(oid) END), 0)::bigint AS bytes");
    databases->name = site_name(databases, settings);
    add_kept(sql, databases);
    return query_add(connection, sql);
}
