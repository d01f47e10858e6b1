/* Percent-decoding (RFC 3986 section 2.1), for forms, paths and file names. */
#ifndef ROSTER_PERCENT_H
#define ROSTER_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/* Decodes in place, once; *decoded is the new length, without a NUL. plus: "+" means a space, as in forms. False
 * when a "%" is not followed by two hexadecimal digits. */
bool percent_decode(char *text, size_t length, bool plus, size_t *decoded);

#endif
