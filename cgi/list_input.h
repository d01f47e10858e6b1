/* What an address asks of a list: ?q=, sort=, filters by field name, after=, before=, last=. */
#ifndef ROSTER_LIST_INPUT_H
#define ROSTER_LIST_INPUT_H

#include "../db/list.h"
#include "request.h"

/* Reads the query into the list. A name that means nothing, or a value that its filter can never have, is
 * ERROR_BAD_REQUEST; a date that was mistyped is kept out of the list, and list_input_date_problem tells what to do. */
struct error *list_input_read(struct request *request, struct list *list) MUST_USE;
/* What to search for, without the blanks around it; NULL for nothing. text may be NULL. */
const char *list_input_search(const void *context, const char *text);
/* What to enter instead of this filter's dates; NULL when they are right, and for a filter by something else. */
const char *list_input_date_problem(const struct request *request, const struct list_filter *filter);
/* Whether anything narrows the list. */
bool list_input_filters(const struct list *list);
/* Where the model's list can be searched: "Looks in name and description."; NULL when nowhere. */
const char *list_input_search_hint(const void *context, const struct model *model);

#endif
