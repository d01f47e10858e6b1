/* Which backups may go. */
#include "unit.h"

#include <time.h>

#include "../../db/retention.h"

enum { MOST = 400 };

static struct backup backups[MOST];
static struct manifest manifests[MOST];
static struct retention_verdict verdicts[MOST];
static const struct retention usual = { .last = 3, .daily = 4, .weekly = 3, .monthly = 2, .least = 2 };

/* The newest first, so many hours apart, all of them verified; the newest was made at 12:00 on Wednesday
 * 2026-11-25. */
static void make(size_t count, int hours)
{
    struct tm noon = { .tm_year = 126, .tm_mon = 10, .tm_mday = 25, .tm_hour = 12 };
    const time_t newest = timegm(&noon);
    for (size_t i = 0; i < count; i++) {
        manifests[i] = (struct manifest){ .at = newest - (long long)i * hours * 3600, .origin = "made" };
        backups[i] = (struct backup){ .name = "x", .manifest = &manifests[i], .state = BACKUP_VERIFIED };
    }
}

static size_t judge(const struct retention *retention, size_t count)
{
    size_t kept = 0;
    retention_judge(context, retention, backups, count, verdicts);
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_nonnull(verdicts[i].why);
        kept += verdicts[i].keep;
    }
    return kept;
}

START_TEST(the_last_and_the_newest_of_each_period_stay)
{
    make(60, 24); /* one a day, from November 25 back to September 27 */
    ck_assert_uint_eq(judge(&usual, 60), 6);
    const size_t kept[] = { 0, 1, 2, 3, 10, 25 };
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        ck_assert_msg(verdicts[kept[i]].keep, "%zu", kept[i]);
    ck_assert_str_eq(verdicts[0].why, "one of the last 3");
    ck_assert_str_eq(verdicts[3].why, "the newest of the day 2026-11-22");
    ck_assert_str_eq(verdicts[10].why, "the newest of the week 2026-W46");
    ck_assert_str_eq(verdicts[25].why, "the newest of the month 2026-10");
    ck_assert(!verdicts[4].keep);
    ck_assert_str_eq(verdicts[4].why, "older than what is kept");
}
END_TEST

START_TEST(days_without_a_backup_are_not_counted)
{
    make(20, 24 * 40); /* every fortieth day */
    const struct retention daily = { .last = 1, .daily = 5, .least = 1 };
    ck_assert_uint_eq(judge(&daily, 20), 5);
    ck_assert(verdicts[4].keep && !verdicts[5].keep);
}
END_TEST

START_TEST(several_of_a_day_leave_the_newest)
{
    make(48, 1);
    const struct retention daily = { .last = 1, .daily = 2, .least = 1 };
    ck_assert_uint_eq(judge(&daily, 48), 2);
    ck_assert(verdicts[0].keep && verdicts[13].keep); /* 23:00 on the day before */
}
END_TEST

START_TEST(a_minimum_stays_whatever_is_asked_for)
{
    make(5, 24);
    const struct retention none = { .last = 0, .least = 2 };
    ck_assert_uint_eq(judge(&none, 5), 2);
    ck_assert(verdicts[0].keep && verdicts[1].keep);
}
END_TEST

START_TEST(without_a_verified_one_nothing_goes)
{
    make(100, 24);
    for (size_t i = 0; i < 100; i++)
        backups[i].state = BACKUP_UNVERIFIED;
    ck_assert_uint_eq(judge(&usual, 100), 100);
    ck_assert_str_eq(verdicts[99].why, "no newer backup is verified");
}
END_TEST

START_TEST(only_what_is_older_than_a_kept_verified_one_goes)
{
    make(30, 24);
    for (size_t i = 0; i < 30; i++)
        backups[i].state = i == 10 ? BACKUP_VERIFIED : BACKUP_UNVERIFIED;
    judge(&usual, 30);
    for (size_t i = 0; i <= 10; i++)
        ck_assert_msg(verdicts[i].keep, "%zu", i);
    ck_assert(!verdicts[11].keep);
    ck_assert(verdicts[25].keep); /* the month */
}
END_TEST

