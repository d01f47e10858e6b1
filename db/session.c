/* The SQL of signing in and out. */
#include "session.h"

#include <string.h>

#include "memory.h"
#include "password.h"
#include "reset.h"
#include "sql.h"

enum { MARK_MINUTES = 5 };

struct query *session_queue_kept(struct connection *connection)
{
    return query_add(connection, sql_new(connection,
        "SELECT floor(extract(epoch FROM now()))::bigint AS now,"
        " to_regclass('public.audit') IS NOT NULL AS audit, to_regclass('public.second_factor') IS NOT NULL"
        " AND to_regclass('public.recovery_code') IS NOT NULL AND to_regclass('public.password_reset') IS NOT NULL"
        " AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass('public.session')"
        " AND attname = 'browser' AND NOT attisdropped) AS accounts"));
}

struct query *session_queue_find(struct connection *connection, const char *token)
{
    /* Every request asks this. Index scans that stand alone are planned in half the time that a join of them takes. The
     * mark is read through JSON, so that the column may be missing: who upgrades an old database comes by here. There is a
     * row even when nobody is found, so that what follows is then for nobody (0), and not before anybody is known (NULL). */
    const char *hash = token_hash(connection, token);
    struct sql *sql = sql_new(connection, "SELECT u.id, u.email, u.full_name, u.is_superuser, u.must_change_password,"
                                          " (SELECT (to_jsonb(s) ->> 'last_seen_at')::timestamptz < now() - interval '");
    sql_addf(sql, "%d minutes' FROM session s WHERE s.token_hash = ", MARK_MINUTES);
    sql_value(sql, hash, "text");
    sql_add(sql, ") AS stale");
    connection_add_person(sql, connection, "coalesce(u.id, 0)", "u.is_superuser");
    sql_add(sql, " FROM (SELECT 1) one LEFT JOIN \"user\" u ON u.is_active AND u.id = (SELECT s.user_id"
                 " FROM session s WHERE s.expires_at > now() AND s.token_hash = ");
    sql_value(sql, hash, "text");
    sql_add(sql, ")");
    return query_add_greeting(connection, sql);
}

/* The end of a session that is used now. */
static void add_end(struct sql *sql, const struct settings *settings, const char *began)
{
    sql_addf(sql, "least(now() + interval '%d hours', %s + interval '%d days')", settings->session_idle_hours, began,
             settings->session_days);
}

void session_queue_mark(struct connection *connection, const struct settings *settings, const char *token)
{
    struct sql *sql = sql_new(connection, "UPDATE session SET last_seen_at = now(), expires_at = ");
    add_end(sql, settings, "created_at");
    sql_add(sql, " WHERE id = (SELECT id FROM session WHERE token_hash = ");
    sql_value(sql, token_hash(connection, token), "text");
    sql_addf(sql, " AND last_seen_at < now() - interval '%d minutes' AND expires_at > now()"
                  " FOR NO KEY UPDATE SKIP LOCKED)", MARK_MINUTES);
    query_add(connection, sql);
}

struct session *session_load(const void *context, const struct query *query)
{
    if (query_rows(query) == 0 || !query_field(query, 0, "id"))
        return NULL;
    struct session *session = NEW(context, struct session);
    session->user_id = memory_copy(session, query_field(query, 0, "id"));
    session->email = memory_copy(session, query_field(query, 0, "email"));
    session->name = memory_copy(session, query_field(query, 0, "full_name"));
    session->superuser = query_true(query, 0, "is_superuser");
    session->must_change_password = query_true(query, 0, "must_change_password");
    session->stale = query_true(query, 0, "stale");
    return session;
}

struct sql *session_without_second_factor(const void *context, const struct session_start *start)
{
    if (!start->accounts)
        return NULL;
    struct sql *sql = sql_new(context, "SELECT WHERE NOT EXISTS (SELECT FROM second_factor WHERE user_id = ");
    sql_value(sql, start->user_id, "bigint");
    sql_add(sql, ")");
    return sql;
}

static void add_unchanged(struct sql *sql, const struct session_start *start)
{
    sql_add(sql, "SELECT FROM \"user\" WHERE is_active AND id = ");
    sql_value(sql, start->user_id, "bigint");
    sql_add(sql, " AND hashed_password = ");
    sql_value(sql, start->hash, "text");
    sql_add(sql, start->superuser ? " AND is_superuser" : " AND NOT is_superuser");
}

