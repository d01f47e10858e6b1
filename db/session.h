/* Sign-ins, kept in the database: who a token belongs to, beginning one, ending one. Expiry follows the database's
 * clock, so that a wrong clock here neither locks anybody out nor keeps anybody in. A session has two limits (ASVS 7.3):
 * it ends so many hours after it was last used, and so many days after it began. */
#ifndef ROSTER_SESSION_H
#define ROSTER_SESSION_H

#include <stdbool.h>
#include "draft.h"
#include "query.h"

struct session {
    const char *user_id, *email, *name;
    bool superuser;
    bool must_change_password;
    bool stale; /* it is some minutes since its use was written down */
};

/* Queues asking what this database, which may be one of before the last revision, keeps: audit (db/audit.h); accounts
 * (second factors, resets, and what a session's browser is); and now, in seconds since 1970. Somebody must be able to sign
 * in there, and upgrade it. */
struct query *session_queue_kept(struct connection *connection);

/* Queues asking whose session this token is. */
struct query *session_queue_find(struct connection *connection, const char *token);
/* After the run: NULL when there is no such session, it has expired, or its user is not active. */
struct session *session_load(const void *context, const struct query *query);
/* Queues the mark that this session is used, which moves its end on. It writes at most once in some minutes, and waits
 * for nobody who writes the same. */
void session_queue_mark(struct connection *connection, const struct settings *settings, const char *token);

/* Who begins a session, and where. */
struct session_start {
    const char *user_id, *token; /* the token itself goes to the browser and nowhere else */
    const char *remote, *browser; /* either may be NULL */
    const char *hash; /* of the password that was right */
    bool superuser;
    bool accounts; /* what session_queue_kept found */
};
/* Queues asking whether the account is still as it was found: active, a superuser's or not, and with this hash. The query
 * has a row if so; then it stays as it is until the transaction ends (PostgreSQL manual, 13.3.2). */
struct query *session_queue_unchanged(struct connection *connection, const struct session_start *start);
/* Queues holding an account until the transaction ends. Whoever changes how somebody signs in holds it first, so that a
 * sign-in that is under way either begins before, and is ended with the others, or sees the change. */
void session_queue_hold(struct connection *connection, const char *user_id);
/* Queues beginning a session, if the account is unchanged. With condition (an SQL query that returns a row when it may
 * begin, or NULL), the query has one row when it began and none otherwise. Also forgets a few expired ones. */
struct query *session_queue_begin(struct connection *connection, const struct settings *settings,
                                  const struct session_start *start, const struct sql *condition);
/* The condition that this person has no second factor; NULL where the database keeps none. */
struct sql *session_without_second_factor(const void *context, const struct session_start *start);

/* The query that has a row when the session of this token is there. */
struct sql *session_exists(const void *context, const char *token);

/* Queues reading a user's sessions, the one used last first: id, created_at, last_seen_at, remote, browser, and own: whether
 * it is the one of this token (or NULL). */
struct query *session_queue_list(struct connection *connection, const char *user_id, const char *token);
void session_queue_end(struct connection *connection, const char *token);
/* The same, if the session of the other token is there. */
void session_queue_end_for(struct connection *connection, const char *token, const char *other);
/* The statement that ends one of this user's sessions by its id; with NULL all but the one of this token, if any. It
 * returns a row for each, and none for one that ended before, of which an expired row may be left. */
struct sql *session_end(const void *context, const char *user_id, const char *id, const char *token);
/* Ends all of this user's sessions but the one of this token; all of them when it is NULL. */
struct query *session_queue_end_others(struct connection *connection, const char *user_id, const char *token);
/* Whether this draft changes an account, and so may end what it was opened with. */
bool session_is_account(const struct draft *draft);
/* Queues ending the sessions of a user whom this draft gives another password, or makes inactive, but for the one of
 * this token (ASVS 7.4.2, 7.4.3), and with accounts (session_queue_kept) forgetting a reset link that they were given
 * before; nothing for any other draft. */
void session_queue_end_changed(struct connection *connection, const struct draft *draft, const char *token, bool accounts);

/* Whether the draft gives an account that is there another password. */
bool session_sets_password(const struct draft *draft);

/* Queues finding who signs in with this address: id, email, hashed_password, full_name; no row when nobody active does. */
struct query *session_queue_credentials(struct connection *connection, const char *email);
/* Queues the same by key. */
struct query *session_queue_own_credentials(struct connection *connection, const char *user_id);
/* Queues the address in the letters that it is compared by: email. PostgreSQL knows more of them than C does. */
struct query *session_queue_spelling(struct connection *connection, const char *email);
/* Queues reading whose account this is, active or not: email, full_name, is_active. */
struct query *session_queue_person(struct connection *connection, const char *user_id);
/* Queues a new hash of the same password (ASVS 11.4.2), unless somebody was faster with a new one. */
void session_queue_rehash(struct connection *connection, const char *user_id, const char *old, const char *hash);
/* Queues asking for what confirms the person of this token once more: hashed_password, and confirmed: whether that was
 * done on this session within the last SESSION_CONFIRMED_MINUTES. Works on a database of before that was kept. */
#define SESSION_CONFIRMED_MINUTES 5
struct query *session_queue_confirmation(struct connection *connection, const char *token);
/* Queues the mark that it was done just now. */
void session_queue_confirm(struct connection *connection, const char *token);
/* Queues asking whether this database can say who is there at all, and has anybody who may run the site: somebody. It
 * fails where the tables of users and sessions are missing. */
struct query *session_queue_probe(struct connection *connection);
/* Queues giving a user a new password, which is theirs and need not be changed again; the query has a row if it still was
 * the one of old. */
struct query *session_queue_set_password(struct connection *connection, const char *user_id, const char *old,
                                         const char *hash);

#endif
