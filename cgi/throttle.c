/* Failed tries, in a file of fixed size: places for the hashes of names, in groups of four. In a full group the one that
 * was used longest ago makes room; with a hash that nobody outside can compute, nobody can choose whose. */
#include "throttle.h"


#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "../db/log.h"

enum { GROUPS = 4096, GROUP = 4, NAME_MAX_BYTES = 512, LIMITS = 3 };

struct slot {
    uint64_t name;  /* its hash; 0: nobody's */
    int64_t last;   /* the last try: seconds of a clock that only goes forward, while the machine runs */
    int64_t known;  /* the last one that was right; 0: none */
    uint32_t count; /* failures */
    uint32_t told;  /* somebody was told to wait since the last try */
};

/* The file begins with the key of the hash. */
struct head {
    unsigned char key[crypto_shorthash_KEYBYTES];
};

/* What is counted, and how patiently. */
static const struct limit {
    char letter;
    uint32_t free;
    int64_t longest;
} limits[LIMITS] = {
    { 'b', THROTTLE_FREE, THROTTLE_LONGEST }, /* both: an account from an address */
    { 'a', THROTTLE_FREE_ADDRESS, THROTTLE_LONGEST },
    { 'n', THROTTLE_FREE_ACCOUNT, THROTTLE_LONGEST_ACCOUNT }, /* the account's name */
};
enum { BOTH, ADDRESS, ACCOUNT };

/* The counted things of one try. */
struct books {
    int descriptor;
    int64_t now;
    struct slot slots[LIMITS];
    off_t places[LIMITS]; /* -1: not counted */
};

