/* The rows of a planned table, one by one, as lines of COPY's text format (PostgreSQL manual, COPY).
 *
 * A row depends on nothing but the plan and its own number: random numbers are a hash of column and row (a
 * counter-based generator), so rows can be made in any order, anywhere, and a reference to a row is made
 * without it. */
#ifndef ROSTER_SEED_GENERATE_H
#define ROSTER_SEED_GENERATE_H

#include "seed_plan.h"
#include "text.h"

/* Adds row index (from 0) and its newline. */
void seed_generate_row(struct text *out, const struct plan_table *table, uint64_t index);
/* "a", "b": the columns of such a line, quoted. */
void seed_generate_columns(struct text *out, const struct plan_table *table);

uint64_t seed_generate_stream(const char *name);
/* The 48 bits that the ids of a table of uuids end with: how its generated rows are told from others. */
uint64_t seed_generate_mark(const struct plan_table *table);

#endif