struct query *session_queue_unchanged(struct connection *connection, const struct session_start *start)
{
    struct sql *sql = sql_new(connection, "");
    add_unchanged(sql, start);
    sql_add(sql, " FOR SHARE");
    return query_add(connection, sql);
}

void session_queue_hold(struct connection *connection, const char *user_id)
{
    struct sql *sql = sql_new(connection, "SELECT FROM \"user\" WHERE id = ");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, " FOR NO KEY UPDATE");
    query_add(connection, sql);
}

struct query *session_queue_begin(struct connection *connection, const struct settings *settings,
                                  const struct session_start *start, const struct sql *condition)
{
    struct sql *sql = sql_new(connection, condition ? "WITH may AS (" : "WITH may AS (SELECT");
    if (condition)
        sql_insert(sql, condition);
    sql_addf(sql, ") INSERT INTO session (user_id, token_hash, remote%s, expires_at) SELECT ",
             start->accounts ? ", browser" : "");
    sql_value(sql, start->user_id, "bigint");
    sql_add(sql, ", ");
    sql_value(sql, token_hash(connection, start->token), "text");
    sql_add(sql, ", ");
    sql_value(sql, start->remote, "text");
    if (start->accounts) {
        sql_add(sql, ", ");
        sql_value(sql, start->browser, "text");
    }
    sql_add(sql, ", ");
    add_end(sql, settings, "now()");
    sql_add(sql, " FROM may WHERE EXISTS (");
    add_unchanged(sql, start);
    sql_add(sql, ") RETURNING id");
    struct query *begun = query_add(connection, sql);
    query_add(connection, sql_new(connection, "DELETE FROM session WHERE id IN (SELECT id FROM session"
                                              " WHERE expires_at < now() ORDER BY expires_at LIMIT 10"
                                              " FOR UPDATE SKIP LOCKED)"));
    return begun;
}

struct sql *session_exists(const void *context, const char *token)
{
    struct sql *sql = sql_new(context, "SELECT FROM session WHERE token_hash = ");
    sql_value(sql, token_hash(context, token), "text");
    return sql;
}

struct query *session_queue_list(struct connection *connection, const char *user_id, const char *token)
{
    struct sql *sql = sql_new(connection, "SELECT id, created_at, remote,"
                                          " (to_jsonb(s) ->> 'last_seen_at')::timestamptz AS last_seen_at,"
                                          " to_jsonb(s) ->> 'browser' AS browser, coalesce(token_hash = ");
    sql_value(sql, token ? token_hash(connection, token) : NULL, "text");
    sql_add(sql, ", false) AS own FROM session s WHERE expires_at > now() AND user_id = ");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, " ORDER BY own DESC, last_seen_at DESC NULLS LAST, id DESC LIMIT 100");
    return query_add(connection, sql);
}

void session_queue_end(struct connection *connection, const char *token)
{
    struct sql *sql = sql_new(connection, "DELETE FROM session WHERE token_hash = ");
    sql_value(sql, token_hash(connection, token), "text");
    query_add(connection, sql);
}

void session_queue_end_for(struct connection *connection, const char *token, const char *other)
{
    struct sql *sql = sql_new(connection, "DELETE FROM session WHERE token_hash = ");
    sql_value(sql, token_hash(connection, token), "text");
    sql_add(sql, " AND EXISTS (");
    sql_insert(sql, session_exists(connection, other));
    sql_add(sql, ")");
    query_add(connection, sql);
}

static struct sql *end_sql(const void *context, const char *user_id, const char *id, const char *token)
{
    struct sql *sql = sql_new(context, "DELETE FROM session WHERE user_id = ");
    sql_value(sql, user_id, "bigint");
    if (id) {
        sql_add(sql, " AND id::text = ");
        sql_value(sql, id, "text");
    } else if (token) {
        sql_add(sql, " AND token_hash <> ");
        sql_value(sql, token_hash(context, token), "text");
    }
    return sql;
}

struct sql *session_end(const void *context, const char *user_id, const char *id, const char *token)
{
    struct sql *sql = end_sql(context, user_id, id, token);
    sql_add(sql, " AND expires_at > now() RETURNING id");
    return sql;
}

struct query *session_queue_end_others(struct connection *connection, const char *user_id, const char *token)
{
    return query_add(connection, end_sql(connection, user_id, NULL, token));
}

