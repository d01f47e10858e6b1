/* Keeps a number of worker processes alive: the parent does nothing else, so it has nothing to die of. */
#ifndef ROSTER_SUPERVISOR_H
#define ROSTER_SUPERVISOR_H

/* What a worker does; its result is the worker's exit code. It runs with SIGTERM, SIGINT and SIGHUP blocked, each of
 * which asks it to end (signalfd(2) hears them). */
typedef int (*supervisor_work)(void *argument);

/* Forks count workers and replaces those that end: at once when one lived longer than a second, else after a time that
 * doubles up to 5 s. Returns 0 when SIGTERM, SIGINT or SIGHUP asked it to and all workers ended (those that are still
 * at it after patience_ms are killed), and 1 when no worker ever got going, those aside that somebody else killed. A
 * worker that has lost its parent is asked to end, too. */
int supervisor_run(int count, int patience_ms, supervisor_work work, void *argument);

#endif
