/* What people did that is no change of a record: signing in and failing to, running the site. One line each, in the
 * table audit; changes of records are in the history (db/history.h). */
#ifndef ROSTER_AUDIT_H
#define ROSTER_AUDIT_H

#include "query.h"

/* The actions, as the audit page shows and filters them. */
#define AUDIT_SIGNED_IN "signed in"
#define AUDIT_SIGN_IN_FAILED "sign-in failed"
#define AUDIT_SIGNED_OUT "signed out"
#define AUDIT_PASSWORD_CHANGED "password changed"
#define AUDIT_ACCOUNT_MADE "account made"
#define AUDIT_CONFIRMED "password confirmed"
#define AUDIT_CONFIRM_FAILED "password refused"
#define AUDIT_THROTTLED "told to wait"
#define AUDIT_CODE_FAILED "code refused"
#define AUDIT_RECOVERY_USED "recovery code used"
#define AUDIT_FACTOR_ON "second factor on"
#define AUDIT_FACTOR_OFF "second factor off"
#define AUDIT_CODES_MADE "recovery codes made"
#define AUDIT_RESET_MADE "password reset made"
#define AUDIT_RESET_USED "password reset used"
#define AUDIT_SESSIONS_ENDED "sign-ins ended"
#define AUDIT_KEY_USED "key used"
#define AUDIT_QUERY_CANCELLED "query cancelled"
#define AUDIT_JOB_STARTED "job started"
#define AUDIT_JOB_CANCELLED "job cancelled"
#define AUDIT_BACKUP_DOWNLOADED "backup downloaded"
#define AUDIT_BACKUP_UPLOADED "backup uploaded"
#define AUDIT_BACKUP_DELETED "backup deleted"
#define AUDIT_RESTORED "database restored"
#define AUDIT_PUT_BACK "earlier database put back"
#define AUDIT_DROPPED "earlier database deleted"
#define AUDIT_REVISION_WRITTEN "revision written"
#define AUDIT_EXPORTED "audit exported"
#define AUDIT_PRUNED "audit pruned"

struct audit_line {
    const char *action;  /* one of the above */
    const char *user_id; /* NULL: nobody who is known */
    const char *who;     /* an email address, also of somebody who is not known; cut to what the table holds */
    const char *remote;  /* the address that it came from */
    const char *subject; /* what it was done to, or NULL; never a secret */
};

/* Queues asking whether this database keeps an audit, which one of before that was kept does not: kept. Somebody must be
 * able to sign in there, and upgrade it. */
struct query *audit_queue_is_kept(struct connection *connection);
/* Queues writing the line. It takes effect with the transaction that it travels in. */
void audit_queue(struct connection *connection, const struct audit_line *line);
/* The same, if the query condition has a row when its turn comes. */
void audit_queue_when(struct connection *connection, const struct audit_line *line, const struct sql *condition);
/* Queues a change (a DELETE or UPDATE with a RETURNING), and the line if it touches a row, in one statement: nothing that
 * happens at the same time makes the line untrue. query_rows tells how many rows it touched. */
struct query *audit_queue_change(struct connection *connection, const struct audit_line *line, const struct sql *change);
/* The same line in the program's log, for when the database cannot take it (ASVS 16.2, CWE-117). */
void audit_log(const struct audit_line *line);

#endif
