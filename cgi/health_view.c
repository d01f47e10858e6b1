/* How the site is doing, as pages say it. */
#include "health_view.h"

#include <libpq-fe.h>
#include <names.h>
#include <unistd.h>

#include "../db/memory.h"

struct error *health_view_load(struct request *request, struct health *health, const struct query *facts,
                               const struct error *away, struct catalog **there)
{
    PGconn *handle;
    health_look_at_settings(health);
    if (away)
        health_add_error(health, "serving", error_new(health, ERROR_UNAVAILABLE, "%s", away->message));
    else
        TRY(connection_handle(request->db, &handle));
    if (!away)
        health_load(health, facts, "serving", CONNECTION_SERVE, PQbackendPID(handle));
    health_look_at_revisions(health, away ? NULL : request->db, there);
    health_look_at_backups(health);
    health_look_at_disk(health);
    health_look_at_workers(health, (long)getppid());
    return NULL;
}

void health_view_verdict(struct page *page, const struct health *health, const struct error *away)
{
    struct request *request = page->request;
    size_t bad = 0;
    for (size_t i = 0; i < health->fact_count; i++)
        bad += health->facts[i].error != NULL;
    if (away)
        view_set(page->main, T_AWAY, memory_printf(request, "The database cannot say who is there: %s. You are here by "
                                                   "the key of the configuration.", away->message));
    view_show_if(page->main, T_GOOD, bad == 0);
    view_set(page->main, T_VERDICT, bad == 0   ? "Everything is as it should be."
                                    : bad == 1 ? memory_printf(request, "One thing needs you: %s.",
                                                               health_worst(health)->message)
                                               : memory_printf(request, "%zu things need you, the first of them: %s.", bad,
                                                               health_worst(health)->message));
}
