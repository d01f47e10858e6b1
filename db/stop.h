/* Being asked to stop: by a signal, and heeded where stopping leaves everything in order. */
#ifndef ROSTER_STOP_H
#define ROSTER_STOP_H

#include <stdbool.h>
#include "connection.h"
#include "error.h"

/* From here on SIGINT, SIGTERM and SIGHUP no longer end the process: it looks itself. */
void stop_listen(void);
bool stop_wanted(void);
/* From here on the wish to stop also cancels the statement that runs on this connection; NULL: no longer. */
struct error *stop_cancels(struct connection *connection) MUST_USE;
/* ERROR_REFUSED once it was asked to stop. */
struct error *stop_check(const void *context) MUST_USE;

#endif
