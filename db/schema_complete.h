/* A declared model with everything that it leaves out: implicit fields, labels, addresses, names. */
#ifndef ROSTER_SCHEMA_COMPLETE_H
#define ROSTER_SCHEMA_COMPLETE_H

#include "model.h"

/* A copy that belongs to context, as do its fields, links, constraints and indexes; its relations are not
 * resolved yet. */
struct model *schema_complete_model(const void *context, const struct model *declared);
/* The table of chunks that a FIELD_FILE keeps its bytes in. */
struct model *schema_content_model(const void *context, const struct field *file);

#endif
