/* One record of a seed's file: found again by its key, then inserted, updated or left as it is.
 *
 * Its members are fields, links and files of the model:
 *
 *     { "name": "mira-okafor", "team_id": "platform", "capacity_hours": 32.5, "joined_on": "2023-04-03",
 *       "skills": ["SQL", "Incident response"] }
 *
 * What a record does not name is left to the default when the row is new, and left alone otherwise. A link
 * names all that the row is linked to. A password (given in plain, kept as a hash) is only written when the
 * row is new; a FIELD_KEY gets a hash of random bytes that nobody knows. References: db/seed_reference.h,
 * values: db/seed_value.h, files: db/seed_upload.h. */
#ifndef ROSTER_SEED_RECORD_H
#define ROSTER_SEED_RECORD_H

#include "seed_file.h"
#include "seed_reference.h"

enum seed_outcome { SEED_INSERTED, SEED_UPDATED, SEED_UNCHANGED };

/* The id belongs to context. Errors begin with the file's name, the record's number from 1, and the field. */
struct error *seed_record_apply(const void *context, struct seed_run *run, const struct seed_file *file,
                                size_t index, enum seed_outcome *outcome, const char **id) MUST_USE;

#endif
