/* The single changes of models that the comparison is tested with, planned and run there and back with rows
 * in the tables: each does what it says, ends where it should, and leads back. */
#include "difference_cases.h"
#include "difference_support.h"
#include "test_plan.h"

/* Databases that were altered by hand cannot be altered that way again, and rows of one kind cannot become
 * others. */
static bool leads_back(const struct change_case *change)
{
    return change->down && !change->sql;
}

static const char *shape(const struct settings *settings)
{
    return plan_dump(settings, true); /* a column that comes back is the last */
}

static const char without_rows[] =
    "DO $$ BEGIN EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') FROM pg_tables"
    " WHERE schemaname = 'public'); END $$";

static void assert_ran(const char *name, const char *way, struct error *error, const struct schema_plan *plan)
{
    ck_assert_msg(error == NULL, "%s, %s: %.900s\n%.2400s", name, way, error ? error->message : "",
                  plan_text(context, plan));
}

START_TEST(changes_of_models_go_there_and_back)
{
    const struct change_case *change = &change_cases[_i];
    struct schema_plan *up, *down;
    context = talloc_new(NULL);
    struct connection *connection = support_make(context, change->from);
    ck_ok(connection_execute(
        connection, "SET enable_seqscan = off; SET synchronous_commit = off; SET search_path = public"));
    if (change->sql)
        support_run(connection, change->sql);
    struct catalog *from = support_there(context, connection);
    const struct catalog *to = support_wanted(context, connection, change->to, from);
    ck_ok(plan_make(context, difference_between(context, from, to), connection, &up));
    if (up->needs[0]) { /* a person has to decide what becomes of the rows: these go */
        support_run(connection, without_rows);
        ck_ok(plan_make(context, difference_between(context, from, to), connection, &up));
    }
    ck_assert_msg(!up->needs[0], "%s: %s", change->name, up->needs[0]);
    ck_ok(plan_make(context, difference_between(context, to, from), NULL, &down));
    struct revision *revision = plan_revision(up, down);
    if (plan_export(up, memory_printf(context, "models_%03d_up", _i)) &&
        plan_export(down, memory_printf(context, "models_%03d_down", _i))) {
        talloc_free(context);
        return;
    }
    const char *before = shape(support_settings);
    assert_ran(change->name, "up", plan_run(connection, &revision->up, up), up);
    struct catalog *after = support_there(context, connection);
    const char *left = support_words(context, after, support_wanted(context, connection, change->to, after));
    ck_assert_msg(*left == '\0', "%s: still to do: %s", change->name, left);
    if (leads_back(change)) {
        assert_ran(change->name, "down", plan_run(connection, &revision->down, down), down);
        ck_assert_msg(strcmp(shape(support_settings), before) == 0,
                      "%s: not as it was:\n%.1500s\n---\n%.1500s", change->name, before,
                      shape(support_settings));
        assert_ran(change->name, "up again", plan_run(connection, &revision->up, NULL), up);
    }
    talloc_free(context);
}
END_TEST

int main(void)
{
    scratch_as_superuser();
    TCase *tests = tcase_create("changes");
    tcase_add_unchecked_fixture(tests, support_open, support_close);
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, changes_of_models_go_there_and_back, 0,
                        (int)(sizeof change_cases / sizeof *change_cases));
    Suite *suite = suite_create("plan_matrix");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
