/* The rules of access in a database: applied once, noticed when they differ, out of the way of migrations. */
#include "organisation.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "../../db/access.h"
#include "../../db/migrate.h"
#include "../../db/rights.h"

static struct connection *owner;
static struct rights_report report;

static void set_up(void)
{
    organisation_set_up();
    owner = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
}

static const char *difference(void)
{
    const char *words;
    ck_ok(rights_check(owner, schema, &words));
    return words;
}

static void apply(void)
{
    ck_ok(rights_apply(owner, settings, schema, &report));
}

static long long policies(const char *where)
{
    return count_of(memory_printf(context, "SELECT count(*) AS n FROM pg_policies WHERE schemaname = 'public' AND %s", where));
}

START_TEST(what_is_right_is_not_touched)
{
    ck_assert_ptr_null(difference());
    apply();
    ck_assert(!report.changed);
    ck_assert_int_gt(policies("tablename = 'team'"), 3);
}
END_TEST

/* What is done by hand behind the models' back. */
START_TEST(a_change_by_hand_is_noticed_and_mended)
{
    static const char *const changes[] = {
        "DROP POLICY roster_read ON team",
        "ALTER TABLE member DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE team FORCE ROW LEVEL SECURITY",
        "CREATE POLICY all_of_it ON api_key USING (true)",
        "CREATE OR REPLACE FUNCTION roster_team_owned() RETURNS SETOF bigint LANGUAGE sql STABLE AS 'SELECT id FROM team'",
        "ALTER POLICY roster_delete ON team USING (true)",
        "ALTER POLICY roster_read ON team TO CURRENT_USER",
        "ALTER FUNCTION roster_team_owned() RESET ALL",
    };
    run_script(changes[_i]);
    ck_assert_str_eq(difference(), "policies or functions of the rules of access were changed by hand");
    apply();
    ck_assert(report.changed);
    /* a policy of somebody else's is theirs to drop */
    if (_i == 3)
        run_script("DROP POLICY all_of_it ON api_key");
    apply();
    ck_assert_ptr_null(difference());
}
END_TEST

START_TEST(other_rules_are_noticed_and_replace_the_old)
{
    const struct access rules[] = { { MAY_READ, "{row}.id = 1", NULL }, { 0 } };
    const struct field fields[] = { { .name = "text", .type = FIELD_TEXT }, { 0 } };
    const struct model note = { .table = "note", .access = rules, .fields = fields };
    const struct model *const others[] = { &note, NULL };
    const struct panel none[] = { { 0 } };
    ck_ok(schema_open(context, others, none, &schema));
    run_script("CREATE TABLE note (id bigint PRIMARY KEY, text text)");
    ck_assert_str_eq(difference(), "the rules of access in the database are not those of the models");
    apply();
    ck_assert_ptr_null(difference());
    ck_assert_int_eq(policies("tablename = 'note'"), 4);
    ck_assert_int_eq(policies("tablename = 'team'"), 0);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM pg_class WHERE relname = 'team' AND relrowsecurity"), 0);
}
END_TEST

START_TEST(a_table_that_does_not_fit_yet_keeps_what_it_has)
{
    run_script("DROP POLICY roster_read ON team; ALTER TABLE skill RENAME COLUMN managed TO fixed; UPDATE skill SET fixed = fixed");
    apply();
    ck_assert_uint_eq(report.skipped_count, 1);
    ck_assert_ptr_nonnull(strstr(report.skipped[0], "table skill: "));
    ck_assert_ptr_nonnull(strstr(report.skipped[0], "managed"));
    ck_assert_int_eq(policies("tablename = 'skill'"), 4);
    ck_assert_int_eq(policies("tablename = 'team'"), 4);
    ck_assert_ptr_nonnull(difference());
}
END_TEST

/* PL/pgSQL has variables of its own; a column of that name is the column. */
START_TEST(a_set_may_ask_for_a_column_called_found)
{
    const struct access rules[] = { { MAY_READ, "{row}.id IN {note.lost}", NULL }, { 0 } };
    const struct access_set sets[] = { { "lost", "SELECT id FROM note WHERE NOT found" }, { 0 } };
    const struct field fields[] = { { .name = "found", .type = FIELD_BOOLEAN }, { 0 } };
    const struct model note = { .table = "note", .access = rules, .sets = sets, .fields = fields };
    const struct model *const others[] = { &note, NULL };
    const struct panel none[] = { { 0 } };
    ck_ok(schema_open(context, others, none, &schema));
    run_script("CREATE TABLE note (id bigint PRIMARY KEY, found boolean); INSERT INTO note VALUES (1, true), (2, false)");
    apply();
    ck_assert_uint_eq(report.skipped_count, 0);
    ck_assert_int_eq(count_of("SELECT roster_note_lost() AS n"), 2);
}
END_TEST

