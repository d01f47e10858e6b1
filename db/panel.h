/* The queries of panels, which the models file brings along. */
#ifndef ROSTER_PANEL_H
#define ROSTER_PANEL_H

#include "model.h"
#include "query.h"

/* Queues a panel's query; id is the record's primary key, NULL on the overview. */
struct query *panel_queue(struct connection *connection, const struct schema *schema, const struct panel *panel,
                          const char *id);
/* Queues counting a model's records, as list_load does: exact to list_count_limit + 1. */
struct query *panel_queue_count(struct connection *connection, const struct model *model);
/* Queues the planner's number of rows of this model's table (pg_class.reltuples), for beyond that. */
struct query *panel_queue_estimate(struct connection *connection, const struct model *model);

#endif
