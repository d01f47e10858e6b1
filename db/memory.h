/* Allocation from talloc contexts that never hands back NULL.
 *
 * A request, or a run of the command, owns one context; everything it allocates hangs below it and goes with it.
 * When memory runs out the installed handler is called and must not return: the web side jumps back to its accept
 * loop and answers 503, the command prints a line and exits with 1. So callers never test for NULL, and no
 * half-built value is ever seen. What is not talloc's (PGresult, descriptors) hangs below the context by a destructor. */
#ifndef ROSTER_MEMORY_H
#define ROSTER_MEMORY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#define NEW(context, type) ((type *)memory_new((context), sizeof(type), #type))
#define NEW_ARRAY(context, type, count) ((type *)memory_new_array((context), sizeof(type), (count), #type))
/* Grows or shrinks an array made by NEW_ARRAY; new elements are not zeroed. */
#define GROW_ARRAY(context, type, array, count)                                                                  \
    ((type *)memory_grow_array((context), (array), sizeof(type), (count), #type))

/* Called when an allocation fails; must not return. The default prints a line and exits with 1. */
typedef void (*memory_handler)(void *argument);
void memory_on_failure(memory_handler handler, void *argument);
/* Runs work, which may be left wherever it allocates: false when memory ran out in it. For what is tidied up after memory
 * has run out, when the way that main chose was taken already. */
bool memory_suffices(void (*work)(void *argument), void *argument);

/* For whoever learns from a library that there is no more memory: calls the handler. */
void memory_ran_out(void) __attribute__((noreturn));

void *memory_new(const void *context, size_t size, const char *name); /* zeroed */
void *memory_new_array(const void *context, size_t size, size_t count, const char *name); /* zeroed */
void *memory_grow_array(const void *context, void *array, size_t size, size_t count, const char *name);
char *memory_copy(const void *context, const char *text); /* NULL stays NULL */
char *memory_copy_length(const void *context, const char *bytes, size_t length); /* adds a NUL */
char *memory_printf(const void *context, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *memory_vprintf(const void *context, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

#endif
