/* Whole files, read. */
#ifndef ROSTER_FILE_H
#define ROSTER_FILE_H

#include <stddef.h>
#include "error.h"
#include "text.h"

/* access() with the rights that this process acts with: 0, or -1 and errno. access() itself leaves a capability out
 * (access(2)), and a site of root's whose checkout lies where its user cannot go reads it by one. */
int file_access(const char *path, int mode);
/* ERROR_USAGE when the file cannot be read or holds more bytes than the limit. */
struct error *file_read(const void *context, const char *path, size_t limit, struct text **text) MUST_USE;

#endif
