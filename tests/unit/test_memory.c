/* Memory and errors: never NULL, always below its context, and one way out when there is no more. */
#include <setjmp.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>
#include "unit.h"

static void jump_back(void *argument)
{
    longjmp(*(jmp_buf *)argument, 1);
}

static void run_out(int how)
{
    switch (how) {
    case 0:
        memory_new_array(context, SIZE_MAX / 2, 3, "overflow");
        break;
    case 1:
        memory_new(context, (size_t)1 << 40, "larger than talloc gives");
        break;
    case 2:
        memory_grow_array(context, memory_new(context, 1, "array"), 16, SIZE_MAX / 16, "larger");
        break;
    case 3:
        memory_copy_length(context, "", SIZE_MAX);
        break;
    default:
        memory_printf(context, "%300000000d", 1); /* larger than talloc gives, too */
        break;
    }
}

START_TEST(running_out_calls_the_handler)
{
    jmp_buf escape;

    memory_on_failure(jump_back, &escape);
    if (setjmp(escape) == 0) {
        run_out(_i);
        ck_abort_msg("came back from running out of memory");
    }
    memory_on_failure(NULL, NULL);
}
END_TEST

static void work(void *argument)
{
    int *calls = argument;

    (*calls)++;
    if (*calls == 2)
        run_out(0);
}

START_TEST(running_out_ends_a_piece_of_work_alone)
{
    jmp_buf escape;
    int calls = 0;

    memory_on_failure(jump_back, &escape);
    ck_assert(memory_suffices(work, &calls));
    ck_assert(!memory_suffices(work, &calls));
    ck_assert(memory_suffices(work, &calls));
    ck_assert_int_eq(calls, 3);
    if (setjmp(escape) == 0) { /* whoever was to hear of it before is to hear of it again */
        run_out(0);
        ck_abort_msg("came back from running out of memory");
    }
    memory_on_failure(NULL, NULL);
}
END_TEST

START_TEST(default_handler_exits_with_1)
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        close(STDERR_FILENO);
        unit_tear_down(); /* so that nothing is left when it ends */
        memory_new_array(NULL, SIZE_MAX, 2, "overflow");
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 1);
}
END_TEST

START_TEST(new_memory_is_zeroed_and_named)
{
    const unsigned char *bytes = NEW_ARRAY(context, unsigned char, 1000);

    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(bytes[i], 0);
    ck_assert_str_eq(talloc_get_name(bytes), "unsigned char");
    ck_assert_ptr_eq(talloc_parent(bytes), context);
}
END_TEST

START_TEST(array_grows_and_shrinks_to_nothing)
{
    int *numbers = NEW_ARRAY(context, int, 2);

    numbers[0] = 7;
    numbers[1] = 8;
    numbers = GROW_ARRAY(context, int, numbers, 5000);
    ck_assert_int_eq(numbers[0], 7);
    ck_assert_int_eq(numbers[1], 8);
    numbers = GROW_ARRAY(context, int, numbers, 0);
    ck_assert_ptr_nonnull(numbers);
    ck_assert_ptr_nonnull(GROW_ARRAY(context, int, NULL, 3));
}
END_TEST

START_TEST(copies_end_with_nul)
{
    ck_assert_ptr_null(memory_copy(context, NULL));
    ck_assert_str_eq(memory_copy(context, ""), "");
    ck_assert_str_eq(memory_copy_length(context, "abcdef", 3), "abc");
    ck_assert_str_eq(memory_copy_length(context, NULL, 0), "");
    ck_assert_mem_eq(memory_copy_length(context, "a\0b", 3), "a\0b", 4);
    ck_assert_str_eq(memory_printf(context, "%d-%s", 4, "x"), "4-x");
}
END_TEST

START_TEST(error_carries_code_and_message)
{
    struct error *error = error_new(context, ERROR_STALE, "'%s' changed", "team");

    ck_assert_int_eq(error->code, ERROR_STALE);
    ck_assert_str_eq(error->message, "'team' changed");
    ck_assert_str_eq(error->sqlstate, "");
    ck_assert_ptr_null(error->hint);
    ck_assert_ptr_eq(error_within(error, "row %d", 3), error);
    ck_assert_str_eq(error->message, "row 3: 'team' changed");
    ck_assert_ptr_null(error_within(NULL, "nothing"));
}
END_TEST

static struct error *passes_on(struct error *error, int *reached)
{
    TRY(error);
    *reached = 1;
    return NULL;
}

START_TEST(try_passes_an_error_on)
{
    struct error *error = error_new(context, ERROR_FAILED, "x");
    int reached = 0;

    ck_assert_ptr_eq(passes_on(error, &reached), error);
    ck_assert_int_eq(reached, 0);
    ck_assert_ptr_null(passes_on(NULL, &reached));
    ck_assert_int_eq(reached, 1);
}
END_TEST

static const struct {
    enum error_code code;
    int exit;
} exits[] = {
    { ERROR_FAILED, 1 },        { ERROR_USAGE, 2 },     { ERROR_PENDING, 3 }, { ERROR_DIFFERS, 4 },
    { ERROR_SEVERAL_HEADS, 5 }, { ERROR_EDITED, 6 },    { ERROR_REFUSED, 7 }, { ERROR_UNAVAILABLE, 8 },
    { ERROR_INVALID, 1 },       { ERROR_NOT_FOUND, 1 },
};

START_TEST(each_error_has_its_exit_code)
{
    ck_assert_int_eq(error_exit_code(error_new(context, exits[_i].code, "x")), exits[_i].exit);
    ck_assert_int_eq(error_exit_code(NULL), 0);
}
END_TEST

UNIT_MAIN("memory", { running_out_calls_the_handler, 5 }, { running_out_ends_a_piece_of_work_alone, 0 },
          { default_handler_exits_with_1, 0 },
          { new_memory_is_zeroed_and_named, 0 }, { array_grows_and_shrinks_to_nothing, 0 },
          { copies_end_with_nul, 0 }, { error_carries_code_and_message, 0 }, { try_passes_an_error_on, 0 },
          { each_error_has_its_exit_code, LENGTH(exits) })
