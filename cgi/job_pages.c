/* Jobs: what runs in the background, and one of them while it runs. Nothing here asks the database for more
 * than who is there, so that a restore can be watched; but for what came of one that was cut off in its swap. */
#include <names.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../db/job.h"
#include "../db/memory.h"
#include "../db/moment.h"
#include "../db/restore.h"
#include "../db/text.h"
#include "admin.h"
#include "cookie.h"
#include "handlers.h"
#include "job_view.h"
#include "page.h"

enum { TAIL_MAX = 64 * 1024, REFRESH_SECONDS = 3, LAST_LOOK_SECONDS = 600 };

static void fill_job(const struct request *request, struct view *view, const struct job *job)
{
    const char *zone = request->site->settings->time_zone;
    view_set(view, T_TITLE, job->kind->title);
    view_set(view, T_COMMAND, job_words(request, job));
    view_set(view, T_BADGE, job_view_badge(job->status));
    view_set(view, T_TONE, job_view_tone(job->status));
    view_set(view, T_WHO, job->who);
    view_set(view, T_STARTED, moment_text(request, zone, job->started_at));
    view_set(view, T_STARTED_DATETIME, moment_stamp(request, job->started_at));
    if (job->ended_at > 0)
        view_set(view, T_LENGTH, moment_length(request, job->ended_at - job->started_at));
}

struct error *jobs_page(struct request *request)
{
    struct job *jobs;
    size_t count;
    const struct error *away;
    TRY(admin_run(request, &away));
    const struct error *unread = job_list(request, request->site->settings, &jobs, &count);
    struct page *page = page_new(request, TPL_JOBS);
    view_set(page->main, T_PROBLEM, unread ? unread->message : NULL);
    for (size_t i = 0; i < count; i++) {
        struct view *view = view_add(page->main, T_JOB);
        fill_job(request, view, &jobs[i]);
        view_set(view, T_HREF, memory_printf(request, "/admin/jobs/%s", jobs[i].id));
        view_set(view, T_MESSAGE, jobs[i].status == JOB_RUNNING ? jobs[i].part : jobs[i].message);
    }
    return page_send(page, 200, "Jobs");
}

/* --- One ---------------------------------------------------------------------------------------------------------- */

/* Whether somebody who has given the admin key may read this job though the key opens nothing any more. */
static bool is_last_look(const struct request *request, const struct job *job)
{
    const long long since = job->ended_at > 0 ? job->ended_at : job->started_at;
    const bool recent = job->status == JOB_RUNNING || (long long)time(NULL) - since < LAST_LOOK_SECONDS;
    return recent && cookie_key_age(request) >= 0 && strcmp(job->who, ADMIN_KEY_WHO) == 0;
}

/* A rescue makes an account that can sign in, and with that it ends the use of the key by which it was started: its log,
 * where the first password stands, is then read by the key for some minutes more. That holds for reading such a job alone;
 * *last_look says that it is so. */
static struct error *open_job(struct request *request, struct job **job, bool *last_look)
{
    const struct error *away;
    struct error *refused = admin_run(request, &away);
    *last_look = false;
    if (refused && refused->code != ERROR_SIGN_IN)
        return refused;
    struct error *missing = job_find(request, request->site->settings, request->id, job);
    if (!refused)
        return missing;
    if (missing || !is_last_look(request, *job))
        return refused;
    *last_look = true;
    admin_enter_by_key(request);
    return NULL;
}

static const char *address(const struct request *request, const struct job *job, long long page)
{
    return memory_printf(request, "/admin/jobs/%s?page=%lld", job->id, page + 1);
}

static void fill_pager(struct page *page, const struct job *job, long long number, long long pages)
{
    struct request *request = page->request;
    if (pages < 2)
        return;
    view_show(page->main, T_PAGER);
    view_set(page->main, T_RANGE, memory_printf(request, "Page %lld of %lld", number + 1, pages));
    if (number > 0) {
        view_set(page->main, T_FIRST_HREF, address(request, job, 0));
        view_set(page->main, T_PREVIOUS_HREF, address(request, job, number - 1));
    }
    if (number + 1 < pages) {
        view_set(page->main, T_NEXT_HREF, address(request, job, number + 1));
        view_set(page->main, T_LAST_HREF, address(request, job, pages - 1));
    }
}

