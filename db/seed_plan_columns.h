/* How each column of a planned table is made: from "values", by its place among the other rows, or by its
 * type. */
#ifndef ROSTER_SEED_PLAN_COLUMNS_H
#define ROSTER_SEED_PLAN_COLUMNS_H

#include <jansson.h>
#include "seed_plan.h"

/* Fills the table's blocks and columns; the tables that it refers to have theirs already. Columns that stay
 * empty are left out. Errors come without the plan's name. */
struct error *seed_plan_columns(const void *context, const json_t *plan, struct plan_table *const *tables,
                                size_t count, struct plan_table *table) MUST_USE;

#endif
