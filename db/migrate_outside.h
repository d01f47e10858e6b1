/* Statements of a revision that run outside of its transactions, each once even when a run is killed in
 * between. */
#ifndef ROSTER_MIGRATE_OUTSIDE_H
#define ROSTER_MIGRATE_OUTSIDE_H

#include "migrate_run.h"

/* What PostgreSQL would do in a transaction, too, is done in one together with its line in the journal. What
 * it refuses there (CREATE INDEX CONCURRENTLY, DO with COMMIT) has its line written before and after;
 * was_begun says that the one before was found. */
struct error *outside_run(struct runner *runner, const struct journal_entry *entry, bool was_begun) MUST_USE;
/* ERROR_USAGE for a statement that could not be continued after it was cut off. */
struct error *outside_check(const void *context, const struct revision *revision,
                            const struct statement *statement) MUST_USE;

#endif
