/* The way out when migrations cannot run: what the models want and the database lacks is created without
 * them.
 *
 * Nothing that is there is dropped or changed, so that it can be run on a database that holds the only copy
 * of its rows. What stands in the way of the models is told, and left to a person. */
#ifndef ROSTER_RESCUE_H
#define ROSTER_RESCUE_H

#include <stdbool.h>
#include "schema.h"
#include "settings.h"

enum rescue_event {
    RESCUE_THERE,   /* a table of the models that is there */
    RESCUE_CREATED, /* something that was missing */
    RESCUE_LEFT,    /* something that differs and stays as it is, and why */
    RESCUE_STAMPED, /* the history says that all revisions are applied; or why it does not */
    RESCUE_SEEDED,
    RESCUE_NOTE,
};

struct rescue_options {
    void (*tell)(void *argument, enum rescue_event event, const char *text);
    void *argument;
    const char *backup; /* the one that was made before, told first; NULL: none was */
    bool empty;         /* there was nothing to make one of */
};

/* Whether there is something that a backup before could keep: not where there is no database, or no table in it. */
struct error *rescue_is_worth_backup(const void *context, const struct settings *settings, bool *worth) MUST_USE;
/* Makes the database, too, where the server has none of that name. The rules of access are applied (rights.h) before
 * anything is sown, also after a failure on the way. ERROR_DIFFERS when something of the models is missing still, or is
 * not as they want it; then the history stays as it was. When the history cannot be written, or the seed with the first
 * account fails, that is the error, after everything else was done. */
struct error *rescue_run(const void *context, const struct settings *settings, const struct schema *schema,
                         const struct rescue_options *options) MUST_USE;

#endif
