/* One change of a database at a time: whoever migrates, restores, seeds or backs up holds the database's
 * turn, a lock on a file in the folder jobs of settings->var. It goes with the process, however that ends.
 * Migrations and restores also hold a lock within the database (migrate_run.h), for those that come from
 * another machine. */
#ifndef ROSTER_TURN_H
#define ROSTER_TURN_H

#include <stdbool.h>
#include "error.h"
#include "settings.h"

/* Takes the turn, until the context is freed. what is told to others: "restore of roster-20261125-031502".
 * When somebody else has it: waits when patient, telling so on standard error; otherwise ERROR_REFUSED, which
 * says who, what and since when. A patient one that may not write in the folder goes without, as what it does
 * is safe by itself. */
struct error *turn_take(const void *context, const struct settings *settings, const char *what,
                        bool patient) MUST_USE;
/* ERROR_REFUSED, in the same words, when somebody has it. */
struct error *turn_check(const void *context, const struct settings *settings) MUST_USE;

#endif
