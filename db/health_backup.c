/* The age of the last backup that was proved by restoring it. */
#include <time.h>

#include "backup.h"
#include "health.h"
#include "memory.h"

enum { STALE_HOURS = 48 };

static const char *ago(const void *context, long long seconds)
{
    if (seconds < 7200)
        return memory_printf(context, "%lld minutes ago", seconds / 60);
    if (seconds < 172800)
        return memory_printf(context, "%lld hours ago", seconds / 3600);
    return memory_printf(context, "%lld days ago", seconds / 86400);
}

/* The list has the newest first. */
static const struct backup *last_verified(const struct backup *backups, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (backups[i].state == BACKUP_VERIFIED && backups[i].manifest)
            return &backups[i];
    return NULL;
}

static size_t count_damaged(const struct backup *backups, size_t count)
{
    size_t damaged = 0;
    for (size_t i = 0; i < count; i++)
        damaged += backups[i].state == BACKUP_DAMAGED;
    return damaged;
}

void health_look_at_backups(struct health *health)
{
    struct backup *backups;
    size_t count;
    if (health_add_error(health, "backups", backup_list(health, health->settings, &backups, &count)))
        return;
    const struct backup *last = last_verified(backups, count);
    const size_t damaged = count_damaged(backups, count);
    health->backups = count;
    health_add_figure(health, "roster_backups", "Backups that are kept", NULL, (double)count);
    if (damaged > 0)
        health_add_error(health, "backups", error_new(health, ERROR_DAMAGED, "%zu of %zu are damaged; delete them, and make "
                                                      "a new one", damaged, count));
    if (!last) {
        health->backup_words = count ? "none is verified" : "make the first one";
        health_add_advice(health, "backups", count ? "none of them was proved by restoring it: roster verify-backup NAME"
                                                   : "there is none: roster backup --verify");
        return;
    }
    const long long age = (long long)time(NULL) - last->manifest->at;
    health->backup_words = memory_printf(health, "the last verified one %s", ago(health, age));
    health->backup_fresh = age < STALE_HOURS * 3600LL;
    health_add_figure(health, "roster_backup_verified_age_seconds", "Age of the newest backup that was proved by restoring",
                      NULL, (double)age);
    const char *finding = memory_printf(health, "%zu, %s", count, health->backup_words);
    if (health->backup_fresh)
        health_add(health, "backups", finding);
    else
        health_add_advice(health, "backups", memory_printf(health, "%s: make one every night (roster backup --schedule)",
                                                           finding));
}
