/* The socket that the web server's requests come in by. */
#ifndef ROSTER_LISTENER_H
#define ROSTER_LISTENER_H

#include "../db/error.h"

/* Listens on a unix socket that its owner and group may use (mode 0660), without blocking. One that is left over is
 * replaced; one that somebody still answers on, or a file that is no socket, is ERROR_USAGE. */
struct error *listener_open(const void *context, const char *path, int *descriptor) MUST_USE;
void listener_close(const char *path, int descriptor);

#endif
