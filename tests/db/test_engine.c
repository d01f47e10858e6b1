/* The migration engine: killed after every statement, raced, locked out, and made to fail. */
#include "engine.h"

static struct engine engine;

static void setup(void)
{
    engine_open(&engine);
}

static void teardown(void)
{
    engine_close(&engine);
}

/* Ten steps of all kinds, each with a pause in which it can be killed. The lines of a section count
 * statements. */
static const char ten_up[] = "CREATE TYPE mood AS ENUM ('good');\n"
                             "CREATE TABLE a (n int PRIMARY KEY, t text);\n"
                             "INSERT INTO a SELECT i, 'x' FROM generate_series(1, 500) i;\n"
                             "-- +commit\n"
                             "SELECT pg_sleep(0.15);\n"
                             "ALTER TYPE mood ADD VALUE 'bad';\n"
                             "-- +commit\n"
                             "SELECT pg_sleep(0.15);\n"
                             "ALTER TABLE a ADD COLUMN m mood DEFAULT 'bad';\n"
                             "-- +no-transaction\n"
                             "CREATE UNIQUE INDEX CONCURRENTLY a_t_n ON a (t, n);\n"
                             "SELECT pg_sleep(0.15);\n"
                             "CREATE INDEX CONCURRENTLY a_m ON public.a (m);\n"
                             "DO $$ BEGIN PERFORM pg_sleep(0.15); UPDATE a SET t = 'y' WHERE t = 'x';\n"
                             "COMMIT; END $$;\n"
                             "UPDATE a SET n = n + 1000;\n"
                             "SELECT pg_sleep(0.15);\n"
                             "DROP INDEX CONCURRENTLY a_m;\n"
                             "-- +transaction\n"
                             "SELECT pg_sleep(0.15);\n"
                             "ALTER TABLE a ADD CONSTRAINT a_n CHECK (n > 0) NOT VALID;\n"
                             "-- +commit\n"
                             "SELECT pg_sleep(0.15);\n"
                             "ALTER TABLE a VALIDATE CONSTRAINT a_n;\n"
                             "-- +no-transaction\n"
                             "SELECT pg_sleep(0.15);\n"
                             "CREATE INDEX CONCURRENTLY \"A odd\" ON a (t);\n";
static const char ten_down[] = "-- +no-transaction\n"
                               "DROP INDEX CONCURRENTLY \"A odd\";\n"
                               "SELECT pg_sleep(0.15);\n"
                               "-- +transaction\n"
                               "ALTER TABLE a DROP CONSTRAINT a_n;\n"
                               "-- +commit\n"
                               "SELECT pg_sleep(0.15);\n"
                               "DROP TABLE a;\n"
                               "DROP TYPE mood;\n";
enum { TEN_UP = 20, TEN_DOWN = 6 };

static const char rows_sql[] = "SELECT md5(string_agg(a::text, ';' ORDER BY n)) FROM a";

/* Runs to the end in one go, and says what that gives. */
static void run_through(const char **dump, const char **rows, const char **empty)
{
    engine_revision(&engine, "aaaa", "none", ten_up, ten_down);
    ck_ok(engine_up(&engine, "head"));
    *dump = engine_dump(&engine);
    *rows = memory_copy(engine.context, engine_one(&engine, rows_sql));
    ck_ok(engine_down(&engine, "base"));
    *empty = engine_dump(&engine);
}

static const char *done_sql(bool down)
{
    return down ? "SELECT count(*) FROM roster_revision_journal WHERE done AND direction = 'down'"
                : "SELECT count(*) FROM roster_revision_journal WHERE done AND direction = 'up'";
}

/* Kills one run after each number of statements that another session ever sees done. Returns how many were
 * killed. */
static int kill_on_the_way(int statements, bool down)
{
    int kills = 0;
    for (int wanted = 0; wanted < statements; wanted++) {
        const char *sql = memory_printf(engine.context, "%s HAVING count(*) >= %d", done_sql(down), wanted);
        pid_t child = engine_start(&engine, down ? "base" : "head", down);
        bool ended = false;
        while (!ended && query_rows(scratch_query(engine.db, sql)) == 0)
            ended = waitpid(child, NULL, WNOHANG) == child;
        if (ended)
            break;
        usleep((useconds_t)(wanted % 3) * 20000); /* not always at the same point of the next one */
        kill(child, SIGKILL);
        kills += WIFSIGNALED(engine_wait(child));
        wanted = atoi(engine_one(&engine, done_sql(down)));
    }
    return kills;
}

