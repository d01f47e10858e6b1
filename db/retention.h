/* Which backups may go: the last few are kept, and the newest of each day, week and month for a while. */
#ifndef ROSTER_RETENTION_H
#define ROSTER_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include "backup.h"
#include "settings.h"

struct retention {
    int last, daily, weekly, monthly; /* how many of each are kept */
    int least;                        /* so many are kept in any case */
};

struct retention_verdict {
    bool keep;
    const char *why; /* "one of the last 7", "the newest of 2026-11", or why it goes */
};

/* Backups are the newest first, as backup_list has them; a verdict for each. None goes for which there is no newer one
 * that is verified and stays. Days, weeks (ISO 8601) and months are those of UTC. */
void retention_judge(const void *context, const struct retention *retention, const struct backup *backups, size_t count,
                     struct retention_verdict *verdicts);
/* As the configuration has it (ROSTER_KEEP_LAST and its companions). */
struct retention retention_of(const struct settings *settings);

#endif
