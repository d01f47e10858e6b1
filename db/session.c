/* The SQL of signing in and out. */
#include "session.h"

#include "memory.h"
#include "password.h"
#include "sql.h"

struct query *session_queue_find(struct connection *connection, const char *token)
{
    /* Every request asks this. Two index scans are planned in half the time that a join of the two takes. There is a row
     * even when nobody is found, so that what follows is then for nobody (0), and not before anybody is known (NULL). */
    struct sql *sql = sql_new(connection, "SELECT u.id, u.email, u.full_name, u.is_superuser, u.must_change_password");
    connection_add_person(sql, connection, "coalesce(u.id, 0)", "u.is_superuser");
    sql_add(sql, " FROM (SELECT 1) one LEFT JOIN \"user\" u ON u.is_active AND u.id = (SELECT s.user_id"
                 " FROM session s WHERE s.expires_at > now() AND s.token_hash = ");
    sql_value(sql, token_hash(connection, token), "text");
    sql_add(sql, ")");
    return query_add_greeting(connection, sql);
}

struct query *session_queue_since(struct connection *connection, const char *token)
{
    struct sql *sql = sql_new(connection, "SELECT created_at FROM session WHERE token_hash = ");
    sql_value(sql, token_hash(connection, token), "text");
    return query_add(connection, sql);
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
    return session;
}

void session_queue_begin(struct connection *connection, const char *user_id, const char *token, int days,
                         const char *remote)
{
    struct sql *sql = sql_new(connection, "INSERT INTO session (user_id, token_hash, remote, expires_at) VALUES (");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, ", ");
    sql_value(sql, token_hash(connection, token), "text");
    sql_add(sql, ", ");
    sql_value(sql, remote, "text");
    sql_addf(sql, ", now() + interval '%d days')", days);
    query_add(connection, sql);
    query_add(connection, sql_new(connection, "DELETE FROM session WHERE id IN (SELECT id FROM session"
                                              " WHERE expires_at < now() ORDER BY expires_at LIMIT 10)"));
}

void session_queue_end(struct connection *connection, const char *token)
{
    struct sql *sql = sql_new(connection, "DELETE FROM session WHERE token_hash = ");
    sql_value(sql, token_hash(connection, token), "text");
    query_add(connection, sql);
}

void session_queue_end_others(struct connection *connection, const char *user_id, const char *token)
{
    struct sql *sql = sql_new(connection, "DELETE FROM session WHERE user_id = ");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, " AND token_hash <> ");
    sql_value(sql, token_hash(connection, token), "text");
    query_add(connection, sql);
}

struct query *session_queue_credentials(struct connection *connection, const char *email)
{
    struct sql *sql = sql_new(connection, "SELECT id, hashed_password, is_superuser FROM \"user\" WHERE is_active AND lower(email) ="
                                          " lower(");
    sql_value(sql, email, "text");
    sql_add(sql, ")");
    return query_add(connection, sql);
}

struct query *session_queue_own_credentials(struct connection *connection, const char *user_id)
{
    struct sql *sql = sql_new(connection, "SELECT id, hashed_password FROM \"user\" WHERE id = ");
    sql_value(sql, user_id, "bigint");
    return query_add(connection, sql);
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
                                                     " AND hashed_password IS NOT NULL) AS somebody,"
                                                     " EXISTS (SELECT token_hash, expires_at FROM session) AS sessions"));
}

void session_queue_set_password(struct connection *connection, const char *user_id, const char *hash)
{
    struct sql *sql = sql_new(connection, "UPDATE \"user\" SET must_change_password = false, updated_at = now(),"
                                          " hashed_password = ");
    sql_value(sql, hash, "text");
    sql_add(sql, " WHERE id = ");
    sql_value(sql, user_id, "bigint");
    query_add(connection, sql);
}
