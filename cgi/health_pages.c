/* What a supervisor asks: whether this process lives, and whether it can work; and what a person does: how well. */
#include <names.h>
#include <string.h>

#include "../db/migrate.h"
#include "admin.h"
#include "error_pages.h"
#include "handlers.h"
#include "health_view.h"
#include "response.h"

static void say(struct request *request, int status, const char *text)
{
    response_status(request->response, status);
    response_header(request->response, "Cache-Control", "no-store");
    response_body(request->response, "text/plain; charset=utf-8", text, strlen(text));
}

struct error *health_live(struct request *request)
{
    say(request, 200, "ok\n");
    return NULL;
}

/* 503 while the database is away or revisions are pending, without saying more to the world than that. */
struct error *health_ready(struct request *request)
{
    const struct error *error = migrate_ready(request, request->site->settings, request->db);
    if (!error) {
        say(request, 200, "ready\n");
        return NULL;
    }
    response_header(request->response, "Retry-After", "5");
    say(request, 503, error->code == ERROR_UNAVAILABLE ? "the database does not answer\n"
                      : error->code == ERROR_PENDING   ? "revisions are pending\n"
                                                       : "the database and the revision files do not agree\n");
    return NULL;
}

static void add_fact(struct page *page, const struct health_fact *fact)
{
    struct view *view = view_add(page->main, T_FACT);
    view_set(view, T_WHAT, fact->what);
    view_set(view, T_TEXT, fact->text);
    view_set(view, T_BADGE, fact->error ? "bad" : fact->advice ? "hint" : "ok");
    view_set(view, T_TONE, fact->error ? "bad" : fact->advice ? "warn" : "good");
}

struct error *health_page(struct request *request)
{
    const struct error *away;
    struct health *health = health_new(request, request->site->settings);
    struct query *facts = health_queue(request->db);
    TRY(admin_run(request, &away));
    TRY(health_view_load(request, health, facts, away, NULL));
    if (!away)
        health_look_at_pool(health);
    struct page *page = page_new(request, TPL_HEALTH);
    health_view_verdict(page, health, away);
    for (size_t i = 0; i < health->fact_count; i++)
        add_fact(page, &health->facts[i]);
    return page_send(page, 200, "Health");
}
