/* The verbs that may be run as jobs, and what to do when one was cut off. */
#include <string.h>

#include "job.h"

#define RUN_AGAIN "Nothing was changed. Start it again when you like."

const struct job_kind job_kinds[] = {
    { "backup", "Back up",
      "An unfinished backup does not count, and the next run removes it. Look at the list of backups, and "
      "make another when it is not there.",
      true },
    { "verify-backup", "Verify a backup", "The backup is as it was. Verify it again.", false },
    { "restore", "Restore",
      "Unless the log ends with \"swapping it in\", the site's database is the one of before; look at the "
      "data. What was restored so far is removed by the next restore.",
      true },
    { "prune", "Remove old backups",
      "Some may be gone already, always replaced by newer ones. Start it again.", false },
    { "upgrade", "Upgrade",
      "What was applied is kept, and a revision that was cut off is continued where it stopped: start it "
      "again.",
      true },
    { "downgrade", "Downgrade",
      "What was undone is undone, and a revision that was cut off is continued where it stopped: start it "
      "again.",
      true },
    { "stamp", "Write the history", RUN_AGAIN, true },
    { "seed", "Seed", "The rows are there whole or not at all. Start it again.", true },
    { "rescue", "Rescue", "What was created is kept. Start it again: it creates what is still missing.",
      true },
    { "verify", "Verify revisions",
      "It worked on a scratch database, which the next run removes. Start it again.", false },
    { 0 },
};

const struct job_kind *job_kind_find(const char *verb)
{
    for (const struct job_kind *kind = job_kinds; kind->verb; kind++)
        if (strcmp(kind->verb, verb) == 0)
            return kind;
    return NULL;
}
