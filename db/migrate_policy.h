/* Rules of access that are in the way of a revision's statements (rights_lift.h). */
#ifndef ROSTER_MIGRATE_POLICY_H
#define ROSTER_MIGRATE_POLICY_H

#include "migrate_run.h"

/* Remembers what PostgreSQL said of a statement that failed, when a policy was in its way and the statement is in a
 * transaction: then runner->met_policy is set, and the transaction may succeed when it is tried again. */
void policy_remember(struct runner *runner, const struct statement *statement, const struct error *error,
                     const char *detail);
/* Whether that is what it failed for. */
bool policy_is_in_the_way(const struct error *error, const char *detail);
/* Before a statement that met policies: lifts them, in the open transaction. */
struct error *policy_lift(struct runner *runner, const struct statement *statement) MUST_USE;
/* Before the transaction's COMMIT: what was lifted in it comes back where it fits. */
struct error *policy_put_back(struct runner *runner) MUST_USE;

#endif
