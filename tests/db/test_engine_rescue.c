/* The way out when migrations cannot run. */
#include "engine.h"

#include "../../db/ddl.h"
#include "../../db/difference.h"
#include "../../db/rescue.h"
#include "../../db/schema.h"

static struct engine engine;
static struct schema *schema;
static struct text *told; /* "created create table team\n" */

static void setup(void)
{
    engine_open(&engine);
    engine.settings->seeds = engine.folder; /* without seeds, so that it writes no rows */
    ck_ok(schema_open(engine.context, models, overview_panels, &schema));
    told = text_new(engine.context);
    engine_revision(&engine, "aaaa", "none", "SELECT 1;", "");
    ck_ok(connection_execute(engine.db, "SET client_min_messages = warning"));
}

static void teardown(void)
{
    engine_close(&engine);
}

static void tell(void *argument, enum rescue_event event, const char *text)
{
    static const char *const words[] = { "there", "created", "left", "stamped", "seeded", "note" };
    (void)argument;
    text_addf(told, "%s %s\n", words[event], text);
}

static struct error *rescue(void)
{
    const struct rescue_options options = { .tell = tell };
    told->length = 0;
    return rescue_run(engine.context, engine.settings, schema, &options);
}

/* All but the seed, which is not in these tests' folder: that is told, and the error at the end. */
static void rescue_without_seed(void)
{
    engine_refused(rescue(), ERROR_USAGE, "the seed \"initial\" failed, so that there may be no account");
}

static void was_told(const char *words)
{
    ck_assert_msg(strstr(told->data, words) != NULL, "\"%s\" is not in: %s", words, told->data);
}

static void make_whole(void)
{
    ck_ok(connection_execute(engine.db, ddl_create_schema(engine.context, schema)));
    ck_ok(connection_execute(engine.db,
                             "INSERT INTO \"user\" (email, full_name) VALUES ('a@example.com', 'A');"
                             "INSERT INTO team (name, owner_id) SELECT 'one', id FROM \"user\""));
}

static size_t differences(void)
{
    struct catalog *there, *wanted = catalog_of_models(engine.context, schema);
    ck_ok(catalog_read(engine.context, engine.db, "public", &there));
    ck_ok(catalog_normalise(engine.context, engine.db, wanted, there));
    return difference_between(engine.context, there, wanted)->count;
}

START_TEST(an_empty_database_gets_everything)
{
    rescue_without_seed();
    ck_assert_uint_eq(differences(), 0);
    was_told("note no backup is made");
    was_told("created create table team\n");
    was_told("stamped all revisions count as applied");
    was_told("seeded not sown: ");
    ck_assert_str_eq(engine_one(&engine, "SELECT id FROM roster_revision"), "aaaa");
}
END_TEST

START_TEST(the_seed_that_is_needed_to_start_is_sown)
{
    engine.settings->seeds = "seeds";
    ck_ok(rescue());
    was_told("seeded initial\n");
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) FROM \"user\" WHERE is_superuser"), "1");
}
END_TEST

START_TEST(a_whole_database_stays_as_it_is)
{
    make_whole();
    rescue_without_seed();
    ck_assert_ptr_null(strstr(told->data, "created"));
    was_told("there table team, with ");
    const char *dump = engine_dump(&engine);
    rescue_without_seed();
    engine_same(engine_dump(&engine), dump);
}
END_TEST

START_TEST(what_is_missing_comes_back_and_rows_stay)
{
    make_whole();
    ck_ok(connection_execute(engine.db, "DROP TABLE checkpoint; ALTER TABLE team DROP COLUMN description;"
                                        "DROP INDEX thread_subject_idx; ALTER TABLE member DROP CONSTRAINT"
                                        " member_team_id_fkey"));
    ck_assert_uint_gt(differences(), 3);
    rescue_without_seed();
    ck_assert_uint_eq(differences(), 0);
    was_told("created create table checkpoint\n");
    was_told("created add column team.description\n");
    ck_assert_str_eq(engine_one(&engine, "SELECT name FROM team"), "one");
}
END_TEST

