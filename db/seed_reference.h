/* How a seed names other rows: not by number, but by what people know them by.
 *
 *     "owner_id": { "email": "mira.okafor@example.org" }      fields of the other model, all of which must
 * match "team_id": "platform"                                   its title field "parent_id": { "thread_id": {
 * "subject": "..." }, "note": "..." }      references within
 *
 * The value "{first_superuser}" stands for the email address of the first superuser. */
#ifndef ROSTER_SEED_REFERENCE_H
#define ROSTER_SEED_REFERENCE_H

#include <jansson.h>
#include "error.h"
#include "query.h"
#include "schema.h"
#include "seed_value.h"
#include "sql.h"

/* One run of a seed, as far as its records need it. */
struct seed_run {
    const struct schema *schema;
    struct connection *db; /* in the seed's transaction */
    const char *superuser; /* NULL when there is none */
    json_t *found;         /* references looked up before: what they said, and the key */
};

/* The primary key of the row meant, as text. ERROR_INVALID, without the place, when there is none or several. */
struct error *seed_reference_find(const void *context, struct seed_run *run, const struct model *target,
                                  const json_t *json, const char **id) MUST_USE;
/* Adds "a = $1 AND b IS NULL ...". */
void seed_reference_where(struct sql *sql, const struct seed_value *values, size_t count);
/* Runs one statement at once; its rows go with the context. */
struct error *seed_run_query(const void *context, struct seed_run *run, const struct sql *sql,
                             struct query **query) MUST_USE;

#endif
