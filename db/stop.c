/* Being asked to stop. */
#include "stop.h"

#include <signal.h>
#include <stddef.h>

/* The one thing that a signal handler may change (C17, 7.14.1.1). */
static volatile sig_atomic_t wanted;

static void note(int signal)
{
    (void)signal;
    wanted = 1;
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
    return wanted ? error_new(context, ERROR_REFUSED, "stopped, as was asked for; nothing was changed") : NULL;
}
