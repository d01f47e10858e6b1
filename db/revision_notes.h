/* What a revision file says of its statements: which locks each takes, what it reads or rewrites, what is lost. The engine
 * writes such a line above each statement of a revision that it makes (db/plan_text.c); in those that people write,
 * statements may have none. */
#ifndef ROSTER_REVISION_NOTES_H
#define ROSTER_REVISION_NOTES_H

#include "journal.h"
#include "statement_loss.h"

struct revision_note {
    const char *statement; /* its first line */
    const char *lock;      /* "ACCESS EXCLUSIVE on team"; NULL: nothing is said of this statement */
    const char *work;      /* "no rewrite, no scan" */
    const char *lost;      /* what is lost, or NULL for nothing */
    bool blocks;           /* others cannot read a table meanwhile */
    int line;
    struct statement_loss loss; /* what its words tell */
    const char *may_lose;  /* in words, when nothing is said of it; or NULL */
};

/* A line for each statement, in order; the array ends with a NULL statement. */
const struct revision_note *revision_notes(const void *context, const struct revision *revision,
                                           enum direction direction);
/* The section of the file, as it stands there, without its first line. */
const char *revision_section_text(const void *context, const struct revision *revision, enum direction direction);

#endif
