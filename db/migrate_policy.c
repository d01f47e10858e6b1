/* Rules of access that are in the way of a revision's statements. */
#include "migrate_policy.h"

#include <string.h>

#include "memory.h"

/* A column that a policy names can neither be dropped nor get another type (dependent_objects_still_exist,
 * feature_not_supported). The detail is in the server's language; the policy's name is not. */
bool policy_is_in_the_way(const struct error *error, const char *detail)
{
    return (strcmp(error->sqlstate, "2BP01") == 0 || strcmp(error->sqlstate, "0A000") == 0) && detail &&
           strstr(detail, "roster_");
}

static bool was_met(const struct runner *runner, const struct statement *statement, const char *detail)
{
    for (size_t i = 0; i < runner->obstacle_count; i++)
        if (runner->obstacles[i].statement == statement && strcmp(runner->obstacles[i].detail, detail) == 0)
            return true;
    return false;
}

void policy_remember(struct runner *runner, const struct statement *statement, const struct error *error,
                     const char *detail)
{
    runner->met_policy = runner->in_transaction && policy_is_in_the_way(error, detail) && !was_met(runner, statement, detail);
    if (!runner->met_policy)
        return;
    runner->obstacles =
        GROW_ARRAY(runner->context, struct runner_obstacle, runner->obstacles, runner->obstacle_count + 1);
    runner->obstacles[runner->obstacle_count++] =
        (struct runner_obstacle){ statement, memory_copy(runner->context, detail) };
}

struct error *policy_lift(struct runner *runner, const struct statement *statement)
{
    for (size_t i = 0; i < runner->obstacle_count; i++)
        if (runner->obstacles[i].statement == statement)
            TRY(rights_lift(runner->connection, runner->obstacles[i].detail, &runner->lifted));
    return NULL;
}

struct error *policy_put_back(struct runner *runner)
{
    return error_within(rights_put_back(runner->connection, runner->options.schema, &runner->lifted),
                        "the rules of access");
}
