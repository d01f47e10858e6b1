/* Failed tries: counted for an account from an address, for the address and for the account; told to wait for longer and
 * longer; forgotten in time; shared through a file, without which nobody may try. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../../cgi/throttle.h"
#include "unit.h"

enum { HEAD = 16, SLOT = 32 };

static char folder[64];

static const char *new_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/roster-throttle-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    return folder;
}

static void remove_folder(void)
{
    unlink(memory_printf(context, "%s/throttle", folder));
    ck_assert_int_eq(rmdir(folder), 0);
}

/* The times in the file are moved back, as if so many seconds had passed. */
static void pass(int64_t seconds)
{
    int descriptor = open(memory_printf(context, "%s/throttle", folder), O_RDWR);
    struct stat status;
    ck_assert_int_eq(fstat(descriptor, &status), 0);
    char *bytes = NEW_ARRAY(context, char, (size_t)status.st_size);
    ck_assert_int_eq(pread(descriptor, bytes, (size_t)status.st_size, 0), status.st_size);
    for (off_t at = HEAD; at + SLOT <= status.st_size; at += SLOT)
        for (off_t time = 8; time <= 16; time += 8) {
            int64_t since = 0;
            memcpy(&since, bytes + at + time, sizeof since);
            since -= since ? seconds : 0;
            memcpy(bytes + at + time, &since, sizeof since);
        }
    ck_assert_int_eq(pwrite(descriptor, bytes, (size_t)status.st_size, 0), status.st_size);
    talloc_free(bytes);
    close(descriptor);
}

static int take(const char *account, const char *address)
{
    const struct throttle try = { folder, account, address };
    return throttle_take(&try).wait;
}

static void miss(const char *account, const char *address, int times)
{
    for (int i = 0; i < times; i++)
        ck_assert_int_eq(take(account, address), 0);
}

START_TEST(who_fails_waits_longer_and_longer_and_nobody_else_does)
{
    new_folder();
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE);
    int expected = THROTTLE_FIRST;
    for (int i = 0; i < 12; i++) {
        int wait = take("ann@example.com", "192.0.2.1");
        ck_assert_int_le(wait, expected);
        ck_assert_int_ge(wait, expected - 1);
        ck_assert_int_gt(take("ANN@example.com", "192.0.2.1"), 0); /* asking makes it no longer, nor other letters shorter */
        ck_assert_int_eq(take("ann@example.com", "192.0.2.2"), 0);
        pass(expected);
        ck_assert_int_eq(take("ann@example.com", "192.0.2.1"), 0);
        expected = expected * 2 < THROTTLE_LONGEST ? expected * 2 : THROTTLE_LONGEST;
    }
    ck_assert_int_eq(expected, THROTTLE_LONGEST);
    remove_folder();
}
END_TEST

START_TEST(an_address_that_tries_many_accounts_waits)
{
    new_folder();
    for (int i = 0; i < THROTTLE_FREE_ADDRESS; i++)
        miss(memory_printf(context, "person%d@example.com", i), "192.0.2.1", 1);
    ck_assert_int_gt(take("another@example.com", "192.0.2.1"), 0);
    ck_assert_int_gt(take(NULL, "192.0.2.1"), 0);
    ck_assert_int_eq(take("another@example.com", "192.0.2.2"), 0);
    remove_folder();
}
END_TEST

START_TEST(an_account_tried_from_everywhere_waits_but_not_where_it_is_known)
{
    new_folder();
    const struct throttle home = { folder, "ann@example.com", "198.51.100.1" };
    ck_assert_int_eq(throttle_take(&home).wait, 0);
    throttle_right(&home);
    for (int i = 0; i < THROTTLE_FREE_ACCOUNT + 10; i++) {
        pass(THROTTLE_LONGEST_ACCOUNT);
        miss("ann@example.com", memory_printf(context, "192.0.2.%d", i), 1);
    }
    int wait = take("ann@example.com", "192.0.2.200");
    ck_assert_int_gt(wait, 0);
    ck_assert_int_le(wait, THROTTLE_LONGEST_ACCOUNT);
    ck_assert_int_eq(throttle_take(&home).wait, 0);
    remove_folder();
}
END_TEST

