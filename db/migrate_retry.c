/* Trying again what failed because others held a lock. */
#include "migrate_retry.h"

#include <sodium.h>
#include <time.h>

#include "memory.h"
#include "migrate_statement.h"
#include "rights.h"

enum { FIRST_PAUSE_MS = 200, LONGEST_PAUSE_MS = 5000 };

static void rest(unsigned longest_ms)
{
    const unsigned pause_ms = longest_ms / 2 + randombytes_uniform(longest_ms / 2 + 1);
    const struct timespec pause = { .tv_sec = pause_ms / 1000, .tv_nsec = (long)(pause_ms % 1000) * 1000000 };
    nanosleep(&pause, NULL);
}

struct error *retry(struct runner *runner, const struct revision *revision, const struct statement *statement,
                    struct error *(*work)(void *argument), void *argument)
{
    unsigned pause_ms = FIRST_PAUSE_MS;
    for (int try = 1;; try++) {
        struct error *error = work(argument);
        if (error && runner->policy_in_the_way && !runner->policies_suspended) {
            talloc_free(error);
            TRY(rights_suspend(runner->connection));
            runner->policies_suspended = true;
            continue;
        }
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
