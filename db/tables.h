/* What the tables of this database hold, as PostgreSQL estimates and measures it. */
#ifndef ROSTER_TABLES_H
#define ROSTER_TABLES_H

#include "query.h"

/* Queues every table of the schema public, by name: name, rows (the planner's estimate, or what the statistics
 * have counted since),
 * size
 * (for people: with indexes and large values), bytes (the same as a number), indexes. */
struct query *tables_queue(struct connection *connection);

#endif
