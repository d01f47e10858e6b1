/* The engine's scripts for psql, which must lead where a run leads; and trials on a copy. */
#include "engine.h"

#include "../../db/ddl.h"
#include "../../db/offline.h"
#include "../../db/rights.h"
#include "../../db/schema.h"
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

/* --- The rules of access ------------------------------------------------------------------------------------------- */

static struct schema *schema;

/* The models' tables as the first revision, and what follows as the second. */
static void write_models(const char *up)
{
    engine_empty(&engine);
    ck_ok(schema_open(engine.context, models, overview_panels, &schema));
    engine_revision(&engine, "aaaa", "none", ddl_create_schema(engine.context, schema), "SELECT 1;");
    engine_revision(&engine, "bbbb", "aaaa", up, "SELECT 1;");
}

static void apply_rules(void)
{
    struct rights_report report;
    ck_ok(rights_apply(engine.db, engine.settings, schema, &report));
}

static const char *script_of_models(const char *range)
{
    const char *text;
    const struct offline_wish wish = { .direction = DIRECTION_UP, .range = range, .schema = schema };
    ck_ok(offline_script(engine.context, engine.settings, &wish, &text));
    return text;
}

/* Policies, tables that keep them, and functions, word for word. */
static const char *rules(void)
{
    return memory_copy(engine.context,
                       engine_one(&engine,
                                  "SELECT string_agg(line, E'\n' ORDER BY line) FROM (SELECT p::text AS line FROM pg_policies p"
                                  " UNION ALL SELECT relname || ' on' FROM pg_class WHERE relrowsecurity"
                                  " UNION ALL SELECT proname || prosrc FROM pg_proc WHERE proname LIKE 'roster\\_%'"
                                  " AND proname <> 'roster_access') x"));
}

#define TO_TEXT "ALTER TABLE team ALTER visibility TYPE text;"
#define GOES "ALTER TABLE team DROP COLUMN visibility;"

#define TO_NUMERIC "ALTER TABLE member DROP CONSTRAINT member_user_id_fkey; ALTER TABLE member ALTER user_id TYPE numeric;"

static const char *const moves[] = {
    GOES,
    "ALTER TABLE member DROP COLUMN team_id CASCADE;",
    TO_TEXT,
    TO_NUMERIC,
    "-- +no-transaction\n" TO_TEXT,
    "DROP TABLE checkpoint;",
    "DO $$ BEGIN EXECUTE replace('ALTER TABLE te-am DROP COLUMN visibi-lity', '-', ''); END $$;",
    GOES "ALTER TABLE team ADD visibility text NOT NULL DEFAULT 'private';",
    TO_TEXT "\n-- +commit\nALTER TABLE thread DROP COLUMN team_id;\n-- +commit\nALTER TABLE thread ADD x int;",
    "CREATE TABLE \"A further\" (n int);",
};

/* A column that a policy names is dropped, or gets another type. */
START_TEST(a_script_meets_the_rules_of_access_as_a_run_does)
{
    write_models(moves[_i]);
    const struct migrate_options options = { .schema = schema };
    ck_ok(engine_up(&engine, "aaaa"));
    apply_rules();
    ck_ok(migrate_upgrade(engine.context, engine.settings, "head", &options));
    apply_rules();
    const char *wanted = rules();
    start_anew();
    ck_ok(engine_up(&engine, "aaaa"));
    apply_rules();
    ck_assert_int_eq(run_psql(script_of_models("aaaa:head")), 0);
    engine_same(rules(), wanted);
}
END_TEST

/* Without the models' rules at its end, too, and wherever it leads. */
START_TEST(what_is_in_the_way_of_a_script_comes_back)
{
    write_models(TO_NUMERIC);
    ck_ok(engine_up(&engine, "aaaa"));
    apply_rules();
    const char *before = engine_one(&engine, "SELECT count(*) FROM pg_policies");
    ck_assert_int_eq(run_psql(script(DIRECTION_UP, "aaaa:bbbb")), 0);
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM pg_policies"), before);
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM pg_policies WHERE tablename = 'member'"), "4");
}
END_TEST

START_TEST(a_script_that_fails_leaves_the_rules_as_they_were)
{
    write_models(GOES "SELECT 1/0;");
    ck_ok(engine_up(&engine, "aaaa"));
    apply_rules();
    const char *before = rules();
    ck_assert_int_eq(run_psql(script_of_models("aaaa:head")), 3);
    engine_same(rules(), before);
}
END_TEST

START_TEST(a_script_to_the_head_ends_with_the_rules_of_access)
{
    write_models("CREATE TABLE x (n int);");
    ck_assert_int_eq(run_psql(script_of_models("base:head")), 0);
    ck_assert_str_eq(engine_one(&engine, "SELECT relrowsecurity FROM pg_class WHERE oid = 'team'::regclass"), "t");
    const char *made = rules();
    apply_rules();
    engine_same(rules(), made);
}
END_TEST

START_TEST(a_script_says_what_follows_and_lifts_no_more_than_it_must)
{
    write_models("ALTER TABLE team ADD x int;");
    const char *whole = script_of_models("base:head"), *part = script_of_models("base:aaaa");
    ck_assert_ptr_nonnull(strstr(whole, "CREATE POLICY roster_read"));
    ck_assert_ptr_nonnull(strstr(whole, "roster access"));
    ck_assert_ptr_null(strstr(whole, "roster_lifted"));
    ck_assert_ptr_null(strstr(part, "CREATE POLICY"));
    ck_assert_ptr_nonnull(strstr(part, "no row-level security holds for the tables that it makes"));
    write_models(GOES);
    ck_assert_ptr_nonnull(strstr(script_of_models("aaaa:head"), "roster_lifted"));
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
    tcase_add_loop_test(tests, a_script_meets_the_rules_of_access_as_a_run_does, 0, sizeof moves / sizeof *moves);
    tcase_add_test(tests, what_is_in_the_way_of_a_script_comes_back);
    tcase_add_test(tests, a_script_that_fails_leaves_the_rules_as_they_were);
    tcase_add_test(tests, a_script_to_the_head_ends_with_the_rules_of_access);
    tcase_add_test(tests, a_script_says_what_follows_and_lifts_no_more_than_it_must);
    tcase_add_test(tests, a_trial_has_all_and_leaves_nothing);
    Suite *suite = suite_create("offline");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
