/* What the database spent its time on: pg_stat_statements (PostgreSQL manual, F.30), wherever it can be asked.
 *
 * The extension counts for all databases of the server, whichever of them it was created in. The site's own clusters
 * have it in the maintenance database "postgres": in the site's database it would get into every dump, which then only
 * a superuser could restore. */
#ifndef ROSTER_STATEMENTS_H
#define ROSTER_STATEMENTS_H

#include "query.h"
#include "settings.h"

enum statements_sort { STATEMENTS_BY_TOTAL, STATEMENTS_BY_MEAN, STATEMENTS_BY_CALLS, STATEMENTS_BY_ROWS };

/* Queues asking what this server offers: preloaded (the library counts), here (this database has the extension), since
 * (when the counters were last set to zero, as text), hypopg (index advice can be proved). */
struct query *statements_queue_offer(struct connection *connection);
/* A connection on which statements_queue can be asked: this one when here is true, otherwise one to the maintenance
 * database. */
struct connection *statements_connection(struct connection *connection, const struct settings *settings, bool here);
/* Queues the statements that took longest, or came most often, of the settings' database: id, text (cut), calls,
 * total_ms, mean_ms, rows, share (of the total time, 0 to 100). It fails with SQLSTATE 42P01 where the extension is
 * missing. */
struct query *statements_queue(struct connection *connection, const struct settings *settings, enum statements_sort sort,
                               int limit);
/* Queues one of them, its text whole; no row when it is not there any more. */
struct query *statements_queue_one(struct connection *connection, const struct settings *settings, const char *id);

#endif
