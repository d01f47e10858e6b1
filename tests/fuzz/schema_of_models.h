/* The site's models, made ready once. */
#ifndef ROSTER_SCHEMA_OF_MODELS_H
#define ROSTER_SCHEMA_OF_MODELS_H

#include "../../db/model.h"
#include "../../db/schema.h"
#include "fuzz.h"

static inline const struct schema *schema_of_models(void)
{
    static void *forever; /* what is made beside the schema lives as long */
    static struct schema *schema;

    if (!forever) {
        forever = talloc_new(NULL);
        REQUIRE(!schema_open(forever, models, overview_panels, &schema));
    }
    return schema;
}

#endif
