/* How often something may be got wrong: tries that failed, counted by name in a file that all workers share, so that it
 * works without the database (ASVS 6.3.1). */
#ifndef ROSTER_THROTTLE_H
#define ROSTER_THROTTLE_H

#include <stdbool.h>

enum { THROTTLE_TRIES = 10, THROTTLE_SECONDS = 300 };

/* Whether another try is allowed under this name (an address, a person): fewer than THROTTLE_TRIES have failed since
 * the first of them, less than THROTTLE_SECONDS ago. The file is var/throttle; where it cannot be used, everything is
 * allowed, and the log says so. */
bool throttle_allows(const char *var, const char *name);
/* Counts a try that failed. */
void throttle_fail(const char *var, const char *name);

#endif
