/* Why a server did not let us in, in words that say what to do. */
#ifndef ROSTER_CONNECTION_FAULT_H
#define ROSTER_CONNECTION_FAULT_H

#include <stdbool.h>
#include "connection.h"

struct connection_fault {
    const struct settings *settings;
    enum connection_use use;
    bool time_over; /* the server did not answer at all */

    /* Filled in by connection_fault_read. */
    bool passing; /* worth another try: refused, starting, out of connections */
    char sqlstate[6];
    char text[512]; /* the server's or libpq's words, one line */
};

/* Looks at a handle that failed to connect, made with PQERRORS_VERBOSE so that the message holds the
 * SQLSTATE. */
void connection_fault_read(struct connection_fault *fault, PGconn *handle);
struct error *connection_fault_error(const void *context, const struct connection_fault *fault);

#endif
