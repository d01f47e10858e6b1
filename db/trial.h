/* A database of its own on the same server, for trying out what must not happen to the real one: made beside
 * it, and dropped with its context. */
#ifndef ROSTER_TRIAL_H
#define ROSTER_TRIAL_H

#include "connection.h"
#include "settings.h"

struct trial {
    struct settings *settings; /* those of the real database, but both ways lead to this one */
    struct connection *server; /* to make and drop it */
    const char *name;
    bool has_rows; /* a copy has them, unless there were too many */
};

/* An empty database with the encoding and the collation of the real one. ERROR_REFUSED when the role may not
 * create databases. */
struct error *trial_new(const void *context, const struct settings *settings, struct trial **trial) MUST_USE;
/* A copy: by PostgreSQL itself when nobody uses the database (CREATE DATABASE ... TEMPLATE), otherwise by
 * pg_dump and psql, then without rows if there is more than 256 MB of them; the history is always copied. */
struct error *trial_copy(const void *context, const struct settings *settings, struct trial **trial) MUST_USE;
/* Adds what to do to an error that a revision's CREATE EXTENSION made in a trial: there it has to be made anew, while the
 * real database may have had it from an administrator. Other errors stay as they are; NULL stays NULL. */
struct error *trial_explain(struct error *error) MUST_USE;

#endif
