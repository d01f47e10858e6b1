/* Queues statements, sends them as one pipeline, and hands out their rows.
 *
 * Each statement travels as unnamed Parse, Bind, Describe, Execute, and one Sync ends them (PostgreSQL 15
 * manual, 55.2.3 and 34.5): that is the round trip, and, outside a transaction block, also the transaction.
 */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connection_state.h"
#include "memory.h"

enum kind { STATEMENT, BEGIN, BEGIN_SNAPSHOT, COMMIT, ROLLBACK, PREPARATION };

enum { TRIES_MORE = 3, PAUSE_MS = 60 };

struct query {
    struct query *next;
    enum kind kind;
    const struct sql *sql; /* of a STATEMENT */
    PGresult *result;
};

static int query_destroy(struct query *query)
{
    PQclear(query->result);
    return 0;
}

static struct query *query_new(struct connection *connection, enum kind kind)
{
    struct query *query = NEW(connection, struct query);
    query->kind = kind;
    talloc_set_destructor(query, query_destroy);
    return query;
}

static struct query *append(struct connection *connection, enum kind kind)
{
    struct query *query = query_new(connection, kind);
    if (connection->last)
        connection->last->next = query;
    else
        connection->first = query;
    connection->last = query;
    return query;
}

static void forget_queue(struct connection *connection)
{
    connection->first = connection->last = connection->greeting = NULL;
    connection->read_only = connection->one_snapshot = false;
}

struct query *query_add(struct connection *connection, const struct sql *sql)
{
    struct query *query = append(connection, STATEMENT);
    query->sql = sql;
    return query;
}

struct query *query_add_greeting(struct connection *connection, const struct sql *sql)
{
    struct query *query = query_new(connection, STATEMENT);
    query->sql = sql;
    connection->greeting = query;
    return query;
}

void query_read_only(struct connection *connection)
{
    connection->read_only = true;
}

void query_one_snapshot(struct connection *connection)
{
    connection->one_snapshot = true;
}

bool query_is_idle(const struct connection *connection)
{
    const PGconn *handle = connection->handle;
    return !connection->first && (!handle || PQtransactionStatus(handle) == PQTRANS_IDLE);
}

void transaction_begin(struct connection *connection)
{
    append(connection, BEGIN);
}

void transaction_commit(struct connection *connection)
{
    append(connection, COMMIT);
}

static bool begins(const struct query *query)
{
    return query->kind == BEGIN || query->kind == BEGIN_SNAPSHOT;
}

/* What would be an implicit transaction becomes one that says what it wants before its first snapshot is taken. */
static void add_snapshot(struct connection *connection)
{
    bool wanted = connection->one_snapshot && PQtransactionStatus(connection->handle) == PQTRANS_IDLE;
    for (const struct query *query = connection->first; query; query = query->next)
        wanted &= !begins(query);
    if (!wanted)
        return;
    struct query *begin = query_new(connection, BEGIN_SNAPSHOT);
    begin->next = connection->first;
    connection->first = begin;
    append(connection, COMMIT);
}

/* Where the first transaction has begun and is prepared. */
static void add_greeting(struct connection *connection)
{
    struct query *greeting = connection->greeting, **at = &connection->first;
    if (!greeting)
        return;
    while (*at && (begins(*at) || (*at)->kind == PREPARATION))
        at = &(*at)->next;
    greeting->next = *at;
    *at = greeting;
    if (!greeting->next)
        connection->last = greeting;
    connection->greeting = NULL;
}

/* Puts the statement that prepares a transaction where each one starts: after its BEGIN, or first of all. */
static void add_preparations(struct connection *connection)
{
    if (connection->use == CONNECTION_DIRECT && !connection->read_only)
        return;
    bool outside = PQtransactionStatus(connection->handle) == PQTRANS_IDLE;
    for (struct query **at = &connection->first; *at; at = &(*at)->next) {
        if (outside && begins(*at))
            at = &(*at)->next;
        if (outside) {
            struct query *preparation = query_new(connection, PREPARATION);
            preparation->next = *at;
            *at = preparation;
            at = &preparation->next;
            if (!*at)
                break;
        }
        outside = (*at)->kind == COMMIT;
    }
}

