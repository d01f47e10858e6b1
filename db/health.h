/* How the site is doing: the one source of facts for `roster doctor`, the admin pages and /metrics.
 *
 * Facts are sentences for people; each that is bad carries the error that `roster doctor` ends with. Figures are the
 * same as numbers, for monitoring. A health is filled step by step, each step by who can take it:
 *
 *     struct health *health = health_new(context, settings);
 *     health_look_here(health);                       settings, disk; no database
 *     struct query *query = health_queue(health, db); with a page's other statements, in one round trip
 *     TRY(query_run(db));
 *     health_load(health, query, "serving");
 *     TRY(health_applied(health, db));                 one more round trip: the revisions
 *     health_revisions(health); */
#ifndef ROSTER_HEALTH_H
#define ROSTER_HEALTH_H

#include "applied.h"
#include "catalog.h"
#include "query.h"
#include "schema.h"
#include "settings.h"
#include "text.h"

struct health_fact {
    const char *what; /* "disk"; a line for each fact about it */
    const char *text; /* what was found; of a bad one what to do about it, too */
    struct error *error; /* NULL: as it should be */
    bool advice;      /* as it should be, but could be better */
};

/* A figure of /metrics: a gauge (Prometheus text format 0.0.4). */
struct health_figure {
    const char *name;   /* roster_disk_free_bytes */
    const char *help;
    const char *labels; /* state="idle", or NULL */
    double value;
};

enum health_revisions_state { REVISIONS_UNKNOWN, REVISIONS_AT_HEAD, REVISIONS_PENDING, REVISIONS_WRONG };

struct health {
    const struct settings *settings;
    struct health_fact *facts;
    struct health_figure *figures;
    size_t fact_count, figure_count;

    /* After health_load. */
    const char *server_version;
    bool has_history, has_journal;
    /* After health_applied. */
    struct revisions *revisions;    /* NULL when the files cannot be read */
    struct applied_state *applied;  /* NULL when the database was not asked */
    enum health_revisions_state revisions_state;
    size_t pending;
    /* After health_look_at_backups. */
    size_t backups;
    const char *backup_words; /* "the last verified one 3 hours ago"; NULL when they cannot be listed */
    bool backup_fresh;        /* and that is less than two days */
    const char *earlier_words; /* "2 earlier databases are kept, 1.2 GB"; after health_load_earlier; NULL for none */
    bool outdated; /* the program on the disk is another than the one that runs */
    double disk_free, disk_size; /* bytes at settings->var; 0 when unknown */
};

struct health *health_new(const void *context, const struct settings *settings);
void health_add(struct health *health, const char *what, const char *text);
void health_add_advice(struct health *health, const char *what, const char *text);
/* Does nothing for a NULL error, and returns whether there was one. */
bool health_add_error(struct health *health, const char *what, struct error *error);
void health_add_figure(struct health *health, const char *name, const char *help, const char *labels, double value);
/* The first error that was found, or NULL. */
struct error *health_worst(const struct health *health);

/* health.c: settings and disk. */
void health_look_at_settings(struct health *health);
void health_look_at_disk(struct health *health);
/* Whether the site's start is done (db/closed.h). */
void health_look_at_start(struct health *health);
/* Where a connection string leads, without the password. */
const char *health_place(const void *context, const char *conninfo);

/* health_database.c */
/* Opens the connection and takes the time; that it cannot be opened is for the next query_run to say. */
void health_connect(struct health *health, struct connection *connection);
struct query *health_queue(struct connection *connection);
/* After the run. pid is that of this connection as libpq knows it (PQbackendPID): a pooler invents its own. */
void health_load(struct health *health, const struct query *facts, const char *what, enum connection_use use, int pid);
/* Connects another way, asks, and loads what it says; what goes wrong is a fact. The connection, or NULL when the database
 * is away. brief: in a page's time (connection_be_brief). */
struct connection *health_look_at_database(struct health *health, enum connection_use use, const char *what, bool brief);
/* Reads the revision files and, on an open connection that health_load was about, what is applied; unless there is NULL,
 * the database's tables travel in the same round trip. Errors are facts, and leave *there NULL. */
void health_look_at_revisions(struct health *health, struct connection *connection, struct catalog **there);

/* After the revisions. Compares the tables with the models: *count is in how many points they differ. What pages cannot
 * work without is an error, what the models do not know an advice. */
struct error *health_look_at_schema(struct health *health, const struct schema *schema, struct catalog *there,
                                    size_t *count) MUST_USE;

/* health_backup.c: by this machine's clock. */
void health_look_at_backups(struct health *health);
/* The databases that restores put aside: queued on an open connection, and loaded after the run. */
struct query *health_queue_earlier(struct connection *connection, const struct settings *settings);
void health_load_earlier(struct health *health, const struct query *earlier);
/* health_pool.c: what PgBouncer says of itself (SHOW POOLS), when the serving connection leads to one. One connection
 * of its own, that waits at most two seconds. */
void health_look_at_pool(struct health *health);
/* health_jobs.c: whether jobs can be read, and how the last one that has ended did. */
void health_look_at_jobs(struct health *health);
/* health_processes.c: whether the program that runs is the one on the disk. */
void health_look_at_program(struct health *health);
/* The memory of a process's children, our own among them: the workers of the web program. */
void health_look_at_workers(struct health *health, long supervisor);

/* health_figures.c: the figures as Prometheus text (version 0.0.4). */
void health_write_figures(const struct health *health, struct text *text);

#endif
