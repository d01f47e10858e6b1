/* Statements queued on a connection and sent together: one pipeline, one round trip.
 *
 *     struct query *session = query_add(db, session_sql);
 *     struct query *rows = query_add(db, list_sql);
 *     TRY(query_run(db));
 *
 * Outside a transaction, what one query_run sends is one implicit transaction (PostgreSQL 15 manual, 55.2.4): it takes
 * effect whole or not at all. query_read_only makes that transaction READ ONLY. transaction_begin queues a BEGIN, so
 * that locks outlive the round trip, and transaction_commit a COMMIT. In front of every transaction on a serving
 * connection travels one statement that sets search_path, the timeouts and the time zone for that transaction only. */
#ifndef ROSTER_QUERY_H
#define ROSTER_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include "connection.h"
#include "error.h"
#include "sql.h"

struct query;

/* Queues a statement; its rows are there after query_run, and go with the connection. Never fails by itself. */
struct query *query_add(struct connection *connection, const struct sql *sql);
/* Queues a statement that comes before all others of the next run: it finds out whom they are for. */
struct query *query_add_greeting(struct connection *connection, const struct sql *sql);
/* The next run's implicit transaction is READ ONLY. */
void query_read_only(struct connection *connection);
/* The next run's implicit transaction has one snapshot for all its statements, and not one for each (PostgreSQL 15 manual,
 * 13.2.2). A transaction that is open or queued keeps what it has. */
void query_one_snapshot(struct connection *connection);
/* Whether nothing is queued, and no transaction open. */
bool query_is_idle(const struct connection *connection);
void transaction_begin(struct connection *connection);
void transaction_commit(struct connection *connection);
/* Queues and sends a ROLLBACK at once if a transaction is open; never fails (a broken connection is closed). */
void transaction_rollback(struct connection *connection);
/* Sends all that was queued and waits for the results. The first statement that failed is the error; those after it
 * did not run, and the transaction is rolled back (also on the server, before this returns). */
struct error *query_run(struct connection *connection) MUST_USE;

int query_rows(const struct query *query);
int query_columns(const struct query *query);
int query_column(const struct query *query, const char *name);  /* -1 when there is none */
const char *query_name(const struct query *query, int column);
/* NULL for SQL's NULL. Lives as long as the connection. */
const char *query_text(const struct query *query, int row, int column);
/* The same by column name; a name that is not there is a programming error and aborts. */
const char *query_field(const struct query *query, int row, const char *name);
bool query_true(const struct query *query, int row, const char *name);
long long query_number(const struct query *query, int row, const char *name); /* 0 for NULL */
size_t query_size(const struct query *query, int row, int column); /* bytes, without the NUL */
long long query_affected(const struct query *query); /* rows that an INSERT, UPDATE or DELETE touched */

#endif
