/* The second factor of a sign-in: codes by time (TOTP, RFC 6238: SHA-1, six digits, thirty seconds, which every
 * authenticator knows), and recovery codes for when the telephone is lost. Time is the database's. */
#ifndef ROSTER_SECOND_FACTOR_H
#define ROSTER_SECOND_FACTOR_H

#include "query.h"

enum { SECOND_FACTOR_DIGITS = 6, SECOND_FACTOR_SECONDS = 30, SECOND_FACTOR_CODES = 10 };

/* A new secret of 160 bits in base32, as authenticators take it (RFC 4226, section 4). */
char *second_factor_new_secret(const void *context);
/* What was typed without the blanks and dashes that people put in between, in small letters. */
char *second_factor_plain(const void *context, const char *typed);
/* Whether plain text could be a code by time; anything else may be a recovery code. */
bool second_factor_is_code(const char *plain);
/* The time step whose code this is: the one of now (seconds since 1970), or the one before or after, since clocks differ;
 * -1 when it is none of them. Takes as long whichever it is. */
long long second_factor_step(const char *secret, long long now, const char *plain);

/* A secret, sealed for this person alone, and back from it (NULL: damaged, or SECRET_KEY is another one). */
char *second_factor_seal(const void *context, const struct settings *settings, const char *user_id, const char *secret);
char *second_factor_open(const void *context, const struct settings *settings, const char *user_id, const char *sealed);

/* Queues reading a person's second factor; one row always: sealed_secret (NULL: there is none), used_step, created_at,
 * codes (how many recovery codes are left), now. */
struct query *second_factor_queue_find(struct connection *connection, const char *user_id);
/* Queues setting it up, with the step of the code that proved it; one that is there stays. */
void second_factor_queue_on(struct connection *connection, const char *user_id, const char *sealed, long long step);
/* Queues taking it off, with its recovery codes; query_affected tells whether there was one. */
struct query *second_factor_queue_off(struct connection *connection, const char *user_id);
/* Ten new recovery codes of 50 bits each, which are shown once; then queues keeping their keyed hashes in the place of the
 * earlier ones. */
const char *const *second_factor_new_codes(const void *context);
void second_factor_queue_codes(struct connection *connection, const struct settings *settings, const char *user_id,
                               const char *const *codes);

/* SQL that uses a code up and returns a row, or none when it was used before: a condition to begin a session with. */
struct sql *second_factor_use_step(const void *context, const char *user_id, long long step);
struct sql *second_factor_use_recovery(const void *context, const struct settings *settings, const char *user_id,
                                       const char *plain);

#endif
