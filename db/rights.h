/* What roles may do in the database: the models' rules of access as PostgreSQL keeps them (row-level security, manual
 * 5.8), and what the serving role is granted (5.7).
 *
 * Policies and functions follow from the models alone. They are no revisions: whatever the database has of them is
 * replaced, table by table, each in a transaction of its own, so that no table is without them in between. Where one is
 * in the way of a revision: rights_lift.h. */
#ifndef ROSTER_RIGHTS_H
#define ROSTER_RIGHTS_H

#include "connection.h"
#include "schema.h"

struct rights_report {
    const char **skipped; /* functions and tables whose policies stay as they were, each with the reason; ends with NULL */
    size_t skipped_count;
    bool changed;         /* anything */
};

/* Brings the database to the rules, on a direct connection outside a transaction. What is right already is not touched.
 * A table that the rules do not fit yet (a revision is missing) keeps what it has, and is reported. */
struct error *rights_apply(struct connection *connection, const struct settings *settings,
                           const struct schema *schema, struct rights_report *report) MUST_USE;
/* What is not as the models want it, in words, or NULL. */
struct error *rights_check(struct connection *connection, const struct schema *schema,
                           const char **difference) MUST_USE;
/* The policies as SQL, to be read or run elsewhere. */
const char *rights_script(const void *context, const struct schema *schema);
/* SQL that a superuser runs once, to have separate roles for serving, migrating and dumping: those that the settings
 * name, without passwords. */
const char *rights_roles(const void *context, const struct settings *settings);

#endif