/* "all_seen" of one and "seen" of the other: whose rows would the function give? */
START_TEST(two_sets_of_one_function_are_refused)
{
    const struct access_set ones[] = { { "all_seen", "SELECT id FROM note" }, { 0 } };
    const struct access_set others_sets[] = { { "seen", "SELECT id FROM note_all" }, { 0 } };
    const struct field fields[] = { { .name = "found", .type = FIELD_BOOLEAN }, { 0 } };
    const struct model note = { .table = "note", .sets = ones, .fields = fields };
    const struct model note_all = { .table = "note_all", .sets = others_sets, .fields = fields };
    const struct model *const others[] = { &note, &note_all, NULL };
    const struct panel none[] = { { 0 } };
    const struct error *error = schema_open(context, others, none, &schema);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->message, "set 'all_seen' would be the function \"roster_note_all_seen\", which 'note_all' has"));
}
END_TEST

START_TEST(sets_of_long_names_are_functions_of_their_own)
{
    static const char table[] = "a_table_with_a_name_that_is_so_long_that_it_is_cut";
    const char *one = access_set_function(context, table, "first_of_the_sets"), *other = access_set_function(context, table, "first_of_the_rest");
    ck_assert_uint_le(strlen(one), 63 + 2);
    ck_assert_str_ne(one, other);
}
END_TEST

START_TEST(a_set_that_does_not_fit_yet_is_told)
{
    run_script("ALTER TABLE member RENAME COLUMN user_id TO person_id; DROP FUNCTION roster_team_joined() CASCADE");
    apply();
    const char *told = "";
    for (size_t i = 0; i < report.skipped_count; i++)
        told = strstr(report.skipped[i], "set team.joined: ") ? report.skipped[i] : told;
    ck_assert_ptr_nonnull(strstr(told, "user_id"));
    ck_assert_ptr_nonnull(difference());
}
END_TEST

START_TEST(a_table_whose_rules_do_not_fit_shows_nothing)
{
    run_script("DROP TABLE api_key CASCADE; CREATE TABLE api_key (id bigint PRIMARY KEY, description text)");
    apply();
    ck_assert_uint_gt(report.skipped_count, 0);
    ck_assert_int_eq(policies("tablename = 'api_key'"), 0);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM pg_class WHERE relname = 'api_key' AND relrowsecurity"), 1);
}
END_TEST

/* As after going back to a backup from before the key had this type. */
START_TEST(a_set_of_keys_of_another_type_is_told)
{
    const struct access rules[] = { { MAY_READ, "{row}.id IN {note.all}", NULL }, { 0 } };
    const struct access_set sets[] = { { "all", "SELECT id FROM note" }, { 0 } };
    const struct field fields[] = { { .name = "found", .type = FIELD_BOOLEAN }, { 0 } };
    const struct model note = { .table = "note", .access = rules, .sets = sets, .fields = fields };
    const struct model *const others[] = { &note, NULL };
    const struct panel none[] = { { 0 } };
    ck_ok(schema_open(context, others, none, &schema));
    run_script("CREATE TABLE note (id uuid PRIMARY KEY, found boolean)");
    apply();
    ck_assert_uint_gt(report.skipped_count, 0);
    ck_assert_ptr_nonnull(strstr(report.skipped[0], "cannot cast type uuid to bigint"));
}
END_TEST

START_TEST(a_set_that_had_keys_of_another_type_is_made_anew)
{
    run_script("DROP FUNCTION roster_team_joined() CASCADE;"
               "CREATE FUNCTION roster_team_joined() RETURNS SETOF uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';"
               "CREATE POLICY roster_read ON team USING (gen_random_uuid() IN (SELECT roster_team_joined()))");
    apply();
    ck_assert_uint_eq(report.skipped_count, 0);
    ck_assert_ptr_null(difference());
    ck_assert_int_eq(policies("tablename = 'team' AND policyname = 'roster_read' AND qual LIKE '%roster_team_joined%'"), 1);
}
END_TEST

