/* Made-up rows for a trial, so that a revision meets tables that are not empty, and can be seen to keep them. */
#ifndef ROSTER_TRIAL_ROWS_H
#define ROSTER_TRIAL_ROWS_H

#include <stddef.h>
#include "connection.h"

struct table_rows {
    const char *table;
    long long count;
    const char *digest; /* of all values, whatever the order of rows and columns */
};

struct trial_rows {
    struct table_rows *tables; /* sorted */
    size_t count;
    long long total; /* rows */
};

/* Puts a few rows with simple values of the columns' types into each table that has none, referenced tables
 * first. What a table's constraints refuse in every variant is left empty. */
struct error *trial_rows_make(const void *context, struct connection *connection) MUST_USE;
struct error *trial_rows_read(const void *context, struct connection *connection,
                              struct trial_rows *rows) MUST_USE;
struct error *trial_rows_remove(const void *context, struct connection *connection) MUST_USE;
/* The first table whose rows are not as they were, or NULL. */
const char *trial_rows_changed(const struct trial_rows *is, const struct trial_rows *was);

#endif
