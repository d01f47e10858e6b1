/* A comparison in progress: what difference.c and difference_table.c share. */
#ifndef ROSTER_DIFFERENCE_STATE_H
#define ROSTER_DIFFERENCE_STATE_H

#include "difference.h"
#include "difference_match.h"

struct comparison {
    struct difference *difference;
    const struct match *match;
};

void difference_add(struct comparison *comparison, struct operation operation);
/* Everything within a table that is on both sides. */
void difference_compare_table(struct comparison *comparison, const struct table_match *table);
/* Whether that key, constraint or foreign key of from can stay what it is. */
bool difference_same_constraint(const struct comparison *comparison, const struct table_match *table,
                                const struct catalog_constraint *from, const struct catalog_constraint *to);

#endif
