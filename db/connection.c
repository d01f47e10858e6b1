/* Opens a connection, waits on it within the request's budget, and closes it.
 *
 * Nothing here blocks without a limit: the socket is only touched after poll, so that a database that hangs
 * costs a request its budget and not a worker its life. */
#include "connection.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "connection_fault.h"
#include "connection_state.h"
#include "conninfo.h"
#include "memory.h"
#include "query.h"
#include "sql.h"

enum {
    OLDEST_VERSION = 150000,
    CONNECT_MS = 2000,       /* one attempt */
    SERVE_PATIENCE_MS = 300, /* all attempts, for a server that refuses or is starting */
    DIRECT_PATIENCE_MS = 10000,
    FIRST_PAUSE_MS = 10,
    LONGEST_PAUSE_MS = 500,
    CANCEL_S = 2,         /* a cancel request may take so long ... */
    CANCEL_WAIT_MS = 200, /* ... and holds up the request that gave up so long */
};

static long microseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

/* Milliseconds of the budget that are left; -1 for a connection without one. */
static int budget_left(const struct connection *connection)
{
    if (connection->use == CONNECTION_DIRECT && !connection->brief)
        return -1;
    long left = connection->settings->request_budget_ms - connection->waited_us / 1000;
    return left > 0 ? (int)left : 0;
}

/* Waits for the socket, at most limit_ms (-1: no limit). False when the time is over. */
static bool wait_for(struct connection *connection, short events, int limit_ms)
{
    struct pollfd entry = { .fd = PQsocket(connection->handle), .events = events };
    long start = microseconds();
    int ready = poll(&entry, 1, limit_ms); /* a signal ends it early, and the caller's loop comes back */
    connection->waited_us += microseconds() - start;
    return ready != 0;
}

static bool has_pooler(const struct connection *connection)
{
    return !conninfo_same_server(connection->settings->database_url, connection->settings->direct_url);
}

/* PQcancel connects and waits without any limit, which a hung server would never let return. So a child does
 * it, and an alarm ends the child; being a grandchild, it leaves no zombie. */
static void cancel_in_child(PGcancel *request)
{
    char reason[256];
    if (fork() == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(CANCEL_S);
        PQcancel(request, reason, sizeof reason);
    }
    _exit(0);
}

/* The end of the pipe closes with the child. It is waited for a moment, so that the statement has ended when
 * we say so. */
static void cancel(PGconn *handle)
{
    int ends[2];
    PGcancel *request = PQgetCancel(handle);
    if (request && pipe2(ends, O_CLOEXEC) == 0) {
        pid_t child = fork();
        if (child == 0)
            cancel_in_child(request);
        close(ends[1]);
        while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
            continue;
        struct pollfd end = { .fd = ends[0], .events = POLLIN };
        poll(&end, 1, CANCEL_WAIT_MS);
        close(ends[0]);
    }
    PQfreeCancel(request);
}

void connection_close(struct connection *connection)
{
    PQfinish(connection->handle);
    connection->handle = NULL;
}

struct error *connection_wait(struct connection *connection)
{
    PGconn *handle = connection->handle;
    for (;;) {
        int unsent = PQflush(handle);
        /* A write that failed is for PQgetResult to report, which then does not block: the server's last
         * words may still be unread. */
        if (unsent < 0 || !PQisBusy(handle))
            return NULL;
        int left = budget_left(connection);
        if (left == 0 || !wait_for(connection, (short)(POLLIN | (unsent ? POLLOUT : 0)), left)) {
            if (budget_left(connection) != 0)
                continue;
            /* PgBouncer before 1.19.1 dies when a cancel request is given up while it is on its way (its
             * issue 801). Behind a pooler it is enough to leave: the server sees that
             * (client_connection_check_interval), or statement_timeout, which is shorter than the budget,
             * ends the statement. */
            if (!has_pooler(connection))
                cancel(handle);
            connection_close(connection);
            return error_new(talloc_parent(connection), ERROR_UNAVAILABLE,
                             "the database did not answer within %d milliseconds",
                             connection->settings->request_budget_ms);
        }
        if (!PQconsumeInput(handle))
            return NULL;
    }
}

struct error *connection_set_pipeline(struct connection *connection, bool wanted)
{
    PGconn *handle = connection->handle;
    if ((PQpipelineStatus(handle) != PQ_PIPELINE_OFF) == wanted)
        return NULL;
    if ((wanted ? PQenterPipelineMode(handle) : PQexitPipelineMode(handle)) == 1)
        return NULL;
    return connection_error(connection, NULL);
}

