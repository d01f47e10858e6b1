/* Constraints and indexes of a table in the terms of the models. */
#ifndef ROSTER_INSPECT_TABLE_H
#define ROSTER_INSPECT_TABLE_H

#include "inspect_field.h"

/* Those that its fields do not say already. */
void inspect_constraints(struct inspection *inspection);
void inspect_indexes(struct inspection *inspection);

#endif
