/* Starting a job from a page. */
#include "job_view.h"

#include "../db/job.h"
#include "../db/memory.h"
#include "../db/query.h"
#include "../db/session.h"
#include "../db/text.h"
#include "admin.h"

struct error *job_view_start(struct request *request, const char *const *words)
{
    const char *who = request->by_key ? "admin key" : request->session->email, *id;
    struct text *subject = text_new(request);
    TRY(job_start(request, request->site->settings, words, who, &id));
    for (const char *const *word = words; *word; word++)
        text_addf(subject, "%s%s", word == words ? "" : " ", *word);
    admin_audit(request, AUDIT_JOB_STARTED, subject->data);
    TRY(query_run(request->db));
    response_redirect(request->response, memory_printf(request, "/admin/jobs/%s", id));
    return NULL;
}