/* pg_temp last, as it comes first where it is not named (manual, 20.11.1): a temporary table that another transaction left
 * in the session of a pooler stands in front of none. */
#define PREPARE                                                                                                  \
    "SELECT set_config('search_path', 'public, pg_temp', true), set_config('TimeZone', $1, true),"               \
    " set_config('statement_timeout', $2, true), set_config('lock_timeout', $3, true),"                          \
    " set_config('application_name', $4, true)"
#define READ_ONLY ", set_config('transaction_read_only', 'on', true)"
#define PERSON                                                                                                   \
    ", set_config('roster.user', $5, true), set_config('roster.superuser', $6, true),"                           \
    " set_config('role', CASE WHEN $6 = 'on' AND pg_has_role(to_regrole(quote_ident($7)), 'MEMBER') THEN $7"      \
    " ELSE 'none' END, true)"

#define KEY ", set_config('roster.opened', $8, true)"

/* Local to the transaction, as the pooler gives the next one to another session. */
static int send_preparation(struct connection *connection)
{
    static const char *const texts[2][3] = { { PREPARE, PREPARE PERSON, PREPARE PERSON KEY },
                                             { PREPARE READ_ONLY, PREPARE READ_ONLY PERSON, PREPARE READ_ONLY PERSON KEY } };
    static const int counts[] = { 4, 7, 8 };
    const struct settings *settings = connection->settings;
    const bool bounded = connection->use == CONNECTION_SERVE, known = bounded && connection->knows_person;
    const int who = known ? 1 + connection->for_key : 0;
    char statement_timeout[16], lock_timeout[16];
    snprintf(statement_timeout, sizeof statement_timeout, "%d", bounded ? settings->statement_timeout_ms : 0);
    snprintf(lock_timeout, sizeof lock_timeout, "%d", bounded ? settings->lock_timeout_ms : 0);
    const char *const values[] = { settings->time_zone,
                                   statement_timeout,
                                   lock_timeout,
                                   connection->transaction_name,
                                   connection->person ? connection->person : "",
                                   connection->superuser ? "on" : "off",
                                   settings->superuser_role,
                                   connection->opened ? connection->opened : "" };
    return PQsendQueryParams(connection->handle, texts[connection->read_only][who], counts[who], NULL, values, NULL,
                             NULL, 0);
}

static int send_one(struct connection *connection, const struct query *query)
{
    static const char *const fixed[] = { [BEGIN] = "BEGIN", [BEGIN_SNAPSHOT] = "BEGIN ISOLATION LEVEL REPEATABLE READ",
                                         [COMMIT] = "COMMIT", [ROLLBACK] = "ROLLBACK" };
    if (query->kind == PREPARATION)
        return send_preparation(connection);
    if (query->kind != STATEMENT)
        return PQsendQueryParams(connection->handle, fixed[query->kind], 0, NULL, NULL, NULL, NULL, 0);
    const struct sql *sql = query->sql;
    return PQsendQueryParams(connection->handle, sql->text->data, sql->count, NULL, sql->values, sql->lengths,
                             sql->formats, 0);
}

static struct error *send_all(struct connection *connection)
{
    PQsetnonblocking(connection->handle, 1);
    TRY(connection_set_pipeline(connection, true));
    for (const struct query *query = connection->first; query; query = query->next)
        if (!send_one(connection, query))
            return connection_error(connection, NULL);
    if (!PQpipelineSync(connection->handle))
        return connection_error(connection, NULL);
    connection->trips++;
    return NULL;
}

/* Keeps a statement's result, or makes the first failure the error. */
static struct error *keep(struct connection *connection, struct query *query, PGresult *result)
{
    if (query->result)
        PQclear(query->result);
    query->result = result;
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
    case PGRES_PIPELINE_ABORTED:
        return NULL;
    default:
        break;
    }
    struct error *error = connection_error(connection, result);
    return query->kind == PREPARATION ? connection_setting_error(connection, error) : error;
}

/* Reads up to the answer to our Sync. Every statement gives one result and a NULL after it. An implicit transaction is
 * committed at the Sync (manual, 34.5.1.3), so that its statements have succeeded before it may still fail there: by a
 * deferred constraint, or because the server goes down. */
