/* Whether a database is as the models want it. */
#include "models_state.h"

struct error *models_compare(const void *context, const struct settings *settings, const struct schema *schema,
                             struct catalog *there, struct models_state *state)
{
    state->there = there;
    state->wanted = catalog_of_models(context, schema);
    state->difference = difference_between(context, there, state->wanted);
    if (state->difference->count == 0)
        return NULL;
    struct connection *direct = connection_new(context, settings, CONNECTION_DIRECT, "roster schema");
    TRY(catalog_normalise(context, direct, state->wanted, there));
    state->difference = difference_between(context, there, state->wanted);
    return NULL;
}
