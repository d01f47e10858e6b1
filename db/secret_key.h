/* The key that signs and seals cookies, kept in a file when the configuration has none. */
#ifndef ROSTER_SECRET_KEY_H
#define ROSTER_SECRET_KEY_H

#include "error.h"

enum { SECRET_KEY_MIN = 32 }; /* characters */

/* The key in folder/secret_key; made, with mode 0600, when that file is missing. Processes that start at the same
 * time get the same key. ERROR_USAGE says which file is wrong and what to do. */
struct error *secret_key_open(const void *context, const char *folder, const char **key) MUST_USE;

#endif
