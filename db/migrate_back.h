/* Takes back a revision that was left half-way up: statement by statement, the last one first, each with the
 * SQL that its file names for that in a comment above it:
 *
 *     -- undo: ALTER TABLE team DROP COLUMN colour
 *     ALTER TABLE team ADD COLUMN colour text;
 *
 * "-- undo: nothing" says that what is left of it does no harm. Each goes with its line of the journal, so
 * that after a kill the revision is as far as that line says, and can be taken back further, or applied. */
#ifndef ROSTER_MIGRATE_BACK_H
#define ROSTER_MIGRATE_BACK_H

#include "migrate_run.h"

/* ERROR_PENDING when a statement that was run has no such line: which one, and what can be done. */
struct error *migrate_back_check(const void *context, const struct revision *revision,
                                 const struct journal *journal) MUST_USE;
/* A statement that fails is named as in migrate_run. */
struct error *migrate_back(struct runner *runner, const struct revision *revision,
                           const struct journal *journal) MUST_USE;

#endif
