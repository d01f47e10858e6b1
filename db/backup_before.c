/* The backup that is made by itself before something that takes rows away. */
#include "backup_before.h"

#include "applied.h"
#include "backup.h"
#include "memory.h"
#include "migrate_plan.h"
#include "revision_loss.h"

static bool takes_away(const void *context, const struct plan *plan, enum direction direction)
{
    if (direction == DIRECTION_DOWN)
        return plan->count > 0;
    for (size_t i = 0; i < plan->count; i++)
        if (revision_losses(context, plan->items[i], direction)[0])
            return true;
    return false;
}

static struct error *make_plan(const void *context, const struct settings *settings, const char *target,
                               enum direction direction, struct plan *plan)
{
    struct revisions *revisions;
    struct applied_state *state;
    struct connection *connection = connection_new(context, settings, CONNECTION_DIRECT, "roster backup");
    TRY(revisions_open(context, settings->migrations, &revisions));
    TRY(applied_read(context, connection, revisions, &state));
    return direction == DIRECTION_DOWN ? plan_downgrade(context, state, target, plan)
                                       : plan_upgrade(context, state, target, plan);
}

struct error *backup_before_move(const void *context, const struct settings *settings,
                                 const struct schema *schema, const char *target, enum direction direction,
                                 bool allow_destructive, const char *who, const char **name)
{
    struct plan plan = { .count = 0 };
    *name = NULL;
    TRY(make_plan(context, settings, target, direction, &plan));
    if (!takes_away(context, &plan, direction))
        return NULL;
    if (direction == DIRECTION_DOWN)
        TRY(plan_check_reversible(context, &plan, allow_destructive));
    const struct backup_wish wish = {
        .who = who,
        .origin = "automatic",
        .note = memory_printf(context, "before %s %s", direction == DIRECTION_DOWN ? "downgrade" : "upgrade",
                              target),
    };
    struct error *error = backup_make(context, settings, schema, &wish, name);
    if (error && !error->hint)
        error->hint = "rows would be lost, so that a backup is made first, and it failed; nothing was "
                      "changed. --no-backup "
                      "goes without";
    return error;
}
