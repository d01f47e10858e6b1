/* Allocation that never hands back NULL: talloc, and one place that decides what running out of memory means.
 */
#include "memory.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail_by_exit(void *argument)
{
    (void)argument;
    fputs("roster: out of memory\n", stderr);
    exit(1);
}

/* The one exception to the rule of no mutable globals: allocation fails everywhere, and everywhere it must
 * find the way out that main chose. */
static memory_handler failure_handler = fail_by_exit;
static void *failure_argument;

void memory_on_failure(memory_handler handler, void *argument)
{
    failure_handler = handler ? handler : fail_by_exit;
    failure_argument = argument;
}

static void jump_back(void *argument)
{
    longjmp(*(jmp_buf *)argument, 1);
}

/* By itself, so that nothing that is used after a jump is in its frame. */
static __attribute__((noinline)) bool attempt(void (*work)(void *argument), void *argument)
{
    jmp_buf jump;

    if (setjmp(jump) != 0)
        return false;
    memory_on_failure(jump_back, &jump);
    work(argument);
    return true;
}

bool memory_suffices(void (*work)(void *argument), void *argument)
{
    const memory_handler handler = failure_handler;
    void *const handler_argument = failure_argument;
    bool done = attempt(work, argument);

    memory_on_failure(handler, handler_argument);
    return done;
}

void memory_ran_out(void)
{
    failure_handler(failure_argument);
    abort(); /* the handler must not return: nobody above tests for NULL */
}

static void *check(void *memory)
{
    if (!memory)
        memory_ran_out();
    return memory;
}

static size_t array_size(size_t size, size_t count)
{
    size_t bytes;

    if (__builtin_mul_overflow(size, count, &bytes))
        memory_ran_out();
    return bytes > 0 ? bytes : 1; /* talloc frees what is resized to nothing */
}

void *memory_new(const void *context, size_t size, const char *name)
{
    return memset(check(talloc_named_const(context, size, name)), 0, size);
}

void *memory_new_array(const void *context, size_t size, size_t count, const char *name)
{
    return memory_new(context, array_size(size, count), name);
}

void *memory_grow_array(const void *context, void *array, size_t size, size_t count, const char *name)
{
    void *grown = check(talloc_realloc_size(context, array, array_size(size, count)));

    talloc_set_name_const(grown, name);
    return grown;
}

char *memory_copy(const void *context, const char *text)
{
    return text ? memory_copy_length(context, text, strlen(text)) : NULL;
}

char *memory_copy_length(const void *context, const char *bytes, size_t length)
{
    char *copy;

    if (length == SIZE_MAX)
        memory_ran_out();
    copy = check(talloc_named_const(context, length + 1, "char"));
    if (length > 0)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

char *memory_printf(const void *context, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = memory_vprintf(context, format, arguments);
    va_end(arguments);
    return text;
}

/* Most texts are short, and talloc would write each of them twice: once to learn its length. */
char *memory_vprintf(const void *context, const char *format, va_list arguments)
{
    char text[256];
    va_list again;
    int length;

    va_copy(again, arguments);
    length = vsnprintf(text, sizeof text, format, arguments);
    if (length >= 0 && (size_t)length < sizeof text) {
        va_end(again);
        return memory_copy_length(context, text, (size_t)length);
    }
    char *copy = talloc_vasprintf(context, format, again);
    va_end(again);
    return check(copy);
}
