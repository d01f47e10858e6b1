/* Which revisions a database has: the history table, compared with the files. */
#ifndef ROSTER_APPLIED_H
#define ROSTER_APPLIED_H

#include "journal.h"
#include "query.h"
#include "revision.h"

struct applied {
    const char *id, *message, *checksum;
    const char *at; /* UTC, as in 2026-11-22T10:15:00Z */
    const char *by; /* the database role */
    bool undoing;   /* some of its way down was run: not counted as applied by those who serve */
};

struct applied_state {
    const struct revisions *revisions;
    struct applied **by_position; /* NULL for a revision that is not applied */
    struct applied *without_file; /* one that was applied and has no file, or NULL */
    size_t count;                 /* applied and with a file */
    size_t whole;                 /* of them, those of which nothing was undone */
    struct journal *on_its_way;   /* the revision that a run left in the middle, or NULL */
    struct revision *unfinished;  /* its file; NULL when it has none */
};

/* Reads the table; where it or the journal is missing, the run fails with SQLSTATE 42P01. What is on its way
 * is not in the state that is loaded from it. */
struct query *applied_queue(struct connection *connection);
struct applied_state *applied_load(const void *context, const struct revisions *revisions,
                                   const struct query *query);
/* Both in one: a database without the table has no revisions. */
struct error *applied_read(const void *context, struct connection *connection,
                           const struct revisions *revisions, struct applied_state **state) MUST_USE;
/* ERROR_EDITED when a file is not as it was when it was applied, ERROR_FAILED when one is missing. Of a
 * revision on its way only the statements that were run are compared. */
struct error *applied_check(const void *context, const struct applied_state *state) MUST_USE;
/* The applied revisions that no other applied one follows, in order, ending with NULL. */
struct revision **applied_heads(const void *context, const struct applied_state *state);

/* A line for people about the revision on its way and what to do; NULL when there is none. */
const char *applied_unfinished(const void *context, const struct applied_state *state);

/* The history table and the journal. */
struct error *applied_create_table(struct connection *connection) MUST_USE;
const char *applied_table_sql(void);
/* Queue a statement, within a migration's transaction. */
void applied_queue_add(struct connection *connection, const struct revision *revision);
void applied_queue_remove(struct connection *connection, const char *id);
/* What stands in the column parents: ids with blanks between them. */
const char *applied_parents(const void *context, const struct revision *revision);

#endif
