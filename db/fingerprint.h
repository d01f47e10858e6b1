/* What a database holds, in short: the rows of each table with a digest of their values, and a digest of the shape of
 * all tables. Two databases with equal fingerprints hold the same. */
#ifndef ROSTER_FINGERPRINT_H
#define ROSTER_FINGERPRINT_H

#include <stddef.h>
#include "connection.h"

struct fingerprint_table {
    const char *name;   /* as PostgreSQL writes it: checkpoint, audit."Old" */
    long long rows;
    const char *digest; /* of all values, whatever the order of the rows; "" when it is not known. Comparable between
                           servers of the same major version */
};

struct fingerprint {
    struct fingerprint_table *tables; /* sorted by name */
    size_t count;
    const char *shape; /* SHA-256 of what shape_read tells; "" when it is not known */
};

/* Reads within the transaction that is open on the connection, if one is. Stops between two tables when asked to
 * (stop.h). */
struct error *fingerprint_read(const void *context, struct connection *connection,
                               struct fingerprint *fingerprint) MUST_USE;
/* NULL when nothing differs that both know; else what does, for people: "table member: 12 rows instead of 13". */
const char *fingerprint_difference(const void *context, const struct fingerprint *is,
                                   const struct fingerprint *wanted);
long long fingerprint_rows(const struct fingerprint *fingerprint);

#endif
