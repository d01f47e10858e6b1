/* Which revisions a target means, in the order in which they have to run. */
#include "migrate_plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static struct plan plan_new(const void *context, const struct applied_state *state)
{
    return (struct plan){ .items = NEW_ARRAY(context, struct revision *, state->revisions->count + 1) };
}

/* +N or -N */
static bool is_relative(const char *target, char sign)
{
    return *target == sign;
}

static struct error *read_count(const void *context, const char *target, size_t *count)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(target + 1, &end, 10);
    if (errno != 0 || *end != '\0' || !isdigit((unsigned char)target[1]) || number == 0)
        return error_new(context, ERROR_USAGE, "\"%s\" is no number of revisions; write %c1, %c2 and so on",
                         target, *target, *target);
    *count = number;
    return NULL;
}

/* What has to be there for the target to be reached, by position. */
static struct error *wanted_for(const void *context, const struct revisions *revisions, const char *target,
                                bool **wanted)
{
    struct revision *revision = NULL;
    *wanted = NEW_ARRAY(context, bool, revisions->count + 1);
    if (strcmp(target, "base") == 0)
        return NULL;
    if (strcmp(target, "heads") == 0) {
        for (size_t i = 0; i < revisions->count; i++)
            (*wanted)[i] = true;
        return NULL;
    }
    if (strcmp(target, "head") == 0)
        TRY(revision_head(context, revisions, &revision));
    else
        TRY(revision_find(context, revisions, target, &revision));
    if (revision)
        *wanted = revision_ancestors(context, revisions, revision);
    return NULL;
}

static struct error *plan_next(const void *context, const struct applied_state *state, const char *target,
                               struct plan *plan)
{
    const struct revisions *revisions = state->revisions;
    struct revision *head;
    size_t count;
    TRY(read_count(context, target, &count));
    TRY(revision_head(context, revisions, &head)); /* with several it is not clear which way on is meant */
    for (size_t i = 0; i < revisions->count && plan->count < count; i++)
        if (!state->by_position[i])
            plan->items[plan->count++] = revisions->items[i];
    if (plan->count == count)
        return NULL;
    return error_new(context, ERROR_USAGE, "\"%s\" is too far; left to apply: %zu", target, plan->count);
}

struct error *plan_upgrade(const void *context, const struct applied_state *state, const char *target,
                           struct plan *plan)
{
    const struct revisions *revisions = state->revisions;
    bool *wanted;
    *plan = plan_new(context, state);
    if (is_relative(target, '+'))
        return plan_next(context, state, target, plan);
    if (strcmp(target, "base") == 0 || is_relative(target, '-'))
        return error_new(context, ERROR_USAGE, "\"%s\" leads back; run: roster downgrade %s", target, target);
    TRY(wanted_for(context, revisions, target, &wanted));
    for (size_t i = 0; i < revisions->count; i++)
        if (wanted[i] && !state->by_position[i])
            plan->items[plan->count++] = revisions->items[i];
    return NULL;
}

static struct error *plan_last(const void *context, const struct applied_state *state, const char *target,
                               struct plan *plan)
{
    size_t count;
    struct revision **heads = applied_heads(context, state);
    TRY(read_count(context, target, &count));
    if (heads[0] && heads[1])
        return error_new(
            context, ERROR_SEVERAL_HEADS,
            "the database is at several heads, \"%s\" and \"%s\"%s; name the revision that shall stay",
            heads[0]->id, heads[1]->id, heads[2] ? " and more" : "");
    for (size_t i = state->revisions->count; i-- > 0 && plan->count < count;)
        if (state->by_position[i])
            plan->items[plan->count++] = state->revisions->items[i];
    if (plan->count == count)
        return NULL;
    return error_new(context, ERROR_USAGE, "\"%s\" is too far; applied: %zu", target, plan->count);
}

static bool leads_to(const void *context, const struct revisions *revisions, const struct revision *from,
                     const struct revision *to)
{
    bool *ancestors = revision_ancestors(context, revisions, to);
    bool leads = ancestors[from->position];
    talloc_free(ancestors);
    return leads;
}

struct error *plan_downgrade(const void *context, const struct applied_state *state, const char *target,
                             struct plan *plan)
{
    const struct revisions *revisions = state->revisions;
    struct revision *stays = NULL;
    *plan = plan_new(context, state);
    if (is_relative(target, '-'))
        return plan_last(context, state, target, plan);
    if (is_relative(target, '+') || strcmp(target, "head") == 0 || strcmp(target, "heads") == 0)
        return error_new(context, ERROR_USAGE, "\"%s\" leads on; run: roster upgrade %s", target, target);
    if (strcmp(target, "base") != 0) {
        TRY(revision_find(context, revisions, target, &stays));
        if (!state->by_position[stays->position])
            return error_new(context, ERROR_USAGE, "\"%s\" is not applied, so there is no way back to it",
                             stays->id);
    }
    for (size_t i = revisions->count; i-- > 0;) {
        struct revision *revision = revisions->items[i];
        if (state->by_position[i] && revision != stays &&
            (!stays || leads_to(context, revisions, stays, revision)))
            plan->items[plan->count++] = revision;
    }
    return NULL;
}

struct error *plan_undo(const void *context, const struct applied_state *state, const char *id,
                        struct plan *plan)
{
    *plan = plan_new(context, state);
    for (struct revision **head = applied_heads(context, state); *head; head++)
        if (strcmp((*head)->id, id) == 0)
            plan->items[plan->count++] = *head;
    if (plan->count == 1)
        return NULL;
    return error_new(context, ERROR_USAGE, "\"%s\" is not applied, or an applied revision follows it", id);
}

static struct error *refuse_one_way(const void *context, const struct revision *revision)
{
    struct error *error = error_new(context, ERROR_REFUSED,
                                    "\"%s\" (%s) cannot be undone: its file has no statement that would, and says: %s",
                                    revision->id, revision->message, revision->irreversible[0]);
    error->hint = "restore a backup from before it, or write its way down; `roster stamp` tells the history about what was "
                  "undone by hand";
    return error;
}

struct error *plan_check_reversible(const void *context, const struct plan *plan, bool allowed)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct revision *revision = plan->items[i];
        if (revision_is_one_way(revision))
            return refuse_one_way(context, revision);
        if (allowed || !revision->irreversible[0])
            continue;
        struct error *error =
            error_new(context, ERROR_REFUSED,
                      "\"%s\" (%s) cannot be undone without loss: %s%s; to do it all the same, run it "
                      "with --allow-destructive",
                      revision->id, revision->message, revision->irreversible[0],
                      revision->irreversible[1] ? " and more" : "");
        error->hint = "a backup is made before it, unless --no-backup is given";
        return error;
    }
    return NULL;
}

struct error *plan_stamp(const void *context, const struct applied_state *state, const char *target,
                         struct plan *plan)
{
    const struct revisions *revisions = state->revisions;
    const bool as_it_is = strcmp(target, "current") == 0;
    bool *wanted = NULL;
    *plan = plan_new(context, state);
    if (as_it_is && state->without_file)
        return applied_check(context, state); /* its line would be lost */
    if (!as_it_is)
        TRY(wanted_for(context, revisions, target, &wanted));
    for (size_t i = 0; i < revisions->count; i++)
        if (as_it_is ? state->by_position[i] != NULL : wanted[i])
            plan->items[plan->count++] = revisions->items[i];
    return NULL;
}
