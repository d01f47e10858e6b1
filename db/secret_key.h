/* A key of the site, kept in a file when the configuration has none: the one that signs and seals cookies, and the one
 * that opens the admin page while the database cannot say who is there. */
#ifndef ROSTER_SECRET_KEY_H
#define ROSTER_SECRET_KEY_H

#include "error.h"

enum { SECRET_KEY_MIN = 32 }; /* characters */

/* The key in the file of that name; made, with mode 0600, when that file is missing. Processes that start at the same
 * time get the same key. ERROR_USAGE says which file is wrong and what to do, such as setting the variable. */
struct error *secret_key_open(const void *context, const char *folder, const char *name, const char *variable,
                              const char **key) MUST_USE;

#endif