START_TEST(a_network_of_the_sixth_version_is_one_address)
{
    new_folder();
    for (int i = 0; i < THROTTLE_FREE; i++)
        miss("ann@example.com", memory_printf(context, "2001:db8::%x", i + 1), 1);
    ck_assert_int_gt(take("ann@example.com", "2001:db8::ffff"), 0);
    ck_assert_int_eq(take("ann@example.com", "2001:db8:0:1::1"), 0);
    remove_folder();
}
END_TEST

START_TEST(what_was_right_is_no_failure)
{
    new_folder();
    const struct throttle try = { folder, "ann@example.com", "192.0.2.1" };
    for (int i = 0; i < 3 * THROTTLE_FREE_ADDRESS; i++) {
        ck_assert_int_eq(throttle_take(&try).wait, 0);
        throttle_right(&try);
    }
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE - 1);
    ck_assert_int_eq(throttle_take(&try).wait, 0);
    throttle_right(&try);
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE_ACCOUNT);
    ck_assert_int_gt(take("ann@example.com", "192.0.2.1"), 0);
    remove_folder();
}
END_TEST

/* Somebody else behind the same address: in the same house, or behind a proxy that nobody told of. */
START_TEST(who_is_known_does_not_wait_for_others_of_the_same_address)
{
    new_folder();
    const struct throttle home = { folder, "ann@example.com", "192.0.2.1" };
    ck_assert_int_eq(throttle_take(&home).wait, 0);
    throttle_right(&home);
    for (int i = 0; i < THROTTLE_FREE_ADDRESS; i++)
        miss(memory_printf(context, "person%d@example.com", i), "192.0.2.1", 1);
    ck_assert_int_gt(take("another@example.com", "192.0.2.1"), 0);
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE_ACCOUNT - 1);
    ck_assert_int_eq(throttle_take(&home).wait, 0);
    int wait = 0;
    for (int i = 0; i < 8; i++) {
        wait = take("ann@example.com", "192.0.2.1");
        ck_assert_int_gt(wait, 0);
        ck_assert_int_le(wait, THROTTLE_LONGEST_ACCOUNT);
        pass(wait);
        miss("ann@example.com", "192.0.2.1", 1);
    }
    ck_assert_int_ge(wait, THROTTLE_LONGEST_ACCOUNT - 1);
    pass(THROTTLE_KNOWN);
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE);
    ck_assert_int_gt(take("ann@example.com", "192.0.2.1"), 0); /* and is known no more */
    remove_folder();
}
END_TEST

/* Otherwise the password of an account with a second factor would wipe out what was guessed of its codes. */
START_TEST(what_was_half_right_forgets_nothing)
{
    new_folder();
    const struct throttle try = { folder, "ann@example.com", "192.0.2.1" };
    for (int i = 0; i < THROTTLE_FREE - 1; i++) {
        ck_assert_int_eq(throttle_take(&try).wait, 0);
        throttle_give_back(&try);
        miss("ann@example.com", "192.0.2.1", 1);
    }
    miss("ann@example.com", "192.0.2.1", 1);
    ck_assert_int_gt(throttle_take(&try).wait, 0);
    remove_folder();
}
END_TEST

/* After a password was chosen anew. A link proves less than a sign-in does: the address has its own failures still, and is
 * no more known than before. */
START_TEST(what_is_forgotten_is_of_one_account_only)
{
    new_folder();
    const struct throttle try = { folder, "ann@example.com", "192.0.2.1" };
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE);
    miss("bob@example.com", "192.0.2.1", THROTTLE_FREE);
    ck_assert_int_gt(take("ann@example.com", "192.0.2.1"), 0);
    throttle_forget(&try);
    ck_assert_int_gt(take("bob@example.com", "192.0.2.1"), 0);
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE);
    ck_assert_int_gt(take("ann@example.com", "192.0.2.1"), 0); /* not as patient as with an address that is known */
    for (int i = 0; i < THROTTLE_FREE_ACCOUNT - THROTTLE_FREE; i++)
        miss("ann@example.com", memory_printf(context, "192.0.3.%d", i), 1);
    ck_assert_int_gt(take("ann@example.com", "192.0.2.2"), 0);
    throttle_forget(&try);
    miss("ann@example.com", "192.0.2.2", 1);
    for (int i = 0; i < THROTTLE_FREE_ADDRESS - 3 * THROTTLE_FREE; i++)
        miss(memory_printf(context, "person%d@example.com", i), "192.0.2.1", 1);
    ck_assert_int_gt(take("ann@example.com", "192.0.2.1"), 0); /* the address has failed so often */
    remove_folder();
}
END_TEST

