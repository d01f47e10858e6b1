/* Trying again what failed because others held a lock. */
#include "migrate_retry.h"

#include <sodium.h>
#include <time.h>

#include "memory.h"
#include "migrate_statement.h"

enum { FIRST_PAUSE_MS = 200, LONGEST_PAUSE_MS = 5000 };

static void rest(unsigned longest_ms)
{
    const unsigned pause_ms = longest_ms / 2 + randombytes_uniform(longest_ms / 2 + 1);
    const struct timespec pause = { .tv_sec = pause_ms / 1000, .tv_nsec = (long)(pause_ms % 1000) * 1000000 };
    nanosleep(&pause, NULL);
}

/* Until it meets no more policies that could be lifted. */
static struct error *work_anew(struct runner *runner, struct error *(*work)(void *argument), void *argument)
{
    for (;;) {
        runner->met_policy = false;
        runner->lifted.count = 0;
        struct error *error = work(argument);
        if (!error || !runner->met_policy)
            return error;
        talloc_free(error);
    }
}

struct error *retry(struct runner *runner, const struct revision *revision, const struct statement *statement,
                    struct error *(*work)(void *argument), void *argument)
{
    unsigned pause_ms = FIRST_PAUSE_MS;
    for (int try = 1;; try++) {
        struct error *error = work_anew(runner, work, argument);
        if (!error || !statement_may_retry(error))
            return error;
        if (try == runner->options.tries) {
            if (try > 1)
                error->message = memory_printf(error, "%s; tried %d times", error->message, try);
            return error;
        }
        runner_tell(runner, &(struct migrate_news){ .event = MIGRATE_RETRY,
                                                    .revision = revision,
                                                    .statement = statement,
                                                    .milliseconds = try,
                                                    .text = error->message });
        talloc_free(error);
        rest(pause_ms);
        pause_ms = pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS;
    }
}