bool session_is_account(const struct draft *draft)
{
    return draft->face == ON_UPDATE && draft->model == schema_by_table(draft->schema, "user");
}

bool session_sets_password(const struct draft *draft)
{
    const struct draft_field *password = session_is_account(draft) ? draft_field(draft, "hashed_password") : NULL;
    return password && password->value;
}

void session_queue_end_changed(struct connection *connection, const struct draft *draft, const char *token, bool accounts)
{
    if (!session_is_account(draft))
        return;
    const struct draft_field *active = draft_field(draft, "is_active"), *superuser = draft_field(draft, "is_superuser");
    const bool given = session_sets_password(draft);
    bool disabled = active && active->changed && active->value && strcmp(active->value, "true") != 0;
    if (given || disabled || (superuser && superuser->changed)) {
        session_queue_hold(connection, draft->id);
        session_queue_end_others(connection, draft->id, token);
    }
    if (accounts && (given || disabled))
        reset_queue_forget(connection, draft->id);
}

struct query *session_queue_credentials(struct connection *connection, const char *email)
{
    struct sql *sql = sql_new(connection, "SELECT id, email, full_name, hashed_password, is_superuser FROM \"user\""
                                          " WHERE is_active AND lower(email) ="
                                          " lower(");
    sql_value(sql, email, "text");
    sql_add(sql, ")");
    return query_add(connection, sql);
}

struct query *session_queue_own_credentials(struct connection *connection, const char *user_id)
{
    struct sql *sql = sql_new(connection, "SELECT id, email, full_name, hashed_password, is_superuser FROM \"user\" WHERE is_active AND id = ");
    sql_value(sql, user_id, "bigint");
    return query_add(connection, sql);
}

struct query *session_queue_spelling(struct connection *connection, const char *email)
{
    struct sql *sql = sql_new(connection, "SELECT lower(");
    sql_value(sql, email, "text");
    sql_add(sql, ") AS email");
    return query_add(connection, sql);
}

struct query *session_queue_person(struct connection *connection, const char *user_id)
{
    struct sql *sql = sql_new(connection, "SELECT email, full_name, is_active FROM \"user\" WHERE id = ");
    sql_value(sql, user_id, "bigint");
    return query_add(connection, sql);
}

void session_queue_rehash(struct connection *connection, const char *user_id, const char *old, const char *hash)
{
    struct sql *sql = sql_new(connection, "UPDATE \"user\" SET hashed_password = ");
    sql_value(sql, hash, "text");
    sql_add(sql, " WHERE id = ");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, " AND hashed_password = ");
    sql_value(sql, old, "text");
    query_add(connection, sql);
}

struct query *session_queue_confirmation(struct connection *connection, const char *token)
{
    /* Through JSON, so that the column may be missing: who upgrades an old database from a page comes by here. */
    struct sql *sql = sql_new(connection, "SELECT u.hashed_password, coalesce((to_jsonb(s) ->> 'confirmed_at')::timestamptz"
                                          " > now() - interval '1 minute' * ");
    sql_addf(sql, "%d, false) AS confirmed FROM session s JOIN \"user\" u ON u.id = s.user_id WHERE s.token_hash = ",
             SESSION_CONFIRMED_MINUTES);
    sql_value(sql, token_hash(connection, token), "text");
    return query_add(connection, sql);
}

void session_queue_confirm(struct connection *connection, const char *token)
{
    struct sql *sql = sql_new(connection, "UPDATE session SET confirmed_at = now() WHERE token_hash = ");
    sql_value(sql, token_hash(connection, token), "text");
    query_add(connection, sql);
}

struct query *session_queue_probe(struct connection *connection)
{
    return query_add(connection, sql_new(connection, "SELECT EXISTS (SELECT FROM \"user\" WHERE is_active AND is_superuser"
                                                     " AND hashed_password LIKE '$%') AS somebody,"
                                                     " EXISTS (SELECT token_hash, expires_at FROM session) AS sessions"));
}

struct query *session_queue_set_password(struct connection *connection, const char *user_id, const char *old,
                                         const char *hash)
{
    struct sql *sql = sql_new(connection, "UPDATE \"user\" SET must_change_password = false, updated_at = now(),"
                                          " hashed_password = ");
    sql_value(sql, hash, "text");
    sql_add(sql, " WHERE id = ");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, " AND is_active AND hashed_password = ");
    sql_value(sql, old, "text");
    sql_add(sql, " RETURNING id");
    return query_add(connection, sql);
}
