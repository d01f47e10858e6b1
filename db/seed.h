/* Seeds: rows that come with the program, kept as files in seeds/NAME/ and written by `roster seed NAME`.
 *
 * A folder holds either a plan.json, whose rows are generated (db/seed_load.h), or JSON files taken in the
 * order of their names (db/seed_file.h). Everything follows from the models: a seed names models and fields,
 * and nothing here knows of teams or skills. One seed is one transaction: it takes effect whole or not at
 * all, and running it again changes nothing that is as the files say. */
#ifndef ROSTER_SEED_H
#define ROSTER_SEED_H

#include <stdbool.h>
#include "error.h"
#include "schema.h"
#include "settings.h"

struct seed_counts {
    long long inserted, updated, unchanged, removed;
    long long kept; /* managed rows that are gone from the files, but that other rows still need */
};

struct seed_options {
    double scale;               /* of a plan.json: 1 is the plan itself; 0 counts as 1 */
    bool dry_run;               /* does everything, counts, and rolls back */
    bool quiet;                 /* says nothing on standard output and standard error */
    struct seed_counts *counts; /* when not NULL: filled with the totals */
};

/* Runs one seed on settings->direct_url. The counts of each model go to standard output, and so does a line
 * "first sign-in: EMAIL PASSWORD" when the seed "initial" made the first superuser with a generated password;
 * progress goes to standard error when that is a terminal. A seed that is not there is ERROR_USAGE, a file
 * that says something impossible ERROR_INVALID naming file, record, field and what to do; nothing is changed
 * then. */
struct error *seed_run(const void *context, const struct settings *settings, const struct schema *schema,
                       const char *name, const struct seed_options *options) MUST_USE;
/* The seeds there are, sorted, ending with NULL. A missing folder has none. */
struct error *seed_names(const void *context, const struct settings *settings, char ***names) MUST_USE;

#endif
