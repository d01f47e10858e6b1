/* Connecting: to servers that refuse, hang, are too old or still starting, each played by a small one of our
 * own. */
#include "scratch.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

/* What the played server says to whoever connects. */
struct play {
    const char *sqlstate; /* refuses with this, unless NULL */
    const char *message;
    const char *version; /* otherwise lets in, as this version; NULL: never says a word */
    int refusals;        /* so often; then it lets in. 0: always */
};

static struct settings *settings; /* of the real server */
static void *context;
static char folder[] = "/tmp/roster-test-XXXXXX";
static pid_t server;
static int *connections; /* shared with the server: how many there were */

static void put(struct text *text, char type, const char *body, size_t length)
{
    const unsigned size = (unsigned)length + 4;
    text_add_char(text, type);
    for (int shift = 24; shift >= 0; shift -= 8)
        text_add_char(text, (char)(size >> shift));
    text_add_bytes(text, body, length);
}

static void put_refusal(struct text *text, const struct play *play)
{
    struct text *body = text_new(text);
    text_addf(body, "SFATAL%cVFATAL%cC%s%cM%s%c", 0, 0, play->sqlstate, 0, play->message, 0);
    text_add_char(body, '\0');
    put(text, 'E', body->data, body->length);
}

static void put_welcome(struct text *text, const struct play *play)
{
    struct text *body = text_new(text);
    text_addf(body, "server_version%c%s%c", 0, play->version, 0);
    put(text, 'R', "\0\0\0\0", 4);
    put(text, 'S', body->data, body->length);
    put(text, 'K', "\0\0\0\1\0\0\0\1", 8);
    put(text, 'Z', "I", 1);
}

static void serve(int listener, const struct play *play)
{
    struct text *text = text_new(NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        char startup[1024];
        int client = accept(listener, NULL, NULL);
        ++*connections;
        if (read(client, startup, sizeof startup) <= 0)
            _exit(1);
        text->length = 0;
        if (play->sqlstate && (play->refusals == 0 || *connections <= play->refusals))
            put_refusal(text, play);
        else if (play->version)
            put_welcome(text, play);
        if (write(client, text->data, text->length) < 0)
            _exit(1);
        if (play->sqlstate) /* the others are left hanging */
            close(client);
    }
}

/* Plays a server in the folder and returns settings that lead to it. */
static struct settings *play(const struct play *what)
{
    struct settings *own = NEW(context, struct settings);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    *own = *settings;
    own->database_url = own->direct_url =
        memory_printf(context, "host=%s user=someone dbname=somewhere", folder);
    own->request_budget_ms = 600;
    snprintf(address.sun_path, sizeof address.sun_path, "%s/.s.PGSQL.5432", folder);
    if (!what)
        return own;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(listener, 10), 0);
    server = fork();
    if (server == 0)
        serve(listener, what);
    close(listener);
    return own;
}

static void setup(void)
{
    context = talloc_new(NULL);
    connections = mmap(NULL, sizeof *connections, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void teardown(void)
{
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
    }
    unlink(memory_printf(context, "%s/.s.PGSQL.5432", folder));
    rmdir(folder);
    talloc_free(context);
}

static struct error *connect_to(const struct settings *own, enum connection_use use)
{
    return connection_open(connection_new(context, own, use, "roster test"));
}

static void assert_unavailable(const struct error *error, const char *words)
{
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_UNAVAILABLE);
    ck_assert_msg(strstr(error->message, words) != NULL, "\"%s\" is not in: %s", words, error->message);
}

START_TEST(nothing_connects_before_it_is_needed)
{
    connection_new(context, play(&(struct play){ .sqlstate = "57P03", .message = "x" }), CONNECTION_SERVE,
                   "t");
    usleep(20000);
    ck_assert_int_eq(*connections, 0);
}
END_TEST

START_TEST(a_server_that_is_away_is_tried_for_a_moment)
{
    long start = scratch_milliseconds();
    struct error *error = connect_to(play(NULL), CONNECTION_SERVE);
    assert_unavailable(error, "start the server");
    ck_assert_int_ge(scratch_milliseconds() - start, 100);
    ck_assert_int_lt(scratch_milliseconds() - start, 600);
}
END_TEST

