/* What the migrations pages have in common. */
#include "migration_view.h"

#include <libpq-fe.h>
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "admin.h"

/* The database may lack users and have all the rest: it is asked again, without the question who is there. */
static struct query *ask_again(struct request *request)
{
    struct query *facts = health_queue(request->db);
    query_read_only(request->db);
    return query_run(request->db) ? NULL : facts;
}

struct error *migration_look(struct request *request, struct migration_look *look)
{
    PGconn *handle;
    *look = (struct migration_look){ .health = health_new(request, request->site->settings) };
    struct query *facts = health_queue(request->db);
    TRY(admin_run(request, &look->away));
    if (look->away)
        facts = ask_again(request);
    if (facts) {
        TRY(connection_handle(request->db, &handle));
        health_load(look->health, facts, "serving", CONNECTION_SERVE, PQbackendPID(handle));
    }
    health_look_at_revisions(look->health, facts ? request->db : NULL, &look->there);
    const struct health *health = look->health;
    for (size_t i = 0; i < health->fact_count && !health->revisions; i++)
        if (strcmp(health->facts[i].what, "revisions") == 0)
            return health->facts[i].error;
    return NULL;
}

void migration_view_notes(const struct request *request, struct view *view, const struct revision *revision,
                          enum direction direction)
{
    static const char settings[] = "SELECT set_config("; /* how long the next one waits, which says nothing to people */
    for (const struct revision_note *note = revision_notes(request, revision, direction); note->statement; note++) {
        if (strncmp(note->statement, settings, sizeof settings - 1) == 0)
            continue;
        struct view *line = view_add(view, T_NOTE);
        view_set(line, T_TEXT, note->statement);
        view_set(line, T_LOCK, note->lock);
        view_set(line, T_WORK, note->work);
        view_set(line, T_LOST, note->lost);
        view_set(line, T_MAY_LOSE, note->may_lose);
        view_show_if(line, T_BLOCKS, note->blocks);
    }
}

const char *migration_view_href(const void *context, const struct revision *revision)
{
    return memory_printf(context, "/admin/migrations/show/%s", revision->id);
}
