/* Indexes that cost more than they give. */
#ifndef ROSTER_INDEX_USE_H
#define ROSTER_INDEX_USE_H

#include "query.h"

/* Queues the indexes that no statement has used since the counters began, less those that a constraint needs: name,
 * table, size, largest first. */
struct query *index_use_queue_unused(struct connection *connection);
/* Queues the indexes that another one of the same table makes superfluous, since it begins with the same columns: name,
 * table, size, other. */
struct query *index_use_queue_duplicates(struct connection *connection);

#endif
