/* Pipelines: what they return, what they undo, and that they are one round trip each. */
#include "scratch.h"

#include <signal.h>
#include <string.h>

static struct settings *settings; /* of the scratch database */
static void *context;
static struct connection *db;

static void setup(void)
{
    context = talloc_new(NULL);
    db = connection_new(context, settings, CONNECTION_SERVE, "roster test");
}

static void teardown(void)
{
    talloc_free(context);
}

static struct query *add(const char *sql)
{
    return query_add(db, sql_new(context, sql));
}

static long long number(struct connection *connection, const char *sql)
{
    return query_number(scratch_query(connection, sql), 0, "n");
}

START_TEST(rows_come_back)
{
    struct query *query = add("SELECT 7 AS n, NULL AS nothing, 'x' AS \"Text\", true AS yes UNION ALL "
                              "SELECT 8, NULL, '', false ORDER BY 1");
    ck_ok(query_run(db));
    ck_assert_int_eq(query_rows(query), 2);
    ck_assert_int_eq(query_columns(query), 4);
    ck_assert_int_eq(query_column(query, "Text"), 2);
    ck_assert_int_eq(query_column(query, "text"), -1);
    ck_assert_str_eq(query_name(query, 2), "Text");
    ck_assert_int_eq(query_number(query, 0, "n"), 7);
    ck_assert_ptr_null(query_field(query, 0, "nothing"));
    ck_assert_int_eq(query_number(query, 0, "nothing"), 0);
    ck_assert_str_eq(query_field(query, 1, "Text"), "");
    ck_assert(query_true(query, 0, "yes"));
    ck_assert(!query_true(query, 1, "yes"));
    ck_assert(!query_true(query, 1, "nothing"));
    ck_assert_uint_eq(query_size(query, 0, 2), 1);
}
END_TEST

START_TEST(a_column_that_is_not_there_aborts)
{
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
    query_field(scratch_query(db, "SELECT 1 AS n"), 0, "m");
}
END_TEST

/* An implicit transaction is committed after its last statement has answered, and only then this constraint is looked at. */
START_TEST(what_fails_at_the_commit_is_a_failure)
{
    scratch_query(db, "CREATE TABLE later (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
    add("INSERT INTO later VALUES (1), (1)");
    struct error *error = query_run(db);
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error->sqlstate, "23505");
    ck_assert_int_eq(number(db, "SELECT count(*) AS n FROM later"), 0);
    scratch_query(db, "INSERT INTO later VALUES (1)");
    ck_assert_int_eq(number(db, "SELECT count(*) AS n FROM later"), 1);
    scratch_query(db, "DROP TABLE later");
}
END_TEST

START_TEST(affected_rows_are_counted)
{
    scratch_query(db, "CREATE TABLE affected (n int)");
    ck_assert_int_eq(query_affected(scratch_query(db, "INSERT INTO affected SELECT generate_series(1, 5)")),
                     5);
    ck_assert_int_eq(query_affected(scratch_query(db, "DELETE FROM affected WHERE n > 3")), 2);
}
END_TEST

START_TEST(an_empty_run_is_no_trip)
{
    ck_ok(query_run(db));
    ck_assert_uint_eq(connection_trips(db), 0);
}
END_TEST

/* Counts in libpq's own record of the messages: what we sent to end a pipeline, what the server said back. */
static unsigned messages(FILE *trace, const char *who, const char *name)
{
    char line[4096];
    unsigned count = 0;
    rewind(trace);
    while (fgets(line, sizeof line, trace))
        count += line[0] == *who && strstr(line, name) != NULL;
    return count;
}

