/* Finds contradictions in a models file before anything is done with it: each is ERROR_USAGE that names the
 * file, the line, the model and field, and what to write instead. */
#ifndef ROSTER_SCHEMA_CHECK_H
#define ROSTER_SCHEMA_CHECK_H

#include "catalog.h"
#include "error.h"
#include "schema.h"

/* Tables, addresses and field names: well-formed and unique. Runs before relations are resolved. */
struct error *schema_check_names(const void *context, const struct schema *schema) MUST_USE;
/* Everything else: types, limits, relations, constraints, earlier names, and the names that follow from them.
 */
struct error *schema_check(const void *context, const struct schema *schema) MUST_USE;

/* Earlier names (.was) that lead nowhere: the database, or what the revisions make of an empty one, has
 * neither the earlier nor the new name, in a table or type that is there. Of a rename that was applied long
 * ago it has the new one, which is fine. A database without any of the models' tables has nothing to rename.
 */
struct error *schema_check_stale(const void *context, const struct schema *schema,
                                 const struct catalog *there) MUST_USE;

#endif
