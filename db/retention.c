/* Which backups may go. */
#include "retention.h"

#include <string.h>
#include <time.h>

#include "memory.h"

enum { LEAST = 2, PERIOD_SIZE = 16 };

enum period_kind { PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH };

struct period {
    enum period_kind kind;
    const char *name;
    int count;
};

/* Equal texts are the same period. */
static void write_period(char *text, enum period_kind kind, time_t at)
{
    struct tm utc;
    gmtime_r(&at, &utc);
    switch (kind) {
    case PERIOD_DAY:
        strftime(text, PERIOD_SIZE, "%Y-%m-%d", &utc);
        break;
    case PERIOD_WEEK:
        strftime(text, PERIOD_SIZE, "%G-W%V", &utc);
        break;
    case PERIOD_MONTH:
        strftime(text, PERIOD_SIZE, "%Y-%m", &utc);
        break;
    }
}

struct retention retention_of(const struct settings *settings)
{
    return (struct retention){ .last = settings->keep_last,
                               .daily = settings->keep_daily,
                               .weekly = settings->keep_weekly,
                               .monthly = settings->keep_monthly,
                               .least = LEAST };
}

/* What was imported takes nobody's place, and neither does what cannot be compared with anything or not be read: all of
 * them go by hand alone. */
static bool is_good(const struct backup *backup)
{
    return backup_is_own(backup) && (backup->state == BACKUP_UNVERIFIED || backup->state == BACKUP_VERIFIED);
}

static const char *why_by_hand(const struct backup *backup)
{
    return backup->state == BACKUP_UNREADABLE   ? "it cannot be read, and may be good"
           : !backup_is_own(backup)             ? "imported: it goes only when you delete it"
           : backup->state == BACKUP_RESTORABLE ? "nothing tells what it should hold"
                                                : NULL;
}

static void keep(struct retention_verdict *verdict, const char *why)
{
    if (!verdict->keep)
        *verdict = (struct retention_verdict){ .keep = true, .why = why };
}

/* The newest good one of each of the last periods that have one. */
static void keep_periods(const void *context, const struct period *period, const struct backup *backups,
                         size_t count, struct retention_verdict *verdicts)
{
    char before[PERIOD_SIZE] = "";
    int left = period->count;
    for (size_t i = 0; i < count && left > 0; i++) {
        char now[PERIOD_SIZE];
        if (!is_good(&backups[i]))
            continue;
        write_period(now, period->kind, (time_t)backups[i].manifest->at);
        if (strcmp(now, before) == 0)
            continue;
        memcpy(before, now, sizeof before);
        left--;
        keep(&verdicts[i], memory_printf(context, "the newest of %s %s", period->name, now));
    }
}

static void keep_first(const struct backup *backups, size_t count, struct retention_verdict *verdicts,
                       int number, const char *why)
{
    for (size_t i = 0; i < count && number > 0; i++) {
        if (!is_good(&backups[i]))
            continue;
        keep(&verdicts[i], why);
        number--;
    }
}

/* Only a proven successor lets one go; what is kept is decided by then. */
static void keep_unreplaced(const struct backup *backups, size_t count, struct retention_verdict *verdicts)
{
    bool replaced = false;
    for (size_t i = 0; i < count; i++) {
        if (!replaced)
            keep(&verdicts[i], "no newer backup is verified");
        replaced |= verdicts[i].keep && backup_is_proof(&backups[i]);
    }
}

void retention_judge(const void *context, const struct retention *retention, const struct backup *backups,
                     size_t count, struct retention_verdict *verdicts)
{
    const struct period periods[] = { { PERIOD_DAY, "the day", retention->daily },
                                      { PERIOD_WEEK, "the week", retention->weekly },
                                      { PERIOD_MONTH, "the month", retention->monthly } };
    for (size_t i = 0; i < count; i++)
        verdicts[i] = (struct retention_verdict){ .keep = false,
                                                  .why = is_good(&backups[i]) ? "older than what is kept"
                                                                              : "damaged, and replaced" };
    for (size_t i = 0; i < count; i++)
        if (why_by_hand(&backups[i]))
            keep(&verdicts[i], why_by_hand(&backups[i]));
    keep_first(backups, count, verdicts, retention->last,
               memory_printf(context, "one of the last %d", retention->last));
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
        keep_periods(context, &periods[i], backups, count, verdicts);
    keep_first(backups, count, verdicts, retention->least,
               memory_printf(context, "at least %d are kept", retention->least));
    keep_unreplaced(backups, count, verdicts);
}