START_TEST(a_run_is_one_round_trip)
{
    PGconn *handle;
    ck_ok(connection_handle(db, &handle));
    FILE *trace = tmpfile();
    PQtrace(handle, trace);
    PQsetTraceFlags(handle, PQTRACE_SUPPRESS_TIMESTAMPS);
    query_read_only(db);
    for (int i = 0; i < 20; i++)
        add("SELECT 1");
    ck_ok(query_run(db));
    ck_assert_uint_eq(connection_trips(db), 1);
    ck_assert_uint_eq(messages(trace, "F", "\tSync"), 1);
    ck_assert_uint_eq(messages(trace, "F", "\tExecute"),
                      21); /* 20, and the one that prepares the transaction */
    ck_assert_uint_eq(messages(trace, "F", "\tQuery"), 0);
    ck_assert_uint_eq(messages(trace, "B", "\tReadyForQuery"), 1);

    transaction_begin(db);
    add("SELECT 1");
    ck_ok(query_run(db));
    transaction_commit(db);
    ck_ok(query_run(db));
    ck_assert_uint_eq(connection_trips(db), 3);
    ck_assert_uint_eq(messages(trace, "F", "\tSync"), connection_trips(db));
    ck_assert_uint_eq(messages(trace, "B", "\tReadyForQuery"), connection_trips(db));
    PQuntrace(handle);
    fclose(trace);
}
END_TEST

START_TEST(statements_are_never_prepared_by_name)
{
    PGconn *handle;
    ck_ok(connection_handle(db, &handle));
    FILE *trace = tmpfile();
    PQtrace(handle, trace);
    PQsetTraceFlags(handle, PQTRACE_SUPPRESS_TIMESTAMPS);
    scratch_query(db, "SELECT 1 AS n");
    ck_assert_uint_eq(messages(trace, "F", "\tParse"), 2);
    ck_assert_uint_eq(messages(trace, "F", "\tParse\t \"\" "), 2);
    PQuntrace(handle);
    fclose(trace);
}
END_TEST

START_TEST(a_run_takes_effect_whole_or_not_at_all)
{
    scratch_query(db, "CREATE TABLE whole (n int)");
    add("INSERT INTO whole VALUES (1)");
    struct query *failing = add("SELECT 1 / 0");
    struct query *skipped = add("INSERT INTO whole VALUES (2)");
    struct error *error = query_run(db);
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error->sqlstate, "22012");
    ck_assert_int_eq(query_rows(failing), 0);
    ck_assert_int_eq(query_affected(skipped), 0);
    ck_assert_int_eq(number(db, "SELECT count(*) AS n FROM whole"), 0);
}
END_TEST

START_TEST(read_only_refuses_to_write)
{
    scratch_query(db, "CREATE TABLE untouched (n int)");
    query_read_only(db);
    add("INSERT INTO untouched VALUES (1)");
    struct error *error = query_run(db);
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error->sqlstate, "25006");
    scratch_query(db, "INSERT INTO untouched VALUES (1)"); /* only the one transaction was read-only */
    struct connection *direct = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    query_read_only(direct);
    query_add(direct, sql_new(context, "INSERT INTO untouched VALUES (1)"));
    error = query_run(direct);
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error->sqlstate, "25006");
}
END_TEST

static void assert_prepared(struct query *query)
{
    ck_assert_str_eq(query_field(query, 0, "path"), "public, pg_temp");
    ck_assert_str_eq(query_field(query, 0, "zone"), "Asia/Kathmandu");
    ck_assert_str_eq(query_field(query, 0, "statement"), "7s");
    ck_assert_str_eq(query_field(query, 0, "lock"), "2s");
    ck_assert_str_eq(query_field(query, 0, "name"), "roster test 7");
}

static const char show[] =
    "SELECT current_setting('search_path') AS path, current_setting('TimeZone') AS zone, "
    "current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock, "
    "current_setting('application_name') AS name";

START_TEST(every_transaction_has_its_settings)
{
    struct settings own = *settings;
    own.time_zone = "Asia/Kathmandu";
    own.statement_timeout_ms = 7000;
    own.lock_timeout_ms = 2000;
    struct connection *other = connection_new(context, &own, CONNECTION_SERVE, "roster test");
    struct sql *sql = sql_new(context, show);
    connection_name_transactions(other, "roster test 7");
    assert_prepared(scratch_query(other, show)); /* implicit */
    transaction_begin(other);
    struct query *explicit = query_add(other, sql);
    transaction_commit(other);
    struct query *after = query_add(other, sql);
    ck_ok(query_run(other));
    assert_prepared(explicit);
    assert_prepared(after);
    transaction_begin(other);
    ck_ok(query_run(other));
    assert_prepared(scratch_query(other, show)); /* second trip of a transaction */
    transaction_rollback(other);
}
END_TEST

