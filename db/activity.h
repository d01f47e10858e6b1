/* What runs in the database now. */
#ifndef ROSTER_ACTIVITY_H
#define ROSTER_ACTIVITY_H

#include <stdbool.h>
#include "query.h"

/* Queues the statements of other sessions of this database that have been running for at least so many seconds, and
 * transactions that are open without doing anything, longest first: pid, started (exact, to name it by), seconds, state,
 * who (the role), program, waits (what for, or NULL), blocked_by (pids, or NULL), idle (it is such a transaction),
 * protected (a PostgreSQL superuser's, which only another one may end), text. */
struct query *activity_queue(struct connection *connection, int seconds);
/* Queues cancelling the statement of this process, if it is still the one that started then; or, idle, ending the session
 * of a transaction that does nothing since: ended, program; no row when it is not so any more. SQLSTATE 42501 when this
 * role may not. */
struct query *activity_queue_end(struct connection *connection, const char *pid, const char *started, bool idle);

#endif
