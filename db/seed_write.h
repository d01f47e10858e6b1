/* Writing a seed's row, with the line of history that every change of a record leaves. */
#ifndef ROSTER_SEED_WRITE_H
#define ROSTER_SEED_WRITE_H

#include "seed_reference.h"

/* The new row's primary key as text, in *id. */
struct error *seed_write_insert(const void *context, struct seed_run *run, const struct model *model,
                                const struct seed_value *values, size_t count, const char **id) MUST_USE;
/* Sets these columns, and updated_at when the model has it. */
struct error *seed_write_update(const void *context, struct seed_run *run, const struct model *model,
                                const char *id, const struct seed_value *values, size_t count) MUST_USE;
struct error *seed_write_delete(const void *context, struct seed_run *run, const struct model *model,
                                const char *id) MUST_USE;
/* Makes the rows linked to id exactly these; *changed tells whether they were others before. */
struct error *seed_write_links(const void *context, struct seed_run *run, const struct link *link,
                               const char *id, const char *const *targets, size_t count,
                               bool *changed) MUST_USE;

#endif