START_TEST(a_zone_that_the_server_lacks_is_the_sites_fault)
{
    struct settings own = *settings;
    own.time_zone = "Mars/Olympus";
    static const enum connection_use uses[] = { CONNECTION_SERVE, CONNECTION_DIRECT };
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        struct connection *other = connection_new(context, &own, uses[i], "roster test");
        query_add(other, sql_new(context, "SELECT 1"));
        struct error *error = query_run(other);
        ck_assert_ptr_nonnull(error);
        ck_assert_int_eq(error->code, ERROR_FAILED);
        ck_assert_ptr_nonnull(strstr(error->message, "correct ROSTER_TIME_ZONE"));
    }
}
END_TEST

START_TEST(a_temporary_table_hides_none)
{
    scratch_query(db, "CREATE TABLE IF NOT EXISTS shown AS SELECT 1 AS n");
    scratch_query(db, "CREATE TEMPORARY TABLE shown AS SELECT 2 AS n");
    ck_assert_int_eq(number(db, "SELECT n FROM shown"), 1);
}
END_TEST

START_TEST(settings_end_with_their_transaction)
{
    PGconn *handle;
    connection_name_transactions(db, "another name");
    scratch_query(db, show);
    ck_ok(connection_handle(db, &handle));
    PGresult *result = PQexec(handle, "SHOW statement_timeout");
    ck_assert_str_ne(PQgetvalue(result, 0, 0), "8s");
    PQclear(result);
    result = PQexec(handle, "SHOW application_name");
    ck_assert_str_ne(PQgetvalue(result, 0, 0), "another name");
    PQclear(result);
}
END_TEST

START_TEST(locks_outlive_the_trip_until_commit)
{
    scratch_query(db, "CREATE TABLE locked (n int)");
    scratch_query(db, "INSERT INTO locked VALUES (1)");
    struct connection *other = connection_new(context, settings, CONNECTION_SERVE, "roster test");
    const struct sql *take = sql_new(context, "SELECT n FROM locked FOR UPDATE NOWAIT");
    transaction_begin(db);
    query_add(db, take);
    ck_ok(query_run(db));
    query_add(other, take);
    struct error *error = query_run(other);
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error->sqlstate, "55P03");
    ck_assert_int_eq(error->code, ERROR_UNAVAILABLE);
    transaction_commit(db);
    ck_ok(query_run(db));
    query_add(other, take);
    ck_ok(query_run(other));
}
END_TEST

START_TEST(a_failure_rolls_back_before_it_is_returned)
{
    scratch_query(db, "CREATE TABLE rolled (n int)");
    scratch_query(db, "INSERT INTO rolled VALUES (1)");
    transaction_begin(db);
    add("UPDATE rolled SET n = 2");
    ck_ok(query_run(db));
    add("SELECT 1 / 0");
    ck_assert_ptr_nonnull(query_run(db));
    struct connection *other = connection_new(context, settings, CONNECTION_SERVE, "roster test");
    ck_assert_int_eq(number(other, "SELECT n FROM rolled FOR UPDATE NOWAIT"), 1);
    ck_assert_int_eq(number(db, "SELECT n FROM rolled"), 1); /* and the connection serves on */
}
END_TEST

START_TEST(rollback_undoes_and_forgets_the_queue)
{
    scratch_query(db, "CREATE TABLE undone (n int)");
    transaction_begin(db);
    add("INSERT INTO undone VALUES (1)");
    ck_ok(query_run(db));
    add("INSERT INTO undone VALUES (2)");
    transaction_rollback(db);
    ck_assert_int_eq(number(db, "SELECT count(*) AS n FROM undone"), 0);
    unsigned trips = connection_trips(db);
    transaction_rollback(db); /* nothing is open: no trip */
    ck_assert_uint_eq(connection_trips(db), trips);
}
END_TEST

START_TEST(a_freed_context_rolls_back)
{
    scratch_query(db, "CREATE TABLE freed (n int)");
    void *request = talloc_new(context);
    struct connection *inner = connection_new(request, settings, CONNECTION_SERVE, "roster test");
    transaction_begin(inner);
    query_add(inner, sql_new(request, "LOCK TABLE freed"));
    ck_ok(query_run(inner));
    talloc_free(request);
    transaction_begin(db);
    add("LOCK TABLE freed NOWAIT");
    ck_ok(query_run(db));
}
END_TEST