START_TEST(a_serving_role_is_granted_what_it_needs_and_no_more)
{
    settings->serving_role = "roster_web";
    settings->superuser_role = "roster_web_all";
    run_script("CREATE TABLE roster_revision (id text)");
    apply();
    ck_assert(report.changed);
    run_script("CREATE TABLE later (id bigint GENERATED BY DEFAULT AS IDENTITY)");
    static const struct {
        const char *table, *right;
        bool has;
    } wanted[] = {
        { "team", "SELECT, INSERT, UPDATE, DELETE", true }, { "team", "TRUNCATE", false },
        { "team", "REFERENCES", false },                    { "team", "TRIGGER", false },
        { "change", "INSERT", true },                       { "change", "UPDATE", false },
        { "change", "DELETE", false },                      { "audit", "DELETE", false },
        { "roster_revision", "SELECT", true },              { "roster_revision", "INSERT", false },
        { "later", "DELETE", true },
    };
    static const char *const roles[] = { "roster_web", "roster_web_all" };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        for (size_t j = 0; j < 2; j++)
            ck_assert_int_eq(count_of(memory_printf(context, "SELECT has_table_privilege('%s', '%s', '%s')::int AS n",
                                                    roles[j], wanted[i].table, wanted[i].right)),
                             wanted[i].has);
    run_script("DROP TABLE later");
    apply();
    ck_assert(!report.changed);
}
END_TEST

/* --- Rules in the way of a revision --------------------------------------------------------------------------------- */

static char folder[32];

