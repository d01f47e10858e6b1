/* Which revisions a target means, in the order in which they have to run. */
#ifndef ROSTER_MIGRATE_PLAN_H
#define ROSTER_MIGRATE_PLAN_H

#include "applied.h"

struct plan {
    struct revision **items;
    size_t count;
};

/* See migrate.h for the targets and errors. */
struct error *plan_upgrade(const void *context, const struct applied_state *state, const char *target,
                           struct plan *plan) MUST_USE;
struct error *plan_downgrade(const void *context, const struct applied_state *state, const char *target,
                             struct plan *plan) MUST_USE;
/* This one revision only, which no applied one may follow (ERROR_USAGE). */
struct error *plan_undo(const void *context, const struct applied_state *state, const char *id,
                        struct plan *plan) MUST_USE;
/* ERROR_REFUSED when the header of one of them says that its way down cannot bring something back, and that is not
 * allowed; or when there is no statement on that way: it would only look undone. */
struct error *plan_check_reversible(const void *context, const struct plan *plan, bool allowed) MUST_USE;
/* All revisions that count as applied afterwards. */
struct error *plan_stamp(const void *context, const struct applied_state *state, const char *target,
                         struct plan *plan) MUST_USE;

#endif