START_TEST(much_both_ways_does_not_deadlock)
{
    enum { COUNT = 48, SIZE = 512 * 1024 };
    char *bytes = NEW_ARRAY(context, char, SIZE);
    for (int i = 0; i < SIZE; i++)
        bytes[i] = (char)(i * 31);
    struct query *queries[COUNT];
    for (int i = 0; i < COUNT; i++) {
        struct sql *sql = sql_new(context, "SELECT ");
        sql_bytes(sql, bytes, SIZE);
        sql_add(sql, " AS echo");
        queries[i] = query_add(db, sql);
    }
    ck_ok(query_run(db));
    for (int i = 0; i < COUNT; i++)
        ck_assert_uint_eq(query_size(queries[i], 0, 0), 2 + 2 * SIZE); /* \x and two digits a byte */
    ck_assert_uint_eq(connection_trips(db), 1);
}
END_TEST

START_TEST(bytes_may_hold_anything)
{
    struct sql *sql = sql_new(context, "SELECT octet_length(b) AS n, encode(b, 'hex') AS hex FROM (SELECT ");
    sql_bytes(sql, "a\0b\xff", 4);
    sql_add(sql, " AS b) AS given");
    struct query *query = query_add(db, sql);
    ck_ok(query_run(db));
    ck_assert_int_eq(query_number(query, 0, "n"), 4);
    ck_assert_str_eq(query_field(query, 0, "hex"), "610062ff");
}
END_TEST

START_TEST(too_many_parameters_are_an_error)
{
    struct sql *sql = sql_new(context, "SELECT ");
    for (int i = 0; i < 65536; i++) {
        sql_add(sql, i ? "," : "");
        sql_value(sql, "1", NULL);
    }
    query_add(db, sql);
    struct error *error = query_run(db);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_FAILED);
    ck_assert_int_eq(number(db, "SELECT 1 AS n"), 1);
}
END_TEST

START_TEST(a_statement_that_takes_too_long_is_stopped)
{
    struct settings own = *settings;
    own.statement_timeout_ms = 100;
    struct connection *hurried = connection_new(context, &own, CONNECTION_SERVE, "roster test");
    query_add(hurried, sql_new(context, "SELECT pg_sleep(5)"));
    long start = scratch_milliseconds();
    struct error *error = query_run(hurried);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_UNAVAILABLE);
    ck_assert_str_eq(error->sqlstate, "57014");
    ck_assert_int_lt(scratch_milliseconds() - start, 2000);
    ck_assert_int_eq(number(hurried, "SELECT 1 AS n"), 1);
}
END_TEST

START_TEST(the_budget_ends_the_wait_and_the_statement)
{
    struct settings own = *settings;
    own.request_budget_ms = 300;
    own.statement_timeout_ms = 2000; /* ends it, at last, where a pooler is in between */
    struct connection *hurried = connection_new(context, &own, CONNECTION_SERVE, "roster test");
    query_add(hurried, sql_new(context, "SELECT pg_sleep(7.25)"));
    long start = scratch_milliseconds();
    struct error *error = query_run(hurried);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_UNAVAILABLE);
    ck_assert_int_ge(scratch_milliseconds() - start, 290);
    ck_assert_int_lt(scratch_milliseconds() - start, 1500);
    static const char running[] = "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND "
                                  "query LIKE '%pg_sleep(7.25)%' AND pid <> pg_backend_pid()";
    long long left = 1;
    for (int i = 0; i < 80 && left > 0; i++) {
        left = number(db, running);
        usleep(50000);
    }
    ck_assert_int_eq(left, 0);
    if (strcmp(settings->database_url, settings->direct_url) == 0)
        ck_assert_int_lt(scratch_milliseconds() - start, 1500); /* without one it was cancelled */
}
END_TEST

