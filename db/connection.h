/* One connection to PostgreSQL, opened when first needed and closed with its context.
 *
 * On the serving side it usually leads to PgBouncer in transaction mode, so nothing may outlive a transaction:
 * settings are made inside it, and nothing is prepared by name. */
#ifndef ROSTER_CONNECTION_H
#define ROSTER_CONNECTION_H

#include <libpq-fe.h>
#include <stdbool.h>
#include "error.h"
#include "settings.h"

enum connection_use {
    CONNECTION_SERVE,  /* settings->database_url; statement and lock timeouts, bounded by the request's budget */
    CONNECTION_DIRECT, /* settings->direct_url; no statement timeout, may hold session state */
};

struct connection;

/* Does not connect yet. Closed (and an open transaction rolled back) when its talloc parent is freed. */
struct connection *connection_new(const void *context, const struct settings *settings, enum connection_use use,
                                  const char *application_name);
/* What the server calls each transaction from here on (application_name, at most 63 bytes), in its log and to those who
 * look at its activity. The connection itself keeps its name, which a pooler would otherwise have to pass on with a
 * round trip of its own. Not for CONNECTION_DIRECT. */
void connection_name_transactions(struct connection *connection, const char *name);
/* Connects if that has not happened. A server that refuses or is starting is tried again with backoff within about
 * 300 ms for CONNECTION_SERVE and 10 s for CONNECTION_DIRECT; then ERROR_UNAVAILABLE, in words that say what to do
 * (server away, wrong password, no such database, server older than 15). */
struct error *connection_open(struct connection *connection) MUST_USE;
/* Connects and answers within the time that a request has, also for CONNECTION_DIRECT: for a page that tells what is
 * wrong. */
void connection_be_brief(struct connection *connection);
/* Whom its transactions are for from now on: what the models' rules of access ask (access.h). user_id NULL is nobody.
 * Until it is said, a serving connection acts for nobody. */
void connection_act_for(struct connection *connection, const char *user_id, bool superuser);
/* Statements from now on are built for a superuser, which spares PostgreSQL the planning of rules that do not matter to
 * one. Whoever turns out to be none sees no rows. */
void connection_expect_superuser(struct connection *connection);
/* Statements from now on are built for a program with an API key (access.h). */
void connection_expect_key(struct connection *connection);
/* Its transactions are for a program whose API key opens this record; NULL: none. */
void connection_act_for_key(struct connection *connection, const char *opened);
/* Adds to a SELECT what makes the transaction act for the program whose key opens the record of that SQL expression, or
 * for nobody where it is NULL: columns that nobody reads. */
struct sql;
void connection_add_key(struct sql *sql, const char *opened);
/* Adds to a SELECT what makes the transaction act for the user of that row: three columns that nobody reads. id and
 * superuser are SQL expressions. */
void connection_add_person(struct sql *sql, const struct connection *connection, const char *id, const char *superuser);
/* The libpq handle, for COPY and migrations; opens when needed. */
struct error *connection_handle(struct connection *connection, PGconn **handle) MUST_USE;
/* One command without parameters and without rows, on an open connection (DDL, SET). */
struct error *connection_execute(struct connection *connection, const char *sql) MUST_USE;
/* Round trips made so far: one per query_run, connection_execute. */
unsigned connection_trips(const struct connection *connection);
/* The error of a failed result or, when result is NULL, of the connection. The code is ERROR_UNAVAILABLE for lost,
 * refused, exhausted and timed-out connections, statements and locks (SQLSTATE classes 08, 53, 57, and 55P03),
 * ERROR_INVALID for data exceptions and violated constraints (classes 22 and 23), ERROR_STALE for serialization
 * failures and deadlocks (class 40), else ERROR_FAILED. Values never appear in the message. */
struct error *connection_error(const struct connection *connection, const PGresult *result);

#endif
