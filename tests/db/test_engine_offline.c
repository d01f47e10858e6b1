/* The engine's scripts for psql, which must lead where a run leads; and trials on a copy. */
#include "engine.h"

#include "../../db/offline.h"
#include "../../db/trial.h"

static struct engine engine;

/* Of all kinds: types, several transactions, statements outside of any, quotes, dollars, remarks, a join. */
static void write_revisions(void)
{
    engine_revision(
        &engine, "aaaa", "none",
        "CREATE TYPE mood AS ENUM ('good');\n"
        "CREATE TABLE \"A table\" (n int PRIMARY KEY, t text DEFAULT 'it''s; :n \\ '); -- a remark\n"
        "-- what this does to others\n"
        "INSERT INTO \"A table\" (n) SELECT generate_series(1, 9) -- another\n;\n"
        "-- +commit\nALTER TYPE mood ADD VALUE 'bad';\n"
        "-- +commit\nALTER TABLE \"A table\" ADD COLUMN m mood DEFAULT 'bad', ADD COLUMN d timestamptz"
        " DEFAULT '2026-01-01 00:00';",
        "DROP TABLE \"A table\";\nDROP TYPE mood;");
    engine_revision(
        &engine, "bbbb", "aaaa",
        "-- +no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY \"An index\" ON public.\"A table\" (n, t);\n"
        "DO $body$ BEGIN UPDATE \"A table\" SET t = 'y;'; COMMIT; END $body$;\n"
        "-- +transaction\nCREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;",
        "DROP FUNCTION f();\n-- +no-transaction\nDROP INDEX CONCURRENTLY \"An index\";");
    engine_revision(&engine, "cccc", "aaaa", "CREATE TABLE c (n int); -- no newline", "DROP TABLE c;");
    engine_revision(&engine, "dddd", "bbbb cccc", "", "");
}

static void setup(void)
{
    engine_open(&engine);
    write_revisions();
}

static void teardown(void)
{
    engine_close(&engine);
}

static const char *script(enum direction direction, const char *range)
{
    const char *text;
    const struct offline_wish wish = { .direction = direction, .range = range };
    ck_ok(offline_script(engine.context, engine.settings, &wish, &text));
    return text;
}

/* psql's exit status. */
static int run_psql(const char *text)
{
    const char *path = memory_printf(engine.context, "%s/script", engine.folder);
    engine_write(&engine, "script", text);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(126);
        execlp("psql", "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", engine.settings->direct_url, "-f",
               path, (char *)NULL);
        _exit(127);
    }
    const int status = engine_wait(child);
    ck_assert(WIFEXITED(status));
    unlink(path);
    return WEXITSTATUS(status);
}

static const char *history(void)
{
    return memory_copy(engine.context,
                       engine_one(&engine,
                                  "SELECT coalesce(string_agg(id || parents || message || checksum, ';'"
                                  " ORDER BY id), '') FROM roster_revision"));
}

static const char *journal(void)
{
    return memory_copy(engine.context,
                       engine_one(&engine,
                                  "SELECT coalesce(string_agg(concat_ws(' ', revision, direction, position,"
                                  " line, hash, done), ';' ORDER BY revision, position), '')"
                                  " FROM roster_revision_journal"));
}

static void start_anew(void)
{
    talloc_free(engine.db);
    scratch_drop(engine.settings);
    engine.settings = scratch_create(engine.context);
    engine.settings->migrations = engine.folder;
    engine.db = connection_new(engine.context, engine.settings, CONNECTION_DIRECT, "roster test");
}

START_TEST(a_script_leads_where_a_run_leads)
{
    static const char *const stops[] = { "aaaa", "bbbb", "head" };
    static const char *const ways[] = { "base:aaaa", "aaaa:bbbb", "bbbb:head" };
    const char *dumps[3], *histories[3], *journals[3];
    for (int i = 0; i < 3; i++) {
        ck_ok(engine_up(&engine, stops[i]));
        dumps[i] = engine_dump(&engine);
        histories[i] = history();
        journals[i] = journal();
    }
    start_anew();
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(run_psql(script(DIRECTION_UP, ways[i])), 0);
        engine_same(engine_dump(&engine), dumps[i]);
        ck_assert_str_eq(history(), histories[i]);
        ck_assert_str_eq(journal(), journals[i]);
    }
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM \"A table\" WHERE t = 'y;'"), "9");
}
END_TEST

START_TEST(a_script_leads_back_as_a_run_does)
{
    ck_ok(engine_up(&engine, "head"));
    const char *whole = engine_dump(&engine);
    ck_ok(engine_down(&engine, "aaaa"));
    const char *middle = engine_dump(&engine), *middle_journal = journal();
    ck_ok(engine_down(&engine, "base"));
    const char *empty = engine_dump(&engine);
    ck_assert_int_eq(run_psql(script(DIRECTION_UP, "head")), 0); /* from base */
    engine_same(engine_dump(&engine), whole);
    ck_assert_int_eq(run_psql(script(DIRECTION_DOWN, "head:aaaa")), 0);
    engine_same(engine_dump(&engine), middle);
    ck_assert_str_eq(journal(), middle_journal);
    ck_assert_int_eq(run_psql(script(DIRECTION_DOWN, "aaaa:base")), 0);
    engine_same(engine_dump(&engine), empty);
    ck_assert_str_eq(history(), "");
    ck_assert_str_eq(journal(), "");
}
END_TEST

