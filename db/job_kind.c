/* The verbs that may be run as jobs, and what to do when one was cut off. */
#include <string.h>

#include "job.h"
#include "memory.h"
#include "restore.h"

enum { TAIL = 4096 };

#define RUN_AGAIN "Nothing was changed. Start it again when you like."

const struct job_kind job_kinds[] = {
    { "backup", "Back up",
      "An unfinished backup does not count, and the next run removes it. Look at the list of backups, and "
      "make another when it is not there.",
      true },
    { "verify-backup", "Verify a backup", "The backup is as it was. Verify it again.", false },
    { "restore", "Restore",
      "Nothing was changed: it ended before the swap. What was restored so far is removed by the next restore.",
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

/* Only in its swap it is not known from here whether that was done: the server goes on without the one who asked for it. */
static void look_for_swap(struct job *job, const struct settings *settings)
{
    struct job_log log;
    if (job_read_log(job, settings, job->id, -1, TAIL, &log))
        return;
    const char *swap = strstr(log.text, RESTORE_SWAPS), *back = strstr(log.text, RESTORE_PUTS_BACK);
    const char *named = strstr(log.text, RESTORE_BECOMES);
    if (!swap && !back)
        return;
    if (!named) {
        job->next = "It was cut off in its swap, and there was no database before: when the site has one now, it is the "
                    "restored one. Otherwise start it again.";
        return;
    }
    named += strlen(RESTORE_BECOMES);
    job->swap = memory_copy_length(job, named, strcspn(named, "\"\n"));
    job->next = memory_printf(job, "It was cut off in its swap. When the database %s is there (roster restore --kept), the swap "
                                   "was done; otherwise nothing was changed.",
                              job->swap);
}

void job_kind_next(struct job *job, const struct settings *settings)
{
    job->next = job->kind->interrupted;
    if (strcmp(job->kind->verb, "restore") == 0)
        look_for_swap(job, settings);
}
