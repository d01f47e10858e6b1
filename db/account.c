/* Accounts of people who can sign in, as the command line and the seeds make them. */
#include "account.h"

#include <ctype.h>
#include <string.h>

#include "audit.h"
#include "memory.h"
#include "password.h"
#include "query.h"
#include "reset.h"
#include "second_factor.h"
#include "session.h"

/* A hash that is to be stored, and whether its password must be changed at first use. */
struct secret {
    const char *hash;
    bool must_change;
};

static struct error *fault(struct connection *connection, const char *what)
{
    return error_new(talloc_parent(connection), ERROR_USAGE, "%s", what);
}

/* Rough: the mail that arrives is the real test. */
static bool is_address(const char *email)
{
    const char *at = strchr(email, '@');
    return at && at > email && at[1] != '\0' && !strchr(at + 1, '@') && strlen(email) <= 254 &&
           !strpbrk(email, " \t\r\n<>,;\"");
}

/* ann.lee@example.com: Ann Lee. */
static char *name_from(const void *context, const char *email)
{
    char *name = memory_copy_length(context, email, strcspn(email, "@"));
    bool start = true;
    for (char *at = name; *at; at++) {
        if (strchr("._-+", *at))
            *at = ' ';
        else if (start)
            *at = (char)toupper((unsigned char)*at);
        start = *at == ' ';
    }
    return name;
}

static struct error *make_secret(struct connection *connection, const char *password, struct secret *secret,
                                 char **generated)
{
    *generated = NULL;
    const char *refusal = password ? password_refuse(connection, password) : NULL;
    if (refusal)
        return fault(connection, memory_printf(connection, "the password is refused: %s", refusal));
    if (!password)
        *generated = password_generate(talloc_parent(connection));
    secret->hash = password_hash(connection, password ? password : *generated);
    secret->must_change = !password;
    return NULL;
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static struct error *insert(struct connection *connection, const struct account *account,
                            const struct secret *secret)
{
    struct sql *sql = sql_new(connection, "INSERT INTO \"user\" (email, full_name, is_active, is_superuser,"
                                          " must_change_password, hashed_password) VALUES (");
    sql_value(sql, account->email, "text");
    sql_add(sql, ", ");
    sql_value(sql, account->name ? account->name : name_from(connection, account->email), "text");
    sql_addf(sql, ", true, %s, %s, ", truth(account->superuser), truth(secret->must_change));
    sql_value(sql, secret->hash, "text");
    sql_add(sql, ")");
    query_add(connection, sql);
    return query_run(connection);
}

struct error *account_create(struct connection *connection, const struct account *account, char **generated)
{
    struct secret secret;
    *generated = NULL;
    if (!is_address(account->email))
        return fault(connection, memory_printf(connection,
                                               "\"%s\" is no email address; write one, such as "
                                               "ann@example.com",
                                               account->email));
    TRY(make_secret(connection, account->password, &secret, generated));
    struct error *error = insert(connection, account, &secret);
    if (error && strcmp(error->sqlstate, "23505") == 0)
        return fault(connection, memory_printf(connection,
                                               "\"%s\" has an account already; `roster user password %s` "
                                               "gives it a new password",
                                               account->email, account->email));
    return error;
}

struct error *account_set_password(struct connection *connection, const char *email, const char *password,
                                   char **generated)
{
    struct secret secret;
    TRY(make_secret(connection, password, &secret, generated));
    struct sql *sql = sql_new(connection, "WITH person AS (UPDATE \"user\" SET hashed_password = ");
    sql_value(sql, secret.hash, "text");
    sql_addf(sql, ", must_change_password = %s, updated_at = now() WHERE lower(email) = lower(",
             truth(secret.must_change));
    sql_value(sql, email, "text");
    sql_add(sql, ") RETURNING id), ended AS (DELETE FROM session WHERE user_id IN (SELECT id FROM person))"
                 " SELECT id FROM person");
    struct query *query = query_add(connection, sql);
    TRY(query_run(connection));
    if (query_rows(query) > 0)
        return NULL;
    if (!strchr(email, '@'))
        return fault(connection, memory_printf(connection,
                                               "\"%s\" is no email address; write the one that this person signs in "
                                               "with, such as %s@example.com",
                                               email, email));
    return fault(connection, memory_printf(connection,
                                           "nobody has the address \"%s\"; `roster user add %s` makes an "
                                           "account",
                                           email, email));
}

/* The address may have an account without being a superuser's. */
static struct error *promote(struct connection *connection, const struct account *account, const char *id,
                             char **generated)
{
    struct sql *sql =
        sql_new(connection, "UPDATE \"user\" SET is_superuser = true, is_active = true, updated_at = now()"
                            " WHERE id = ");
    sql_value(sql, id, "bigint");
    query_add(connection, sql);
    TRY(query_run(connection));
    return account_set_password(connection, account->email, account->password, generated);
}

struct error *account_first_superuser(struct connection *connection, const struct settings *settings,
                                      char **generated)
{
    const struct account account = { .email = settings->first_superuser,
                                     .password = settings->first_superuser_password,
                                     .superuser = true };
    struct sql *sql = sql_new(connection, "SELECT id, is_superuser FROM \"user\" WHERE is_superuser OR"
                                          " lower(email) = lower(");
    sql_value(sql, account.email, "text");
    sql_add(sql, ") ORDER BY is_superuser DESC LIMIT 1");
    struct query *query = query_add(connection, sql);
    *generated = NULL;
    TRY(query_run(connection));
    if (query_rows(query) == 0)
        return account_create(connection, &account, generated);
    if (query_true(query, 0, "is_superuser"))
        return NULL;
    return promote(connection, &account, query_field(query, 0, "id"), generated);
}

static struct error *find(struct connection *connection, const char *email, const char **id)
{
    struct query *found = session_queue_credentials(connection, email);
    TRY(query_run(connection));
    if (query_rows(found) == 0)
        return fault(connection, memory_printf(connection, "nobody active has the address \"%s\"", email));
    *id = query_field(found, 0, "id");
    return NULL;
}

static void queue_audit(struct connection *connection, const char *action, const char *who, const char *email)
{
    const struct audit_line line = { .action = action, .who = who, .subject = email };
    audit_queue(connection, &line);
}

struct error *account_make_reset(struct connection *connection, const char *email, const char *who, char **path)
{
    const char *id, *token = token_generate(connection);
    TRY(find(connection, email, &id));
    reset_queue_make(connection, id, token);
    queue_audit(connection, AUDIT_RESET_MADE, who, email);
    *path = memory_printf(talloc_parent(connection), RESET_PATH "#%s", token);
    return query_run(connection);
}

struct error *account_factor_off(struct connection *connection, const char *email, const char *who, bool *was)
{
    const char *id;
    TRY(find(connection, email, &id));
    const struct query *off = second_factor_queue_off(connection, id);
    queue_audit(connection, AUDIT_FACTOR_OFF, who, email);
    TRY(query_run(connection));
    *was = query_affected(off) > 0;
    return NULL;
}
