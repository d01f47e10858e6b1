/* What tells two records with the same title apart, where one is to be chosen. */
#ifndef ROSTER_PICKER_RESULT_H
#define ROSTER_PICKER_RESULT_H

#include "../db/list.h"

/* Records on one page of choices. */
#define PICKER_ROWS 20

/* The first two other columns of the list, as one line; NULL when there are none. */
const char *picker_result_detail(const void *context, const struct list *list, int row);

#endif