static struct error *receive_all(struct connection *connection)
{
    struct error *error = NULL;
    struct query *query = connection->first;
    for (bool ended = true;;) {
        TRY(connection_wait(connection));
        PGresult *result = PQgetResult(connection->handle);
        if (!result && (ended || !query)) /* two NULLs in a row: libpq has given up */
            return error ? error : connection_error(connection, NULL);
        ended = !result;
        if (ended) {
            query = query->next;
            continue;
        }
        const bool synchronized = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        struct error *failure = NULL;
        if (query && !synchronized)
            failure = keep(connection, query, result);
        else if (!synchronized)
            failure = connection_error(connection, result);
        if (!query || synchronized)
            PQclear(result);
        error = error ? error : failure;
        if (synchronized)
            return error;
    }
}

/* After a failure the connection is either usable, outside any transaction, or closed. */
static void tidy_up(struct connection *connection)
{
    if (!connection->handle)
        return;
    if (PQstatus(connection->handle) == CONNECTION_BAD ||
        PQtransactionStatus(connection->handle) == PQTRANS_ACTIVE)
        connection_close(connection);
    else
        transaction_rollback(connection);
}

static struct error *exchange(struct connection *connection)
{
    struct error *error = send_all(connection);
    if (error)
        connection_close(connection); /* half a pipeline is on its way */
    else
        error = receive_all(connection);
    return error;
}

/* What a pooler turned away without having tried is sent again: its next try is on its way by then. */
static struct error *exchange_patiently(struct connection *connection)
{
    struct error *error = exchange(connection);
    for (int left = TRIES_MORE; error && left > 0 && connection_fault_is_hasty(error); left--) {
        struct error *away = connection_reopen(connection, PAUSE_MS);
        if (away)
            return away;
        talloc_free(error);
        error = exchange(connection);
    }
    return error;
}

struct error *query_run(struct connection *connection)
{
    if (!connection->first && !connection->greeting)
        return NULL;
    struct error *error = connection_open(connection);
    if (!error) {
        add_snapshot(connection);
        add_preparations(connection);
        add_greeting(connection);
        error = exchange_patiently(connection);
    }
    forget_queue(connection);
    if (error)
        tidy_up(connection);
    return error;
}

void transaction_rollback(struct connection *connection)
{
    forget_queue(connection);
    if (!connection->handle)
        return;
    PGTransactionStatusType status = PQtransactionStatus(connection->handle);
    if (status != PQTRANS_INTRANS && status != PQTRANS_INERROR)
        return;
    append(connection, ROLLBACK);
    struct error *error = exchange(connection);
    forget_queue(connection);
    if (error && connection->handle)
        connection_close(connection);
    talloc_free(error);
}

int query_rows(const struct query *query)
{
    return PQntuples(query->result);
}

int query_columns(const struct query *query)
{
    return PQnfields(query->result);
}

/* Not PQfnumber: that one folds case and allocates, for every cell of a list. */
int query_column(const struct query *query, const char *name)
{
    const int columns = PQnfields(query->result);
    for (int column = 0; column < columns; column++)
        if (strcmp(PQfname(query->result, column), name) == 0)
            return column;
    return -1;
}

const char *query_name(const struct query *query, int column)
{
    return PQfname(query->result, column);
}

const char *query_text(const struct query *query, int row, int column)
{
    if (PQgetisnull(query->result, row, column))
        return NULL;
    return PQgetvalue(query->result, row, column);
}

const char *query_field(const struct query *query, int row, const char *name)
{
    int column = query_column(query, name);
    if (column < 0) {
        fprintf(stderr, "query_field: the statement has no column \"%s\"\n", name);
        abort();
    }
    return query_text(query, row, column);
}

bool query_true(const struct query *query, int row, const char *name)
{
    const char *value = query_field(query, row, name);
    return value && *value == 't';
}

long long query_number(const struct query *query, int row, const char *name)
{
    const char *value = query_field(query, row, name);
    return value ? strtoll(value, NULL, 10) : 0;
}

size_t query_size(const struct query *query, int row, int column)
{
    return (size_t)PQgetlength(query->result, row, column);
}

long long query_affected(const struct query *query)
{
    return query->result ? strtoll(PQcmdTuples(query->result), NULL, 10) : 0;
}
