/* SQL text cut into statements. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../db/memory.h"
#include "../../db/sql_script.h"

static void *context;

static void setup(void)
{
    context = talloc_new(NULL);
}

static void teardown(void)
{
    talloc_free(context);
}

static struct error *cut(const char *text, struct statement **statements, size_t *count)
{
    const struct script script = { .path = "x.sql", .text = text, .length = strlen(text), .line = 10 };
    return sql_script_cut(context, &script, statements, count);
}

static void assert_one(const char *text)
{
    struct statement *statements;
    size_t count;
    struct error *error = cut(memory_printf(context, "%s;\nSELECT 2", text), &statements, &count);
    ck_assert_msg(error == NULL, "%s: %s", text, error ? error->message : "");
    ck_assert_msg(count == 2, "%s: %zu", text, count);
    ck_assert_str_eq(statements[0].sql, text);
    ck_assert_str_eq(statements[1].sql, "SELECT 2");
}

static void assert_refused(const char *text, const char *words)
{
    struct statement *statements;
    size_t count;
    struct error *error = cut(text, &statements, &count);
    ck_assert_msg(error != NULL, "%s", text);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_msg(strstr(error->message, words) != NULL, "%s: %s", text, error->message);
}

START_TEST(lines_are_counted)
{
    struct statement *statements;
    size_t count;
    ck_assert_ptr_null(cut("-- a; comment\n\n  SELECT\n 1 ; SELECT '\n\n;' ;;\n;\n/* ; \n */ SELECT 3\n\n",
                           &statements, &count));
    ck_assert_uint_eq(count, 3);
    ck_assert_str_eq(statements[0].sql, "SELECT\n 1");
    ck_assert_int_eq(statements[0].line, 12);
    ck_assert_str_eq(statements[1].sql, "SELECT '\n\n;'");
    ck_assert_int_eq(statements[1].line, 13);
    ck_assert_str_eq(statements[2].sql, "SELECT 3");
    ck_assert_int_eq(statements[2].line, 18);
}
END_TEST

START_TEST(blank_text_has_no_statements)
{
    static const char *const blank[] = { "", " \n\t", "-- nothing", "/* /* ; */ ; */", ";;;" };
    for (size_t i = 0; i < sizeof blank / sizeof *blank; i++) {
        struct statement *statements;
        size_t count = 7;
        ck_assert_ptr_null(cut(blank[i], &statements, &count));
        ck_assert_uint_eq(count, 0);
    }
}
END_TEST

START_TEST(quotes_are_seen_through)
{
    assert_one("SELECT 'a;b'");
    assert_one("SELECT 'it''s; fine'");
    assert_one("SELECT 'back\\'");
    assert_one("SELECT E'back\\';'");
    assert_one("SELECT e'a\\\\'");
    assert_one("SELECT type'x\\'"); /* not an E string: the word only ends in e */
    assert_one("SELECT \"a;\"\"b\"");
    assert_one("SELECT \"a'b\"");
    assert_one("SELECT 1 -- it's; fine\n + 1");
    assert_one("SELECT /* it's; /* nested; */ fine; */ 1");
}
END_TEST

START_TEST(dollar_quotes_are_seen_through)
{
    assert_one("SELECT $$a;b$$");
    assert_one("SELECT $x$a;$$;$y$;$x$");
    assert_one("DO $body$BEGIN RAISE NOTICE 'x;'; END$body$");
    assert_one("SELECT a$b$ FROM c$d$");
    assert_one("SELECT $1");
}
END_TEST

START_TEST(bodies_of_routines_are_seen_through)
{
    assert_one(
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END");
    assert_one("create or replace procedure p() begin atomic insert into t values (1); end");
    assert_one("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)");
    assert_one("CREATE TABLE begin_end (\"begin\" int)");
    assert_one("CREATE VIEW v AS SELECT CASE WHEN true THEN 1 END");
}
END_TEST

START_TEST(what_does_not_end_is_refused)
{
    assert_refused("SELECT 1;\nSELECT 'a\n\n", "x.sql, line 11: the quote that begins here does not end");
    assert_refused("SELECT \"a", "x.sql, line 10: the quote that begins here does not end");
    assert_refused("\n\nSELECT $a$ $b$", "x.sql, line 12: the dollar quote that begins here does not end");
    assert_refused("SELECT 1 /* /* */", "x.sql, line 10: the comment that begins here does not end");
    assert_refused("SELECT 1;\nCREATE TABLE a (b int;\nSELECT 2;", "x.sql, line 11: the statement that begins here has a parenthesis");
    assert_refused("SELECT E'a\\'", "the quote that begins here does not end");
}
END_TEST

START_TEST(transactions_are_refused)
{
    assert_refused("SELECT 1;\nCOMMIT;", "x.sql, line 11: remove \"commit\"");
    assert_refused("begin", "remove \"begin\"");
    assert_refused("START TRANSACTION", "remove \"start\"");
    assert_refused("Rollback", "remove \"rollback\"");
    assert_refused("END", "remove \"end\"");
    assert_refused("ABORT", "remove \"abort\"");
    assert_refused("PREPARE TRANSACTION 'x'", "remove \"prepare\"");
    assert_one("PREPARE p AS SELECT 1");
    assert_one("SAVEPOINT s");
}
END_TEST

START_TEST(psql_commands_are_refused)
{
    assert_refused("SELECT 1;\n\\i other.sql\n", "x.sql, line 11: this is a command of psql");
    assert_refused("SELECT 1 \\! ls\n;", "x.sql, line 10: this is a command of psql");
    assert_refused("SELECT 1\n\\gexec", "x.sql, line 11: this is a command of psql");
    assert_one("SELECT '\\i'");
}
END_TEST

START_TEST(no_beginning_of_a_text_does_harm)
{
    static const char text[] =
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT $a$;$a$; END; /* /* */ */ "
        "SELECT E'\\'', \"x\"\"\", 'it''s' -- ;\n; COMMENT ON TABLE t IS $$x$$;";
    for (size_t length = 0; length <= strlen(text); length++) {
        struct statement *statements;
        size_t count = 0;
        char *exact = malloc(length + 1); /* so that a sanitizer sees a step too far */
        memcpy(exact, text, length);
        const struct script script = { .path = "x.sql", .text = exact, .length = length, .line = 1 };
        struct error *error = sql_script_cut(context, &script, &statements, &count);
        ck_assert(error || count <= 3);
        free(exact);
    }
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("sql_script");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, lines_are_counted);
    tcase_add_test(tests, blank_text_has_no_statements);
    tcase_add_test(tests, quotes_are_seen_through);
    tcase_add_test(tests, dollar_quotes_are_seen_through);
    tcase_add_test(tests, bodies_of_routines_are_seen_through);
    tcase_add_test(tests, what_does_not_end_is_refused);
    tcase_add_test(tests, transactions_are_refused);
    tcase_add_test(tests, psql_commands_are_refused);
    tcase_add_test(tests, no_beginning_of_a_text_does_harm);
    Suite *suite = suite_create("sql_script");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
