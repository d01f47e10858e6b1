/* What deleting a record would do: what goes with it, what loses its link, what is in the way.
 *
 * The database's own ON DELETE actions do the work; this looks ahead along the same relations, with every count capped
 * and ten examples each, so that it takes milliseconds whatever the table's size. */
#ifndef ROSTER_REMOVAL_H
#define ROSTER_REMOVAL_H

#include "query.h"
#include "schema.h"

#define REMOVAL_COUNT_MAX 10000
#define REMOVAL_EXAMPLES 10

enum removal_effect { REMOVAL_DELETES, REMOVAL_UNLINKS, REMOVAL_BLOCKS };

struct removal_group {
    enum removal_effect effect;
    const struct model *model; /* whose records */
    const char *through;       /* the label of the reference that leads here, "Opened by"; NULL when it cascades */
    bool links;                /* only rows of a link table go; the records stay */
    struct query *count, *examples;
    long long total;           /* REMOVAL_COUNT_MAX + 1 means more; after removal_load */
};

struct removal {
    struct removal_group *groups;
    size_t count;
    bool blocked; /* after removal_load */
};

/* Queues the look ahead. */
struct removal *removal_queue(struct connection *connection, const struct model *model, const char *id);
/* Fills totals, and drops the groups without records. */
void removal_load(struct removal *removal);

#endif