static void set_up_folder(void)
{
    set_up();
    snprintf(folder, sizeof folder, "/tmp/roster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    settings->migrations = folder;
}

static void tear_down_folder(void)
{
    unlink(memory_printf(context, "%s/aaaa.sql", folder));
    rmdir(folder);
    organisation_tear_down();
}

static void write_revision(const char *up)
{
    FILE *file = fopen(memory_printf(context, "%s/aaaa.sql", folder), "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "-- revision: aaaa\n-- parents: none\n-- message: one\n-- created: 2026-11-22T10:15:00Z\n-- +up\n%s\n"
                  "-- +down\n", up);
    fclose(file);
}

static struct error *upgrade(void)
{
    const struct migrate_options options = { .schema = schema };
    return migrate_upgrade(context, settings, "head", &options);
}

/* All of them, word for word. */
static const char *all_policies(void)
{
    return query_text(scratch_query(owner, "SELECT string_agg(p::text, E'\n' ORDER BY tablename, policyname)"
                                           " FROM pg_policies p WHERE schemaname = 'public'"), 0, 0);
}

#define TO_TEXT "ALTER TABLE team ALTER visibility TYPE text;"
#define TO_NUMERIC                                                                                                         \
    "ALTER TABLE member DROP CONSTRAINT member_user_id_fkey; ALTER TABLE member ALTER user_id TYPE numeric;"
#define GOES "ALTER TABLE team DROP COLUMN visibility;"

START_TEST(a_revision_that_fails_leaves_the_rules_as_they_were)
{
    static const char *const ups[] = {
        TO_TEXT "SELECT 1/0;", GOES "SELECT 1/0;", TO_NUMERIC "SELECT 1/0;", "DROP FUNCTION roster_team_owned(); SELECT 1/0;",
        "DROP TABLE team CASCADE; SELECT 1/0;",
        /* whom another statement of the transaction keeps from its end */
        TO_TEXT "CREATE TABLE x (n int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED); INSERT INTO x VALUES (1), (1);",
        "-- +no-transaction\nDO $$ BEGIN " TO_TEXT " PERFORM 1/0; END $$;",
    };
    const char *before = all_policies();
    write_revision(ups[_i]);
    struct error *error = upgrade();
    ck_assert_ptr_nonnull(error);
    ck_assert(_i < 6 || strstr(error->message, "makes way only within a transaction"));
    ck_assert_str_eq(all_policies(), before);
    ck_assert_ptr_null(difference());
}
END_TEST

/* What fits is as it was, or as the models want it; the others are closed, not open, until they fit. */
START_TEST(a_revision_is_done_with_the_rules_in_place)
{
    static const struct {
        const char *up;
        int less; /* policies of the table that fit no more */
        const char *table;
    } cases[] = {
        { TO_TEXT, 0, "team" },
        { GOES, 2, "team" },
        { TO_NUMERIC, 0, "member" },
        { "-- +no-transaction\n" TO_TEXT, 0, "team" },
        { "DO $$ BEGIN EXECUTE replace('ALTER TABLE te-am DROP COLUMN visibi-lity', '-', ''); END $$;", 2, "team" },
        { GOES "ALTER TABLE team ADD visibility text NOT NULL DEFAULT 'private';", 0, "team" },
    };
    const long long before = policies("true");
    write_revision(cases[_i].up);
    ck_ok(upgrade());
    ck_assert_int_ge(policies(memory_printf(context, "tablename = '%s'", cases[_i].table)), 4 - cases[_i].less);
    ck_assert_int_eq(policies("tablename = 'thread'"), 4);
    if (cases[_i].less == 0)
        ck_assert_int_eq(policies("true"), before);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM pg_class WHERE relname IN ('member', 'team') AND relrowsecurity"), 2);
    apply();
    ck_assert_int_eq(policies("tablename = 'thread'"), 4);
    ck_assert_uint_eq(report.skipped_count > 0, cases[_i].less > 0);
}
END_TEST

/* A set's function that an earlier models file did not have. */
START_TEST(the_models_policy_comes_with_its_functions)
{
    run_script("DROP FUNCTION roster_team_joined() CASCADE;"
               "CREATE POLICY roster_read ON team FOR SELECT USING (visibility = 'open')");
    write_revision(TO_TEXT);
    ck_ok(upgrade());
    ck_assert_int_eq(policies("tablename = 'team' AND policyname = 'roster_read' AND qual LIKE '%roster_team_joined%'"), 1);
}
END_TEST

START_TEST(a_rule_that_the_revision_makes_itself_stays)
{
    write_revision(TO_TEXT "CREATE POLICY roster_read ON team USING (visibility = 'mine');");
    ck_ok(upgrade());
    ck_assert_int_eq(policies("tablename = 'team' AND policyname = 'roster_read' AND qual LIKE '%mine%'"), 1);
}
END_TEST

/* Between two transactions, and after a kill there: nobody else ever sees fewer. */
START_TEST(others_see_the_rules_all_the_while)
{
    const long long before = policies("true");
    int status = 0, looks = 0;
    write_revision(TO_TEXT "\n-- +commit\nSELECT pg_sleep(0.4);\n-- +commit\nSELECT pg_sleep(60);");
    const pid_t child = fork();
    if (child == 0) {
        context = talloc_new(NULL);
        _exit(upgrade() != NULL);
    }
    while (looks < 2000 && count_of("SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(60)%'"
                                    " AND datname = current_database()") == 0) {
        ck_assert_int_eq(policies("true"), before);
        looks++;
    }
    ck_assert_int_gt(looks, 3);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    ck_assert_int_eq(policies("true"), before);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM pg_attribute WHERE attrelid = 'team'::regclass AND attname = 'visibility'"
                              " AND atttypid = 'text'::regtype"), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rights");
    TCase *cases = tcase_create("rights");
    tcase_add_checked_fixture(cases, set_up, organisation_tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, what_is_right_is_not_touched);
    tcase_add_loop_test(cases, a_change_by_hand_is_noticed_and_mended, 0, 8);
    tcase_add_test(cases, other_rules_are_noticed_and_replace_the_old);
    tcase_add_test(cases, a_table_that_does_not_fit_yet_keeps_what_it_has);
    tcase_add_test(cases, a_set_may_ask_for_a_column_called_found);
    tcase_add_test(cases, two_sets_of_one_function_are_refused);
    tcase_add_test(cases, sets_of_long_names_are_functions_of_their_own);
    tcase_add_test(cases, a_set_that_does_not_fit_yet_is_told);
    tcase_add_test(cases, a_table_whose_rules_do_not_fit_shows_nothing);
    tcase_add_test(cases, a_set_of_keys_of_another_type_is_told);
    tcase_add_test(cases, a_set_that_had_keys_of_another_type_is_made_anew);
    tcase_add_test(cases, a_serving_role_is_granted_what_it_needs_and_no_more);
    suite_add_tcase(suite, cases);
    TCase *moves = tcase_create("revisions");
    tcase_add_checked_fixture(moves, set_up_folder, tear_down_folder);
    tcase_set_timeout(moves, 120);
    tcase_add_loop_test(moves, a_revision_that_fails_leaves_the_rules_as_they_were, 0, 7);
    tcase_add_loop_test(moves, a_revision_is_done_with_the_rules_in_place, 0, 6);
    tcase_add_test(moves, the_models_policy_comes_with_its_functions);
    tcase_add_test(moves, a_rule_that_the_revision_makes_itself_stays);
    tcase_add_test(moves, others_see_the_rules_all_the_while);
    suite_add_tcase(suite, moves);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
