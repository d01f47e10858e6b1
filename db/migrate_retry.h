/* Trying again what failed because others held a lock. */
#ifndef ROSTER_MIGRATE_RETRY_H
#define ROSTER_MIGRATE_RETRY_H

#include "migrate_run.h"

/* Runs the work, at most options.tries times as long as it fails with SQLSTATE 55P03 or 40P01 and leaves
 * nothing behind, and tells of each try. In between it lets go of everything for a random while that grows,
 * so that those who were waiting behind it, and the other side of a deadlock, come through.
 *
 * Where policies of the rules of access are in the way of a statement in a transaction, the work is done again without
 * them (migrate_policy.h), which is no try. */
struct error *retry(struct runner *runner, const struct revision *revision, const struct statement *statement,
                    struct error *(*work)(void *argument), void *argument) MUST_USE;

#endif
