/* Runs one revision, up or down: its transactions, and its statements outside of any. */
#ifndef ROSTER_MIGRATE_RUN_H
#define ROSTER_MIGRATE_RUN_H

#include "migrate.h"
#include "migrate_plan.h"
#include "rights_lift.h"

/* The advisory lock that every run holds. Any number will do that no other program takes in this database:
 * the letters of roster. */
#define MIGRATE_LOCK "125822037714290"

/* A statement that met policies, and what PostgreSQL said of them. */
struct runner_obstacle {
    const struct statement *statement;
    const char *detail;
};

/* A run of the program on one database. */
struct runner {
    const void *context;
    const struct settings *settings;
    struct connection *connection; /* direct, and its own */
    struct connection *watcher;    /* looks at a long statement; made when first needed */
    struct runner_obstacle *obstacles;
    size_t obstacle_count;
    bool in_transaction;         /* the statement that was sent last */
    bool met_policy;             /* the statement that failed last: its obstacle is new */
    struct rights_lifted lifted; /* in the transaction that is open (migrate_policy.h) */
    struct migrate_options options;
};

void runner_tell(const struct runner *runner, const struct migrate_news *news);
/* Takes the lock on the runner's connection, which keeps it until its end; waits for minutes, and tells so. A
 * connection through a pooler is ERROR_USAGE. */
struct error *runner_lock(const struct runner *runner) MUST_USE;
long runner_milliseconds(void); /* of a clock that only goes forward */

/* ERROR_USAGE when the revision asks for what cannot be done, so that a plan fails before its first step. */
struct error *migrate_run_check(const void *context, const struct revision *revision,
                                enum direction direction) MUST_USE;
/* Goes on after what the journal (NULL: nothing) says was done. A statement that fails is named by file, line
 * and SQLSTATE with what was kept and what remains; what waits for a lock makes everybody else wait, so that
 * it gives up soon and is tried again (ERROR_UNAVAILABLE at last). */
struct error *migrate_run(struct runner *runner, const struct revision *revision, enum direction direction,
                          const struct journal *journal) MUST_USE;
/* Makes the plan the whole content of the history table. */
struct error *migrate_run_stamp(struct connection *connection, const struct plan *plan) MUST_USE;

#endif
