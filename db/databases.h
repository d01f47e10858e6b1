/* The databases of a server, seen from beside them: for putting another one in the place of the site's own.
 *
 * Putting it there is two renames in one transaction. The first takes the lock that new connections need, and
 * waits until the old ones are gone, which are ended meanwhile: whoever connects then finds the one database
 * or the other, and a crash leaves what was there (manual, ALTER DATABASE). The earlier database stays under
 * a name with the time in it. */
#ifndef ROSTER_DATABASES_H
#define ROSTER_DATABASES_H

#include <stdbool.h>
#include "connection.h"
#include "query.h"
#include "settings.h"

struct databases {
    const struct settings *settings;
    struct settings *beside;   /* leading to another database than the site's */
    struct connection *server; /* to that one */
    const char *name;          /* of the site's */
    bool exists;
};

struct databases_kept {
    const char *name;
    const char *size; /* for people */
    const char *at;   /* when it was put aside: "2026-11-25 03:15:02", UTC */
};

/* ERROR_REFUSED when the role may not create and rename databases here, with what to do about it. A page opens it with
 * CONNECTION_SERVE, which gives up as soon as its other statements do: for looking alone. */
struct error *databases_open(const void *context, const struct settings *settings, enum connection_use use,
                             struct databases **databases) MUST_USE;
/* The CREATE DATABASE that makes an empty one with another's encoding and locale, whose rows of pg_database the server
 * is asked for; NULL when there is no such source. */
struct error *databases_make_sql(struct connection *server, const char *source, const char *made, const char **sql) MUST_USE;
/* An empty one with the encoding, locale, settings and rights of the site's. */
struct error *databases_create(struct databases *databases, const char *name) MUST_USE;
/* The name under which the site's database would be kept now; NULL when there is none. */
struct error *databases_name_kept(struct databases *databases, const char **kept) MUST_USE;
/* The database takes the place of the site's, whose sessions are ended, and which is kept under that name.
 * ERROR_UNAVAILABLE when sessions that this role may not end are in the way. */
struct error *databases_swap(struct databases *databases, const char *incoming, const char *kept) MUST_USE;
/* Those that were put aside, the newest first. */
struct error *databases_list_kept(struct databases *databases, struct databases_kept **kept,
                                  size_t *count) MUST_USE;
/* Queues their number (count) and size (bytes) on a connection to the site's own database. */
struct query *databases_queue_kept(struct connection *connection, const struct settings *settings);
/* Ends its sessions, too. */
struct error *databases_drop(struct databases *databases, const char *name) MUST_USE;
/* Drops what a killed restore left. */
struct error *databases_sweep(struct databases *databases) MUST_USE;
/* The name for a database that is being filled: databases_sweep knows it. */
const char *databases_draft_name(const void *context);
/* The same settings, leading to another database both ways. */
struct settings *databases_settings(const void *context, const struct settings *settings, const char *name);

#endif
