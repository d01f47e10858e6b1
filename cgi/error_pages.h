/* The one place where errors become HTTP: a status and a page, or JSON for a program. */
#ifndef ROSTER_ERROR_PAGES_H
#define ROSTER_ERROR_PAGES_H

#include "../db/error.h"
#include "request.h"

int error_pages_status(enum error_code code);
/* A line of the log, which error_pages_answer writes of failures and of refusals; for those that a form tells by itself. */
void error_pages_log(const struct request *request, const struct error *error);
/* Answers the request with what a person needs to know about the error: the message where the request is at fault,
 * no more than that something failed where we are (the cause goes to standard error). Works for a request that could
 * not be read whole, and without a database. Never fails: without templates there is a plain text. */
void error_pages_answer(struct request *request, const struct error *error);

#endif
