/* Jobs: runs of the roster command that outlast a request. Each is a process of its own, in a session of its
 * own and nobody's child, with its state and log in a folder below the folder jobs of settings->var:
 *
 *     ID/job.json     what it runs, for whom; and how it ended
 *     ID/log          all that it printed
 *     ID/progress     how far it is (progress.h)
 *     ID/cancel       who asked it to stop
 *     ID/lock         a job lives as long as this is locked (flock(2)); the number in it is only where to
 *                     send a signal
 *
 * A job whose lock is free and whose end was not written was killed: it is shown as interrupted, with what to
 * do. */
#ifndef ROSTER_JOB_H
#define ROSTER_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include "error.h"
#include "settings.h"

enum job_status { JOB_RUNNING, JOB_DONE, JOB_FAILED, JOB_CANCELLED, JOB_INTERRUPTED };

/* A verb that may be run as a job. */
struct job_kind {
    const char *verb;        /* "restore" */
    const char *title;       /* "Restore" */
    const char *interrupted; /* what to do when it was killed or cancelled */
    bool changes;            /* holds the database's turn (turn.h) */
};

struct job {
    const char *id;
    const struct job_kind *kind; /* never NULL */
    const char *const *words;    /* as for the command: verb, options, arguments; end with NULL */
    const char *who;
    long long started_at, ended_at; /* seconds since 1970; 0: not yet */
    enum job_status status;
    int exit_code;       /* of one that has ended (error.h) */
    const char *message; /* the last line of one that has failed, or why it was stopped; "" for none */
    const char *part;    /* of one that runs: what it is doing; "" when it has not said */
    int percent;         /* -1: not known */
    bool stopping;       /* was asked to */
    const char *next;    /* what to do now, of one that did not end well; NULL for nothing */
    const char *swap;    /* of a restore that was cut off in its swap: the name that the earlier database gets by it, which
                            the server knows (restore_tell); NULL for all others */
};

/* A piece of its log. */
struct job_log {
    const char *text;         /* whole lines, except for the last of a job that still writes it */
    long long from, to, size; /* bytes */
};

/* job_kind.c */
extern const struct job_kind job_kinds[];               /* ends with an empty one */
const struct job_kind *job_kind_find(const char *verb); /* NULL: it cannot be a job */
/* Sets next, and swap, of a job that was killed or cancelled: from what its log says. */
void job_kind_next(struct job *job, const struct settings *settings);

/* job.c: reading. The newest first. */
struct error *job_list(const void *context, const struct settings *settings, struct job **jobs,
                       size_t *count) MUST_USE;
/* ERROR_NOT_FOUND, also for an id that is none. */
struct error *job_find(const void *context, const struct settings *settings, const char *id,
                       struct job **job) MUST_USE;
/* At most limit bytes beginning at from; or, when from is negative, the last ones. */
struct error *job_read_log(const void *context, const struct settings *settings, const char *id,
                           long long from, size_t limit, struct job_log *log) MUST_USE;
/* A page of it, of whole lines and about 32 kB; the first is 0, and -1 is the last. *pages says how many
 * there are. */
struct error *job_read_page(const void *context, const struct settings *settings, const char *id,
                            long long page, struct job_log *log, long long *pages) MUST_USE;
/* "restore roster-20261125-031502" */
const char *job_words(const void *context, const struct job *job);

/* job_start.c: makes the job and starts its process, which is there when this returns. words as above. Of
 * earlier jobs the last 200 are kept. ERROR_USAGE for what cannot be a job, ERROR_REFUSED while the database
 * is being changed and this one wants to, too. */
struct error *job_start(const void *context, const struct settings *settings, const char *const *words,
                        const char *who, const char **id) MUST_USE;

/* job_run.c: what the process of a job does: runs the verb, and writes down how it ended. Only called by
 * `roster job run`, whose descriptor 3 is the locked file. Never fails for what the verb did. */
struct error *job_run(const void *context, const struct settings *settings, const char *id) MUST_USE;
/* In the verb's own process, before anything else: makes its output appear line by line. */
void job_attach(void);

/* job_cancel.c. Asks it to stop, which it does where that leaves everything in order. ERROR_REFUSED when it
 * has ended. */
struct error *job_cancel(const void *context, const struct settings *settings, const char *id,
                         const char *who) MUST_USE;
/* Asks all to stop, since the site stops, and waits until they have, at most for so many seconds. */
struct error *job_stop_all(const void *context, const struct settings *settings, int seconds) MUST_USE;

/* Between these files. */
bool job_is_id(const char *id);
const char *job_path(const void *context, const struct settings *settings, const char *id, const char *file);
bool job_is_alive(const void *context, const struct settings *settings, const char *id);
struct error *job_write(const void *context, const struct settings *settings, const struct job *job) MUST_USE;
enum { JOB_LOCK_DESCRIPTOR = 3 };

#endif
