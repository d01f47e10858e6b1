/* Names of variables that were meant and are not known, as of a typing mistake in .env. */
#ifndef ROSTER_UNKNOWN_H
#define ROSTER_UNKNOWN_H

#include "env_file.h"

/* What to tell about names in the file that begin like Roster's and are none of them, each with the known name that is
 * next to it: "POSTGRES_SERVR in .env is not known; did you mean POSTGRES_SERVER?" NULL when there is none. */
const char *unknown_names(const void *context, const struct env_file *file);

#endif
