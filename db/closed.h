/* Whether the site is closed: it runs, and its start could not bring the database to where the program needs it. What
 * starts the site (nginx/lib/program.sh) says so in the file "run/closed" of the site's folder, goes on trying, and
 * removes the file when it is done. Meanwhile only administration is open (cgi/dispatch.c). */
#ifndef ROSTER_CLOSED_H
#define ROSTER_CLOSED_H

#include "settings.h"

struct closed {
    const char *why;  /* not for strangers */
    const char *next; /* what will happen, or is to be done */
};

/* NULL: the site is open. */
const struct closed *closed_read(const void *context, const struct settings *settings);

#endif
