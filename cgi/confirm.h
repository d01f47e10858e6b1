/* The password once more, before something that matters (ASVS 7.5), or the admin key for whoever came by it.
 *
 * A page that is asked for with a POST is answered with a question that carries the whole form along; from there it comes
 * back to the same handler, with the password. A form of a record has a field for it instead, so that nothing typed is
 * lost, not even secrets. */
#ifndef ROSTER_CONFIRM_H
#define ROSTER_CONFIRM_H

#include "page.h"
#include "request.h"

/* Queues asking what confirms this person; NULL when nobody is known. Before page_run or admin_run. */
struct query *confirm_queue(struct request *request);
/* After the run: whether the password was typed on this session within the last SESSION_CONFIRMED_MINUTES. */
bool confirm_is_done(const struct request *request, const struct query *known);

/* After the run: unless it is done, or the request brings the right password, answers with the question, and *asked is
 * true. what ends the sentence "Enter your password to ...". */
struct error *confirm_answer(struct request *request, const struct query *known, const char *what,
                             bool *asked) MUST_USE;
/* page_run (page.h) between the two. */
struct error *confirm_run(struct request *request, const char *what, bool *asked) MUST_USE;

/* For a form with a field of its own, CONFIRM_FIELD: NULL when the password is right, and then the mark is queued, to
 * take effect with the transaction that is open. Otherwise what to tell, and the status to answer with; that transaction
 * is rolled back. */
#define CONFIRM_FIELD "_password"
const char *confirm_refuses(struct request *request, const struct query *known, int *status);

#endif
