/* Plans: each kind of change there and back, with rows in the tables, and what each statement locks and
 * rewrites. */
#include "plan_cases.h"

#include "../../db/plan_build.h"

static const char rows[] = "INSERT INTO team (id, name, note, size, rate) VALUES (1, 'red', '1', 1, 1.25), "
                           "(2, 'green', '2', 2, 2.5),"
                           " (3, 'blue', NULL, NULL, NULL);"
                           "INSERT INTO member (team_id, name, code) SELECT 1 + n % 3, 'm' || n, n FROM "
                           "generate_series(1, 500) AS n;";

static void assert_true(const char *name, const char *sql)
{
    if (sql)
        ck_assert_msg(strcmp(plan_one(here, sql), "t") == 0, "%s: %s", name, sql);
}

static void assert_ran(const char *name, const char *way, struct error *error, const struct schema_plan *plan)
{
    ck_assert_msg(error == NULL, "%s, %s: %.900s\n%.2400s", name, way, error ? error->message : "",
                  plan_text(context, plan));
}

START_TEST(changes_go_there_and_back)
{
    const struct plan_change *change = &plan_changes[_i];
    const bool sorted = change->flags & MOVES;
    struct schema_plan *up, *down;
    plan_build_schema(here, change->from);
    ck_ok(connection_execute(here, rows));
    plan_build_schema(there, change->to);
    struct catalog *from = plan_catalog(here), *to = plan_catalog(there);
    if (change->was)
        plan_declare(to, change);
    ck_ok(plan_make(context, difference_between(context, from, to), here, &up));
    ck_ok(plan_make(context, difference_between(context, to, from), NULL, &down));
    const char *text = plan_text(context, up);
    struct revision *revision = plan_revision(up, down);
    if (plan_export(up, memory_printf(context, "%03d_up", _i)) &&
        plan_export(down, memory_printf(context, "%03d_down", _i)))
        return;
    const char *before = plan_dump(here_settings, sorted);
    ck_assert_msg(!up->needs[0], "%s: %s", change->name, up->needs[0]);
    ck_assert_msg((up->losses[0] != NULL) == ((change->flags & LOSES) != 0), "%s: losses\n%s", change->name,
                  text);
    ck_assert_msg(!change->says || strstr(text, change->says), "%s: does not say \"%s\":\n%s", change->name,
                  change->says, text);
    assert_true(change->name, change->kept);
    assert_ran(change->name, "up", plan_run(here, &revision->up, up), up);
    plan_assert_equal(plan_catalog(here), to, change->name);
    assert_true(change->name, change->kept);
    assert_true(change->name, change->after);
    struct error *error = plan_run(here, &revision->down, down);
    if (change->flags & STAYS_DOWN)
        return;
    assert_ran(change->name, "down", error, down);
    assert_true(change->name, change->kept);
    ck_assert_msg(strcmp(plan_dump(here_settings, sorted), before) == 0, "%s: not as it was:\n%s\n---\n%s",
                  change->name, before, plan_dump(here_settings, sorted));
    plan_assert_equal(plan_catalog(here), from, change->name);
    assert_ran(change->name, "up again", plan_run(here, &revision->up, NULL), up);
    plan_assert_equal(plan_catalog(here), to, change->name);
}
END_TEST

struct decision {
    const char *from, *to, *says;
};

static const struct decision decisions[] = {
    { "", TEAM "ADD slug text NOT NULL", "\"team.slug\" is new and required" },
    { "", TEAM "ALTER note SET NOT NULL",
      "\"team.note\" becomes required, and rows without a value for it: 1" },
    { TEAM "ADD word text DEFAULT 'x1'", TEAM "ADD word bigint",
      "\"team.word\" has values that cannot become bigint" },
    { TEAM "ADD level text DEFAULT 'high'", TEAM "ADD level mood",
      "\"team.level\" has values that are none of mood: 3" },
    { "",
      "DROP TYPE mood CASCADE; CREATE TYPE mood AS ENUM ('tense'); " TEAM
      "ADD mood mood DEFAULT 'tense' NOT NULL",
      "\"team.mood\" still has values that are to go: 'calm', 'angry'" },
};

START_TEST(decisions_are_asked_for)
{
    const struct decision *decision = &decisions[_i];
    struct schema_plan *plan;
    plan_build_schema(here, decision->from);
    plan_build_schema(there, decision->to);
    struct catalog *from = plan_catalog(here), *to = plan_catalog(there);
    ck_ok(plan_make(context, difference_between(context, from, to), here, &plan));
    ck_assert_msg(plan_check_needs(context, plan) == NULL, "without rows: %s", plan->needs[0]);
    ck_ok(connection_execute(here, rows));
    ck_ok(plan_make(context, difference_between(context, from, to), here, &plan));
    struct error *error = plan_check_needs(context, plan);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_REFUSED);
    ck_assert_msg(strstr(error->message, decision->says) != NULL, "not in: %s", error->message);
    const char *before = plan_dump(here_settings, false);
    error = plan_run(here, &plan_revision(plan, plan)->up, NULL);
    ck_assert_msg(error != NULL, "ran in spite of it: %s", decision->says);
    if (strcmp(decision->to, TEAM "ALTER note SET NOT NULL") != 0) /* whose first step may stay */
        ck_assert_str_eq(plan_dump(here_settings, false), before);
}
END_TEST

