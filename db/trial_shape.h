/* The shape of a database as lines of text, so that two can be compared: tables, columns, constraints,
 * indexes, types, comments, sequences, views, functions, triggers, policies and schemas; nothing of
 * extensions, of PostgreSQL or of the history. The order of columns is left out, as a column that comes back
 * comes back last. */
#ifndef ROSTER_TRIAL_SHAPE_H
#define ROSTER_TRIAL_SHAPE_H

#include <stddef.h>
#include "connection.h"

struct shape {
    const char **lines; /* sorted */
    size_t count;
};

struct error *shape_read(const void *context, struct connection *connection, struct shape *shape) MUST_USE;
/* NULL when they are equal; else what is missing and what is too much, for people. */
const char *shape_difference(const void *context, const struct shape *is, const struct shape *wanted);

#endif