START_TEST(a_wrong_start_aborts_before_anything_is_done)
{
    const char *on = script(DIRECTION_UP, "aaaa:head"), *from_base = script(DIRECTION_UP, "base:head");
    ck_assert_int_eq(run_psql(on), 3);
    ck_assert_ptr_null(engine_one(&engine, "SELECT to_regclass('c')"));
    ck_ok(engine_up(&engine, "cccc"));
    const char *before = history();
    ck_assert_int_eq(run_psql(on), 3);
    ck_assert_int_eq(run_psql(from_base), 3);
    ck_assert_int_eq(run_psql(script(DIRECTION_DOWN, "head:base")), 3);
    ck_assert_str_eq(history(), before);
    ck_ok(connection_execute(engine.db, "UPDATE roster_revision SET checksum = 'x' WHERE id = 'aaaa'"));
    ck_assert_int_eq(run_psql(script(DIRECTION_UP, "cccc:head")), 3);
}
END_TEST

START_TEST(a_script_does_not_run_beside_a_run)
{
    ck_assert_str_eq(engine_one(&engine, "SELECT pg_try_advisory_lock(125822037714290)"), "t");
    ck_assert_int_eq(run_psql(script(DIRECTION_UP, "head")), 3);
    ck_assert_ptr_null(engine_one(&engine, "SELECT to_regclass('roster_revision')"));
}
END_TEST

START_TEST(what_a_script_left_in_the_middle_a_run_completes)
{
    ck_ok(engine_up(&engine, "head"));
    const char *whole = engine_dump(&engine);
    start_anew();
    const char *text = script(DIRECTION_UP, "head");
    const char *cut = strstr(text, "DO $body$");
    ck_assert_ptr_nonnull(cut);
    ck_assert_int_eq(
        run_psql(memory_printf(engine.context, "%.*sSELECT nowhere;\n", (int)(cut - text), text)), 3);
    ck_assert_int_eq(run_psql(text), 3); /* is not at its start any more */
    ck_ok(engine_up(&engine, "head"));
    ck_assert_int_eq(engine.told[MIGRATE_RESUMED], 1);
    engine_same(engine_dump(&engine), whole);
}
END_TEST

START_TEST(remarks_stay_with_their_statements)
{
    ck_assert_ptr_nonnull(
        strstr(script(DIRECTION_UP, "head"), "\n-- what this does to others\nINSERT INTO \"A table\""));
}
END_TEST

START_TEST(ranges_that_make_no_sense_are_refused)
{
    const char *text;
    static const struct {
        enum direction direction;
        const char *range, *words;
    } cases[] = {
        { DIRECTION_DOWN, "base", "write FROM:TO" },
        { DIRECTION_UP, "zzzz:head", "there is no revision \"zzzz\"" },
        { DIRECTION_UP, "head:base", "leads back" },
        { DIRECTION_UP, "current:head", "known only with a database" },
        { DIRECTION_DOWN, "aaaa:head", "leads on" },
        { DIRECTION_DOWN, "aaaa:bbbb", "\"bbbb\" is not applied" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct offline_wish wish = { .direction = cases[i].direction, .range = cases[i].range };
        engine_refused(offline_script(engine.context, engine.settings, &wish, &text), ERROR_USAGE,
                       cases[i].words);
    }
    unlink(memory_printf(engine.context, "%s/dddd.sql", engine.folder));
    const struct offline_wish wish = { .direction = DIRECTION_UP, .range = "base:head" };
    engine_refused(offline_script(engine.context, engine.settings, &wish, &text), ERROR_SEVERAL_HEADS,
                   "several heads");
}
END_TEST

static const char *trials(void)
{
    struct sql *sql = sql_new(engine.context, "SELECT count(*) FROM pg_database WHERE datname LIKE ");
    sql_value(sql, memory_printf(engine.context, "roster_trial_%%_%d", (int)getpid()), "text");
    struct query *query = query_add(engine.db, sql);
    ck_ok(query_run(engine.db));
    return query_text(query, 0, 0);
}

START_TEST(a_trial_has_all_and_leaves_nothing)
{
    struct trial *trial;
    ck_ok(engine_up(&engine, "aaaa"));
    const char *before = engine_dump(&engine), *past = history();
    for (int used = 1; used >= 0; used--) { /* with this session there, and then without anybody */
        if (!used)
            talloc_free(engine.db);
        ck_ok(trial_copy(engine.context, engine.settings, &trial));
        ck_assert(trial->has_rows);
        struct engine copy = engine;
        copy.settings = trial->settings;
        copy.db = connection_new(engine.context, trial->settings, CONNECTION_DIRECT, "roster test");
        ck_assert_str_eq(engine_one(&copy, "SELECT count(*) FROM \"A table\""), "9");
        ck_ok(engine_up(&copy, "head"));
        ck_assert_str_eq(engine_one(&copy, "SELECT count(*) FROM roster_revision"), "4");
        talloc_free(copy.db);
        talloc_free(trial);
    }
    engine.db = connection_new(engine.context, engine.settings, CONNECTION_DIRECT, "roster test");
    ck_assert_str_eq(trials(), "0");
    engine_same(engine_dump(&engine), before);
    ck_assert_str_eq(history(), past);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("offline");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_script_leads_where_a_run_leads);
    tcase_add_test(tests, a_script_leads_back_as_a_run_does);
    tcase_add_test(tests, a_wrong_start_aborts_before_anything_is_done);
    tcase_add_test(tests, a_script_does_not_run_beside_a_run);
    tcase_add_test(tests, what_a_script_left_in_the_middle_a_run_completes);
    tcase_add_test(tests, remarks_stay_with_their_statements);
    tcase_add_test(tests, ranges_that_make_no_sense_are_refused);
    tcase_add_test(tests, a_trial_has_all_and_leaves_nothing);
    Suite *suite = suite_create("offline");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