/* A new file gets all its room at once, so that a disk that is full later changes nothing. */
static bool read_head(int descriptor, struct head *head)
{
    static const struct head empty;
    if (pread(descriptor, head, sizeof *head, 0) == sizeof *head && memcmp(head, &empty, sizeof *head) != 0)
        return true;
    randombytes_buf(head, sizeof *head);
    errno = posix_fallocate(descriptor, 0, (off_t)(sizeof *head + sizeof(struct slot) * GROUPS * GROUP));
    if (errno == 0 && pwrite(descriptor, head, sizeof *head, 0) == sizeof *head)
        return true;
    log_event(LOG_ERROR, "cannot count failed tries", strerror(errno));
    return false;
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
    log_event(LOG_ERROR, "cannot count failed tries", strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return time.tv_sec + 1; /* never 0, which is no time */
}

/* Whoever has one address of the sixth version has its whole network of 64 bits (RFC 6177). */
static void copy_address(char *to, size_t size, const char *address)
{
    struct in6_addr six;
    if (inet_pton(AF_INET6, address, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six)) {
        memset(six.s6_addr + 8, 0, 8);
        inet_ntop(AF_INET6, &six, to, (socklen_t)size);
    } else {
        snprintf(to, size, "%s", address);
    }
}

static uint64_t hash_name(const struct head *head, char letter, const char *account, const char *address)
{
    char name[NAME_MAX_BYTES], place[INET6_ADDRSTRLEN] = "";
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t number;
    if (letter != 'n')
        copy_address(place, sizeof place, address);
    /* What is longer is no address of anybody, and cut it is still one name. */
    snprintf(name, sizeof name, "%c %s %s", letter, place, letter == 'a' ? "" : account);
    for (char *at = name; *at; at++)
        *at = (char)tolower((unsigned char)*at);
    crypto_shorthash(hash, (const unsigned char *)name, strlen(name), head->key);
    memcpy(&number, hash, sizeof number);
    return number ? number : 1;
}

/* The place of this name, or the one in its group that it takes. */
static void find_slot(struct books *books, size_t which, uint64_t name)
{
    struct slot group[GROUP] = { 0 }, *found = group;
    off_t place = (off_t)(sizeof(struct head) + name % GROUPS * sizeof group);
    ssize_t got = pread(books->descriptor, group, sizeof group, place);
    if (got < (ssize_t)sizeof group)
        memset((char *)group + (got > 0 ? got : 0), 0, sizeof group - (size_t)(got > 0 ? got : 0));
    for (size_t i = 1; i < GROUP && found->name != name; i++)
        if (group[i].name == name || group[i].last < found->last)
            found = &group[i];
    books->places[which] = place + (off_t)((char *)found - (char *)group);
    /* A clock that stands before the slot's is that of a machine that was started anew. */
    bool usable = found->name == name && found->last <= books->now && found->known <= books->now;
    books->slots[which] = usable ? *found : (struct slot){ .name = name };
    if (books->now - books->slots[which].last >= THROTTLE_FORGOTTEN)
        books->slots[which].count = books->slots[which].told = 0;
}

static bool open_books(const struct throttle *try, struct books *books)
{
    struct head head;
    *books = (struct books){ .descriptor = open_file(try->var), .now = now() };
    if (books->descriptor < 0)
        return false;
    if (!read_head(books->descriptor, &head)) {
        close(books->descriptor);
        return false;
    }
    for (size_t i = 0; i < LIMITS; i++) {
        books->places[i] = -1;
        if (i == ADDRESS || try->account)
            find_slot(books, i, hash_name(&head, limits[i].letter, try->account, try->address));
    }
    return true;
}

/* Whether all of it was written. */
static bool close_books(const struct books *books)
{
    bool written = true;
    for (size_t i = 0; i < LIMITS; i++)
        if (books->places[i] >= 0
            && pwrite(books->descriptor, &books->slots[i], sizeof books->slots[i], books->places[i])
                   != sizeof books->slots[i]) {
            log_event(LOG_ERROR, "cannot count a failed try", strerror(errno));
            written = false;
        }
    close(books->descriptor);
    return written;
}

static bool is_known(const struct books *books)
{
    const struct slot *slot = &books->slots[BOTH];
    return slot->known != 0 && books->now - slot->known < THROTTLE_KNOWN;
}

static int64_t wait_of(const struct books *books, size_t which)
{
    const struct slot *slot = &books->slots[which];
    const struct limit *limit = &limits[is_known(books) ? ACCOUNT : which];
    if (books->places[which] < 0 || slot->count < limit->free || (which != BOTH && is_known(books)))
        return 0;
    uint32_t doublings = slot->count - limit->free;
    int64_t wait = doublings < 16 ? (int64_t)THROTTLE_FIRST << doublings : limit->longest;
    wait = wait < limit->longest ? wait : limit->longest;
    return slot->last + wait > books->now ? slot->last + wait - books->now : 0;
}

struct throttle_answer throttle_take(const struct throttle *try)
{
    struct books books;
    struct throttle_answer answer = { 0, false, false };
    const struct throttle_answer uncounted = { THROTTLE_FIRST, false, true };
    if (!open_books(try, &books))
        return uncounted;
    for (size_t i = 0; i < LIMITS; i++) {
        int64_t wait = wait_of(&books, i);
        answer.first |= wait > 0 && !books.slots[i].told;
        books.slots[i].told |= wait > 0;
        answer.wait = wait > answer.wait ? (int)wait : answer.wait;
    }
    for (size_t i = 0; i < LIMITS && answer.wait == 0; i++) {
        books.slots[i].count++;
        books.slots[i].last = books.now;
        books.slots[i].told = 0;
    }
    return close_books(&books) ? answer : uncounted;
}

static void take_back(const struct throttle *try, bool right)
{
    struct books books;
    if (!open_books(try, &books))
        return;
    for (size_t i = 0; i < LIMITS; i++)
        books.slots[i].count -= books.slots[i].count > 0;
    if (right) {
        books.slots[BOTH].count = 0;
        books.slots[BOTH].last = books.slots[BOTH].known = books.now;
    }
    (void)close_books(&books); /* at worst a try that was right counts as failed */
}

void throttle_forget(const struct throttle *try)
{
    struct books books;
    if (!open_books(try, &books))
        return;
    books.slots[BOTH].count = books.slots[BOTH].told = 0;
    books.slots[ACCOUNT].count = books.slots[ACCOUNT].told = 0;
    (void)close_books(&books); /* at worst the person waits */
}

void throttle_give_back(const struct throttle *try)
{
    take_back(try, false);
}

void throttle_right(const struct throttle *try)
{
    take_back(try, true);
}