START_TEST(a_server_that_starts_is_tried_again)
{
    struct play starting = { "57P03", "the database system is starting up", "15.4", 3 };
    ck_ok(connect_to(play(&starting), CONNECTION_SERVE));
    ck_assert_int_eq(*connections, 4);
}
END_TEST

START_TEST(a_server_that_does_not_finish_starting_is_unavailable)
{
    struct play starting = { "57P03", "the database system is starting up", NULL, 0 };
    struct error *error = connect_to(play(&starting), CONNECTION_SERVE);
    assert_unavailable(error, "starting up");
    ck_assert_str_eq(error->sqlstate, "57P03");
    ck_assert_int_ge(*connections, 4);
}
END_TEST

START_TEST(a_wrong_password_is_said_at_once)
{
    struct play strict = { "28P01", "password authentication failed for user \"someone\"", NULL, 0 };
    assert_unavailable(connect_to(play(&strict), CONNECTION_DIRECT), "correct user and password");
    ck_assert_int_eq(*connections, 1);
}
END_TEST

START_TEST(a_missing_database_is_said_at_once)
{
    struct play empty = { "3D000", "database \"somewhere\" does not exist", NULL, 0 };
    assert_unavailable(connect_to(play(&empty), CONNECTION_DIRECT),
                       "\"somewhere\" does not exist; create it");
    ck_assert_int_eq(*connections, 1);
}
END_TEST

START_TEST(a_poolers_own_refusal_is_unavailable)
{
    struct play pooler = { "08P01", "server login has been failing, try again later", NULL, 0 };
    assert_unavailable(connect_to(play(&pooler), CONNECTION_SERVE), "server login has been failing");
}
END_TEST

START_TEST(an_old_server_is_refused)
{
    assert_unavailable(connect_to(play(&(struct play){ .version = "14.9" }), CONNECTION_SERVE),
                       "PostgreSQL 14, and version 15 or later is needed");
}
END_TEST

START_TEST(a_silent_server_costs_the_budget_and_no_more)
{
    long start = scratch_milliseconds();
    assert_unavailable(connect_to(play(&(struct play){ 0 }), CONNECTION_SERVE), "does not answer");
    ck_assert_int_ge(scratch_milliseconds() - start, 590);
    ck_assert_int_lt(scratch_milliseconds() - start, 1000);
}
END_TEST

START_TEST(a_silent_server_costs_two_seconds_without_a_budget)
{
    long start = scratch_milliseconds();
    assert_unavailable(connect_to(play(&(struct play){ 0 }), CONNECTION_DIRECT), "does not answer");
    ck_assert_int_ge(scratch_milliseconds() - start, 1990);
    ck_assert_int_lt(scratch_milliseconds() - start, 3000);
}
END_TEST

/* Cancelling must not hang either, though the server takes that connection and never answers. */
START_TEST(a_server_that_falls_silent_costs_the_budget_and_no_more)
{
    struct connection *db =
        connection_new(context, play(&(struct play){ .version = "15.4" }), CONNECTION_SERVE, "t");
    ck_ok(connection_open(db));
    query_add(db, sql_new(context, "SELECT 1"));
    long start = scratch_milliseconds();
    assert_unavailable(query_run(db), "did not answer within 600 milliseconds");
    ck_assert_int_lt(scratch_milliseconds() - start, 1000);
    for (int i = 0; i < 40 && *connections < 2; i++)
        usleep(50000);
    ck_assert_int_eq(*connections, 2); /* the cancel request arrived */
}
END_TEST

/* The pooler of Debian 12 does not survive a cancel request that is given up. */
START_TEST(a_pooler_is_sent_no_cancel_request)
{
    struct settings *own = play(&(struct play){ .version = "15.4" });
    own->direct_url = "host=/elsewhere";
    struct connection *pooled = connection_new(context, own, CONNECTION_SERVE, "t");
    ck_ok(connection_open(pooled));
    query_add(pooled, sql_new(context, "SELECT 1"));
    assert_unavailable(query_run(pooled), "did not answer within 600 milliseconds");
    usleep(300000);
    ck_assert_int_eq(*connections, 1);
}
END_TEST

