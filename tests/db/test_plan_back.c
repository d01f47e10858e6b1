/* Plans that are given up half-way: as late as that is still possible, and taken back to what was there
 * before. */
#include "plan_cases.h"

#include "../../db/migrate.h"

static char folder[] = "/tmp/roster-test-XXXXXX";

static const char rows[] = "INSERT INTO team (id, name, note, size, rate) VALUES (1, 'red', '1', 1, 1.25), "
                           "(2, 'green', '2', 2, 2.5), (3, 'blue', NULL, NULL, NULL);"
                           "INSERT INTO member (team_id, name, code) SELECT 1 + n % 3, 'm' || n, n FROM "
                           "generate_series(1, 50) AS n";

static bool can_go_back(const struct plan_step *step)
{
    bool can = true;
    for (size_t i = 0; i < step->count; i++)
        can = can && step->statements[i]->undo;
    return can;
}

/* The steps that can be taken back, and then one that fails. The last one of a plan is its end. */
static const char *cut_short(const struct schema_plan *plan, size_t *steps)
{
    static struct plan_lock none;
    struct plan_statement *failing = NEW(context, struct plan_statement);
    struct schema_plan *cut = NEW(context, struct schema_plan);
    *failing = (struct plan_statement){ .sql = "SELECT nowhere", .locks = &none, .phase = PLAN_CONTRACT };
    for (*steps = 0; *steps + 1 < plan->count && can_go_back(&plan->steps[*steps]); ++*steps)
        continue;
    *cut = *plan;
    cut->count = *steps + 1;
    cut->steps = NEW_ARRAY(context, struct plan_step, cut->count);
    if (*steps > 0) /* a plan without steps has no array */
        memcpy(cut->steps, plan->steps, *steps * sizeof *cut->steps);
    cut->steps[*steps] =
        (struct plan_step){ .statements = NEW_ARRAY(context, struct plan_statement *, 1), .count = 1 };
    cut->steps[*steps].statements[0] = failing;
    return plan_text(context, cut);
}

START_TEST(what_was_done_is_taken_back)
{
    const struct plan_change *change = &plan_changes[_i];
    struct schema_plan *plan;
    size_t steps;
    plan_build_schema(here, change->from);
    ck_ok(connection_execute(here, rows));
    plan_build_schema(there, change->to);
    struct catalog *from = plan_catalog(here), *to = plan_catalog(there);
    if (change->was)
        plan_declare(to, change);
    ck_ok(plan_make(context, difference_between(context, from, to), here, &plan));
    const char *up = cut_short(plan, &steps);
    if (steps == 0)
        return; /* one transaction, or what goes for good comes first */
    FILE *file = fopen(memory_printf(context, "%s/aaaa.sql", folder), "w");
    ck_assert_ptr_nonnull(file);
    fprintf(
        file,
        "-- revision: aaaa\n-- parents: none\n-- message: m\n-- created: 2026-11-22T10:15:00Z\n-- +up\n%s\n"
        "-- +down\n",
        up);
    fclose(file);
    here_settings->migrations = folder;
    ck_ok(migrate_stamp(context, here_settings, "base", NULL)); /* the history is there before, too */
    const char *before = plan_dump(here_settings, false);
    struct error *error = migrate_upgrade(context, here_settings, "head", NULL);
    ck_assert_msg(error && strcmp(error->sqlstate, "42703") == 0, "%s: %s", change->name,
                  error ? error->message : "");
    error = migrate_downgrade(context, here_settings, "-1", NULL);
    ck_assert_msg(!error, "%s: %.900s\n%.2400s", change->name, error ? error->message : "", up);
    const char *after = plan_dump(here_settings, false);
    ck_assert_msg(strcmp(after, before) == 0, "%s: not as it was:\n%.1500s\n---\n%.1500s", change->name,
                  before, after);
    plan_assert_equal(plan_catalog(here), from, change->name);
    unlink(memory_printf(context, "%s/aaaa.sql", folder));
}
END_TEST

int main(void)
{
    scratch_as_superuser();
    void *main_context = talloc_new(NULL);
    if (!mkdtemp(folder))
        return 2;
    here_settings = scratch_create(main_context);
    there_settings = scratch_create(main_context);
    TCase *tests = tcase_create("plan_back");
    tcase_add_checked_fixture(tests, plan_setup, plan_teardown);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, what_was_done_is_taken_back, 0,
                        (int)(sizeof plan_changes / sizeof *plan_changes));
    Suite *suite = suite_create("plan_back");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_drop(here_settings);
    scratch_drop(there_settings);
    rmdir(folder);
    talloc_free(main_context);
    return failed > 0;
}
