/* What the migrations pages have in common: what the database has of the revisions, and a revision's statements. */
#ifndef ROSTER_MIGRATION_VIEW_H
#define ROSTER_MIGRATION_VIEW_H

#include "../db/health.h"
#include "../db/revision_notes.h"
#include "page.h"

struct migration_look {
    const struct error *away; /* why the database cannot say who is there, or NULL */
    struct health *health;    /* with revisions, and applied unless the database is away altogether */
    struct catalog *there;    /* the database's tables; NULL when it could not be asked */
};

/* Two round trips, the question who is asking among them. Somebody with the admin key comes in while the tables of users
 * are missing, too, and then sees what a database has that answers. ERROR_USAGE when the files cannot be read. */
struct error *migration_look(struct request *request, struct migration_look *look) MUST_USE;
/* Adds a NOTE for each statement. */
void migration_view_notes(const struct request *request, struct view *view, const struct revision *revision,
                          enum direction direction);
/* The address of a revision's page. */
const char *migration_view_href(const void *context, const struct revision *revision);

#endif
