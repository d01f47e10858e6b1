/* What the admin area's first page and the health page have in common. */
#ifndef ROSTER_HEALTH_VIEW_H
#define ROSTER_HEALTH_VIEW_H

#include "../db/health.h"
#include "page.h"

/* After the run that health_queue travelled in: fills in everything that costs at most one more round trip. away is why
 * that run did not happen, or NULL. there is NULL, or where the database's tables go, NULL when they cannot be read. */
struct error *health_view_load(struct request *request, struct health *health, const struct query *facts,
                               const struct error *away, struct catalog **there) MUST_USE;
/* Fills AWAY, VERDICT and GOOD. */
void health_view_verdict(struct page *page, const struct health *health, const struct error *away);

#endif
