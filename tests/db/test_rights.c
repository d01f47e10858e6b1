/* The rules of access in a database: applied once, noticed when they differ, out of the way of migrations. */
#include "organisation.h"

#include "../../db/migrate_retry.h"
#include "../../db/migrate_statement.h"
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
        "CREATE POLICY all_of_it ON api_key USING (true)",
        "CREATE OR REPLACE FUNCTION roster_team_owned() RETURNS SETOF bigint LANGUAGE sql STABLE AS 'SELECT id FROM team'",
        "ALTER POLICY roster_delete ON team USING (true)",
    };
    run_script(changes[_i]);
    ck_assert_str_eq(difference(), "policies or functions of the rules of access were changed by hand");
    apply();
    ck_assert(report.changed);
    /* a policy of somebody else's is theirs to drop */
    if (_i == 2)
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

/* What a revision does to a column that a rule names. */
static struct error *drop_column(void *argument)
{
    struct runner *runner = argument;
    const struct revision revision = { .path = "0001.sql" };
    const struct statement statement = { .sql = "ALTER TABLE team DROP COLUMN visibility" };
    return statement_run(runner, &revision, &statement);
}

static struct error *change_type(void *argument)
{
    struct runner *runner = argument;
    const struct revision revision = { .path = "0001.sql" };
    const struct statement statement = { .sql = "ALTER TABLE member ALTER user_id TYPE numeric" };
    return statement_run(runner, &revision, &statement);
}

START_TEST(a_rule_is_not_in_the_way_of_a_revision)
{
    struct runner runner = { .context = context, .settings = settings, .connection = owner,
                             .options = { .tries = 3, .lock_timeout_ms = 1000 } };
    const struct revision revision = { .path = "0001.sql" };
    const struct statement statement = { .sql = "" };
    run_script("ALTER TABLE member DROP CONSTRAINT member_user_id_fkey");
    ck_ok(retry(&runner, &revision, &statement, _i ? change_type : drop_column, &runner));
    /* closed, not open: the serving role sees nothing until the rules are there again */
    ck_assert_int_eq(policies("true"), 0);
    ck_assert_int_eq(count_of("SELECT count(*) AS n FROM pg_class WHERE relname = 'member' AND relrowsecurity"), 1);
    apply();
    ck_assert_int_eq(policies("tablename = 'thread'"), 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rights");
    TCase *cases = tcase_create("rights");
    tcase_add_checked_fixture(cases, set_up, organisation_tear_down);
    tcase_set_timeout(cases, 120);
    tcase_add_test(cases, what_is_right_is_not_touched);
    tcase_add_loop_test(cases, a_change_by_hand_is_noticed_and_mended, 0, 5);
    tcase_add_test(cases, other_rules_are_noticed_and_replace_the_old);
    tcase_add_test(cases, a_table_that_does_not_fit_yet_keeps_what_it_has);
    tcase_add_test(cases, a_set_may_ask_for_a_column_called_found);
    tcase_add_test(cases, a_set_that_does_not_fit_yet_is_told);
    tcase_add_test(cases, a_serving_role_is_granted_what_it_needs_and_no_more);
    tcase_add_loop_test(cases, a_rule_is_not_in_the_way_of_a_revision, 0, 2);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
