/* The audit, read: what people did (db/audit.h) and the changes of records (db/history.h) as one list, newest first. */
#ifndef ROSTER_AUDIT_LIST_H
#define ROSTER_AUDIT_LIST_H

#include "query.h"

enum audit_kind { AUDIT_ALL, AUDIT_SIGN_INS, AUDIT_CHANGES, AUDIT_ADMINISTRATION };

struct audit_filter {
    enum audit_kind kind;
    const char *who;       /* an email address, also of somebody who failed to sign in; NULL: all */
    const char *remote;    /* an address; NULL: all */
    const char *from, *to; /* days, inclusive, in the site's time zone; NULL: open */
    const char *after;     /* the cursor of the last line seen; NULL: from the newest */
    int limit;
};

/* Queues the lines: cursor, at, who (an address, or NULL), action, model (a table, or NULL), record, title (of the
 * record, or what was done to), remote, id (of the change, or NULL). Pages are found by the last line seen, so that the
 * last page costs what the first does. ERROR_BAD_REQUEST for what is no cursor. */
struct error *audit_list_queue(struct connection *connection, const struct audit_filter *filter,
                               struct query **query) MUST_USE;

#endif
