/* What becomes of single changes of the models, and of databases that only look different. */
#include "difference_cases.h"
#include "difference_support.h"

static void expect(const struct change_case *change, const char *direction, const char *found, const char *wanted)
{
    ck_assert_msg(strcmp(found, wanted) == 0, "%s, %s:\n  found  %s\n  wanted %s", change->name, direction, found,
                  wanted);
}

/* Up from the first models, and the way back from the same comparison. */
START_TEST(changes_there_and_back)
{
    const struct change_case *change = &change_cases[_i];
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, change->from);
    struct catalog *there = support_there(context, connection);
    expect(change, "before", support_words(context, there, support_wanted(context, connection, change->from, there)), "");
    if (change->sql) {
        support_run(connection, change->sql);
        there = support_there(context, connection);
    }
    const struct catalog *wanted = support_wanted(context, connection, change->to, there);
    expect(change, "up", support_words(context, there, wanted), change->up);
    if (change->down)
        expect(change, "down", support_words(context, wanted, there), change->down);
    talloc_free(context);
}
END_TEST

static bool says_was(const struct catalog *catalog)
{
    bool was = false;
    for (size_t i = 0; i < catalog->table_count; i++) {
        was |= catalog->tables[i].was != NULL;
        for (size_t j = 0; j < catalog->tables[i].column_count; j++)
            was |= catalog->tables[i].columns[j].was != NULL;
    }
    for (size_t i = 0; i < catalog->enum_count; i++)
        for (size_t j = 0; j < catalog->enums[i].count; j++)
            was |= catalog->enums[i].values[j].was != NULL;
    return was;
}

/* The same change the other way round, from a database that was made from the second models. What was renamed would
 * have to be declared in the first ones. */
START_TEST(changes_the_other_way_round)
{
    const struct change_case *change = &change_cases[_i];
    if (change->sql)
        return; /* the models are the same on both sides */
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, change->to);
    struct catalog *there = support_there(context, connection);
    struct catalog *same = support_wanted(context, connection, change->to, there);
    expect(change, "after", support_words(context, there, same), "");
    if (change->down && !says_was(same))
        expect(change, "back", support_words(context, there, support_wanted(context, connection, change->from, there)),
               change->down);
    talloc_free(context);
}
END_TEST

START_TEST(nothing_changes)
{
    const struct no_change_case *change = &no_change_cases[_i];
    void *context = talloc_new(NULL);
    struct connection *connection = support_make(context, change->made);
    if (change->sql)
        support_run(connection, change->sql);
    struct catalog *there = support_there(context, connection);
    const char *words = support_words(context, there, support_wanted(context, connection, change->wanted, there));
    ck_assert_msg(*words == '\0', "%s: %s", change->name, words);
    talloc_free(context);
}
END_TEST

int main(void)
{
    scratch_as_superuser();
    const int count = (int)(sizeof change_cases / sizeof *change_cases);
    Suite *suite = suite_create("difference");
    TCase *cases = tcase_create("changes");
    tcase_add_unchecked_fixture(cases, support_open, support_close);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, changes_there_and_back, 0, count);
    tcase_add_loop_test(cases, changes_the_other_way_round, 0, count);
    tcase_add_loop_test(cases, nothing_changes, 0, (int)(sizeof no_change_cases / sizeof *no_change_cases));
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