START_TEST(a_lost_connection_is_unavailable_and_then_replaced)
{
    add("SELECT pg_terminate_backend(pg_backend_pid())");
    struct error *error = query_run(db);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_UNAVAILABLE);
    ck_assert_int_eq(number(db, "SELECT 1 AS n"), 1);
}
END_TEST

START_TEST(errors_are_sorted_by_sqlstate)
{
    static const struct {
        const char *sqlstate;
        enum error_code code;
    } cases[] = { { "08P01", ERROR_UNAVAILABLE }, { "53100", ERROR_UNAVAILABLE },
                  { "57014", ERROR_UNAVAILABLE }, { "55P03", ERROR_UNAVAILABLE },
                  { "22001", ERROR_INVALID },     { "23514", ERROR_INVALID },
                  { "40001", ERROR_STALE },       { "40P01", ERROR_STALE },
                  { "42501", ERROR_FAILED },      { "55006", ERROR_FAILED },
                  { "P0001", ERROR_FAILED } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        add(memory_printf(context, "DO $$BEGIN RAISE SQLSTATE '%s'; END$$", cases[i].sqlstate));
        struct error *error = query_run(db);
        ck_assert_ptr_nonnull(error);
        ck_assert_str_eq(error->sqlstate, cases[i].sqlstate);
        ck_assert_int_eq(error->code, cases[i].code);
    }
}
END_TEST

START_TEST(errors_name_the_constraint_and_hide_values)
{
    scratch_query(db, "CREATE TABLE ruled (n int CONSTRAINT ruled_n_range CHECK (n < 10))");
    struct sql *sql = sql_new(context, "INSERT INTO ruled VALUES (");
    sql_value(sql, "11", "int");
    sql_add(sql, ")");
    query_add(db, sql);
    struct error *error = query_run(db);
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error->constraint, "ruled_n_range");
    ck_assert_str_eq(error->table, "ruled");
    sql = sql_new(context, "SELECT ");
    sql_value(sql, "my \"secret\" words", "int");
    query_add(db, sql);
    error = query_run(db);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_INVALID);
    ck_assert_ptr_null(strstr(error->message, "secret"));
    ck_assert_ptr_nonnull(strstr(error->message, "type integer"));
}
END_TEST

int main(void)
{
    void *main_context = talloc_new(NULL);
    settings = scratch_create(main_context);
    TCase *tests = tcase_create("query");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, rows_come_back);
    tcase_add_test_raise_signal(tests, a_column_that_is_not_there_aborts, SIGABRT);
    tcase_add_test(tests, what_fails_at_the_commit_is_a_failure);
    tcase_add_test(tests, affected_rows_are_counted);
    tcase_add_test(tests, an_empty_run_is_no_trip);
    tcase_add_test(tests, a_run_is_one_round_trip);
    tcase_add_test(tests, statements_are_never_prepared_by_name);
    tcase_add_test(tests, a_run_takes_effect_whole_or_not_at_all);
    tcase_add_test(tests, read_only_refuses_to_write);
    tcase_add_test(tests, every_transaction_has_its_settings);
    tcase_add_test(tests, a_zone_that_the_server_lacks_is_the_sites_fault);
    tcase_add_test(tests, a_temporary_table_hides_none);
    tcase_add_test(tests, settings_end_with_their_transaction);
    tcase_add_test(tests, locks_outlive_the_trip_until_commit);
    tcase_add_test(tests, a_failure_rolls_back_before_it_is_returned);
    tcase_add_test(tests, rollback_undoes_and_forgets_the_queue);
    tcase_add_test(tests, a_freed_context_rolls_back);
    tcase_add_test(tests, much_both_ways_does_not_deadlock);
    tcase_add_test(tests, bytes_may_hold_anything);
    tcase_add_test(tests, too_many_parameters_are_an_error);
    tcase_add_test(tests, a_statement_that_takes_too_long_is_stopped);
    tcase_add_test(tests, the_budget_ends_the_wait_and_the_statement);
    tcase_add_test(tests, a_lost_connection_is_unavailable_and_then_replaced);
    tcase_add_test(tests, errors_are_sorted_by_sqlstate);
    tcase_add_test(tests, errors_name_the_constraint_and_hide_values);
    Suite *suite = suite_create("query");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_drop(settings);
    talloc_free(main_context);
    return failed > 0;
}
