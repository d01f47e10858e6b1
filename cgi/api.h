/* What programs use instead of pages: /api/v1/, in JSON. An API key in the Authorization header opens it (RFC 6750, section
 * 2.1), and nothing else does: no cookie, no address, no form. */
#ifndef ROSTER_API_H
#define ROSTER_API_H

#include <stdbool.h>
#include "../db/text.h"
#include "request.h"

/* Whether the answer is for a program, whatever becomes of it. */
bool api_is_asked(const struct request *request);
/* One round trip with all that is queued, READ ONLY, the question what the key opens among it: the first in a handler of a
 * ROLE_KEY route. ERROR_SIGN_IN without a good key, ERROR_TOO_OFTEN after too many bad ones, ERROR_FORBIDDEN for a model
 * that opens nothing to keys. */
struct error *api_run(struct request *request) MUST_USE;
/* After the answer: writes down that the key was used, if that was not done for a while. */
void api_mark_use(struct request *request);

/* The answer: a whole JSON value. */
void api_send(struct request *request, const struct text *json);
/* The answer to what went wrong (RFC 9457). Both texts are for people. */
void api_refuse(struct request *request, int status, const char *title, const char *detail);

#endif
