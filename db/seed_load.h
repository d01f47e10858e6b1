/* A seed that is generated: as many rows as plan.json says, for trying the program at size.
 *
 *     { "rows": { "team": 1000, "member": 50000, "member_skill": 150000 },
 *       "least": { "skill": 20 },
 *       "values": { "thread.subject": ["Renew the contract with {word} {n}", ...], "user.is_superuser": false
 * } }
 *
 * rows says how many rows of each model and link table there are at scale 1, least how many there are however
 * small the scale is. Values follow from the models (db/seed_generate.h); "values" gives better ones for a
 * field: a constant, or a list to choose from, in which {n} is the row's number and {word} some word.
 *
 * The same plan and scale make the same rows on every machine and whenever they are made: nothing depends on
 * time or chance. Numbers continue after the largest one in use, so that a database that holds something
 * already keeps it. */
#ifndef ROSTER_SEED_LOAD_H
#define ROSTER_SEED_LOAD_H

#include "connection.h"
#include "seed.h"

/* Whether this seed's folder has a plan. */
bool seed_load_is_plan(const char *folder);
/* Loads by COPY in one transaction (PostgreSQL manual, 14.4), indexes and constraints in place, then lets
 * VACUUM bring statistics and visibility up to date. Memory stays the same at any scale. */
struct error *seed_load_run(const void *context, struct connection *db, const struct schema *schema,
                            const char *folder, const struct seed_options *options,
                            struct seed_counts *counts) MUST_USE;

#endif
