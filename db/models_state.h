/* Whether a database is as the models want it. */
#ifndef ROSTER_MODELS_STATE_H
#define ROSTER_MODELS_STATE_H

#include "difference.h"
#include "settings.h"

struct models_state {
    struct catalog *there, *wanted;
    struct difference *difference; /* from there to wanted */
};

/* Compares what catalog_read found with the models. Where nothing differs that costs no question; otherwise PostgreSQL
 * writes the models' expressions as it would have them, on a direct connection of its own, before a difference is
 * believed. */
struct error *models_compare(const void *context, const struct settings *settings, const struct schema *schema,
                             struct catalog *there, struct models_state *state) MUST_USE;

#endif
