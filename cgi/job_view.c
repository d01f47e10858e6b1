/* What pages say of jobs, and starting one from a page. */
#include "job_view.h"

#include <string.h>

#include "../db/memory.h"
#include "../db/query.h"
#include "../db/session.h"
#include "../db/text.h"
#include "admin.h"
#include "form.h"

static const struct {
    const char *badge, *tone;
} words_of[] = { [JOB_RUNNING] = { "runs", "muted" },
                 [JOB_DONE] = { "done", "good" },
                 [JOB_FAILED] = { "failed", "bad" },
                 [JOB_CANCELLED] = { "cancelled", "muted" },
                 [JOB_INTERRUPTED] = { "interrupted", "bad" } };

const char *job_view_badge(enum job_status status)
{
    return words_of[status].badge;
}

const char *job_view_tone(enum job_status status)
{
    return words_of[status].tone;
}

const char *job_view_text(const void *context, const char *text)
{
    char *copy = memory_copy(context, text);
    for (char *line = copy; *line;) {
        const size_t length = strcspn(line, "\n");
        const bool clean = form_text_is_clean(line, length);
        for (size_t i = 0; !clean && i < length; i++)
            if ((unsigned char)line[i] < ' ' || (unsigned char)line[i] >= 0x7f)
                line[i] = '?';
        line += length + (line[length] != '\0');
    }
    return copy;
}

const char *job_view_who(const struct request *request)
{
    return request->by_key ? ADMIN_KEY_WHO : request->session->email;
}

struct error *job_view_start(struct request *request, const char *const *words)
{
    const char *id;
    struct text *subject = text_new(request);
    TRY(job_start(request, request->site->settings, words, job_view_who(request), &id));
    for (const char *const *word = words; *word; word++)
        text_addf(subject, "%s%s", word == words ? "" : " ", *word);
    admin_audit(request, AUDIT_JOB_STARTED, subject->data);
    if (!request->by_key)
        TRY(query_run(request->db));
    response_redirect(request->response, memory_printf(request, "/admin/jobs/%s", id));
    return NULL;
}
