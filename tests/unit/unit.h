/* What the unit tests have in common: a memory context for each test, and a main. */
#ifndef ROSTER_UNIT_H
#define ROSTER_UNIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "../../db/error.h"
#include "../../db/memory.h"

static void *context;

static void unit_set_up(void)
{
    context = talloc_new(NULL);
}

static void unit_tear_down(void)
{
    talloc_free(context);
}

/* A test, run once for each _i below times (0 means once). */
struct unit_test {
    const TTest *test;
    size_t times;
};

static int unit_run(const char *name, const struct unit_test *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *cases = tcase_create(name);
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(cases, unit_set_up, unit_tear_down);
    tcase_set_timeout(cases, 60); /* valgrind takes its time */
    for (size_t i = 0; i < count; i++)
        tcase_add_loop_test(cases, tests[i].test, 0, tests[i].times ? (int)tests[i].times : 1);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))
#define UNIT_MAIN(name, ...)                                                                                 \
    int main(void)                                                                                           \
    {                                                                                                        \
        const struct unit_test tests[] = { __VA_ARGS__ };                                                    \
                                                                                                             \
        return unit_run((name), tests, LENGTH(tests));                                                       \
    }

#define ck_assert_done(call)                                                                                 \
    do {                                                                                                     \
        const struct error *unit_error = (call);                                                             \
        ck_assert_msg(!unit_error, "%s", unit_error ? unit_error->message : "");                             \
    } while (0)

/* Refused with this code, and a message that has these words. */
#define ck_assert_refused(call, expected, words)                                                             \
    do {                                                                                                     \
        const struct error *unit_error = (call);                                                             \
        ck_assert_msg(unit_error != NULL, "was not refused, but must be for '%s'", (words));                 \
        ck_assert_msg(strstr(unit_error->message, (words)) != NULL, "'%s' lacks '%s'", unit_error->message,  \
                      (words));                                                                              \
        ck_assert_int_eq(unit_error->code, (expected));                                                      \
    } while (0)

#endif