static void fill_running(struct page *page, const struct job *job, const struct job_log *log, bool is_last)
{
    struct request *request = page->request;
    const char *own = memory_printf(request, "/admin/jobs/%s", job->id);
    const bool still = form_get(request->query, "still") != NULL;
    view_show(page->main, T_RUNS);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_CANCEL_ACTION, memory_printf(request, "%s/cancel", own));
    view_set(page->main, T_PART, job->part);
    view_show_if(page->main, T_STOPPING, job->stopping);
    if (job->percent >= 0)
        view_set_number(page->main, T_PERCENT, job->percent);
    if (!is_last)
        return;
    view_set(page->main, T_TAIL_HREF, memory_printf(request, "%s/tail", own));
    view_set_number(page->main, T_TO, log->to);
    view_set(page->main, still ? T_AGAIN_HREF : T_STILL_HREF,
             still ? own : memory_printf(request, "%s?still=1", own));
    if (!still)
        view_set_number(page->layout, T_REFRESH, REFRESH_SECONDS);
}

/* Pages are counted from 1; without a number it is the last. */
static struct error *read_number(const struct request *request, long long *number)
{
    const char *text = form_get(request->query, "page");
    char *end = NULL;
    *number = text ? strtoll(text, &end, 10) - 1 : -1;
    if (text && (*end || end == text || *number < 0 || *number > 1000000000))
        return error_new(request, ERROR_BAD_REQUEST, "there is no page '%s'", text);
    return NULL;
}

struct error *job_page(struct request *request)
{
    struct job *job;
    struct job_log log;
    long long number, pages;
    bool last_look;
    TRY(open_job(request, &job, &last_look));
    TRY(read_number(request, &number));
    TRY(job_read_page(request, request->site->settings, job->id, number, &log, &pages));
    if (number < 0 || number >= pages)
        number = pages - 1;
    if (job->swap && !request->by_key)
        TRY(restore_tell(request, request->db, job->swap, &job->next));
    struct page *page = page_new(request, TPL_JOB);
    fill_job(request, page->main, job);
    view_set(page->main, T_LOG, *log.text ? job_view_text(request, log.text) : NULL);
    fill_pager(page, job, number, pages);
    if (job->status == JOB_RUNNING)
        fill_running(page, job, &log, number + 1 == pages);
    else
        view_set(page->main, T_MESSAGE, job->message);
    view_set(page->main, T_NEXT, job->next);
    view_show_if(page->main, T_LAST_LOOK, last_look && job->status != JOB_RUNNING);
    return page_send(
        page, 200,
        memory_printf(request, "%s, %s, %s", job->kind->title, job_view_badge(job->status),
                      moment_text(request, request->site->settings->time_zone, job->started_at)));
}

/* What the script of the page asks for, again and again: {"text", "to", "more", "running", "percent",
 * "part"}. */
struct error *job_tail(struct request *request)
{
    struct job *job;
    struct job_log log;
    bool last_look;
    const char *from = form_get(request->query, "from");
    char *end = NULL;
    const long long at = from ? strtoll(from, &end, 10) : 0;
    /* The state first: what a job that has ended then wrote is in the log. */
    TRY(open_job(request, &job, &last_look));
    if (from && (*end || at < 0))
        return error_new(request, ERROR_BAD_REQUEST, "'%s' is no place in a log", from);
    TRY(job_read_log(request, request->site->settings, job->id, at, TAIL_MAX, &log));
    struct text *text = text_new(request);
    text_add(text, "{\"text\":");
    text_add_json(text, job_view_text(request, log.text));
    text_addf(text, ",\"to\":%lld,\"more\":%s,\"running\":%s,\"percent\":%d,\"part\":", log.to,
              log.to < log.size ? "true" : "false", job->status == JOB_RUNNING ? "true" : "false",
              job->percent);
    text_add_json(text, job_view_text(request, job->part));
    text_add(text, "}\n");
    response_header(request->response, "Cache-Control", "no-store");
    response_body(request->response, "application/json; charset=utf-8", text->data, text->length);
    return NULL;
}

/* It was quicker than the button: how it ended is what somebody wants to see. */
static struct error *lead_to_end(struct request *request, const struct job *job)
{
    cookie_set_flash(request, "The job had ended already; it was not stopped.", NULL);
    response_redirect(request->response, memory_printf(request, "/admin/jobs/%s", job->id));
    return NULL;
}

struct error *job_cancel_post(struct request *request)
{
    struct job *job;
    const struct error *away;
    TRY(admin_run(request, &away));
    TRY(job_find(request, request->site->settings, request->id, &job));
    struct error *refused = job_cancel(request, request->site->settings, job->id, job_view_who(request));
    if (refused && refused->code == ERROR_REFUSED)
        return lead_to_end(request, job);
    TRY(refused);
    admin_audit(request, AUDIT_JOB_CANCELLED, job_words(request, job));
    if (!away)
        TRY(query_run(request->db));
    cookie_set_flash(request, "The job was asked to stop.", NULL);
    response_redirect(request->response, memory_printf(request, "/admin/jobs/%s", job->id));
    return NULL;
}
