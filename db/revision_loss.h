/* What a revision takes away: as its file says it and, of statements of which it says nothing, as their words tell. */
#ifndef ROSTER_REVISION_LOSS_H
#define ROSTER_REVISION_LOSS_H

#include "journal.h"

/* A line for people each, ending with NULL: what the header says (on the way up "destructive", on the way down
 * "irreversible"), what notes say of statements when the header says nothing, and each statement of which nothing is said
 * and which may lose data. */
const char **revision_losses(const void *context, const struct revision *revision, enum direction direction);

/* Of several together. */
struct losses {
    size_t tables, columns;
    bool rows, more;
};

void losses_add(struct losses *losses, const void *context, const struct revision *revision,
                enum direction direction);
/* "all rows of 16 tables and the values of 2 columns"; NULL when there is nothing. */
const char *losses_words(const void *context, const struct losses *losses);

#endif