/* Whether it can make everything or not. */
START_TEST(it_ends_with_the_rules_of_access)
{
    make_whole();
    ck_ok(connection_execute(engine.db, "DROP TABLE checkpoint; DROP INDEX thread_subject_idx"));
    if (_i)
        ck_ok(connection_execute(engine.db, "ALTER TABLE team ALTER COLUMN name TYPE varchar(10)"));
    if (_i)
        ck_assert_ptr_nonnull(rescue());
    else
        rescue_without_seed();
    ck_assert_str_eq(engine_one(&engine, "SELECT count(*) > 4 FROM pg_policies WHERE tablename IN ('team', 'checkpoint')"), "t");
    ck_assert_str_eq(engine_one(&engine, "SELECT relrowsecurity FROM pg_class WHERE relname = 'checkpoint'"), "t");
    was_told("note the rules of access were applied");
}
END_TEST

START_TEST(nothing_is_dropped_or_changed)
{
    make_whole();
    ck_ok(connection_execute(engine.db, "CREATE TABLE other (n int); INSERT INTO other VALUES (1);"
                                        "ALTER TABLE team ADD COLUMN extra text DEFAULT 'kept';"
                                        "ALTER TABLE team ALTER COLUMN name TYPE varchar(10);"
                                        "DROP TABLE checkpoint"));
    engine_refused(rescue(), ERROR_DIFFERS, "points in which the database still differs from the models: 1");
    was_told("created create table checkpoint\n");
    was_told("nothing that is there is changed");
    was_told("the models do not know it; nothing is dropped");
    was_told("stamped not written");
    ck_assert_str_eq(engine_one(&engine, "SELECT extra FROM team"), "kept");
    ck_assert_str_eq(engine_one(&engine, "SELECT n FROM other"), "1");
    ck_assert_str_eq(engine_one(&engine,
                                "SELECT atttypmod FROM pg_attribute WHERE attname = 'name' AND attrelid ="
                                " 'team'::regclass"),
                     "14");
    ck_assert_ptr_null(engine_one(&engine, "SELECT to_regclass('roster_revision')"));
}
END_TEST

/* One thing that cannot be made does not keep the others from it. */
START_TEST(what_rows_forbid_is_told_and_the_rest_is_made)
{
    make_whole();
    ck_ok(connection_execute(engine.db,
                             "ALTER TABLE team DROP CONSTRAINT team_name_pattern; DROP TABLE checkpoint;"
                             "UPDATE team SET name = 'not / allowed'"));
    engine_refused(rescue(), ERROR_DIFFERS, "still differs");
    was_told("created create table checkpoint\n");
    was_told("team_name_pattern");
    ck_assert_str_eq(engine_one(&engine, "SELECT name FROM team"), "not / allowed");
}
END_TEST

START_TEST(it_helps_when_the_files_are_broken)
{
    engine_write(&engine, "bbbb.sql", "nonsense");
    engine.settings->seeds = "seeds";
    engine_refused(rescue(), ERROR_USAGE, "the tables are there, and the history could not be written: ");
    was_told("stamped not written: ");
    was_told("bbbb.sql, line 1");
    ck_assert_uint_eq(differences(), 0);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("rescue");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, an_empty_database_gets_everything);
    tcase_add_test(tests, the_seed_that_is_needed_to_start_is_sown);
    tcase_add_test(tests, a_whole_database_stays_as_it_is);
    tcase_add_test(tests, what_is_missing_comes_back_and_rows_stay);
    tcase_add_loop_test(tests, it_ends_with_the_rules_of_access, 0, 2);
    tcase_add_test(tests, nothing_is_dropped_or_changed);
    tcase_add_test(tests, what_rows_forbid_is_told_and_the_rest_is_made);
    tcase_add_test(tests, it_helps_when_the_files_are_broken);
    Suite *suite = suite_create("rescue");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
