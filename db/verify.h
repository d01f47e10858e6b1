/* Proves revisions on a database made for that: each one up, down and up again, with rows in the tables. */
#ifndef ROSTER_VERIFY_H
#define ROSTER_VERIFY_H

#include "revision.h"
#include "settings.h"

struct verify_news {
    const struct revision *revision;
    long long rows; /* that were there before it, and after undoing it; 0 when none fitted what it adds */
    bool irreversible; /* says itself that its way back loses something, so that only the shape was compared */
    bool one_way;      /* has no way down at all and says so: only its way up was tried */
};

struct verify_options {
    void (*tell)(void *argument,
                 const struct verify_news *news); /* after each revision that stood the test */
    void *argument;
};

/* After its way down the database must have its earlier shape, with the rows that it had, and after its
 * second way up that of the first. At the end all go down to nothing and up again, unless one is declared irreversible
 * and has no way down: of such a one only the way up can be tried. The first revision that
 * fails is ERROR_FAILED with what differs; a statement that fails is what migrate_upgrade says of it. */
struct error *verify_run(const void *context, const struct settings *settings,
                         const struct verify_options *options) MUST_USE;

#endif
