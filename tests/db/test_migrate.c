/* Migrations: there and back, whole or not at all, one run at a time. */
#include "scratch.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "../../db/ddl.h"
#include "../../db/migrate.h"
#include "../../db/revision_write.h"

static struct settings *settings; /* of the scratch database, with the folder as its migrations */
static void *context;
static struct connection *db;
static char folder[] = "/tmp/roster-test-XXXXXX";
static int told[MIGRATE_EVENTS];
static char trail[1024]; /* the ids, in the order in which they were told */

static void empty_folder(void)
{
    struct dirent *entry;
    DIR *directory = opendir(folder);
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            unlink(memory_printf(context, "%s/%s", folder, entry->d_name));
    closedir(directory);
}

static void setup(void)
{
    context = talloc_new(NULL);
    db = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(db, "SET client_min_messages = warning"));
    ck_ok(connection_execute(db, "DROP SCHEMA public CASCADE"));
    ck_ok(connection_execute(db, "CREATE SCHEMA public"));
    empty_folder();
}

static void teardown(void)
{
    talloc_free(context);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(memory_printf(context, "%s/%s", folder, name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* The header has four lines, so that the way up begins on line 6. */
static void revision(const char *id, const char *parents, const char *up, const char *down)
{
    write_file(memory_printf(context, "%s.sql", id),
               memory_printf(context,
                             "-- revision: %s\n-- parents: %s\n-- message: about %s\n"
                             "-- created: 2026-11-22T10:15:00Z\n-- +up\n%s\n-- +down\n%s\n",
                             id, parents, id, up, down));
}

static void three_revisions(void)
{
    revision("aaaa", "none", "CREATE TABLE a (n int);", "DROP TABLE a;");
    revision("bbbb", "aaaa", "CREATE TABLE b (n int);\nINSERT INTO b VALUES (1);", "DROP TABLE b;");
    revision("cccc", "bbbb", "CREATE TABLE c (n int);", "DROP TABLE c;");
}

static void tell(void *argument, const struct migrate_news *news)
{
    (void)argument;
    told[news->event]++;
    if (news->event == MIGRATE_UP || news->event == MIGRATE_DOWN || news->event == MIGRATE_STAMPED)
        snprintf(trail + strlen(trail), sizeof trail - strlen(trail), "%s ", news->revision->id);
}

static const struct migrate_options report = { .tell = tell };

static void start_telling(void)
{
    memset(told, 0, sizeof told);
    trail[0] = '\0';
}

static void assert_refused(struct error *error, enum error_code code, const char *words)
{
    ck_assert_msg(error != NULL, "not refused: %s", words);
    ck_assert_msg(strstr(error->message, words) != NULL, "\"%s\" is not in: %s", words, error->message);
    ck_assert_int_eq(error->code, code);
}

static void up(const char *target, const char *expected)
{
    start_telling();
    ck_ok(migrate_upgrade(context, settings, target, &report));
    ck_assert_str_eq(trail, expected);
}

static void down(const char *target, const char *expected)
{
    start_telling();
    ck_ok(migrate_downgrade(context, settings, target, &report));
    ck_assert_str_eq(trail, expected);
}

static void stamp(const char *target, const char *expected)
{
    start_telling();
    ck_ok(migrate_stamp(context, settings, target, &report));
    ck_assert_str_eq(trail, expected);
}

static const char *one(const char *sql)
{
    return query_text(scratch_query(db, sql), 0, 0);
}

static const char *applied(void)
{
    return one("SELECT coalesce(string_agg(id, ' ' ORDER BY id), '') FROM roster_revision");
}

static const char *tables(void)
{
    return one("SELECT coalesce(string_agg(tablename::text, ' ' ORDER BY tablename), '') FROM pg_tables"
               " WHERE schemaname = 'public' AND tablename NOT LIKE 'roster_revision%'");
}

START_TEST(up_to_the_head_and_down_to_the_base)
{
    three_revisions();
    up("head", "aaaa bbbb cccc ");
    ck_assert_str_eq(tables(), "a b c");
    ck_assert_str_eq(applied(), "aaaa bbbb cccc");
    up("head", "");
    down("base", "cccc bbbb aaaa ");
    ck_assert_str_eq(tables(), "");
    ck_assert_str_eq(applied(), "");
    down("base", "");
}
END_TEST

START_TEST(step_by_step)
{
    three_revisions();
    up("+1", "aaaa ");
    up("+2", "bbbb cccc ");
    assert_refused(migrate_upgrade(context, settings, "+1", NULL), ERROR_USAGE,
                   "\"+1\" is too far; left to apply: 0");
    down("-2", "cccc bbbb ");
    ck_assert_str_eq(tables(), "a");
    assert_refused(migrate_downgrade(context, settings, "-2", NULL), ERROR_USAGE,
                   "\"-2\" is too far; applied: 1");
    up("bb", "bbbb "); /* the beginning of an id */
    up("aaaa", "");    /* passed already */
    up("heads", "cccc ");
    down("aaaa", "cccc bbbb ");
    ck_assert_str_eq(applied(), "aaaa");
}
END_TEST

START_TEST(targets_that_make_no_sense_are_refused)
{
    three_revisions();
    up("+1", "aaaa ");
    static const char *const ups[][2] = { { "+0", "is no number of revisions" },
                                          { "+x", "is no number of revisions" },
                                          { "+", "is no number of revisions" },
                                          { "-1", "run: roster downgrade -1" },
                                          { "base", "run: roster downgrade base" },
                                          { "zzzz", "there is no revision" },
                                          { "", "there is no revision" } };
    for (size_t i = 0; i < sizeof ups / sizeof *ups; i++)
        assert_refused(migrate_upgrade(context, settings, ups[i][0], NULL), ERROR_USAGE, ups[i][1]);
    static const char *const downs[][2] = { { "-0", "is no number of revisions" },
                                            { "+1", "run: roster upgrade +1" },
                                            { "head", "run: roster upgrade head" },
                                            { "bbbb", "\"bbbb\" is not applied" },
                                            { "zzzz", "there is no revision" } };
    for (size_t i = 0; i < sizeof downs / sizeof *downs; i++)
        assert_refused(migrate_downgrade(context, settings, downs[i][0], NULL), ERROR_USAGE, downs[i][1]);
    ck_assert_str_eq(applied(), "aaaa");
}
END_TEST

START_TEST(the_history_is_kept)
{
    three_revisions();
    up("head", "aaaa bbbb cccc ");
    struct query *query =
        scratch_query(db, "SELECT *, now() - applied_at < '1 minute' AS fresh, current_user AS me"
                          " FROM roster_revision WHERE id = 'bbbb'");
    struct revisions *revisions;
    ck_ok(revisions_open(context, folder, &revisions));
    ck_assert_str_eq(query_field(query, 0, "parents"), "aaaa");
    ck_assert_str_eq(query_field(query, 0, "message"), "about bbbb");
    ck_assert_str_eq(query_field(query, 0, "checksum"), revisions->items[1]->checksum);
    ck_assert_str_eq(query_field(query, 0, "applied_by"), query_field(query, 0, "me"));
    ck_assert(query_true(query, 0, "fresh"));
}
END_TEST

START_TEST(a_failing_revision_leaves_nothing)
{
    three_revisions();
    revision("bbbb", "aaaa",
             "CREATE TABLE b (n int);\n\nINSERT INTO b\n  VALUES (1),\n  (nowhere);\nSELECT 1;", "");
    struct error *error = migrate_upgrade(context, settings, "head", NULL);
    assert_refused(error, ERROR_FAILED,
                   "/bbbb.sql, line 10: column \"nowhere\" does not exist (SQLSTATE 42703)");
    ck_assert_str_eq(error->sqlstate, "42703");
    ck_assert_str_eq(tables(), "a");
    ck_assert_str_eq(applied(), "aaaa");
    three_revisions();
    up("head", "bbbb cccc "); /* corrected, it goes on from there */
}
END_TEST

START_TEST(a_failure_without_a_place_names_its_statement)
{
    revision("aaaa", "none",
             "CREATE TABLE a (n int UNIQUE);\nINSERT INTO a VALUES (1);\n\nINSERT INTO a\nVALUES (1);", "");
    assert_refused(
        migrate_upgrade(context, settings, "head", NULL), ERROR_INVALID,
        "/aaaa.sql, line 9: duplicate key value violates unique constraint \"a_n_key\" (SQLSTATE 23505)");
    ck_assert_str_eq(tables(), "");
}
END_TEST

START_TEST(places_are_counted_in_characters)
{
    revision("aaaa", "none", "SELECT '\xc3\xa4\xc3\xb6\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80',\n\n nowhere;",
             "");
    assert_refused(migrate_upgrade(context, settings, "head", NULL), ERROR_FAILED,
                   "/aaaa.sql, line 8: column");
}
END_TEST

START_TEST(a_failing_way_back_leaves_everything)
{
    revision("aaaa", "none", "CREATE TABLE a (n int);", "DROP TABLE a;\nDROP TABLE missing;");
    up("head", "aaaa ");
    assert_refused(migrate_downgrade(context, settings, "base", NULL), ERROR_FAILED,
                   "/aaaa.sql, line 9: table \"missing\"");
    ck_assert_str_eq(tables(), "a");
    ck_assert_str_eq(applied(), "aaaa");
}
END_TEST

START_TEST(an_edited_file_is_refused)
{
    three_revisions();
    up("+2", "aaaa bbbb ");
    revision("aaaa", "none", "CREATE TABLE a (n int); -- edited", "DROP TABLE a;");
    assert_refused(migrate_upgrade(context, settings, "head", NULL), ERROR_EDITED, "/aaaa.sql\" was edited");
    assert_refused(migrate_downgrade(context, settings, "-1", NULL), ERROR_EDITED, "/aaaa.sql\" was edited");
    ck_assert_str_eq(applied(), "aaaa bbbb");
    stamp("current", "aaaa bbbb ");
    up("head", "cccc ");
    revision("dddd", "cccc", "SELECT 1;", "");
    revision("dddd", "cccc", "SELECT 2;", ""); /* not applied yet: may be edited */
    up("head", "dddd ");
}
END_TEST

START_TEST(a_lost_file_is_refused)
{
    three_revisions();
    up("head", "aaaa bbbb cccc ");
    unlink(memory_printf(context, "%s/cccc.sql", folder));
    assert_refused(migrate_upgrade(context, settings, "head", NULL), ERROR_FAILED,
                   "has the revision \"cccc\"");
    assert_refused(migrate_downgrade(context, settings, "base", NULL), ERROR_FAILED,
                   "has the revision \"cccc\"");
    assert_refused(migrate_stamp(context, settings, "current", NULL), ERROR_FAILED,
                   "has the revision \"cccc\"");
}
END_TEST

START_TEST(stamping_runs_nothing)
{
    three_revisions();
    stamp("bbbb", "aaaa bbbb ");
    ck_assert_str_eq(tables(), "");
    ck_assert_str_eq(applied(), "aaaa bbbb");
    stamp("head", "aaaa bbbb cccc ");
    stamp("aaaa", "aaaa ");
    stamp("base", "");
    ck_assert_str_eq(applied(), "");
}
END_TEST

START_TEST(branches_are_followed_and_joined)
{
    three_revisions();
    revision("dddd", "aaaa", "CREATE TABLE d (n int);", "DROP TABLE d;");
    assert_refused(migrate_upgrade(context, settings, "head", NULL), ERROR_SEVERAL_HEADS,
                   "\"cccc\" and \"dddd\"");
    assert_refused(migrate_upgrade(context, settings, "+1", NULL), ERROR_SEVERAL_HEADS,
                   "\"cccc\" and \"dddd\"");
    up("dddd", "aaaa dddd ");
    up("heads", "bbbb cccc ");
    assert_refused(migrate_downgrade(context, settings, "-1", NULL), ERROR_SEVERAL_HEADS,
                   "\"cccc\" and \"dddd\"");
    down("bbbb", "cccc "); /* the other branch stays */
    ck_assert_str_eq(tables(), "a b d");
    revision("eeee", "cccc dddd", "CREATE TABLE e (n int);", "DROP TABLE e;");
    up("head", "cccc eeee ");
    down("aaaa", "eeee dddd cccc bbbb ");
}
END_TEST

START_TEST(an_index_without_a_name_is_refused_before_anything_runs)
{
    three_revisions();
    revision("dddd", "cccc", "SELECT 1;\n-- +no-transaction\nCREATE INDEX CONCURRENTLY ON a (n);", "");
    assert_refused(migrate_upgrade(context, settings, "head", NULL), ERROR_USAGE,
                   "/dddd.sql, line 8: give the index a name");
    ck_assert_str_eq(applied(), "");
}
END_TEST

START_TEST(copy_is_refused)
{
    revision("aaaa", "none", "CREATE TABLE a (n int);\nCOPY a FROM STDIN;", "");
    assert_refused(migrate_upgrade(context, settings, "head", NULL), ERROR_USAGE,
                   "/aaaa.sql, line 7: COPY has nothing");
    ck_assert_str_eq(tables(), "");
}
END_TEST

START_TEST(settings_of_a_revision_end_with_it)
{
    revision("aaaa", "none",
             "CREATE SCHEMA IF NOT EXISTS elsewhere;\nSET search_path = elsewhere;\nSET lock_timeout = 0;",
             "");
    revision("bbbb", "aaaa", "CREATE TABLE b AS SELECT current_setting('lock_timeout') AS setting;", "");
    up("head", "aaaa bbbb ");
    ck_assert_str_eq(one("SELECT setting FROM public.b"), "2s");
    ck_ok(connection_execute(db, "DROP SCHEMA elsewhere"));
}
END_TEST

START_TEST(a_lock_is_not_waited_for_long)
{
    three_revisions();
    up("+1", "aaaa ");
    revision("bbbb", "aaaa", "ALTER TABLE a ADD COLUMN m int;", "");
    ck_ok(connection_execute(db, "BEGIN"));
    ck_ok(connection_execute(db, "LOCK TABLE a"));
    const struct migrate_options options = { .tell = tell, .lock_timeout_ms = 300, .tries = 3 };
    long start = scratch_milliseconds();
    start_telling();
    struct error *error = migrate_upgrade(context, settings, "bbbb", &options);
    assert_refused(error, ERROR_UNAVAILABLE,
                   "/bbbb.sql, line 6: canceling statement due to lock timeout (SQLSTATE 55P03)");
    ck_assert_ptr_nonnull(strstr(error->message, "tried 3 times; nothing of this revision was kept"));
    ck_assert_int_eq(told[MIGRATE_RETRY], 2);
    ck_assert_int_lt(scratch_milliseconds() - start, 3 * 300 + 200 + 400 + 500);
    ck_ok(connection_execute(db, "ROLLBACK"));
    up("bbbb", "bbbb ");
}
END_TEST

START_TEST(of_eight_runs_at_once_one_applies)
{
    enum { RUNS = 8 };
    three_revisions();
    revision("bbbb", "aaaa", "SELECT pg_sleep(0.3);\nCREATE TABLE b (n int);", "DROP TABLE b;");
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    for (int i = 0; i < RUNS; i++)
        if (fork() == 0) {
            void *own = talloc_new(NULL);
            start_telling();
            struct error *error = migrate_upgrade(own, settings, "head", &report);
            const char result = (char)(error ? 99 : told[MIGRATE_UP]);
            _exit(write(ends[1], &result, 1) == 1 ? 0 : 1);
        }
    int applying = 0, idle = 0;
    for (int i = 0; i < RUNS; i++) {
        char result;
        ck_assert_int_eq(read(ends[0], &result, 1), 1);
        applying += result == 3;
        idle += result == 0;
    }
    while (wait(NULL) > 0)
        continue;
    ck_assert_int_eq(applying, 1);
    ck_assert_int_eq(idle, RUNS - 1);
    ck_assert_str_eq(applied(), "aaaa bbbb cccc");
}
END_TEST

START_TEST(a_waiting_run_says_so)
{
    three_revisions();
    ck_assert_str_eq(one("SELECT pg_try_advisory_lock(125822037714290)"), "t");
    pid_t child = fork();
    if (child == 0) {
        start_telling();
        struct error *error = migrate_upgrade(talloc_new(NULL), settings, "head", &report);
        _exit(error || told[MIGRATE_WAITING] != 1 || told[MIGRATE_UP] != 3);
    }
    usleep(400000);
    ck_assert_ptr_null(one("SELECT to_regclass('public.roster_revision')"));
    ck_assert_str_eq(one("SELECT pg_advisory_unlock(125822037714290)"), "t");
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_killed_run_leaves_whole_revisions)
{
    three_revisions();
    revision("bbbb", "aaaa", "CREATE TABLE b (n int);\nSELECT pg_sleep(30);", "DROP TABLE b;");
    pid_t child = fork();
    if (child == 0)
        _exit(migrate_upgrade(talloc_new(NULL), settings, "head", NULL) != NULL);
    static const char sleeping[] = "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND"
                                   " query = 'SELECT pg_sleep(30)'";
    for (int i = 0; i < 100 && strcmp(one(sleeping), "1") != 0; i++)
        usleep(50000);
    ck_assert_str_eq(one(sleeping), "1");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    scratch_query(
        db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)'");
    three_revisions();
    up("head", "bbbb cccc ");
}
END_TEST

START_TEST(readiness_is_one_round_trip)
{
    three_revisions();
    struct connection *serving = connection_new(context, settings, CONNECTION_SERVE, "roster test");
    assert_refused(migrate_ready(context, settings, serving), ERROR_PENDING, "the database is empty");
    up("+2", "aaaa bbbb ");
    assert_refused(migrate_ready(context, settings, serving), ERROR_PENDING, "revisions pending: 1");
    up("head", "cccc ");
    unsigned trips = connection_trips(serving);
    ck_ok(migrate_ready(context, settings, serving));
    ck_assert_uint_eq(connection_trips(serving), trips + 1);
    revision("aaaa", "none", "SELECT 'edited';", "");
    assert_refused(migrate_ready(context, settings, serving), ERROR_EDITED, "was edited");
}
END_TEST

/* The shape of everything in the database, as text. */
static const char *shape(void)
{
    return memory_copy(
        context,
        one("SELECT md5(string_agg(line, ';' ORDER BY line)) FROM ("
            "SELECT format('%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), "
            "attnotnull)"
            " AS line FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = "
            "'public'::regnamespace"
            " AND attnum > 0 AND NOT attisdropped UNION ALL "
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE relnamespace = 'public'::regnamespace UNION ALL "
            "SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = "
            "'public'::regnamespace"
            ") AS lines"));
}

START_TEST(the_generated_schema_goes_there_and_back)
{
    struct schema *schema;
    struct revisions *revisions;
    struct revision *none = NULL;
    const char *path;
    ck_ok(schema_open(context, models, overview_panels, &schema));
    ck_ok(revisions_open(context, folder, &revisions));
    write_file("template.sql", "-- revision: {{revision}}\n-- parents: {{parents}}\n-- message: {{message}}\n"
                               "-- created: {{created}}\n-- +up\n{{up}}\n-- +down\n{{down}}\n");
    const struct revision_draft draft = { .message = "first",
                                          .parents = &none,
                                          .up = ddl_create_schema(context, schema),
                                          .down = ddl_drop_schema(context, schema) };
    ck_ok(revision_write(context, revisions, &draft, &path));
    ck_ok(migrate_upgrade(context, settings, "head", NULL));
    const char *first = shape();
    ck_ok(migrate_downgrade(context, settings, "base", NULL));
    ck_assert_str_eq(tables(), "");
    ck_ok(migrate_upgrade(context, settings, "head", NULL));
    ck_assert_str_eq(shape(), first);
}
END_TEST

int main(void)
{
    void *main_context = talloc_new(NULL);
    settings = scratch_create(main_context);
    if (!mkdtemp(folder))
        return 2;
    settings->migrations = folder;
    TCase *tests = tcase_create("migrate");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, up_to_the_head_and_down_to_the_base);
    tcase_add_test(tests, step_by_step);
    tcase_add_test(tests, targets_that_make_no_sense_are_refused);
    tcase_add_test(tests, the_history_is_kept);
    tcase_add_test(tests, a_failing_revision_leaves_nothing);
    tcase_add_test(tests, a_failure_without_a_place_names_its_statement);
    tcase_add_test(tests, places_are_counted_in_characters);
    tcase_add_test(tests, a_failing_way_back_leaves_everything);
    tcase_add_test(tests, an_edited_file_is_refused);
    tcase_add_test(tests, a_lost_file_is_refused);
    tcase_add_test(tests, stamping_runs_nothing);
    tcase_add_test(tests, branches_are_followed_and_joined);
    tcase_add_test(tests, an_index_without_a_name_is_refused_before_anything_runs);
    tcase_add_test(tests, copy_is_refused);
    tcase_add_test(tests, settings_of_a_revision_end_with_it);
    tcase_add_test(tests, a_lock_is_not_waited_for_long);
    tcase_add_test(tests, of_eight_runs_at_once_one_applies);
    tcase_add_test(tests, a_waiting_run_says_so);
    tcase_add_test(tests, a_killed_run_leaves_whole_revisions);
    tcase_add_test(tests, readiness_is_one_round_trip);
    tcase_add_test(tests, the_generated_schema_goes_there_and_back);
    Suite *suite = suite_create("migrate");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    context = main_context;
    empty_folder();
    rmdir(folder);
    scratch_drop(settings);
    talloc_free(main_context);
    return failed > 0;
}
