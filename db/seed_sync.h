/* The end of a file in mode "sync": removing the managed rows that it no longer has. */
#ifndef ROSTER_SEED_SYNC_H
#define ROSTER_SEED_SYNC_H

#include "seed.h"
#include "seed_file.h"
#include "seed_reference.h"

/* ids: the rows that the file has. A row that others refer to stays, is counted as kept and named on standard
 * error (unless quiet); removing it would change those others behind their owners' backs. */
struct error *seed_sync_remove(const void *context, struct seed_run *run, const struct seed_file *file,
                               const char *const *ids, size_t count, bool quiet,
                               struct seed_counts *counts) MUST_USE;

#endif
