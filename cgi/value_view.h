/* One stored value as the names of value.tpl, for pages, and for the cells of tables. */
#ifndef ROSTER_VALUE_VIEW_H
#define ROSTER_VALUE_VIEW_H

#include "../db/query.h"
#include "../db/schema.h"
#include "view.h"

/* Fills a view from a row that record_columns selected. In a cell, text stays on one line and is cut. */
void value_view_fill(const void *context, struct view *view, const struct field *field, const struct query *rows,
                     int row, bool cell);
/* Whether a field's values are numbers, which stand on the right. */
bool value_view_is_number(const struct field *field);
/* The address of a record: /teams/42 */
const char *value_view_href(const void *context, const struct model *model, const char *id);

#endif