START_TEST(what_is_lost_is_counted_and_declared)
{
    struct schema_plan *plan;
    plan_build_schema(here, "");
    ck_ok(connection_execute(here, rows));
    ck_ok(connection_execute(there, "CREATE TYPE mood AS ENUM ('calm', 'tense', 'angry')"));
    ck_ok(plan_make(context, difference_between(context, plan_catalog(here), plan_catalog(there)), here,
                    &plan));
    ck_assert_str_eq(plan_header(context, plan), "-- destructive: table member (rows now: 500)\n"
                                                 "-- destructive: table team (rows now: 3)\n"
                                                 "-- irreversible: table member (rows now: 500)\n"
                                                 "-- irreversible: table team (rows now: 3)\n");
    struct error *error = plan_check_losses(context, plan);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_REFUSED);
    ck_assert_ptr_nonnull(strstr(error->message, "table team (rows now: 3)"));
}
END_TEST

START_TEST(an_invalid_index_is_made_again)
{
    struct schema_plan *plan;
    plan_build_schema(here, "");
    ck_ok(connection_execute(here, rows));
    ck_ok(connection_execute(here, "UPDATE team SET note = 'same'"));
    plan_build_schema(there, "CREATE UNIQUE INDEX team_x ON team (note)");
    struct catalog *to = plan_catalog(there);
    ck_ok(plan_make(context, difference_between(context, plan_catalog(here), to), here, &plan));
    ck_assert_ptr_nonnull(plan_run(here, &plan_revision(plan, plan)->up, NULL));
    ck_assert_str_eq(plan_one(here, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'team_x'::regclass"),
                     "f");
    ck_ok(connection_execute(here, "UPDATE team SET note = id"));
    ck_ok(plan_run(here, &plan_revision(plan, plan)->up, NULL)); /* the same file again */
    plan_assert_equal(plan_catalog(here), to, "again");
    ck_ok(connection_execute(here,
                             "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'team_x'::regclass"));
    ck_ok(plan_make(context, difference_between(context, plan_catalog(here), to), here, &plan));
    ck_assert_uint_eq(plan->count, 1);
    ck_ok(plan_run(here, &plan_revision(plan, plan)->up, plan));
    plan_assert_equal(plan_catalog(here), to, "a new plan");
}
END_TEST

/* Of what is built while others write, the locks can only be seen from another session, while it waits for
 * one. */
START_TEST(an_index_is_built_while_others_write)
{
    static const char waiting[] =
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE a.query"
        " LIKE 'CREATE INDEX CONCURRENTLY%' AND l.relation = 'team'::regclass AND l.granted AND"
        " l.mode = 'ShareUpdateExclusiveLock'";
    struct schema_plan *plan;
    plan_build_schema(here, "");
    plan_build_schema(there, "CREATE INDEX team_x ON team (note)");
    ck_ok(plan_make(context, difference_between(context, plan_catalog(here), plan_catalog(there)), here,
                    &plan));
    struct revision *revision = plan_revision(plan, plan);
    struct connection *writer = connection_new(context, here_settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(writer, "BEGIN; INSERT INTO team (name) VALUES ('x')"));
    pid_t child = fork();
    if (child == 0) {
        void *own = talloc_new(NULL);
        struct connection *other = connection_new(own, here_settings, CONNECTION_DIRECT, "roster test");
        _exit(plan_run(other, &revision->up, NULL) != NULL);
    }
    for (int i = 0; i < 200 && strcmp(plan_one(writer, waiting), "1") != 0; i++)
        usleep(20000);
    ck_assert_str_eq(plan_one(writer, waiting), "1");
    ck_ok(connection_execute(writer, "INSERT INTO team (name) VALUES ('y'); COMMIT"));
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_str_eq(plan_one(writer, "SELECT count(*) FROM team"), "2");
}
END_TEST

START_TEST(defaults_of_their_own_for_each_row_are_known)
{
    static const char *const steady[] = { "40",
                                          "'a(b)'::text",
                                          "now()",
                                          "CURRENT_TIMESTAMP",
                                          "'x'::character varying(3)",
                                          "(lower('A'::text) || 'b(c)'::text)",
                                          "'1'::numeric(5,2)",
                                          "date_trunc('day'::text, now())" };
    static const char *const each[] = {
        "gen_random_uuid()",          "random()",          "(1 + (random() * 2)::integer)",
        "nextval('x_seq'::regclass)", "clock_timestamp()", "my_function(1)"
    };
    for (size_t i = 0; i < sizeof steady / sizeof *steady; i++)
        ck_assert_msg(!plan_is_volatile(steady[i]), "%s", steady[i]);
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        ck_assert_msg(plan_is_volatile(each[i]), "%s", each[i]);
}
END_TEST

int main(void)
{
    scratch_as_superuser();
    void *main_context = talloc_new(NULL);
    here_settings = scratch_create(main_context);
    there_settings = scratch_create(main_context);
    TCase *tests = tcase_create("plan");
    tcase_add_checked_fixture(tests, plan_setup, plan_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, decisions_are_asked_for, 0, (int)(sizeof decisions / sizeof *decisions));
    tcase_add_test(tests, what_is_lost_is_counted_and_declared);
    tcase_add_test(tests, an_invalid_index_is_made_again);
    tcase_add_test(tests, an_index_is_built_while_others_write);
    tcase_add_test(tests, defaults_of_their_own_for_each_row_are_known);
    TCase *all = tcase_create("changes");
    tcase_add_checked_fixture(all, plan_setup, plan_teardown);
    tcase_set_timeout(all, 60);
    tcase_add_loop_test(all, changes_go_there_and_back, 0, (int)(sizeof plan_changes / sizeof *plan_changes));
    Suite *suite = suite_create("plan");
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_drop(here_settings);
    scratch_drop(there_settings);
    talloc_free(main_context);
    return failed > 0;
}
