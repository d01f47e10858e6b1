/* Stored values as JSON, by the type of their field. */
#ifndef ROSTER_API_VALUE_H
#define ROSTER_API_VALUE_H

#include "../db/query.h"
#include "../db/schema.h"
#include "../db/text.h"

/* Adds ,"name":value for each field on these faces, from a row that record_columns selected. Secrets are on none, and what
 * only those see who may change a record (.own) is left out: a key changes nothing. */
void api_value_fields(struct text *json, const struct model *model, unsigned faces, const struct query *rows, int row);
/* Adds "id":...,"title":... of such a row. */
void api_value_name(struct text *json, const struct model *model, const struct query *rows, int row);

#endif
