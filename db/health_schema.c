/* Whether the tables are as the models want them. */
#include "health.h"
#include "memory.h"
#include "models_state.h"

static bool lacks_something(const struct difference *difference)
{
    for (size_t i = 0; i < difference->count; i++)
        if (!operation_is_surplus(&difference->operations[i]))
            return true;
    return false;
}

struct error *health_look_at_schema(struct health *health, const struct schema *schema, struct catalog *there,
                                    size_t *count)
{
    struct models_state state;
    TRY(models_compare(health, health->settings, schema, there, &state));
    *count = state.difference->count;
    /* With revisions pending, or a program that is not the one on the disk, that is what is said. */
    if (*count == 0 || health->outdated || health->revisions_state != REVISIONS_AT_HEAD)
        return NULL;
    const char *words = memory_printf(health, "the database differs from the models in %zu point%s: roster check says "
                                              "where, roster revision --autogenerate writes what is missing",
                                      *count, *count == 1 ? "" : "s");
    if (lacks_something(state.difference))
        health_add_error(health, "schema", error_new(health, ERROR_DIFFERS, "%s", words));
    else
        health_add_advice(health, "schema", words);
    return NULL;
}
