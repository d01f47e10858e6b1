/* Puts a backup in the place of the site's database.
 *
 * It is restored into a new database beside it, compared with its manifest, and only then swapped in by
 * renaming; the earlier database is kept under a name with the time in it. Whatever fails or is killed before
 * that leaves the site as it was. Everybody has to sign in again: sign-ins that had ended since the backup
 * must not come back to life, nor links to choose a new password that were used since. */
#ifndef ROSTER_RESTORE_H
#define ROSTER_RESTORE_H

#include <stdbool.h>
#include "connection.h"
#include "settings.h"

/* In its log when the swap begins, and before the name that the site's database gets in it. */
#define RESTORE_SWAPS "swapping it in"
#define RESTORE_PUTS_BACK "putting \""
#define RESTORE_BECOMES "; the database of until now becomes \""

struct restore_outcome {
    const char *kept;   /* the name of the earlier database; NULL when there was none */
    const char *advice; /* what is left to do, such as upgrading; NULL for nothing */
    long long rows;
    bool compared; /* with what its manifest says; false when that tells no rows */
};

/* ERROR_DAMAGED for a backup that is no good, ERROR_REFUSED when the role lacks rights or a migration runs. who is told
 * in the audit of the database that is swapped in. */
struct error *restore_run(const void *context, const struct settings *settings, const char *name, const char *who,
                          struct restore_outcome *outcome) MUST_USE;
/* Puts the database back that the last restore put aside, or the one of this name (NULL: the last); what is
 * there now is put aside in turn. It is prepared like a restored one: no sign-in comes back to life with it. What is in
 * the way of the swap is told before that, and one that is refused all the same leaves no line of it in the audit. */
struct error *restore_undo(const void *context, const struct settings *settings, const char *kept, const char *who,
                           struct restore_outcome *outcome) MUST_USE;
/* What came of one that was cut off in its swap, in words: whether the database that the swap was to put aside under the name
 * kept is there, or the audit tells of it. */
struct error *restore_tell(const void *context, struct connection *connection, const char *kept,
                           const char **words) MUST_USE;
/* Deletes a database that a restore put aside, and tells the audit of the site's. ERROR_NOT_FOUND for any other. */
struct error *restore_drop_kept(const void *context, const struct settings *settings, const char *kept,
                                const char *who) MUST_USE;

#endif
