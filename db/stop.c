/* Being asked to stop. */
#include "stop.h"

#include <errno.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stddef.h>

/* What a signal handler has to know, it can only have from here (C17, 7.14.1.1). */
static volatile sig_atomic_t wanted;
static PGcancel *volatile statement;

/* PQcancel may be called by a signal handler (manual, 34.7). */
static void note(int signal)
{
    const int before = errno;
    char reason[256];
    (void)signal;
    wanted = 1;
    if (statement)
        PQcancel(statement, reason, sizeof reason);
    errno = before;
}

struct error *stop_cancels(struct connection *connection)
{
    PGconn *handle;
    PGcancel *earlier = statement;
    statement = NULL;
    PQfreeCancel(earlier);
    if (!connection)
        return NULL;
    TRY(connection_handle(connection, &handle));
    statement = PQgetCancel(handle);
    return NULL;
}

void stop_listen(void)
{
    struct sigaction action = { .sa_handler = note };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

bool stop_wanted(void)
{
    return wanted != 0;
}

struct error *stop_check(const void *context)
{
    return wanted ? error_new(context, ERROR_REFUSED, "stopped, as was asked for; nothing was changed")
                  : NULL;
}
