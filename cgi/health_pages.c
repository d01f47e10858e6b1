/* What a supervisor asks: whether this process lives, and whether it can work; and what a person does: how well. */
#include <names.h>
#include <string.h>
#include <strings.h>

#include "../db/closed.h"
#include "../db/migrate.h"
#include "../db/password.h"
#include "../db/text.h"
#include "admin.h"
#include "cookie.h"
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

/* 503 while the database is away, revisions are pending or the site is closed, without saying more to the world than that. */
struct error *health_ready(struct request *request)
{
    const struct error *error = migrate_ready(request, request->site->settings, request->db);
    const struct closed *closed = closed_read(request, request->site->settings);
    if (!error && !closed) {
        say(request, 200, "ready\n");
        return NULL;
    }
    response_header(request->response, "Retry-After", "5");
    say(request, 503, !error                             ? "the site is closed\n"
                      : error->code == ERROR_UNAVAILABLE ? "the database does not answer\n"
                      : error->code == ERROR_PENDING   ? "revisions are pending\n"
                                                       : "the database and the revision files do not agree\n");
    return NULL;
}

/* Whether this is "Bearer KEY" with the key of the configuration (RFC 6750, section 2.1). */
static bool may_read_metrics(const struct request *request)
{
    static const char scheme[] = "bearer ";
    const char *given = request->authorization;
    if (!given || strncasecmp(given, scheme, strlen(scheme)) != 0)
        return false;
    return token_same(given + strlen(scheme), request->site->settings->metrics_key);
}

/* The figures of the health page for monitoring, also while the database is away. Without a key in the configuration
 * there is no such page. */
struct error *health_metrics(struct request *request)
{
    if (!request->site->settings->metrics_key)
        return error_new(request, ERROR_NOT_FOUND, "there is nothing at '%s'", request->path);
    if (!may_read_metrics(request))
        return error_new(request, ERROR_FORBIDDEN, "the figures are for those who send the key of the configuration");
    struct health *health = health_new(request, request->site->settings);
    health_connect(health, request->db);
    struct query *facts = health_queue(request->db), *earlier = health_queue_earlier(request->db, health->settings);
    query_read_only(request->db);
    const struct error *away = query_run(request->db);
    TRY(health_view_load(request, health, facts, away, NULL));
    health_add_figure(health, "roster_up", "Whether the database answers", NULL, away ? 0 : 1);
    if (!away) {
        health_load_earlier(health, earlier);
        health_look_at_pool(health);
    }
    struct text *text = text_new(request);
    health_write_figures(health, text);
    response_header(request->response, "Cache-Control", "no-store");
    response_body(request->response, "text/plain; version=0.0.4; charset=utf-8", text->data, text->length);
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
    struct query *facts = health_queue(request->db), *earlier = health_queue_earlier(request->db, health->settings);
    if (cookie_session(request))
        health_connect(health, request->db);
    TRY(admin_run(request, &away));
    TRY(health_view_load(request, health, facts, away, NULL));
    if (!away) {
        health_load_earlier(health, earlier);
        health_look_at_pool(health);
    }
    struct page *page = page_new(request, TPL_HEALTH);
    health_view_verdict(page, health, away);
    for (size_t i = 0; i < health->fact_count; i++)
        add_fact(page, &health->facts[i]);
    return page_send(page, 200, "Health");
}