START_TEST(killed_after_every_statement_it_ends_the_same)
{
    const char *dump, *rows, *empty;
    run_through(&dump, &rows, &empty);
    ck_assert_int_ge(kill_on_the_way(TEN_UP, false), 8);
    ck_ok(engine_up(&engine, "head"));
    engine_same(engine_dump(&engine), dump);
    ck_assert_str_eq(engine_one(&engine, rows_sql), rows);
    ck_assert_str_eq(engine_one(&engine, done_sql(false)), memory_printf(engine.context, "%d", TEN_UP));
    ck_assert_int_ge(kill_on_the_way(TEN_DOWN, true), 2);
    ck_ok(engine_down(&engine, "base"));
    engine_same(engine_dump(&engine), empty);
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM roster_revision_journal"), "0");
}
END_TEST

/* Without waiting for anything that can be seen. */
START_TEST(killed_at_any_moment_it_ends_the_same)
{
    const char *dump, *rows, *empty;
    run_through(&dump, &rows, &empty);
    for (int i = 0; i < 25; i++) {
        pid_t child = engine_start(&engine, "head", false);
        usleep((useconds_t)(20000 + i * 7919 % 260000));
        kill(child, SIGKILL);
        engine_wait(child);
    }
    ck_ok(engine_up(&engine, "head"));
    engine_same(engine_dump(&engine), dump);
    ck_assert_str_eq(engine_one(&engine, rows_sql), rows);
}
END_TEST

