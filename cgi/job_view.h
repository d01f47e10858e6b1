/* What pages say of jobs, and starting one from a page. */
#ifndef ROSTER_JOB_VIEW_H
#define ROSTER_JOB_VIEW_H

#include "../db/job.h"
#include "request.h"

/* Starts it for the person who is signed in, or who has the admin key, writes that into the audit, and answers with the
 * way to its page. words as for job_start (db/job.h). ERROR_REFUSED while the database is being changed. */
struct error *job_view_start(struct request *request, const char *const *words) MUST_USE;
/* Who that is, for whoever reads it later. */
const char *job_view_who(const struct request *request);

/* What a program printed, fit for a page: lines that are not UTF-8 or hold control characters lose those bytes to "?". */
const char *job_view_text(const void *context, const char *text);
const char *job_view_badge(enum job_status status); /* "runs", "done", "failed" */
const char *job_view_tone(enum job_status status);  /* a class of .badge */

#endif
