/* What a statement may take away, read from its words: for those of which nobody said it. */
#ifndef ROSTER_STATEMENT_LOSS_H
#define ROSTER_STATEMENT_LOSS_H

#include <stddef.h>

enum loss_kind {
    LOSS_NONE,
    LOSS_TABLES,  /* dropped, count of them */
    LOSS_COLUMNS, /* likewise */
    LOSS_ROWS,    /* deleted or changed */
    LOSS_PARTS,   /* a type, a schema or another thing, and what hangs on it */
    LOSS_VALUES,  /* converted to another type */
    LOSS_UNKNOWN, /* it runs what only the server knows (DO, CALL) */
};

struct statement_loss {
    enum loss_kind kind;
    size_t count; /* 1 where it is not said how many */
};

/* Rather too careful than not: a function that a SELECT calls is all that it trusts. Comments, strings and quoted names
 * are no words (PostgreSQL manual, 4.1). */
struct statement_loss statement_loss(const char *sql);

#endif
