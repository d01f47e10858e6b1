/* What stands before every check of a password, a code or a key: the throttle (throttle.h), in the words and with the
 * status of an answer (429, RFC 6585 section 4), and with its line in the audit. */
#ifndef ROSTER_GUARD_H
#define ROSTER_GUARD_H

#include "request.h"

/* The account that the admin key counts for: no email address. */
#define GUARD_ADMIN_KEY "the admin key"

/* NULL when another try is allowed for this account (an email address as typed, known here or not; NULL: no account is
 * named) from where the request comes: it then counts as failed until one of the others is called. Otherwise what to
 * tell, with Retry-After set: answer with GUARD_STATUS. An open transaction is rolled back then. */
enum { GUARD_STATUS = 429 };
const char *guard_refuses(struct request *request, const char *account);
/* The try was right. */
void guard_right(const struct request *request, const char *account);
/* It was right, but is only half of what is needed. */
void guard_give_back(const struct request *request, const char *account);
/* The account has been given another password by whoever may: what failed before counts no more. */
void guard_forget(const struct request *request, const char *account);

#endif