START_TEST(an_index_cut_off_in_the_middle_is_built_again)
{
    static const char building[] = "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('a_n')";
    static const char waiting[] = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND"
                                  " wait_event_type = 'Lock'";
    engine_revision(&engine, "aaaa", "none", "CREATE TABLE a (n int);", "DROP TABLE a;");
    ck_ok(engine_up(&engine, "head"));
    engine_revision(&engine, "bbbb", "aaaa", "-- +no-transaction\nCREATE INDEX CONCURRENTLY a_n ON a (n);",
                    "-- +no-transaction\nDROP INDEX CONCURRENTLY a_n;");
    struct connection *other =
        connection_new(engine.context, engine.settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(other, "BEGIN"));
    ck_ok(connection_execute(other, "INSERT INTO a VALUES (1)"));
    pid_t child = engine_start(&engine, "head", false);
    ck_assert(engine_until(&engine, waiting, "1"));
    kill(child, SIGKILL);
    engine_wait(child);
    ck_assert(engine_until(&engine, waiting, "0")); /* the server notices that nobody is there any more */
    ck_assert_str_eq(engine_one(&engine, building), "1");
    ck_assert_str_eq(
        engine_one(&engine, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "f");
    ck_ok(connection_execute(other, "COMMIT"));
    ck_ok(engine_up(&engine, "head"));
    ck_assert_int_eq(engine.told[MIGRATE_RESUMED], 1);
    ck_assert_str_eq(
        engine_one(&engine, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_n'::regclass"), "t");
    ck_ok(engine_down(&engine, "-1"));
    ck_assert_str_eq(engine_one(&engine, building), "0");
}
END_TEST

START_TEST(an_index_that_cannot_be_built_leaves_nothing)
{
    engine_revision(&engine, "aaaa", "none",
                    "CREATE TABLE a (n int);\nINSERT INTO a VALUES (1), (1);\n-- +no-transaction\n"
                    "CREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n);",
                    "DROP TABLE a;");
    struct error *error = engine_up(&engine, "head");
    engine_refused(error, ERROR_INVALID,
                   "/aaaa.sql, line 9: could not create unique index \"a_n\" (SQLSTATE 23505)");
    ck_assert_ptr_nonnull(strstr(error->message, "2 of 3 statements of this revision are kept"));
    ck_assert_ptr_nonnull(
        strstr(error->message, "the statement is: CREATE UNIQUE INDEX CONCURRENTLY a_n ON a (n)"));
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM pg_class WHERE relname = 'a_n'"), "0");
    ck_ok(connection_execute(engine.db, "DELETE FROM a"));
    ck_ok(engine_up(&engine, "head"));
    ck_assert_int_eq(engine.told[MIGRATE_RESUMED], 1);
}
END_TEST

START_TEST(another_ones_index_of_that_name_is_left_alone)
{
    engine_revision(&engine, "aaaa", "none",
                    "CREATE TABLE a (n int, m int);\nCREATE INDEX a_n ON a (m);\n-- +no-transaction\n"
                    "CREATE INDEX CONCURRENTLY a_n ON a (n);",
                    "DROP TABLE a;");
    for (int i = 0; i < 2; i++)
        engine_refused(engine_up(&engine, "head"), ERROR_FAILED,
                       "relation \"a_n\" already exists (SQLSTATE 42P07)");
    ck_ok(connection_execute(engine.db, "DROP INDEX a_n"));
    ck_ok(engine_up(&engine, "head"));
}
END_TEST

static void write_one_that_fails(const char *parents)
{
    engine_revision(
        &engine, "aaaa", parents,
        "CREATE TABLE a (n int);\n-- +commit\nINSERT INTO a VALUES (1);\n-- +commit\nSELECT nowhere;",
        "DROP TABLE a;");
}

static void fail_in_the_middle(void)
{
    write_one_that_fails("none");
    engine_refused(engine_up(&engine, "head"), ERROR_FAILED,
                   "2 of 3 statements of this revision are kept; correct the file");
}

START_TEST(what_failed_may_be_corrected_and_what_was_run_not)
{
    fail_in_the_middle();
    engine_revision(&engine, "aaaa", "none",
                    "CREATE TABLE a (n int);\n-- +commit\nINSERT INTO a VALUES (2);\n-- +commit\nSELECT 1;",
                    "DROP TABLE a;");
    engine_refused(engine_up(&engine, "head"), ERROR_EDITED,
                   "/aaaa.sql, line 8: this statement was edited after it was run");
    engine_revision(&engine, "aaaa", "none", "CREATE TABLE a (n int);", "DROP TABLE a;");
    engine_refused(engine_up(&engine, "head"), ERROR_EDITED, "has fewer statements than were run of it");
    engine_revision(&engine, "aaaa", "none",
                    "CREATE TABLE a (n int);\n-- +commit\nINSERT INTO a VALUES (1);\n-- +commit\nSELECT 1;",
                    "DROP TABLE a;");
    ck_ok(engine_up(&engine, "head"));
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM a"), "1");
}
END_TEST

START_TEST(nothing_else_runs_while_a_revision_is_in_the_middle)
{
    fail_in_the_middle();
    engine_revision(&engine, "bbbb", "none", "CREATE TABLE b (n int);", "DROP TABLE b;");
    engine_refused(
        engine_up(&engine, "bbbb"), ERROR_PENDING,
        "aaaa is partly applied, up to statement 3 of 3 (line 10); to go on from there, run: roster upgrade "
        "aaaa; to take it back: roster downgrade -1");
    engine_refused(engine_down(&engine, "base"), ERROR_PENDING, "aaaa is partly applied, and ");
    unlink(memory_printf(engine.context, "%s/aaaa.sql", engine.folder));
    engine_refused(engine_up(&engine, "bbbb"), ERROR_FAILED,
                   "the revision \"aaaa\" is partly applied, and no file in");
}
END_TEST

/* In the order of the files 0bbb comes before it. */
START_TEST(of_two_lines_the_one_in_the_middle_comes_first)
{
    fail_in_the_middle();
    engine_revision(&engine, "0bbb", "none", "CREATE TABLE b (n int);\n-- +commit\nSELECT 1/0;", "DROP TABLE b;");
    engine_refused(engine_up(&engine, "heads"), ERROR_FAILED, "/aaaa.sql, line ");
    ck_assert_ptr_null(engine_one(&engine, "SELECT to_regclass('b')"));
    ck_assert_str_eq(engine_one(&engine, "SELECT count(DISTINCT revision) FROM roster_revision_journal"), "1");
    engine_revision(&engine, "cccc", "0bbb aaaa", "SELECT 1;", "");
    engine_refused(engine_up(&engine, "+1"), ERROR_PENDING, "aaaa is partly applied");
}
END_TEST

START_TEST(what_it_came_to_need_is_not_run_before_it)
{
    fail_in_the_middle();
    engine_revision(&engine, "bbbb", "none", "CREATE TABLE b (n int);", "DROP TABLE b;");
    write_one_that_fails("bbbb");
    engine_refused(engine_up(&engine, "head"), ERROR_PENDING, "aaaa is partly applied");
    ck_assert_ptr_null(engine_one(&engine, "SELECT to_regclass('b')"));
}
END_TEST

START_TEST(a_revision_partly_undone_does_not_count_as_applied)
{
    struct connection *serving =
        connection_new(engine.context, engine.settings, CONNECTION_SERVE, "roster test");
    engine_revision(&engine, "aaaa", "none", "CREATE TABLE a (n int);",
                    "DROP TABLE a;\n-- +commit\nSELECT nowhere;");
    ck_ok(engine_up(&engine, "head"));
    ck_ok(migrate_ready(engine.context, engine.settings, serving));
    engine_refused(engine_down(&engine, "base"), ERROR_FAILED, "1 of 2 statements of this revision are kept");
    engine_refused(migrate_ready(engine.context, engine.settings, serving), ERROR_PENDING, "partly undone");
    engine_refused(engine_up(&engine, "head"), ERROR_PENDING, "aaaa is partly undone");
    engine_revision(&engine, "aaaa", "none", "CREATE TABLE a (n int);",
                    "DROP TABLE a;\n-- +commit\nSELECT 1;");
    ck_ok(engine_down(&engine, "-1"));
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM roster_revision"), "0");
    ck_ok(engine_up(&engine, "head"));
    ck_ok(migrate_ready(engine.context, engine.settings, serving));
}
END_TEST

static const char halfway[] =
    "-- undo: DROP TABLE b\nCREATE TABLE b (n int);\n-- +commit\n"
    "-- undo: ALTER TABLE b DROP COLUMN m\nALTER TABLE b ADD COLUMN m int;\n"
    "-- undo: nothing\nINSERT INTO b VALUES (1, 1);\n-- +no-transaction\n"
    "-- undo: DROP INDEX CONCURRENTLY IF EXISTS b_n\nCREATE INDEX CONCURRENTLY b_n ON b (n);\n"
    "-- +transaction\nSELECT nowhere;";

static const char *stand(void)
{
    return engine_one(&engine,
                      "SELECT concat_ws(' ', (SELECT string_agg(id, ' ' ORDER BY id) FROM roster_revision),"
                      " (SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c WHERE"
                      " relname IN ('a', 'b', 'b_n')))");
}

START_TEST(what_is_left_halfway_can_be_taken_back)
{
    engine_revision(&engine, "aaaa", "none", "CREATE TABLE a (n int);", "DROP TABLE a;");
    engine_revision(&engine, "bbbb", "aaaa", halfway, "DROP TABLE b;");
    const char *const targets[] = { "-1", "aaaa", "-2", "base" };
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        ck_ok(engine_up(&engine, "aaaa"));
        engine_refused(engine_up(&engine, "head"), ERROR_FAILED,
                       "4 of 5 statements of this revision are kept");
        ck_assert_str_eq(stand(), "aaaa a b b_n");
        ck_ok(engine_down(&engine, targets[i]));
        ck_assert_int_eq(engine.told[MIGRATE_DOWN], i < 2 ? 1 : 2);
        ck_assert_str_eq(stand(), i < 2 ? "aaaa a" : "");
        ck_assert_str_eq(
            engine_one(&engine, "SELECT count(*) FROM roster_revision_journal WHERE revision = 'bbbb'"), "0");
    }
}
END_TEST

START_TEST(what_cannot_be_taken_back_is_named)
{
    engine_revision(
        &engine, "aaaa", "none",
        "-- undo: DROP TABLE a\nCREATE TABLE a (n int);\n-- +commit\n-- a remark\nINSERT INTO a VALUES (1);\n"
        "-- +commit\nSELECT nowhere;",
        "DROP TABLE a;");
    engine_refused(engine_up(&engine, "head"), ERROR_FAILED, "2 of 3 statements");
    engine_refused(
        engine_down(&engine, "base"), ERROR_PENDING,
        "/aaaa.sql, line 10, has no way back of its own (\"-- undo: SQL\" in a line above it); to go on, "
        "run: roster upgrade aaaa; to go back, take back by hand");
    ck_ok(connection_execute(engine.db, "DROP TABLE a"));
    ck_ok(migrate_stamp(engine.context, engine.settings, "base", NULL));
    engine_refused(engine_up(&engine, "head"), ERROR_FAILED, "2 of 3 statements");
}
END_TEST

/* Each statement is taken back together with its line, so that a failure or a kill leaves a known place. */
START_TEST(taking_back_goes_on_where_it_stopped)
{
    engine_revision(&engine, "aaaa", "none", "CREATE TABLE a (n int);", "DROP TABLE a;");
    engine_revision(&engine, "bbbb", "aaaa", halfway, "DROP TABLE b;");
    engine_refused(engine_up(&engine, "head"), ERROR_FAILED, "4 of 5 statements");
    ck_ok(connection_execute(engine.db, "CREATE VIEW seen AS SELECT m FROM b"));
    engine_refused(engine_down(&engine, "-1"), ERROR_FAILED,
                   "2 statements of this revision are left; run the same again");
    ck_assert_str_eq(stand(), "aaaa a b");
    ck_ok(connection_execute(engine.db, "DROP VIEW seen"));
    engine_refused(engine_up(&engine, "head"), ERROR_FAILED, "4 of 5 statements"); /* or on again */
    ck_assert_str_eq(stand(), "aaaa a b b_n");
    ck_ok(engine_down(&engine, "-1"));
    ck_assert_str_eq(stand(), "aaaa a");
}
END_TEST

START_TEST(a_lock_that_is_let_go_is_got_at_a_later_try)
{
    engine_revision(&engine, "aaaa", "none", "CREATE TABLE a (n int);", "DROP TABLE a;");
    ck_ok(engine_up(&engine, "head"));
    engine_revision(&engine, "bbbb", "aaaa", "CREATE TABLE b (n int);\nALTER TABLE a ADD COLUMN m int;", "");
    struct connection *other =
        connection_new(engine.context, engine.settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(other, "BEGIN"));
    ck_ok(connection_execute(other, "LOCK TABLE a IN ACCESS SHARE MODE"));
    const struct migrate_options options = { .tell = engine_tell,
                                             .argument = &engine,
                                             .lock_timeout_ms = 200 };
    pid_t child = fork();
    if (child == 0) {
        memset(engine.told, 0, sizeof engine.told);
        struct error *error = migrate_upgrade(talloc_new(NULL), engine.settings, "head", &options);
        _exit(error ? 99 : engine.told[MIGRATE_RETRY]);
    }
    usleep(900000);
    ck_ok(connection_execute(other, "COMMIT"));
    const int status = engine_wait(child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_ge(WEXITSTATUS(status), 1);
    ck_assert_int_lt(WEXITSTATUS(status), 10);
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM roster_revision"), "2");
}
END_TEST

START_TEST(other_failures_are_not_tried_again)
{
    engine_revision(&engine, "aaaa", "none", "SELECT 1 / 0;", "");
    const long start = scratch_milliseconds();
    engine_refused(engine_up(&engine, "head"), ERROR_INVALID, "division by zero (SQLSTATE 22012)");
    ck_assert_int_eq(engine.told[MIGRATE_RETRY], 0);
    ck_assert_int_lt(scratch_milliseconds() - start, 1000);
}
END_TEST

START_TEST(an_index_waits_for_others_as_long_as_it_takes)
{
    engine_revision(&engine, "aaaa", "none", "CREATE TABLE a (n int);", "DROP TABLE a;");
    ck_ok(engine_up(&engine, "head"));
    engine_revision(&engine, "bbbb", "aaaa", "-- +no-transaction\nCREATE INDEX CONCURRENTLY a_n ON a (n);",
                    "");
    struct connection *other =
        connection_new(engine.context, engine.settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(other, "BEGIN"));
    ck_ok(connection_execute(other, "INSERT INTO a VALUES (1)"));
    pid_t child = fork();
    if (child == 0) {
        const struct migrate_options options = { .lock_timeout_ms = 100, .tries = 1 };
        _exit(migrate_upgrade(talloc_new(NULL), engine.settings, "head", &options) != NULL);
    }
    usleep(700000);
    ck_assert_int_eq(waitpid(child, NULL, WNOHANG), 0);
    ck_ok(connection_execute(other, "COMMIT"));
    ck_assert_int_eq(engine_wait(child), 0);
}
END_TEST

START_TEST(what_cannot_be_brought_back_is_undone_only_when_allowed)
{
    engine_write(&engine, "aaaa.sql",
                 "-- revision: aaaa\n-- parents: none\n-- message: first\n-- created: 2026-11-22T10:15:00Z\n"
                 "-- irreversible: the values of team.colour\n-- +up\nSELECT 1;\n-- +down\nSELECT 2;\n");
    ck_ok(engine_up(&engine, "head"));
    struct error *error = engine_down(&engine, "base");
    engine_refused(error, ERROR_REFUSED, "cannot be undone without loss: the values of team.colour");
    ck_assert_ptr_nonnull(strstr(error->hint, "backup"));
    const struct migrate_options options = { .allow_destructive = true };
    ck_ok(migrate_downgrade(engine.context, engine.settings, "base", &options));
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM roster_revision"), "0");
}
END_TEST

START_TEST(what_has_no_way_down_never_counts_as_undone)
{
    engine_write(&engine, "aaaa.sql",
                 "-- revision: aaaa\n-- parents: none\n-- message: first\n-- created: 2026-11-22T10:15:00Z\n"
                 "-- irreversible: the values of team.colour\n-- +up\nCREATE TABLE a (n int);\n-- +down\n-- nothing\n");
    ck_ok(engine_up(&engine, "head"));
    const struct migrate_options options = { .allow_destructive = true };
    struct error *error = migrate_downgrade(engine.context, engine.settings, "base", &options);
    engine_refused(error, ERROR_REFUSED, "has no statement that would");
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM roster_revision"), "1");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("engine");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, killed_after_every_statement_it_ends_the_same);
    tcase_add_test(tests, killed_at_any_moment_it_ends_the_same);
    tcase_add_test(tests, an_index_cut_off_in_the_middle_is_built_again);
    tcase_add_test(tests, an_index_that_cannot_be_built_leaves_nothing);
    tcase_add_test(tests, another_ones_index_of_that_name_is_left_alone);
    tcase_add_test(tests, what_failed_may_be_corrected_and_what_was_run_not);
    tcase_add_test(tests, of_two_lines_the_one_in_the_middle_comes_first);
    tcase_add_test(tests, what_it_came_to_need_is_not_run_before_it);
    tcase_add_test(tests, nothing_else_runs_while_a_revision_is_in_the_middle);
    tcase_add_test(tests, a_revision_partly_undone_does_not_count_as_applied);
    tcase_add_test(tests, what_is_left_halfway_can_be_taken_back);
    tcase_add_test(tests, what_cannot_be_taken_back_is_named);
    tcase_add_test(tests, taking_back_goes_on_where_it_stopped);
    tcase_add_test(tests, a_lock_that_is_let_go_is_got_at_a_later_try);
    tcase_add_test(tests, other_failures_are_not_tried_again);
    tcase_add_test(tests, an_index_waits_for_others_as_long_as_it_takes);
    tcase_add_test(tests, what_cannot_be_brought_back_is_undone_only_when_allowed);
    tcase_add_test(tests, what_has_no_way_down_never_counts_as_undone);
    Suite *suite = suite_create("engine");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
