/* Indexes that are built or dropped CONCURRENTLY, which an interrupted run leaves behind half done.
 *
 * PostgreSQL keeps an index whose build failed as INVALID: it costs every write and serves no read (manual,
 * CREATE INDEX, Building Indexes Concurrently). So one of the wanted name is dropped before, and afterwards
 * the index must be valid. */
#ifndef ROSTER_MIGRATE_INDEX_H
#define ROSTER_MIGRATE_INDEX_H

#include "connection.h"

struct index_statement {
    bool creates, drops; /* neither: another statement */
    bool lenient;        /* IF [NOT] EXISTS */
    const char *name;    /* as it is stored; NULL when the statement leaves it to PostgreSQL */
    const char *schema;  /* DROP: as it is stored, or NULL */
    const char *table;   /* CREATE: as it is written, perhaps with its schema */
};

enum index_condition { INDEX_MISSING, INDEX_INVALID, INDEX_VALID };

/* Only what says CONCURRENTLY counts. */
struct index_statement index_statement_read(const void *context, const char *sql);
struct error *index_look(struct connection *connection, const struct index_statement *index,
                         enum index_condition *condition) MUST_USE;
/* Drops the index of that name if it is INVALID, without keeping anybody from the table. */
struct error *index_drop_invalid(struct connection *connection, const struct index_statement *index) MUST_USE;
/* Psql's way to do the same, for a script. */
const char *index_drop_invalid_script(const void *context, const struct index_statement *index);
/* Fails unless the index is valid, for a script. */
const char *index_require_script(const void *context, const struct index_statement *index);

#endif
