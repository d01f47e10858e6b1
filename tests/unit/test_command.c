/* Command lines read into verb, options and arguments. */
#include <check.h>
#include <string.h>

#include "../../db/command.h"
#include "../../db/memory.h"

static void *context;

static struct error *nothing(struct command *command)
{
    (void)command;
    return NULL;
}

static const struct command_verb verbs[] = {
    { "go",
      "[WHERE]",
      0,
      1,
      "go",
      NULL,
      nothing,
      { { "json", 0, NULL, "flag" }, { "message", 'm', "TEXT", "value" }, { 0 } } },
    { "user add", "EMAIL", 1, 1, "add", NULL, nothing, { { 0 } } },
    { 0 },
};

static void setup(void)
{
    context = talloc_new(NULL);
}

static void teardown(void)
{
    talloc_free(context);
}

static bool help;

static struct error *read_words(struct command *command, char *const *words)
{
    int count = 0;
    while (words[count])
        count++;
    *command = (struct command){ .context = context };
    help = false;
    return command_read(command, verbs, count, words, &help);
}

#define READ(command, ...) read_words((command), (char *const[]){ __VA_ARGS__, NULL })

static void assert_refused(struct error *error, const char *words)
{
    ck_assert_msg(error != NULL, "not refused: %s", words);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_msg(strstr(error->message, words) != NULL, "\"%s\" is not in: %s", words, error->message);
}

START_TEST(words_are_sorted)
{
    struct command command;
    ck_assert_ptr_null(READ(&command, "go", "-m", "a b", "there", "--json"));
    ck_assert_str_eq(command.verb->name, "go");
    ck_assert_str_eq(command_option(&command, "message"), "a b");
    ck_assert_str_eq(command_option(&command, "json"), "");
    ck_assert_str_eq(command_argument(&command, "here"), "there");
    ck_assert_ptr_null(READ(&command, "go", "--message=x=y"));
    ck_assert_str_eq(command_option(&command, "message"), "x=y");
    ck_assert_ptr_null(command_option(&command, "json"));
    ck_assert_str_eq(command_argument(&command, "here"), "here");
    ck_assert_ptr_null(READ(&command, "go", "--message", "--json"));
    ck_assert_str_eq(command_option(&command, "message"), "--json");
}
END_TEST

START_TEST(a_verb_may_have_two_words)
{
    struct command command;
    ck_assert_ptr_null(READ(&command, "user", "add", "x@y"));
    ck_assert_str_eq(command.verb->name, "user add");
    ck_assert_str_eq(command.arguments[0], "x@y");
    assert_refused(READ(&command, "user"), "there is no verb \"user\"");
    assert_refused(READ(&command, "user", "remove"), "there is no verb \"user\"");
    assert_refused(READ(&command, "us", "add"), "there is no verb \"us\"");
}
END_TEST

START_TEST(a_negative_number_is_an_argument)
{
    struct command command;
    ck_assert_ptr_null(READ(&command, "go", "-2"));
    ck_assert_str_eq(command.arguments[0], "-2");
    ck_assert_ptr_null(READ(&command, "go", "--", "--json"));
    ck_assert_str_eq(command.arguments[0], "--json");
    ck_assert_ptr_null(command_option(&command, "json"));
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    struct command command;
    assert_refused(READ(&command, "went"), "there is no verb \"went\"; run: roster --help");
    assert_refused(READ(&command, "go", "--jason"),
                   "\"--jason\" is no option of \"go\"; run: roster go --help");
    assert_refused(READ(&command, "go", "-x"), "\"-x\" is no option");
    assert_refused(READ(&command, "go", "-mx"), "\"-mx\" is no option");
    assert_refused(READ(&command, "go", "--json=1"), "\"--json\" takes no value");
    assert_refused(READ(&command, "go", "-m"), "\"-m\" needs TEXT after it");
    assert_refused(READ(&command, "go", "--json", "--json"), "\"--json\" is given twice");
    assert_refused(READ(&command, "go", "a", "b"), "\"b\" is one word too many");
    assert_refused(READ(&command, "user", "add"), "\"user add\" needs EMAIL");
}
END_TEST

START_TEST(help_comes_before_faults_that_follow)
{
    struct command command;
    ck_assert_ptr_null(READ(&command, "user", "add", "--help", "--nonsense"));
    ck_assert(help);
    ck_assert_ptr_null(READ(&command, "go", "-h"));
    ck_assert(help);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("command");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, words_are_sorted);
    tcase_add_test(tests, a_verb_may_have_two_words);
    tcase_add_test(tests, a_negative_number_is_an_argument);
    tcase_add_test(tests, what_does_not_fit_is_refused);
    tcase_add_test(tests, help_comes_before_faults_that_follow);
    Suite *suite = suite_create("command");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
