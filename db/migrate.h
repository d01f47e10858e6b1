/* Brings a database from revision to revision.
 *
 * Every run holds a lock of the database's, on a session of its own past any pooler, so that of several runs
 * at once one works and the others find nothing left to do. Each transaction of a revision takes its lines in
 * the journal with it, and the last one the revision's line in the history: after a failure or a crash the
 * next run goes on behind what was done (db/journal.h). */
#ifndef ROSTER_MIGRATE_H
#define ROSTER_MIGRATE_H

#include <stdbool.h>
#include <stddef.h>
#include "applied.h"
#include "connection.h"
#include "revision.h"
#include "schema.h"
#include "settings.h"

/* How long a statement waits for others, who wait behind it for as long: less than a request waits for a lock
 * (ROSTER_LOCK_TIMEOUT), so that a migration makes the site slower and breaks nothing. */
enum { MIGRATE_LOCK_TIMEOUT_MS = 2000 };

enum migrate_event {
    MIGRATE_WAITING, /* another run holds the lock */
    MIGRATE_UP,      /* a revision is applied; took milliseconds */
    MIGRATE_DOWN,    /* ... undone */
    MIGRATE_STAMPED,
    MIGRATE_RESUMED,   /* goes on with a revision that was left in the middle, at text */
    MIGRATE_STATEMENT, /* a statement (text) is done; took milliseconds */
    MIGRATE_RETRY, /* a statement got no lock (text), and will be tried again; milliseconds counts the tries
                    */
    MIGRATE_PROGRESS, /* a statement has been running for so many milliseconds; text says how far it is */
    MIGRATE_EVENTS,
};

struct migrate_news {
    enum migrate_event event;
    const struct revision *revision;   /* or NULL */
    const struct statement *statement; /* or NULL */
    long milliseconds;
    const char *text; /* or NULL */
};

struct migrate_options {
    void (*tell)(void *argument, const struct migrate_news *news); /* NULL: nobody */
    void *argument;
    bool allow_destructive; /* undoes also what its header calls irreversible */
    bool watch;             /* tells of long statements while they run */
    int lock_timeout_ms;    /* 0: MIGRATE_LOCK_TIMEOUT_MS */
    int tries;              /* of a transaction that got no lock; 0: 20 */
    const struct schema *schema; /* whose rules of access come in the place of those that do not fit any more; or NULL */
};

/* Target: head, heads, +N, or a revision (its id, or the beginning of one), which brings all it needs.
 * Nothing to do is success; options may be NULL. Errors: ERROR_USAGE for a target that is not there or files
 * that cannot be read, ERROR_SEVERAL_HEADS, ERROR_EDITED, ERROR_UNAVAILABLE, ERROR_PENDING when another
 * revision was left in the middle; a statement that fails says file, line, SQLSTATE, what was kept and what
 * remains. */
struct error *migrate_upgrade(const void *context, const struct settings *settings, const char *target,
                              const struct migrate_options *options) MUST_USE;
/* Target: base, -N, or a revision, which stays while all that followed it goes. ERROR_REFUSED when that is
 * irreversible and not allowed. A revision that was left on its way up is taken back first
 * (db/migrate_back.h), and is the first of N. */
struct error *migrate_downgrade(const void *context, const struct settings *settings, const char *target,
                                const struct migrate_options *options) MUST_USE;
/* Undoes this one revision, which no applied one may follow. */
struct error *migrate_undo(const void *context, const struct settings *settings, const char *id,
                           const struct migrate_options *options) MUST_USE;
/* Writes the history as if this target had been reached, and runs nothing. Target: head, heads, base, a
 * revision, or current: what is applied already, with the files as they are now. */
struct error *migrate_stamp(const void *context, const struct settings *settings, const char *target,
                            const struct migrate_options *options) MUST_USE;

/* For /readyz: NULL when what is applied (applied_queue) ends in the same heads as the files, else
 * ERROR_PENDING or what applied_check says. */
struct error *migrate_check_current(const void *context, const struct settings *settings,
                                    const struct query *applied) MUST_USE;
/* The same with its query, in one round trip; a database without the history table is ERROR_PENDING. */
struct error *migrate_ready(const void *context, const struct settings *settings,
                            struct connection *connection) MUST_USE;

#endif
