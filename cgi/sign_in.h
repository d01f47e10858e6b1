/* What the pages of signing in share: beginning a session, and what is carried from the password to the code. */
#ifndef ROSTER_SIGN_IN_H
#define ROSTER_SIGN_IN_H

#include "../db/session.h"
#include "page.h"
#include "request.h"

/* Between the right password and the code of the second factor a browser holds a ticket: sealed, for this person and
 * this password, for ten minutes of the database's clock. No session exists yet. */
struct sign_in_ticket {
    const char *user_id;
    const char *mark;  /* of the hash of the password */
    long long now;     /* seconds since 1970 */
};
enum { SIGN_IN_TICKET_SECONDS = 600 };

/* The page that asks for the code; carries on what came with the form. */
struct error *sign_in_code_show(struct request *request, const char *ticket, const char *problem, int status) MUST_USE;
/* A ticket for the person whose password has this hash from now on. */
char *sign_in_ticket_seal(const struct request *request, const struct query *person, const char *hash,
                          const struct query *kept);
/* Whether it was sealed here; its age and its password are for the caller to judge. */
bool sign_in_ticket_open(const struct request *request, const char *sealed, struct sign_in_ticket *ticket);
/* What tells one hash from another in a ticket; of NULL, too. */
const char *sign_in_mark(const struct request *request, const char *hash);

/* A new session's token. */
const char *sign_in_token(const struct request *request, const struct query *person);
/* What a session begins with. */
struct sign_in_proof {
    const char *token; /* the new one */
    const char *hash;  /* of the password that was right */
};
/* Queues beginning a session for the person (session_queue_own_credentials), under condition or without, and its lines in
 * the audit; one that this browser still had ends with that, so that a planted one is worth nothing (ASVS 7.2.4). After the
 * run *unchanged has a row unless the account was changed since its password was right. */
struct query *sign_in_queue(struct request *request, const struct query *person, const struct query *kept,
                            const struct sign_in_proof *proof, const struct sql *condition, struct query **unchanged);
/* The line of one event for this person, which takes effect if the token's session began (NULL: always). */
void sign_in_audit(struct request *request, const struct query *kept, const char *action, const char *user_id,
                   const char *who, const char *token);
/* After the run: the answer to who has everything that is needed. */
struct error *sign_in_finish(struct request *request, const char *email, const char *token) MUST_USE;

#endif
