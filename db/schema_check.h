/* Finds contradictions in a models file before anything is done with it. */
#ifndef ROSTER_SCHEMA_CHECK_H
#define ROSTER_SCHEMA_CHECK_H

#include "error.h"
#include "schema.h"

/* Tables, addresses and field names: well-formed and unique. Runs before relations are resolved. */
struct error *schema_check_names(const void *context, const struct schema *schema) MUST_USE;
/* Everything else: types, limits, relations, constraints. */
struct error *schema_check(const void *context, const struct schema *schema) MUST_USE;

#endif
