/* One file of a seed: records of one model, as JSON.
 *
 *     { "model": "skill", "key": ["name"], "mode": "upsert", "records": [ { "name": "SQL", ... }, ... ] }
 *
 * key names the fields by which a record is found again. mode "upsert" (the default) inserts what is missing
 * and updates what differs; "sync" also marks its rows as managed (struct model's managed field) and removes
 * managed rows that the file no longer has, unless other rows need them. "optional": true skips the file,
 * with a notice, where no such model is declared. db/seed_record.h says what a record may hold. */
#ifndef ROSTER_SEED_FILE_H
#define ROSTER_SEED_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include "error.h"
#include "schema.h"

struct seed_file {
    const char *path;          /* as messages name it: seeds/demo/20-team.json */
    const char *folder;        /* seeds/demo */
    const struct model *model; /* NULL when the file is optional and its model is not declared */
    const struct field **key;  /* ends with NULL, has at least one */
    bool sync;
    const json_t *records; /* an array */
};

/* Reads and checks all but the records. What is wrong with it is ERROR_INVALID in the file's name. The parsed
 * JSON goes with the context. */
struct error *seed_file_read(const void *context, const struct schema *schema, const char *folder,
                             const char *name, struct seed_file **file) MUST_USE;
/* Any JSON object from a file; goes with the context. Equal names in one object are refused. */
struct error *seed_json_read(const void *context, const char *path, json_t **json) MUST_USE;

#endif
