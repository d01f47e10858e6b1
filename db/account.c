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

static struct error *make_secret(struct connection *connection, const char *email, const char *password,
                                 struct secret *secret, char **generated)
{
    *generated = NULL;
    const char *refusal = password ? password_refuse(connection, password, &email, 1) : NULL;
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

static void queue_audit(struct connection *connection, const char *action, const char *who, const char *subject)
{
    const struct audit_line line = { .action = action, .who = who, .subject = subject };
    audit_queue(connection, &line);
}

static struct error *insert(struct connection *connection, const struct account *account,
                            const struct secret *secret, bool audited)
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
    if (audited)
        queue_audit(connection, AUDIT_ACCOUNT_MADE, account->who,
                    memory_printf(connection, "%s%s", account->email, account->superuser ? ", a superuser" : ""));
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
    TRY(make_secret(connection, account->email, account->password, &secret, generated));
    struct query *kept = account->who ? audit_queue_is_kept(connection) : NULL;
    TRY(query_run(connection));
    struct error *error = insert(connection, account, &secret, kept && query_true(kept, 0, "kept"));
    if (error && strcmp(error->sqlstate, "23505") == 0)
        return fault(connection, memory_printf(connection,
                                               "\"%s\" has an account already; `roster user password %s` "
                                               "gives it a new password",
                                               account->email, account->email));
    return error;
}

/* An account that is there, and what its database, which may be one of before the last revision, keeps. */
struct person {
    const char *id, *email; /* NULL: nobody has this address */
    bool accounts, audit;
};

static struct error *find_person(struct connection *connection, const char *email, struct person *person)
{
    struct query *kept = session_queue_kept(connection);
    struct sql *sql = sql_new(connection, "SELECT id, email FROM \"user\" WHERE lower(email) = lower(");
    sql_value(sql, email, "text");
    sql_add(sql, ")");
    struct query *found = query_add(connection, sql);
    TRY(query_run(connection));
    const bool any = query_rows(found) > 0;
    *person = (struct person){ .id = any ? query_field(found, 0, "id") : NULL,
                               .email = any ? query_field(found, 0, "email") : NULL,
                               .accounts = query_true(kept, 0, "accounts"),
                               .audit = query_true(kept, 0, "audit") };
    return NULL;
}

static struct error *unknown(struct connection *connection, const char *email)
{
    if (!strchr(email, '@'))
        return fault(connection, memory_printf(connection,
                                               "\"%s\" is no email address; write the one that this person signs in "
                                               "with, such as %s@example.com",
                                               email, email));
    return fault(connection, memory_printf(connection,
                                           "nobody has the address \"%s\"; `roster user add %s` makes an account",
                                           email, email));
}

/* The same line, if the person is in that place when its turn comes: it is written only of what happens. */
static void queue_audit_of(struct connection *connection, const char *action, const char *who, const struct person *person,
                           const char *place)
{
    const struct audit_line line = { .action = action, .who = who, .subject = person->email };
    struct sql *there = sql_new(connection, "SELECT FROM ");
    sql_add(there, place);
    sql_value(there, person->id, "bigint");
    audit_queue_when(connection, &line, there);
}

/* Queues giving a person this password, which ends their sign-ins and what they could choose another one with; more: what
 * else is set, as SQL. */
static struct query *queue_secret(struct connection *connection, const struct person *person, const struct secret *secret,
                                  const char *more)
{
    struct sql *sql = sql_new(connection, "UPDATE \"user\" SET hashed_password = ");
    sql_value(sql, secret->hash, "text");
    sql_addf(sql, ", must_change_password = %s, updated_at = now()%s WHERE id = ", truth(secret->must_change), more);
    sql_value(sql, person->id, "bigint");
    struct query *given = query_add(connection, sql);
    session_queue_end_others(connection, person->id, NULL);
    if (person->accounts)
        reset_queue_forget(connection, person->id);
    return given;
}

struct error *account_set_password(struct connection *connection, const char *email, const char *password,
                                   const char *who, char **generated)
{
    struct secret secret;
    struct person person;
    TRY(make_secret(connection, email, password, &secret, generated));
    TRY(find_person(connection, email, &person));
    if (!person.id)
        return unknown(connection, email);
    const struct query *given = queue_secret(connection, &person, &secret, "");
    if (person.audit && who)
        queue_audit_of(connection, AUDIT_PASSWORD_CHANGED, who, &person, "\"user\" WHERE id = ");
    TRY(query_run(connection));
    return query_affected(given) > 0 ? NULL : unknown(connection, email);
}

/* The address may have an account without being a superuser's. The password is judged first: one that is refused changes
 * nothing. */
static struct error *promote(struct connection *connection, const struct account *account, char **generated)
{
    struct secret secret;
    struct person person;
    TRY(make_secret(connection, account->email, account->password, &secret, generated));
    TRY(find_person(connection, account->email, &person));
    if (!person.id)
        return unknown(connection, account->email);
    const struct query *given = queue_secret(connection, &person, &secret, ", is_superuser = true, is_active = true");
    TRY(query_run(connection));
    return query_affected(given) > 0 ? NULL : unknown(connection, account->email);
}

struct error *account_first_superuser(struct connection *connection, const struct settings *settings,
                                      char **generated)
{
    const struct account account = { .email = settings->first_superuser,
                                     .password = settings->first_superuser_password,
                                     .superuser = true };
    struct sql *sql = sql_new(connection, "SELECT is_superuser FROM \"user\" WHERE is_superuser OR"
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
    return promote(connection, &account, generated);
}

static struct error *find_active(struct connection *connection, const char *email, struct person *person)
{
    struct query *found = session_queue_credentials(connection, email);
    TRY(query_run(connection));
    if (query_rows(found) == 0)
        return fault(connection, memory_printf(connection, "nobody active has the address \"%s\"", email));
    *person = (struct person){ .id = query_field(found, 0, "id"), .email = query_field(found, 0, "email") };
    return NULL;
}

struct error *account_make_reset(struct connection *connection, const char *email, const char *who, char **path)
{
    struct person person;
    const char *token = token_generate(connection);
    TRY(find_active(connection, email, &person));
    reset_queue_make(connection, person.id, token);
    queue_audit(connection, AUDIT_RESET_MADE, who, person.email);
    *path = memory_printf(talloc_parent(connection), RESET_PATH "#%s", token);
    return query_run(connection);
}

struct error *account_factor_off(struct connection *connection, const char *email, const char *who, bool *was)
{
    struct person person;
    TRY(find_active(connection, email, &person));
    queue_audit_of(connection, AUDIT_FACTOR_OFF, who, &person, "second_factor WHERE user_id = ");
    const struct query *off = second_factor_queue_off(connection, person.id);
    TRY(query_run(connection));
    *was = query_affected(off) > 0;
    return NULL;
}
