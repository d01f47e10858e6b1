/* Failed tries, in a file of fixed size: a slot for each name's hash. Two names that share a slot take it from each
 * other; with a hash that nobody outside can compute that is chance, and rare. */
#include "throttle.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 4096 };

struct slot {
    uint64_t name; /* its hash */
    int64_t since; /* seconds of a clock that only goes forward, while the machine runs */
    uint64_t count;
};

/* The file begins with the key of the hash. */
struct head {
    unsigned char key[crypto_shorthash_KEYBYTES];
};

static bool read_head(int descriptor, struct head *head)
{
    static const struct head empty;
    if (pread(descriptor, head, sizeof *head, 0) == sizeof *head && memcmp(head, &empty, sizeof *head) != 0)
        return true;
    randombytes_buf(head, sizeof *head);
    return pwrite(descriptor, head, sizeof *head, 0) == sizeof *head;
}

/* Opens and locks; -1 when that cannot be. */
static int open_file(const char *var)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/throttle", var) >= (int)sizeof path)
        return -1;
    int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor >= 0 && flock(descriptor, LOCK_EX) == 0)
        return descriptor;
    fprintf(stderr, "roster.fcgi: cannot count failed tries in '%s': %s\n", path, strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec;
}

/* The slot of this name, empty when it holds another one, or one whose time is over. */
static struct slot read_slot(int descriptor, const char *name, off_t *place)
{
    struct head head;
    struct slot slot = { 0 }, fresh = { .since = now() };
    unsigned char hash[crypto_shorthash_BYTES];
    *place = -1;
    if (!read_head(descriptor, &head))
        return fresh;
    crypto_shorthash(hash, (const unsigned char *)name, strlen(name), head.key);
    memcpy(&fresh.name, hash, sizeof fresh.name);
    *place = (off_t)(sizeof head + fresh.name % SLOTS * sizeof slot);
    bool whole = pread(descriptor, &slot, sizeof slot, *place) == sizeof slot;
    /* A clock that stands before the slot's is that of a machine that was started anew. */
    bool current = slot.since <= fresh.since && fresh.since - slot.since < THROTTLE_SECONDS;
    return whole && slot.name == fresh.name && current ? slot : fresh;
}

bool throttle_allows(const char *var, const char *name)
{
    off_t place;
    int descriptor = open_file(var);
    if (descriptor < 0)
        return true;
    struct slot slot = read_slot(descriptor, name, &place);
    close(descriptor);
    return slot.count < THROTTLE_TRIES;
}

void throttle_fail(const char *var, const char *name)
{
    off_t place;
    int descriptor = open_file(var);
    if (descriptor < 0)
        return;
    struct slot slot = read_slot(descriptor, name, &place);
    slot.count++;
    if (place < 0 || pwrite(descriptor, &slot, sizeof slot, place) != sizeof slot)
        fprintf(stderr, "roster.fcgi: cannot count a failed try: %s\n", strerror(errno));
    close(descriptor);
}
