/* Sign-ins, kept in the database: who a token belongs to, beginning one, ending one. Expiry follows the database's
 * clock, so that a wrong clock here neither locks anybody out nor keeps anybody in. */
#ifndef ROSTER_SESSION_H
#define ROSTER_SESSION_H

#include <stdbool.h>
#include "query.h"

struct session {
    const char *user_id, *email, *name;
    bool superuser;
    bool must_change_password;
};

/* Queues asking whose session this token is. */
struct query *session_queue_find(struct connection *connection, const char *token);
/* After the run: NULL when there is no such session, it has expired, or its user is not active. */
struct session *session_load(const void *context, const struct query *query);
/* Queues asking when this token's session began: created_at. */
struct query *session_queue_since(struct connection *connection, const char *token);
/* Queues beginning a session for a user; the token itself goes to the browser and nowhere else. Also forgets a few
 * expired ones. */
void session_queue_begin(struct connection *connection, const char *user_id, const char *token, int days,
                         const char *remote);
void session_queue_end(struct connection *connection, const char *token);
/* Ends all of this user's sessions but the one of this token. */
void session_queue_end_others(struct connection *connection, const char *user_id, const char *token);

/* Queues finding who signs in with this address: id, hashed_password; no row when nobody active does. */
struct query *session_queue_credentials(struct connection *connection, const char *email);
/* Queues the same for somebody who is signed in. */
struct query *session_queue_own_credentials(struct connection *connection, const char *user_id);
/* Queues asking for what confirms the person of this token once more: hashed_password, and confirmed: whether that was
 * done on this session within the last SESSION_CONFIRMED_MINUTES. Works on a database of before that was kept. */
#define SESSION_CONFIRMED_MINUTES 5
struct query *session_queue_confirmation(struct connection *connection, const char *token);
/* Queues the mark that it was done just now. */
void session_queue_confirm(struct connection *connection, const char *token);
/* Queues asking whether this database can say who is there at all, and has anybody who may run the site: somebody. It
 * fails where the tables of users and sessions are missing. */
struct query *session_queue_probe(struct connection *connection);
/* Queues giving a user a new password, which is theirs and need not be changed again. */
void session_queue_set_password(struct connection *connection, const char *user_id, const char *hash);

#endif