START_TEST(the_first_who_is_told_to_wait_is_known)
{
    new_folder();
    const struct throttle try = { folder, "ann@example.com", "192.0.2.1" };
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE);
    ck_assert(throttle_take(&try).first);
    ck_assert(!throttle_take(&try).first);
    pass(THROTTLE_FIRST);
    ck_assert_int_eq(throttle_take(&try).wait, 0);
    ck_assert(throttle_take(&try).first);
    remove_folder();
}
END_TEST

START_TEST(many_at_the_same_time_are_no_way_around)
{
    enum { PROCESSES = 8, TRIES = 4 };
    int tries[2], allowed = 0;
    char byte;
    new_folder();
    ck_assert_int_eq(pipe(tries), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            for (int j = 0; j < TRIES; j++)
                if (take("ann@example.com", "192.0.2.1") == 0 && write(tries[1], "x", 1) != 1)
                    _exit(1);
            _exit(0);
        }
    for (int i = 0; i < PROCESSES; i++)
        wait(NULL);
    close(tries[1]);
    while (read(tries[0], &byte, 1) == 1)
        allowed++;
    close(tries[0]);
    ck_assert_int_eq(allowed, THROTTLE_FREE);
    remove_folder();
}
END_TEST

START_TEST(what_failed_long_ago_is_forgotten)
{
    new_folder();
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE);
    ck_assert_int_gt(take("ann@example.com", "192.0.2.1"), 0);
    pass(THROTTLE_FORGOTTEN);
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE);
    ck_assert_int_gt(take("ann@example.com", "192.0.2.1"), 0);
    remove_folder();
}
END_TEST

START_TEST(a_damaged_file_stops_nobody)
{
    FILE *file = fopen(memory_printf(context, "%s/throttle", new_folder()), "w");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 100000; i++)
        fputs("rubbish", file);
    fclose(file);
    miss("ann@example.com", "192.0.2.1", THROTTLE_FREE);
    ck_assert_int_gt(take("ann@example.com", "192.0.2.1"), 0);
    remove_folder();
}
END_TEST

/* What cannot be counted would be one of any number. */
START_TEST(without_a_folder_nobody_may_try)
{
    const struct throttle try = { "/nowhere/at/all", "ann@example.com", "192.0.2.1" };
    const struct throttle_answer answer = throttle_take(&try);
    ck_assert_int_gt(answer.wait, 0);
    ck_assert(answer.uncounted);
    ck_assert(!answer.first);
    throttle_right(&try);
    throttle_give_back(&try);
}
END_TEST

/* A new file has all its room: what comes later finds no disk full. */
START_TEST(the_file_is_whole_from_its_first_use)
{
    struct stat before, after;
    new_folder();
    const char *path = memory_printf(context, "%s/throttle", folder);
    ck_assert_int_eq(take("ann@example.com", "192.0.2.1"), 0);
    ck_assert_int_eq(stat(path, &before), 0);
    for (int i = 0; i < 200; i++)
        (void)take(memory_printf(context, "person%d@example.com", i), "192.0.2.1");
    ck_assert_int_eq(stat(path, &after), 0);
    ck_assert_int_eq(before.st_size, after.st_size);
    ck_assert_int_eq(before.st_blocks, after.st_blocks);
    ck_assert_int_ge(before.st_blocks * 512, before.st_size);
    remove_folder();
}
END_TEST

UNIT_MAIN("throttle", { who_fails_waits_longer_and_longer_and_nobody_else_does, 0 },
          { an_address_that_tries_many_accounts_waits, 0 },
          { an_account_tried_from_everywhere_waits_but_not_where_it_is_known, 0 },
          { a_network_of_the_sixth_version_is_one_address, 0 }, { what_was_right_is_no_failure, 0 },
          { what_was_half_right_forgets_nothing, 0 },
          { what_is_forgotten_is_of_one_account_only, 0 },
          { who_is_known_does_not_wait_for_others_of_the_same_address, 0 }, { the_first_who_is_told_to_wait_is_known, 0 },
          { many_at_the_same_time_are_no_way_around, 0 }, { what_failed_long_ago_is_forgotten, 0 },
          { a_damaged_file_stops_nobody, 0 }, { without_a_folder_nobody_may_try, 0 },
          { the_file_is_whole_from_its_first_use, 0 })
