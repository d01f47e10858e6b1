/* The SQL of password resets. */
#include "reset.h"

#include "password.h"

void reset_queue_make(struct connection *connection, const char *user_id, const char *token)
{
    struct sql *sql = sql_new(connection, "INSERT INTO password_reset (user_id, token_hash, expires_at) VALUES (");
    sql_value(sql, user_id, "bigint");
    sql_add(sql, ", ");
    sql_value(sql, token_hash(connection, token), "text");
    sql_addf(sql, ", now() + interval '%d hours') ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash,"
                  " created_at = now(), expires_at = excluded.expires_at", RESET_HOURS);
    query_add(connection, sql);
}

void reset_queue_forget(struct connection *connection, const char *user_id)
{
    struct sql *sql = sql_new(connection, "DELETE FROM password_reset WHERE user_id = ");
    sql_value(sql, user_id, "bigint");
    query_add(connection, sql);
}

struct query *reset_queue_pending(struct connection *connection, const char *user_id)
{
    struct sql *sql = sql_new(connection, "SELECT expires_at FROM password_reset WHERE expires_at > now() AND user_id = ");
    sql_value(sql, user_id, "bigint");
    return query_add(connection, sql);
}

static void add_token(struct sql *sql, const char *token)
{
    sql_add(sql, " WHERE expires_at > now() AND token_hash = ");
    sql_value(sql, token_hash(sql, token), "text");
}

struct query *reset_queue_find(struct connection *connection, const char *token)
{
    struct sql *sql = sql_new(connection, "SELECT id, email, full_name FROM \"user\" WHERE is_active AND id ="
                                          " (SELECT user_id FROM password_reset");
    add_token(sql, token);
    sql_add(sql, ")");
    return query_add(connection, sql);
}

struct query *reset_queue_use(struct connection *connection, const char *token, const char *hash)
{
    struct sql *sql = sql_new(connection, "WITH used AS (DELETE FROM password_reset");
    add_token(sql, token);
    sql_add(sql, " RETURNING user_id), person AS (UPDATE \"user\" SET must_change_password = false, updated_at = now(),"
                 " hashed_password = ");
    sql_value(sql, hash, "text");
    sql_add(sql, " WHERE is_active AND id IN (SELECT user_id FROM used) RETURNING id, email) SELECT id, email FROM person");
    return query_add(connection, sql);
}
