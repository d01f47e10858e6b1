/* What PostgreSQL has against a seed's record, said as a place in the file and what to do there. */
#ifndef ROSTER_SEED_FAULT_H
#define ROSTER_SEED_FAULT_H

#include "seed_reference.h"

/* Turns an error from writing or comparing these values into "field 'x': what to do". The transaction is over
 * already (query_run rolled it back), so that a value that PostgreSQL could not read is found by trying them
 * one by one. */
struct error *seed_fault_explain(const void *context, struct seed_run *run, const struct model *model,
                                 const struct seed_value *values, size_t count, struct error *error);

#endif
