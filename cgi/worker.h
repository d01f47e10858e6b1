/* The accept loop: one request after the other, each in a memory context of its own. */
#ifndef ROSTER_WORKER_H
#define ROSTER_WORKER_H

#include "request.h"
#include "response.h"

/* Reads one request, has it answered and sends the answer. Running out of memory is answered with 503 and leaves
 * nothing behind. */
void worker_answer(const struct site *site, const struct request_source *source, response_writer write, void *sink);
/* Answers FastCGI requests on a listening socket until SIGTERM, SIGINT or SIGHUP asks to end, which the caller has
 * blocked: a request that has begun is finished first. Returns the exit code. */
int worker_run(const struct site *site, int listener);

#endif
