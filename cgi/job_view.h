/* Starting a job from a page. */
#ifndef ROSTER_JOB_VIEW_H
#define ROSTER_JOB_VIEW_H

#include "request.h"

/* Starts it for the person who is signed in, or who has the admin key, writes that into the audit, and answers with the
 * way to its page. words as for job_start (db/job.h). ERROR_REFUSED while the database is being changed. */
struct error *job_view_start(struct request *request, const char *const *words) MUST_USE;

#endif
