/* What tables of the program's own need not keep for ever: lines of the audit that are older than ROSTER_AUDIT_DAYS, sign-ins
 * that have ended, and the tokens of forms that were sent long ago. The history of records is never pruned. */
#ifndef ROSTER_AUDIT_PRUNE_H
#define ROSTER_AUDIT_PRUNE_H

#include <stdbool.h>

#include "connection.h"

struct audit_pruned {
    bool kept;        /* whether this database keeps an audit at all */
    const char *day;  /* lines from before this day go, in the site's time zone; NULL: all are kept */
    long long lines, sessions, tokens; /* that went, or would */
};

/* In batches that keep nobody waiting, each a transaction of its own. The audit says itself, in the same transactions, how
 * many lines are gone, from before when, and by whom. Dry: only counts. */
struct error *audit_prune(const void *context, const struct settings *settings, const char *who, bool dry,
                          struct audit_pruned *pruned) MUST_USE;

#endif
