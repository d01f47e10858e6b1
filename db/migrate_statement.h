/* One statement of a revision sent to the server, watched while it takes long, and explained when it fails. */
#ifndef ROSTER_MIGRATE_STATEMENT_H
#define ROSTER_MIGRATE_STATEMENT_H

#include "migrate_run.h"

/* An error is PostgreSQL's, with SQLSTATE; its message names file, line and statement. */
struct error *statement_run(struct runner *runner, const struct revision *revision,
                            const struct statement *statement) MUST_USE;
/* A lock that was not to be had, or a deadlock: the same may succeed soon. */
bool statement_may_retry(const struct error *error);

#endif
