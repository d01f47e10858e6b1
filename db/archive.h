/* An archive of pg_dump's, read into a database by pg_restore. */
#ifndef ROSTER_ARCHIVE_H
#define ROSTER_ARCHIVE_H

#include "connection.h"
#include "settings.h"

/* Its table of contents as `pg_restore -l` prints it. ERROR_INVALID when it is no archive, or one that cannot
 * be read. */
struct error *archive_list(const void *context, const char *path, const char **listing) MUST_USE;

/* What a listing says above its table: of "Archive created at ", "2026-11-28 03:15:02 UTC". "" when it does not. */
const char *archive_says(const void *context, const char *listing, const char *label);

/* Reads all of it, and writes it nowhere. ERROR_DAMAGED when pg_restore cannot, because it was cut off, or what was compressed
 * does not unpack. Flipped bits in names and small values pass. */
struct error *archive_read_through(const void *context, const char *path) MUST_USE;

/* Into the empty database that the settings lead to; everything will belong to its role. What only a
 * superuser may make and the role is not (extensions that look into the server) is left out, and said. Rights
 * that were given to other roles are given again where there are such roles. After an error the database is
 * of no use. The connection leads to it, too. */
struct error *archive_restore(const void *context, const struct settings *settings,
                              struct connection *connection, const char *path) MUST_USE;

#endif
