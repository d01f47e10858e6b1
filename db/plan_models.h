/* From the models to a plan: compared with a database, or with what the revisions make of an empty one. */
#ifndef ROSTER_PLAN_MODELS_H
#define ROSTER_PLAN_MODELS_H

#include "applied.h"
#include "plan.h"
#include "schema.h"
#include "settings.h"

struct plan_pair {
    struct difference *difference; /* from what is there to what the models want */
    struct schema_plan *up, *down;
};

/* Compares with the database of the settings, whose revisions must all be applied (else ERROR_PENDING) and
 * unedited. */
struct error *plan_models_online(const void *context, const struct settings *settings,
                                 const struct schema *schema, const struct revisions *revisions,
                                 struct plan_pair *pair) MUST_USE;
/* Compares with a trial database (db/trial.h) on the same server, brought to the head of the revisions and
 * dropped afterwards; the database of the settings is not touched and need not be there. Nothing is counted
 * then. Without any revision no server is needed. */
struct error *plan_models_offline(const void *context, const struct settings *settings,
                                  const struct schema *schema, const struct revisions *revisions,
                                  struct plan_pair *pair) MUST_USE;

#endif
