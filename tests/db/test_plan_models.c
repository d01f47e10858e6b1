/* From the models to a revision: compared with a database, with the revisions alone, and refused. */
#include "scratch.h"

#include <dirent.h>
#include <string.h>

#include "../../db/migrate.h"
#include "../../db/model.h"
#include "../../db/plan_models.h"
#include "../../db/revision_write.h"

static struct settings *settings; /* of the scratch database, with the folder as its migrations */
static void *context;
static struct schema *schema;
static struct revisions *revisions;
static char folder[] = "/tmp/roster-test-XXXXXX";

static void empty_folder(void)
{
    struct dirent *entry;
    DIR *directory = opendir(folder);
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            unlink(memory_printf(context, "%s/%s", folder, entry->d_name));
    closedir(directory);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(memory_printf(context, "%s/%s", folder, name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void setup(void)
{
    context = talloc_new(NULL);
    struct connection *db = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(
        db, "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
    empty_folder();
    write_file("template.sql", "-- revision: {{revision}}\n-- parents: {{parents}}\n-- message: {{message}}\n"
                               "-- created: {{created}}\n{{losses}}\n-- +up\n{{up}}\n-- +down\n{{down}}\n");
    ck_ok(schema_open(context, models, overview_panels, &schema));
    ck_ok(revisions_open(context, folder, &revisions));
}

static void teardown(void)
{
    talloc_free(context);
}

static void write_revision(const struct plan_pair *pair)
{
    const char *path;
    struct revision *parents[2] = { NULL };
    ck_ok(revision_head(context, revisions, &parents[0]));
    const struct revision_draft draft = { .message = "m",
                                          .parents = parents,
                                          .up = plan_text(context, pair->up),
                                          .down = plan_text(context, pair->down),
                                          .losses = plan_header(context, pair->up) };
    ck_ok(revision_write(context, revisions, &draft, &path));
    ck_ok(revisions_open(context, folder, &revisions));
}

static const char *one(const char *sql)
{
    struct connection *db = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    return query_text(scratch_query(db, sql), 0, 0);
}

START_TEST(the_whole_schema_from_an_empty_database)
{
    struct plan_pair pair;
    ck_ok(plan_models_online(context, settings, schema, revisions, &pair));
    ck_assert_uint_gt(pair.difference->count, 0);
    ck_assert_uint_eq(pair.up->count, 1); /* of what is new, nobody waits for anything */
    ck_assert_ptr_null(pair.up->losses[0]);
    write_revision(&pair);
    struct error *error = plan_models_online(context, settings, schema, revisions, &pair);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_PENDING);
    ck_ok(migrate_upgrade(context, settings, "head", NULL));
    ck_ok(plan_models_online(context, settings, schema, revisions, &pair));
    ck_assert_uint_eq(pair.difference->count, 0);
    ck_ok(migrate_downgrade(context, settings, "base", NULL));
    ck_assert_str_eq(one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE"
                         " 'roster_revision%'"),
                     "0");
    ck_ok(migrate_upgrade(context, settings, "head", NULL));
}
END_TEST

START_TEST(what_differs_from_the_database)
{
    struct plan_pair pair;
    ck_ok(plan_models_online(context, settings, schema, revisions, &pair));
    write_revision(&pair);
    ck_ok(migrate_upgrade(context, settings, "head", NULL));
    struct connection *db = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(db, "ALTER TABLE member ADD nick text DEFAULT 'x', ALTER role DROP NOT NULL"));
    ck_ok(plan_models_online(context, settings, schema, revisions, &pair));
    ck_assert_uint_eq(pair.difference->count, 2);
    ck_assert_str_eq(pair.up->losses[0], "column member.nick (values now: 0)");
    write_revision(&pair);
    ck_ok(migrate_upgrade(context, settings, "head", NULL));
    ck_ok(plan_models_online(context, settings, schema, revisions, &pair));
    ck_assert_uint_eq(pair.difference->count, 0);
}
END_TEST

START_TEST(offline_the_database_is_not_touched)
{
    struct plan_pair pair;
    ck_ok(plan_models_offline(context, settings, schema, revisions, &pair));
    write_revision(&pair);
    ck_assert_str_eq(one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    ck_ok(plan_models_offline(context, settings, schema, revisions, &pair));
    ck_assert_uint_eq(pair.difference->count, 0);
    ck_assert_str_eq(one("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
    write_file("zzzz.sql",
               memory_printf(context,
                             "-- revision: zzzz\n-- parents: %s\n-- message: m\n-- created: "
                             "2026-11-22T10:15:00Z\n-- +up\nALTER TABLE member ADD nick text;\n-- +down\n",
                             revisions->items[0]->id));
    ck_ok(revisions_open(context, folder, &revisions));
    ck_ok(plan_models_offline(context, settings, schema, revisions, &pair));
    ck_assert_uint_eq(pair.difference->count, 1);
    ck_assert_str_eq(pair.up->losses[0], "column member.nick (its values)");
    const char *left = memory_printf(
        context, "SELECT count(*) FROM pg_database WHERE datname LIKE 'roster_trial_%%_%d'", (int)getpid());
    ck_assert_str_eq(one(left), "0");
}
END_TEST

START_TEST(offline_without_the_database)
{
    struct plan_pair online, offline;
    ck_ok(plan_models_online(context, settings, schema, revisions, &online));
    struct settings *missing = NEW(context, struct settings);
    *missing = *settings;
    missing->direct_url = missing->database_url =
        conninfo_with_database(context, settings->direct_url, "roster_test_that_is_not_there");
    struct error *error = plan_models_online(context, missing, schema, revisions, &offline);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_UNAVAILABLE);
    ck_ok(plan_models_offline(context, missing, schema, revisions, &offline));
    ck_assert_str_eq(plan_text(context, offline.up), plan_text(context, online.up));
}
END_TEST

START_TEST(the_first_revision_needs_no_server)
{
    struct plan_pair pair;
    struct settings *missing = NEW(context, struct settings);
    *missing = *settings;
    missing->direct_url = missing->database_url = "host='/nowhere' dbname='none'";
    ck_ok(plan_models_offline(context, missing, schema, revisions, &pair));
    write_revision(&pair);
    ck_ok(migrate_upgrade(context, settings, "head", NULL));
    ck_ok(plan_models_online(context, settings, schema, revisions, &pair));
    ck_assert_uint_eq(pair.difference->count, 0);
    ck_assert_ptr_nonnull(plan_models_offline(context, missing, schema, revisions, &pair));
}
END_TEST

int main(void)
{
    void *main_context = talloc_new(NULL);
    settings = scratch_create(main_context);
    if (!mkdtemp(folder))
        return 2;
    settings->migrations = folder;
    TCase *tests = tcase_create("plan_models");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, the_whole_schema_from_an_empty_database);
    tcase_add_test(tests, what_differs_from_the_database);
    tcase_add_test(tests, offline_the_database_is_not_touched);
    tcase_add_test(tests, offline_without_the_database);
    tcase_add_test(tests, the_first_revision_needs_no_server);
    Suite *suite = suite_create("plan_models");
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
