/* PostgreSQL's client programs, run by their words (never through a shell): pg_dump and pg_restore. */
#ifndef ROSTER_TOOL_H
#define ROSTER_TOOL_H

#include <stddef.h>
#include <sys/types.h>
#include "error.h"
#include "settings.h"

struct tool {
    const char *path;           /* tool_find's */
    const char *const *words;   /* its arguments; end with NULL */
    const char *conninfo;       /* handed over in the environment, where others do not see a password (manual, 34.15);
                                   NULL: it needs no database */
    const char *input;          /* what it reads from its standard input, or NULL */
    size_t output_limit;        /* bytes of its output that are kept */

    /* Of a run. */
    pid_t child;
    int pid_descriptor;
    int input_descriptor, output, complaints; /* memory files */
};

/* The program of the server's own version if it is installed, otherwise the one in PATH; its version is told as
 * "15.18". ERROR_USAGE, in words that say what to install, when there is none or when it is older than the server
 * (server_version as PQserverVersion says it; 0: any will do). */
struct error *tool_find(const void *context, const char *name, int server_version, const char **path,
                        const char **version) MUST_USE;

/* Starts it. It ends when this process does. */
struct error *tool_start(const void *context, struct tool *tool) MUST_USE;
/* Waits for its end, calling tick (or not, when NULL) several times a second, and hands over its standard output when
 * output is not NULL. When this process is asked to stop (stop.h), the program is ended first: ERROR_REFUSED. A program
 * that fails is ERROR_FAILED with the last of what it complained about; complaints of one that succeeds go to standard
 * error. */
struct error *tool_finish(const void *context, struct tool *tool, void (*tick)(void *argument), void *argument,
                          const char **output) MUST_USE;
/* Ends it without asking how it went. */
void tool_end(struct tool *tool);

#endif
