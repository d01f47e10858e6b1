/* Columns whose new type would rewrite the table while everybody waits: each gets a successor of that type
 * beside it, which a trigger keeps up with it, is filled in batches, gets keys and indexes of its own, and
 * takes its name and place in one short transaction. Only the order of columns is another one afterwards: the
 * new ones are the last.
 *
 * It is a table's affair, as keys and indexes span columns, and one of all tables together that are tied by
 * references or by an enum type that is made anew. */
#ifndef ROSTER_PLAN_SUCCESSOR_H
#define ROSTER_PLAN_SUCCESSOR_H

#include "difference_match.h"
#include "plan_build.h"

struct plan_successor {
    const struct operation *operation; /* CHANGE_TYPE or REBUILD_ENUM */
    const struct catalog_column *from, *to;
    const char *next; /* its name as long as both are there */
    const char *type; /* of that time */
};

struct plan_succession {
    const char *table; /* its name now */
    const struct catalog_table *from, *to;
    struct plan_successor *columns;
    size_t count;
    const char *refused; /* why it cannot be, so that the types are changed in place; NULL when it can */
    int group;           /* those with the same one change places in one transaction */
    struct plan_succession *rest;
};

/* Finds them, and takes over the operations that they bring along. */
struct error *plan_find_successions(struct plan_build *build) MUST_USE;
/* Their statements, after those of all other operations. */
struct error *plan_add_successions(struct plan_build *build) MUST_USE;

/* That of the column, as it is called now; NULL when it has none. */
const struct plan_successor *plan_successor_of(const struct plan_succession *succession, const char *column);
/* Whether the constraint (of that table, as it is called now) spans a column that has a successor. old: of
 * difference->from. */
bool plan_succession_ties(const struct plan_build *build, const struct plan_succession *succession,
                          const char *table, const struct catalog_constraint *constraint, bool old);
/* The same for the text of an index of this table. */
bool plan_succession_mentions(const struct plan_build *build, const struct plan_succession *succession,
                              const char *shape, bool old);
/* An index of the table as it will be, over the successors. */
const char *plan_succession_shape(const struct plan_build *build, const struct plan_succession *succession,
                                  const char *shape);
/* SQL for a condition that is true when something hangs on the column that its successor would not have. */
const char *plan_succession_obstacles(const struct plan_build *build, const char *table, const char *column);
/* What its trigger's function is called. */
const char *plan_keeper(const struct plan_build *build, const struct plan_succession *succession);
/* Adds the statements that lead up to the change of places. */
void plan_prepare_succession(struct plan_build *build, const struct plan_succession *succession);
/* What an enum type is called until it takes the place of the one that it replaces. */
const char *plan_next_enum(const struct plan_build *build, const struct catalog_enum *type);

#endif
