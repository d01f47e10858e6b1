/* The site's models, made ready once. */
#ifndef ROSTER_SCHEMA_OF_MODELS_H
#define ROSTER_SCHEMA_OF_MODELS_H

#include "../../db/model.h"
#include "../../db/schema.h"
#include "fuzz.h"

static inline const struct schema *schema_of_models(void)
{
    static struct schema *schema;

    if (!schema)
        REQUIRE(!schema_open(NULL, models, overview_panels, &schema));
    return schema;
}

#endif