/* The URL's own parameters, expanded from dbname, win over those before it and give way to those after it. */
static PGconn *start(const struct connection *connection)
{
    const bool direct = connection->use == CONNECTION_DIRECT;
    const char *const keywords[] = {
        "gssencmode",       "connect_timeout", "keepalives_idle", "keepalives_count", "keepalives_interval",
        "tcp_user_timeout", "dbname",          "client_encoding", "application_name", NULL
    };
    const char *const values[] = { "disable",
                                   "2",
                                   "30",
                                   "3",
                                   "5",
                                   "10000",
                                   direct ? connection->settings->direct_url
                                          : connection->settings->database_url,
                                   "UTF8",
                                   connection->application_name,
                                   NULL };
    return PQconnectStartParams(keywords, values, 1);
}

/* One attempt. True when the server let us in; otherwise the handle tells why, or time_over is set. */
static bool attempt(struct connection *connection, bool *time_over)
{
    const long start_us = microseconds();
    connection->handle = start(connection);
    /* So that a refusal carries its SQLSTATE, which libpq has no other way to tell. */
    PQsetErrorVerbosity(connection->handle, PQERRORS_VERBOSE);
    PostgresPollingStatusType status =
        PQstatus(connection->handle) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
        int left = CONNECT_MS - (int)((microseconds() - start_us) / 1000);
        int budget = budget_left(connection);
        if (budget >= 0 && budget < left)
            left = budget;
        *time_over = left <= 0;
        if (*time_over)
            return false;
        if (wait_for(connection, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, left))
            status = PQconnectPoll(connection->handle);
    }
    return status == PGRES_POLLING_OK;
}

static void pause_for(struct connection *connection, long pause_ms)
{
    /* Not all workers at the same moment. */
    const long jitter_us = microseconds() % (pause_ms * 500 + 1);
    const long pause_us = pause_ms * 1000 + jitter_us;
    const struct timespec pause = { .tv_sec = pause_us / 1000000, .tv_nsec = pause_us % 1000000 * 1000 };
    nanosleep(&pause, NULL);
    connection->waited_us += pause_us;
}

static struct error *connect_patiently(struct connection *connection)
{
    const void *context = talloc_parent(connection);
    const bool patient = connection->use == CONNECTION_DIRECT && !connection->brief;
    const int patience = patient ? DIRECT_PATIENCE_MS : SERVE_PATIENCE_MS;
    const long end = microseconds() + patience * 1000L;
    for (long pause_ms = FIRST_PAUSE_MS;;
         pause_ms = pause_ms < LONGEST_PAUSE_MS / 2 ? pause_ms * 2 : LONGEST_PAUSE_MS) {
        bool time_over = false;
        if (attempt(connection, &time_over))
            return NULL;
        struct connection_fault fault = { .settings = connection->settings,
                                          .use = connection->use,
                                          .time_over = time_over };
        connection_fault_read(&fault, connection->handle);
        struct error *error = NULL;
        if (!fault.passing || microseconds() + pause_ms * 1000 > end || budget_left(connection) == 0)
            error = connection_fault_error(context, &fault);
        connection_close(connection);
        if (error)
            return error;
        pause_for(connection, pause_ms);
    }
}

static void ignore_notice(void *argument, const char *message)
{
    (void)argument;
    (void)message;
}

/* What IF EXISTS did not find, and IF NOT EXISTS did, is no news: a statement that may run twice says so every time.
 * Such notices have no SQLSTATE of their own, so that only their words tell; in another language they are heard.
 * Everything else that a revision has to say is passed on. */
static void pass_on_notice(void *argument, const PGresult *notice)
{
    const char *said = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
    static const char skipped[] = ", skipping";
    size_t length = said ? strlen(said) : 0;
    (void)argument;
    if (length < sizeof skipped || strcmp(said + length - strlen(skipped), skipped) != 0)
        (void)fputs(PQresultErrorMessage(notice), stderr);
}

/* A direct connection has its session to itself, so that one statement does for all that follow. */
static struct error *prepare_session(struct connection *connection)
{
    const struct settings *settings = connection->settings;
    char *zone = PQescapeLiteral(connection->handle, settings->time_zone, strlen(settings->time_zone));
    char *sql =
        memory_printf(connection,
                      "SELECT set_config('search_path', 'public, pg_temp', false),"
                      " set_config('TimeZone', %s, false), set_config('statement_timeout', '0', false)",
                      zone);
    PQfreemem(zone);
    const unsigned trips = connection->trips;
    struct error *error = connection_execute(connection, sql);
    connection->trips = trips; /* it belongs to connecting */
    talloc_free(sql);
    return connection_setting_error(connection, error);
}

static struct error *check_server(struct connection *connection)
{
    int version = PQserverVersion(connection->handle);
    if (version >= OLDEST_VERSION)
        return NULL;
    struct error *error =
        error_new(talloc_parent(connection), ERROR_UNAVAILABLE,
                  "the server is PostgreSQL %d, and version 15 or later is needed; use a newer server",
                  version / 10000);
    connection_close(connection);
    return error;
}

