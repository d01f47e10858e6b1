/* Links with which a person chooses a new password: made by a superuser or by the roster command, good once and for a
 * day, one for each person at most. Only the hash of its token is kept. */
#ifndef ROSTER_RESET_H
#define ROSTER_RESET_H

#include "query.h"

enum { RESET_HOURS = 24 };

/* Where a person uses it. The token stands behind the '#', which no browser sends to a server: neither logs nor the pages
 * that it leads to get to know it (ASVS 14.2.1). */
#define RESET_PATH "/reset"

/* Queues making one in the place of an earlier one. */
void reset_queue_make(struct connection *connection, const char *user_id, const char *token);
/* Queues forgetting a person's: they have chosen a password otherwise. */
void reset_queue_forget(struct connection *connection, const char *user_id);
/* Queues asking until when a person's is good: expires_at; no row when there is none. */
struct query *reset_queue_pending(struct connection *connection, const char *user_id);
/* Queues asking whose this token is: id, email; no row when it is nobody's who is active, used or too old. */
struct query *reset_queue_find(struct connection *connection, const char *token);
/* Queues using it: sets the password, which need not be changed again, and ends all sessions of that person. id and email
 * of whose it was; no row, and nothing done, when it was used in between. */
struct query *reset_queue_use(struct connection *connection, const char *token, const char *hash);

#endif
