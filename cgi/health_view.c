/* How the site is doing, as pages say it. */
#include "health_view.h"

#include <libpq-fe.h>
#include <names.h>
#include <string.h>
#include <unistd.h>

#include "../db/closed.h"
#include "../db/memory.h"

/* With the database away, as the page's own way there sees it, the direct one is tried: what it finds is as good, and
 * why it does not is often more. NULL when it is away, too. */
static struct connection *try_directly(const struct request *request, struct health *health)
{
    return request->by_key ? health_look_at_database(health, CONNECTION_DIRECT, "direct", true) : NULL;
}

struct error *health_view_load(struct request *request, struct health *health, const struct query *facts,
                               const struct error *away, struct catalog **there)
{
    PGconn *handle;
    struct connection *connection = away ? NULL : request->db;
    health_look_at_settings(health);
    if (away) {
        health_add_error(health, "serving", error_new(health, ERROR_UNAVAILABLE, "%s", away->message));
        connection = try_directly(request, health);
    } else {
        TRY(connection_handle(request->db, &handle));
        health_load(health, facts, "serving", CONNECTION_SERVE, PQbackendPID(handle));
    }
    health_look_at_start(health);
    health_look_at_revisions(health, connection, there);
    health_look_at_backups(health);
    if (request->session) /* monitoring has no figure of them */
        health_look_at_jobs(health);
    health_look_at_disk(health);
    health_look_at_program(health);
    health_look_at_workers(health, (long)getppid());
    return NULL;
}

/* What the page says above its verdict. */
static bool is_told(const struct health_fact *fact, const struct error *away)
{
    if (away && (strcmp(fact->what, "serving") == 0 || (fact->error && strcmp(fact->what, "direct") == 0)))
        return true;
    return strcmp(fact->what, "start") == 0;
}

/* NULL: there is no more to say than was told. */
static const char *verdict(const void *context, const struct health *health, const struct error *away)
{
    const struct health_fact *bad = NULL, *advice = NULL;
    size_t bad_count = 0, advice_count = 0, told = 0;
    for (size_t i = health->fact_count; i > 0; i--) {
        const struct health_fact *fact = &health->facts[i - 1];
        if (is_told(fact, away)) {
            told++;
            continue;
        }
        bad = fact->error ? fact : bad;
        advice = fact->advice ? fact : advice;
        bad_count += fact->error != NULL;
        advice_count += fact->advice;
    }
    if (bad_count > 1)
        return memory_printf(context, "%zu %sthings need you, the first of them: %s: %s.", bad_count,
                             told ? "more " : "", bad->what, bad->text);
    if (bad)
        return memory_printf(context, "One %sthing needs you: %s: %s.", told ? "more " : "", bad->what, bad->text);
    if (told)
        return NULL;
    if (advice_count > 1)
        return memory_printf(context, "Nothing is wrong. %zu things could be better, the first of them: %s: %s.",
                             advice_count, advice->what, advice->text);
    if (advice)
        return memory_printf(context, "Nothing is wrong. One thing could be better: %s: %s.", advice->what, advice->text);
    return "Everything is as it should be.";
}

void health_view_verdict(struct page *page, const struct health *health, const struct error *away)
{
    struct request *request = page->request;
    if (away)
        view_set(page->main, T_AWAY, memory_printf(request, "The database cannot say who is there: %s. You are here by "
                                                   "the key of the configuration.", away->message));
    const struct closed *closed = closed_read(request, request->site->settings);
    if (closed)
        view_set(page->main, T_CLOSED, away ? memory_printf(request, "The site is closed; %s.", closed->next)
                                            : memory_printf(request, "The site is closed: %s; %s.", closed->why,
                                                            closed->next));
    view_show_if(page->main, T_GOOD, !health_worst(health));
    view_set(page->main, T_VERDICT, verdict(request, health, away));
}
