/* What runs in the database now. */
#ifndef ROSTER_ACTIVITY_H
#define ROSTER_ACTIVITY_H

#include "query.h"

/* Queues the statements of other sessions of this database that have been running for at least so many seconds, and
 * transactions that are open without doing anything, longest first: pid, started (exact, to name it by), seconds, state,
 * who (the role), program, waits (what for, or NULL), blocked_by (pids, or NULL), text. */
struct query *activity_queue(struct connection *connection, int seconds);
/* Queues cancelling the statement of this process, if it is still the one that started then: cancelled, program; no row when it
 * is not. The session stays. */
struct query *activity_queue_cancel(struct connection *connection, const char *pid, const char *started);

#endif