START_TEST(a_verified_one_that_goes_itself_replaces_nothing)
{
    make(10, 1);
    const struct retention last = { .last = 2, .least = 2 };
    for (size_t i = 0; i < 10; i++)
        backups[i].state = i == 4 ? BACKUP_VERIFIED : BACKUP_UNVERIFIED;
    ck_assert_uint_eq(judge(&last, 10), 5);
    ck_assert(verdicts[4].keep && !verdicts[5].keep);
}
END_TEST

START_TEST(damaged_ones_count_for_nothing_and_go_when_replaced)
{
    make(10, 24);
    backups[0].state = backups[2].state = BACKUP_DAMAGED;
    backups[2].manifest = NULL;
    const struct retention last = { .last = 3, .least = 2 };
    judge(&last, 10);
    ck_assert(verdicts[0].keep); /* nothing newer is verified */
    ck_assert(verdicts[1].keep && verdicts[3].keep && verdicts[4].keep);
    ck_assert(!verdicts[2].keep);
    ck_assert_str_eq(verdicts[2].why, "damaged, and replaced");
}
END_TEST

/* They come first in the list, and without them nothing would be different. */
static void put_before_verified_ones(enum backup_state state, const char *origin)
{
    make(12, 24);
    for (size_t i = 0; i < 3; i++) {
        backups[i].state = state;
        manifests[i].origin = origin;
    }
    for (size_t i = 3; i < 12; i++)
        backups[i].state = BACKUP_UNVERIFIED;
}

START_TEST(what_was_imported_lets_nothing_go)
{
    put_before_verified_ones(BACKUP_VERIFIED, "imported");
    ck_assert_uint_eq(judge(&usual, 12), 12);
    ck_assert_str_eq(verdicts[0].why, "imported: it goes only when you delete it");
    ck_assert_str_eq(verdicts[3].why, "one of the last 3");
    ck_assert_str_eq(verdicts[11].why, "no newer backup is verified");
}
END_TEST

START_TEST(what_was_compared_with_nothing_lets_nothing_go)
{
    put_before_verified_ones(BACKUP_RESTORABLE, "made");
    ck_assert_uint_eq(judge(&usual, 12), 12);
    ck_assert_str_eq(verdicts[3].why, "one of the last 3");
}
END_TEST

START_TEST(what_cannot_be_read_stays)
{
    make(12, 24);
    backups[11].state = BACKUP_UNREADABLE;
    backups[11].manifest = NULL;
    const struct retention last = { .last = 3, .least = 2 };
    ck_assert_uint_eq(judge(&last, 12), 4);
    ck_assert(verdicts[11].keep && !verdicts[10].keep);
    ck_assert_str_eq(verdicts[11].why, "it cannot be read, and may be good");
}
END_TEST

START_TEST(none_is_fine)
{
    ck_assert_uint_eq(judge(&usual, 0), 0);
}
END_TEST

UNIT_MAIN("retention", { the_last_and_the_newest_of_each_period_stay, 0 },
          { days_without_a_backup_are_not_counted, 0 }, { several_of_a_day_leave_the_newest, 0 },
          { a_minimum_stays_whatever_is_asked_for, 0 }, { without_a_verified_one_nothing_goes, 0 },
          { only_what_is_older_than_a_kept_verified_one_goes, 0 },
          { a_verified_one_that_goes_itself_replaces_nothing, 0 },
          { damaged_ones_count_for_nothing_and_go_when_replaced, 0 }, { what_was_imported_lets_nothing_go, 0 },
          { what_was_compared_with_nothing_lets_nothing_go, 0 }, { what_cannot_be_read_stays, 0 }, { none_is_fine, 0 })