struct error *connection_open(struct connection *connection)
{
    if (connection->handle && PQstatus(connection->handle) == CONNECTION_OK)
        return NULL;
    connection_close(connection);
    TRY(connect_patiently(connection));
    TRY(check_server(connection));
    PQsetErrorVerbosity(connection->handle, PQERRORS_DEFAULT);
    PQsetnonblocking(connection->handle, 1);
    if (connection->use == CONNECTION_DIRECT) {
        PQsetNoticeReceiver(connection->handle, pass_on_notice, NULL);
        return prepare_session(connection);
    }
    /* Notices quote values, and a web server's log is no place for them. */
    PQsetNoticeProcessor(connection->handle, ignore_notice, NULL);
    return NULL;
}

struct error *connection_reopen(struct connection *connection, long pause_ms)
{
    connection_close(connection);
    pause_for(connection, pause_ms);
    return connection_open(connection);
}

void connection_be_brief(struct connection *connection)
{
    connection->brief = true;
}

void connection_act_for(struct connection *connection, const char *user_id, bool superuser)
{
    connection->knows_person = true;
    connection->person = memory_copy(connection, user_id);
    connection->superuser = superuser;
    connection->for_key = false;
}

void connection_expect_superuser(struct connection *connection)
{
    connection->expects_superuser = true;
}

void connection_expect_key(struct connection *connection)
{
    connection->for_key = true;
}

void connection_act_for_key(struct connection *connection, const char *opened)
{
    connection_act_for(connection, "0", false);
    connection->for_key = true;
    connection->opened = memory_copy(connection, opened);
}

void connection_add_key(struct sql *sql, const char *opened)
{
    sql_addf(sql, ", set_config('roster.user', '0', true), set_config('roster.superuser', 'off', true),"
                  " set_config('role', 'none', true), set_config('roster.opened', coalesce((%s)::text, ''), true)", opened);
}

/* A superuser's transaction takes on a role that policies do not hold back, where there is one: planning them would
 * cost more than most statements do. */
void connection_add_person(struct sql *sql, const struct connection *connection, const char *id, const char *superuser)
{
    const int role = sql->count + 1;
    sql_addf(sql, ", set_config('roster.user', (%s)::text, true), set_config('roster.superuser', CASE WHEN %s THEN 'on'"
                  " ELSE 'off' END, true), set_config('role', CASE WHEN %s AND pg_has_role(to_regrole(quote_ident(",
             id, superuser, superuser);
    sql_value(sql, connection->settings->superuser_role, "text");
    sql_addf(sql, ")), 'MEMBER') THEN $%d::text ELSE 'none' END, true)", role);
}

struct error *connection_handle(struct connection *connection, PGconn **handle)
{
    TRY(connection_open(connection));
    TRY(connection_set_pipeline(connection, false));
    PQsetnonblocking(connection->handle, 0);
    *handle = connection->handle;
    return NULL;
}

/* The first error of what was sent outside pipeline mode. */
static struct error *drain(struct connection *connection)
{
    struct error *error = NULL;
    for (;;) {
        TRY(connection_wait(connection));
        PGresult *result = PQgetResult(connection->handle);
        if (!result)
            break;
        ExecStatusType status = PQresultStatus(result);
        if (!error && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY)
            error = connection_error(connection, result);
        PQclear(result);
        if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
            break; /* nobody is there to feed it, and it would wait for ever */
    }
    if (PQstatus(connection->handle) == CONNECTION_BAD ||
        PQtransactionStatus(connection->handle) == PQTRANS_ACTIVE)
        connection_close(connection);
    return error;
}

struct error *connection_execute(struct connection *connection, const char *sql)
{
    TRY(connection_open(connection));
    TRY(connection_set_pipeline(connection, false));
    PQsetnonblocking(connection->handle, 1);
    connection->trips++;
    if (!PQsendQuery(connection->handle, sql)) {
        struct error *error = connection_error(connection, NULL);
        connection_close(connection);
        return error;
    }
    return drain(connection);
}

unsigned connection_trips(const struct connection *connection)
{
    return connection->trips;
}

static void roll_back(void *connection)
{
    transaction_rollback(connection);
}

static int connection_destroy(struct connection *connection)
{
    /* A pooler throws away a server connection whose client leaves in the middle of a transaction; that is all that is
     * lost when there is no memory left to say ROLLBACK with. */
    (void)memory_suffices(roll_back, connection);
    connection_close(connection);
    return 0;
}

void connection_name_transactions(struct connection *connection, const char *name)
{
    connection->transaction_name = memory_copy(connection, name);
}

struct connection *connection_new(const void *context, const struct settings *settings,
                                  enum connection_use use, const char *application_name)
{
    struct connection *connection = NEW(context, struct connection);
    connection->settings = settings;
    connection->use = use;
    connection->application_name = connection->transaction_name = memory_copy(connection, application_name);
    talloc_set_destructor(connection, connection_destroy);
    return connection;
}
