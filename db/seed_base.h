/* Where the numbers of a table's generated rows begin: after the largest one in use. */
#ifndef ROSTER_SEED_BASE_H
#define ROSTER_SEED_BASE_H

#include "connection.h"
#include "seed_plan.h"

/* Fills table->base. Tables whose keys are neither numbers nor uuids continue after their count of rows. */
struct error *seed_base_find(const void *context, struct connection *db, struct plan_table *table) MUST_USE;
/* Takes the numbers of all rows from the table's sequence, at once and for good (sequences know no
 * transactions), so that a record that somebody saves meanwhile gets one of its own. Nothing for other kinds
 * of keys. */
struct error *seed_base_reserve(const void *context, struct connection *db,
                                const struct plan_table *table) MUST_USE;

#endif
