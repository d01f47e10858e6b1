/* The server's client programs. They are not among the unit tests, which run under valgrind: Debian 12's does not know
 * pidfd_open(2), by which the program waits for them. */
#include "../unit/unit.h"

#include "../../db/tool.h"

START_TEST(a_program_older_than_the_server_is_refused)
{
    const char *path, *version;
    struct error *error = tool_find(context, "pg_dump", 990001, &path, &version);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(error->message, "and the server is PostgreSQL 99"));
    ck_assert_ptr_nonnull(strstr(error->message, "postgresql-client-99"));
    error = tool_find(context, "pg_nothing_of_that_name", 150001, &path, &version);
    ck_assert_ptr_nonnull(strstr(error->message, "install the package postgresql-client-15"));
    ck_assert_ptr_null(tool_find(context, "pg_dump", 0, &path, &version));
    ck_assert_int_ge(atoi(version), 15);
}
END_TEST

START_TEST(a_program_gets_its_input_and_its_complaints_are_told)
{
    static const char *const echo[] = { "-c", "cat; echo done", NULL };
    static const char *const fail[] = { "-c", "echo first >&2; echo second >&2; exit 3", NULL };
    static const char *const killed[] = { "-c", "kill -9 $$", NULL };
    const char *output;
    struct tool tool = { .path = "/bin/sh", .words = echo, .input = "hello\n", .output_limit = 100 };
    ck_assert_ptr_null(tool_start(context, &tool));
    ck_assert_ptr_null(tool_finish(context, &tool, NULL, NULL, &output));
    ck_assert_str_eq(output, "hello\ndone\n");
    tool = (struct tool){ .path = "/bin/sh", .words = fail };
    ck_assert_ptr_null(tool_start(context, &tool));
    ck_assert_str_eq(tool_finish(context, &tool, NULL, NULL, NULL)->message, "sh failed: first; second");
    tool = (struct tool){ .path = "/bin/sh", .words = killed };
    ck_assert_ptr_null(tool_start(context, &tool));
    ck_assert_str_eq(tool_finish(context, &tool, NULL, NULL, NULL)->message, "sh was ended by signal 9");
}
END_TEST

UNIT_MAIN("tool", { a_program_older_than_the_server_is_refused, 0 },
          { a_program_gets_its_input_and_its_complaints_are_told, 0 })
