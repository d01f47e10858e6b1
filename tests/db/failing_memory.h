/* Memory that runs out when a test wants it to: malloc and its family for this whole program, with all its libraries. What
 * comes next in the order of libraries (libc, or a sanitizer) does the work. */
#ifndef ROSTER_TESTS_FAILING_MEMORY_H
#define ROSTER_TESTS_FAILING_MEMORY_H

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

static struct {
    long count;    /* of allocations since it was armed */
    long fails_at; /* this one fails, 0: none */
    bool stays;    /* and all that follow */
    bool failed;
    long live;     /* blocks that were not freed yet */
} failing_memory;

static inline bool may_allocate(void)
{
    long number = ++failing_memory.count;

    if (failing_memory.fails_at == 0 || number < failing_memory.fails_at
        || (number > failing_memory.fails_at && !failing_memory.stays))
        return true;
    failing_memory.failed = true;
    errno = ENOMEM;
    return false;
}

static inline void *found(void *block)
{
    failing_memory.live += block != NULL;
    return block;
}

/* The function that does the work, NULL while it is being looked for: looking for another one may allocate and free, as
 * what a sanitizer asks for at its start and does not find leaves words of that behind. */
static void *find_next(const char *name)
{
    static bool looking;

    if (looking)
        return NULL;
    looking = true;
    void *next = dlsym(RTLD_NEXT, name);
    looking = false;
    return next;
}

void *malloc(size_t size)
{
    static void *(*next)(size_t);

    if (!next)
        *(void **)&next = find_next("malloc");
    return next && may_allocate() ? found(next(size)) : NULL;
}

void *calloc(size_t count, size_t size)
{
    static void *(*next)(size_t, size_t);

    if (!next)
        *(void **)&next = find_next("calloc");
    return next && may_allocate() ? found(next(count, size)) : NULL;
}

void *realloc(void *block, size_t size)
{
    static void *(*next)(void *, size_t);
    void *moved;

    if (!next)
        *(void **)&next = find_next("realloc");
    if (!next || !may_allocate())
        return NULL;
    moved = next(block, size);
    if (!block)
        found(moved);
    else if (!moved && size == 0)
        failing_memory.live--;
    return moved;
}

void free(void *block)
{
    static void (*next)(void *);

    if (!next)
        *(void **)&next = find_next("free");
    if (!next)
        return;
    failing_memory.live -= block != NULL;
    next(block);
}

/* The next allocations count from 1. */
static inline void failing_memory_arm(long fails_at, bool stays)
{
    failing_memory.count = 0;
    failing_memory.fails_at = fails_at;
    failing_memory.stays = stays;
    failing_memory.failed = false;
}

static inline void failing_memory_disarm(void)
{
    failing_memory.fails_at = 0;
}

#endif
