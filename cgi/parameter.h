/* The parameters behind a header's value: "; name=value; name="quoted value"" (RFC 9110 section 5.6.6). */
#ifndef ROSTER_PARAMETER_H
#define ROSTER_PARAMETER_H

#include <stdbool.h>

struct parameter {
    char *name; /* in lower case */
    char *value;
};

/* Reads the next parameter behind *at, which starts at the first ";", and moves *at behind it. At the end, and where
 * something malformed stands, it is false, and only at the end is **at a NUL. */
bool parameter_next(const void *context, const char **at, struct parameter *parameter);
bool parameter_is_token(const char *text); /* RFC 9110 section 5.6.2 */

#endif
