/* How far a revision has come: one line for each of its statements.
 *
 * A line of a statement within a transaction is written by that transaction, so that both are there or
 * neither. A statement outside of one has its line written before, as begun, and completed after. What is
 * begun and not done was cut off, and is looked at before it runs again. So a run that was killed, wherever,
 * is continued by the next.
 *
 * The lines of an applied revision stay; a revision that is on its way is told by its lines and the history
 * not agreeing: on the way up it is not in the history yet, on the way down still. */
#ifndef ROSTER_JOURNAL_H
#define ROSTER_JOURNAL_H

#include "query.h"
#include "revision.h"

enum direction { DIRECTION_UP, DIRECTION_DOWN };

struct journal_line {
    int position; /* of the statement in its section, from 1 */
    const char *hash;
    bool done;
};

/* A revision on its way. */
struct journal {
    const char *id;
    enum direction direction;
    struct journal_line *lines; /* by position */
    size_t count;
};

/* What a line says of a statement. */
struct journal_entry {
    const struct revision *revision;
    enum direction direction;
    int position; /* from 1 */
    const struct statement *statement;
    long milliseconds;
    bool done;
};

/* SHA-256 of a statement's text, in hexadecimal. */
const char *journal_hash(const void *context, const char *sql);
const char *journal_table_sql(void);

/* Queue a statement; entries are of one revision. */
void journal_queue_write(struct connection *connection, const struct journal_entry *entries, size_t count);
void journal_queue_clear(struct connection *connection, const char *revision_id);
void journal_queue_remove(struct connection *connection, const struct journal_entry *entry);
/* Keeps only the lines of revisions that the history has. */
void journal_queue_settle(struct connection *connection);

/* Queues the reading of what is on its way, for journal_load after the run; NULL when nothing is. */
struct query *journal_queue_read(struct connection *connection);
struct journal *journal_load(const void *context, const struct query *query);

const struct revision_section *journal_section(const struct revision *revision, enum direction direction);
/* How many of them are done, without a gap from the first. */
size_t journal_done(const struct journal *journal);
/* "statement 3 of 10 (line 17)": the one that is next; for an edited file that has fewer, without a line. */
const char *journal_next(const void *context, const struct journal *journal, const struct revision *revision);

#endif
