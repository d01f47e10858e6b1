/* The age of the last backup that was proved by restoring it. */
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "backup.h"
#include "databases.h"
#include "health.h"
#include "memory.h"
#include "moment.h"

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
        if (backup_is_proof(&backups[i]))
            return &backups[i];
    return NULL;
}

static size_t count_in(const struct backup *backups, size_t count, enum backup_state state)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += backups[i].state == state;
    return found;
}

static size_t count_own(const struct backup *backups, size_t count)
{
    size_t own = 0;
    for (size_t i = 0; i < count; i++)
        own += backup_is_own(&backups[i]);
    return own;
}

/* The first of those that cannot be read tells why, and what to do. */
static void tell_unreadable(struct health *health, const struct backup *backups, size_t count)
{
    const size_t unreadable = count_in(backups, count, BACKUP_UNREADABLE);
    for (size_t i = 0; i < count; i++)
        if (backups[i].state == BACKUP_UNREADABLE) {
            health_add_error(health, "backups", error_new(health, ERROR_USAGE, "%zu of %zu cannot be read: \"%s\", %s",
                                                          unreadable, count, backups[i].name, backups[i].problem));
            return;
        }
}

/* Where the folder is a disk of its own, what is free beside it says nothing. The next backup is taken to be as large as the
 * newest. */
static void look_at_own_disk(struct health *health, const struct backup *backups, size_t count)
{
    struct stat own, var;
    struct statvfs disk;
    const char *folder = memory_printf(health, "%s/backups", health->settings->var);
    if (stat(folder, &own) != 0 || stat(health->settings->var, &var) != 0 || own.st_dev == var.st_dev ||
        statvfs(folder, &disk) != 0)
        return;
    const long long room = (long long)disk.f_bavail * (long long)disk.f_frsize;
    const long long needed = count > 0 && backups[0].manifest ? backups[0].manifest->size : 0;
    const char *finding = memory_printf(health, "%s free at \"%s\"", moment_size(health, room), folder);
    health_add_figure(health, "roster_backups_free_bytes", "Bytes free for the folder of backups, a disk of its own", NULL,
                      (double)room);
    if (room <= needed)
        health_add_error(health, "backups", error_new(health, ERROR_FAILED, "%s, too little for another one; make room",
                                                      finding));
    else
        health_add(health, "backups", finding);
}

struct query *health_queue_earlier(struct connection *connection, const struct settings *settings)
{
    return databases_queue_kept(connection, settings);
}

void health_load_earlier(struct health *health, const struct query *earlier)
{
    const long long count = query_number(earlier, 0, "count"), bytes = query_number(earlier, 0, "bytes");
    health_add_figure(health, "roster_earlier_databases", "Databases that restores put aside", NULL, (double)count);
    health_add_figure(health, "roster_earlier_databases_bytes", "What they take", NULL, (double)bytes);
    if (count == 0)
        return;
    health->earlier_words = memory_printf(health, "%lld earlier database%s kept by restores, %s", count,
                                          count == 1 ? "" : "s", moment_size(health, bytes));
    health_add_advice(health, "backups", memory_printf(health, "%s; delete what is not needed: roster restore --kept",
                                                       health->earlier_words));
}

void health_look_at_backups(struct health *health)
{
    struct backup *backups;
    size_t count;
    if (health_add_error(health, "backups", backup_list(health, health->settings, &backups, &count)))
        return;
    const struct backup *last = last_verified(backups, count);
    const size_t damaged = count_in(backups, count, BACKUP_DAMAGED);
    health->backups = count;
    health_add_figure(health, "roster_backups", "Backups that are kept", NULL, (double)count);
    look_at_own_disk(health, backups, count);
    if (damaged > 0)
        health_add_error(health, "backups", error_new(health, ERROR_DAMAGED, "%zu of %zu are damaged; delete them, and make "
                                                      "a new one", damaged, count));
    tell_unreadable(health, backups, count);
    if (!last) {
        const size_t own = count_own(backups, count);
        health->backup_words = own ? "none is verified" : count ? "none was made here: make the first one" : "make the first one";
        health_add_advice(health, "backups", own     ? "none of them was proved by restoring it: roster verify-backup NAME"
                                             : count ? "all were imported, none was made here: roster backup --verify"
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
