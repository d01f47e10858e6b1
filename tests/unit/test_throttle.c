/* Failed tries: counted by name, shared through a file, forgotten in time, and never in the way when that fails. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../cgi/throttle.h"
#include "unit.h"

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

START_TEST(ten_failures_are_enough_and_count_for_one_name)
{
    const char *var = new_folder();
    for (int i = 0; i < THROTTLE_TRIES; i++) {
        ck_assert(throttle_allows(var, "one"));
        throttle_fail(var, "one");
    }
    ck_assert(!throttle_allows(var, "one"));
    ck_assert(throttle_allows(var, "other"));
    remove_folder();
}
END_TEST

/* The times in the file are moved back, as if they had passed. */
START_TEST(what_failed_long_ago_is_forgotten)
{
    const char *var = new_folder();
    for (int i = 0; i < THROTTLE_TRIES; i++)
        throttle_fail(var, "one");
    int descriptor = open(memory_printf(context, "%s/throttle", var), O_RDWR);
    struct stat status;
    ck_assert_int_eq(fstat(descriptor, &status), 0);
    for (off_t at = 16; at + 24 <= status.st_size; at += 24) {
        int64_t since = 0;
        ck_assert_int_eq(pread(descriptor, &since, sizeof since, at + 8), sizeof since);
        since -= THROTTLE_SECONDS;
        ck_assert_int_eq(pwrite(descriptor, &since, sizeof since, at + 8), sizeof since);
    }
    close(descriptor);
    ck_assert(throttle_allows(var, "one"));
    throttle_fail(var, "one");
    ck_assert(throttle_allows(var, "one"));
    remove_folder();
}
END_TEST

START_TEST(a_damaged_file_stops_nobody)
{
    const char *var = new_folder();
    FILE *file = fopen(memory_printf(context, "%s/throttle", var), "w");
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < 1000; i++)
        fputs("rubbish", file);
    fclose(file);
    ck_assert(throttle_allows(var, "one"));
    throttle_fail(var, "one");
    ck_assert(throttle_allows(var, "one"));
    remove_folder();
}
END_TEST

START_TEST(without_a_folder_nobody_is_stopped)
{
    throttle_fail("/nowhere/at/all", "one");
    ck_assert(throttle_allows("/nowhere/at/all", "one"));
}
END_TEST

UNIT_MAIN("throttle", { ten_failures_are_enough_and_count_for_one_name, 0 }, { what_failed_long_ago_is_forgotten, 0 },
          { a_damaged_file_stops_nobody, 0 }, { without_a_folder_nobody_is_stopped, 0 })
