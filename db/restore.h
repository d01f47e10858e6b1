/* Puts a backup in the place of the site's database.
 *
 * It is restored into a new database beside it, compared with its manifest, and only then swapped in by
 * renaming; the earlier database is kept under a name with the time in it. Whatever fails or is killed before
 * that leaves the site as it was. Everybody has to sign in again: sign-ins that had ended since the backup
 * must not come back to life. */
#ifndef ROSTER_RESTORE_H
#define ROSTER_RESTORE_H

#include <stdbool.h>
#include "settings.h"

struct restore_outcome {
    const char *kept;   /* the name of the earlier database; NULL when there was none */
    const char *advice; /* what is left to do, such as upgrading; NULL for nothing */
    long long rows;
    bool compared; /* with what its manifest says; false when that tells no rows */
};

/* ERROR_DAMAGED for a backup that is no good, ERROR_REFUSED when the role lacks rights or a migration runs.
 */
struct error *restore_run(const void *context, const struct settings *settings, const char *name,
                          struct restore_outcome *outcome) MUST_USE;
/* Puts the database back that the last restore put aside, or the one of this name (NULL: the last); what is
 * there now is put aside in turn. */
struct error *restore_undo(const void *context, const struct settings *settings, const char *kept,
                           struct restore_outcome *outcome) MUST_USE;

#endif
