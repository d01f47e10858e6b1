/* A models file for a database that is there already. */
#ifndef ROSTER_INSPECT_H
#define ROSTER_INSPECT_H

#include "catalog.h"
#include "text.h"

/* Adds a models.c that compiles. What the models' terms cannot say stands in it as a comment "not said: ...";
 * without such comments `roster check` finds nothing to do with it. Returns how many there are. */
size_t inspect_write(struct text *text, const struct catalog *catalog);

#endif