START_TEST(the_environment_cannot_redirect)
{
    setenv("PGHOST", "/nowhere", 1);
    setenv("PGOPTIONS", "-c search_path=elsewhere", 1);
    setenv("PGSERVICE", "nothing", 1);
    setenv("PGDATABASE", "nothing", 1);
    const struct settings *own = scratch_settings(context);
    struct connection *db = connection_new(context, own, CONNECTION_DIRECT, "roster test");
    struct query *query = scratch_query(db, "SELECT current_setting('search_path') AS path");
    ck_assert_str_eq(query_field(query, 0, "path"), "public, pg_temp");
}
END_TEST

START_TEST(a_direct_session_is_prepared_once)
{
    struct settings own = *settings;
    own.time_zone = "Asia/Kathmandu";
    struct connection *db = connection_new(context, &own, CONNECTION_DIRECT, "roster's test");
    ck_ok(connection_execute(db, "SET work_mem = '7MB'"));
    ck_assert_uint_eq(connection_trips(db), 1);
    struct query *query =
        scratch_query(db, "SELECT current_setting('TimeZone') AS zone, current_setting('work_mem') AS "
                          "memory, current_setting('statement_timeout') AS timeout, "
                          "current_setting('application_name') AS name");
    ck_assert_str_eq(query_field(query, 0, "zone"), "Asia/Kathmandu");
    ck_assert_str_eq(query_field(query, 0, "memory"), "7MB");
    ck_assert_str_eq(query_field(query, 0, "timeout"), "0");
    ck_assert_str_eq(query_field(query, 0, "name"), "roster's test");
}
END_TEST

START_TEST(an_executed_command_reports_its_error)
{
    struct connection *db = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    struct error *error = connection_execute(db, "CREATE TABLE");
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error->sqlstate, "42601");
    ck_ok(connection_execute(db, "SELECT 1"));
    ck_assert_ptr_nonnull(connection_execute(db, "COPY (SELECT 1) TO STDOUT")); /* nobody reads it */
    ck_ok(connection_execute(db, "SELECT 1"));
}
END_TEST

START_TEST(the_handle_serves_copy_and_then_pipelines_again)
{
    PGconn *handle;
    struct connection *db = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(db, "CREATE TEMPORARY TABLE copied (n int)"));
    ck_ok(connection_handle(db, &handle));
    PQclear(PQexec(handle, "COPY copied FROM STDIN"));
    ck_assert_int_eq(PQputCopyData(handle, "1\n2\n", 4), 1);
    ck_assert_int_eq(PQputCopyEnd(handle, NULL), 1);
    for (PGresult *result; (result = PQgetResult(handle)) != NULL;)
        PQclear(result);
    struct query *query = scratch_query(db, "SELECT sum(n) AS n FROM copied");
    ck_assert_int_eq(query_number(query, 0, "n"), 3);
}
END_TEST

int main(void)
{
    void *main_context = talloc_new(NULL);
    settings = scratch_create(main_context);
    TCase *tests = tcase_create("connection");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, nothing_connects_before_it_is_needed);
    tcase_add_test(tests, a_server_that_is_away_is_tried_for_a_moment);
    tcase_add_test(tests, a_server_that_starts_is_tried_again);
    tcase_add_test(tests, a_server_that_does_not_finish_starting_is_unavailable);
    tcase_add_test(tests, a_wrong_password_is_said_at_once);
    tcase_add_test(tests, a_missing_database_is_said_at_once);
    tcase_add_test(tests, a_poolers_own_refusal_is_unavailable);
    tcase_add_test(tests, an_old_server_is_refused);
    tcase_add_test(tests, a_silent_server_costs_the_budget_and_no_more);
    tcase_add_test(tests, a_silent_server_costs_two_seconds_without_a_budget);
    tcase_add_test(tests, a_server_that_falls_silent_costs_the_budget_and_no_more);
    tcase_add_test(tests, a_pooler_is_sent_no_cancel_request);
    tcase_add_test(tests, the_environment_cannot_redirect);
    tcase_add_test(tests, a_direct_session_is_prepared_once);
    tcase_add_test(tests, an_executed_command_reports_its_error);
    tcase_add_test(tests, the_handle_serves_copy_and_then_pipelines_again);
    Suite *suite = suite_create("connection");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_drop(settings);
    talloc_free(main_context);
    return failed > 0;
}
