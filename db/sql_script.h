/* SQL text cut into its statements, as psql would cut it. */
#ifndef ROSTER_SQL_SCRIPT_H
#define ROSTER_SQL_SCRIPT_H

#include <stddef.h>
#include "error.h"

struct statement {
    const char *sql; /* without the semicolon */
    int line;        /* where it begins */
};

/* A piece of a file: length bytes that begin on this line. */
struct script {
    const char *path; /* for messages */
    const char *text;
    size_t length;
    int line;
};

/* Quotes, dollar quotes, nested comments and the bodies of SQL functions (BEGIN ATOMIC) are seen through
 * (PostgreSQL manual, 4.1). A quote, comment or parenthesis that does not end is ERROR_USAGE with file and line; so is a
 * psql command, and a statement that begins or ends a transaction, since who runs the script does that. The
 * statements belong to context. */
struct error *sql_script_cut(const void *context, const struct script *script, struct statement **statements,
                             size_t *count) MUST_USE;

#endif
