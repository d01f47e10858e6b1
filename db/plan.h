/* How one catalog becomes another while the site goes on serving: the operations of a difference as SQL, in phases.
 *
 *   expand      what is quick and takes nothing away: new tables and columns, checks and references as NOT VALID
 *   concurrent  indexes, outside a transaction, while others read and write
 *   backfill    values for the rows that are there, in batches, each committed
 *   validate    reads the rows against checks and references, under a lock that lets others write
 *   contract    what takes away: NOT NULL, dropped columns, tables and types
 *
 * Locks are those of the PostgreSQL manual, 13.3; a transaction never waits for one table while it blocks another. */
#ifndef ROSTER_PLAN_H
#define ROSTER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include "connection.h"
#include "difference.h"
#include "error.h"

enum plan_phase { PLAN_EXPAND, PLAN_CONCURRENT, PLAN_BACKFILL, PLAN_VALIDATE, PLAN_CONTRACT };

enum plan_mode {
    PLAN_ROW_SHARE = 1,
    PLAN_ROW_EXCLUSIVE,
    PLAN_SHARE_UPDATE_EXCLUSIVE,
    PLAN_SHARE, /* this and stronger ones keep others from writing */
    PLAN_SHARE_ROW_EXCLUSIVE,
    PLAN_ACCESS_EXCLUSIVE, /* keeps them from reading, too */
};

struct plan_lock {
    enum plan_mode mode;
    const char *table;
};

struct plan_statement {
    const char *sql;         /* without the semicolon */
    struct plan_lock *locks; /* on tables that are there already; ends with an empty one */
    const char *rewrites;    /* the table that is written anew with its indexes, or NULL */
    const char *scans;       /* the table all of whose rows are read, or NULL */
    const char *lost;        /* what goes, such as "12 values of team.colour", or NULL */
    const char *remark;      /* what else is to be known, or NULL */
    const char *undo; /* SQL that takes it back when the plan is given up half-way, PLAN_NOTHING, or NULL:
                         there is none */
    enum plan_phase phase;
    int objects; /* that it makes, each of which is locked until the end of its transaction; 0: hardly any */
    int group;   /* statements with the same one, not 0, stay in one transaction */
};

#define PLAN_NOTHING "nothing" /* what is left does no harm, or goes with what came before */

/* One transaction, or statements outside of any. */
struct plan_step {
    bool outside_transaction;
    struct plan_statement **statements;
    size_t count;
};

struct schema_plan {
    struct plan_step *steps;
    size_t count;
    const char **losses; /* what it takes away for good, each such as "column team.colour (12 values)"; end
                            with NULL */
    const char **needs;  /* what a person has to decide before, and how; end with NULL */
};

/* With a connection (which must lead to the database that difference->from was read from) values and rows that would go
 * are counted, and the need for decisions is known; without one (NULL) only what the catalogs tell. Errors are those of
 * counting. */
struct error *plan_make(const void *context, const struct difference *difference,
                        struct connection *connection, struct schema_plan **plan) MUST_USE;
/* ERROR_REFUSED when there is something to be decided, saying what. */
struct error *plan_check_needs(const void *context, const struct schema_plan *plan) MUST_USE;
/* ERROR_REFUSED when something is lost, saying what. */
struct error *plan_check_losses(const void *context, const struct schema_plan *plan) MUST_USE;
/* A section of a revision file; above each statement stands what it does to others. Empty for an empty plan. */
const char *plan_text(const void *context, const struct schema_plan *plan);
/* The lines of a revision file's header that say what the way up takes away and the way down cannot bring back. */
const char *plan_header(const void *context, const struct schema_plan *plan);
/* Whether it reads or rewrites a whole table while others wait for it; all else is safe while the site is busy. */
bool plan_is_slow(const struct plan_statement *statement);
/* "ACCESS EXCLUSIVE" */
const char *plan_mode_name(enum plan_mode mode);

#endif
