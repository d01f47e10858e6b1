/* Unnamed temporary files: what an upload is streamed to while it arrives. */
#ifndef ROSTER_TEMPORARY_H
#define ROSTER_TEMPORARY_H

#include <stddef.h>
#include "../db/error.h"

/* Opens one in folder, which is made when it is missing. It has no name, so nothing is left of it whatever happens;
 * the descriptor is closed with owner. */
struct error *temporary_open(const void *context, const void *owner, const char *folder, int *descriptor) MUST_USE;
struct error *temporary_write(const void *context, int descriptor, const char *bytes, size_t length) MUST_USE;

#endif
