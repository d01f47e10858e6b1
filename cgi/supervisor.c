/* Keeps worker processes alive. */
#include "supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../db/log.h"

enum {
    SETTLED_MS = 1000,   /* a worker that lived this long got going */
    FIRST_DELAY_MS = 50, /* before a worker that did not is replaced; doubles */
    LONGEST_DELAY_MS = 5000,
    TRIES = 5, /* for each worker, before giving up when none ever got going */
};

struct worker {
    pid_t pid; /* 0 when there is none */
    long long started;
    long long due; /* when it is to be started again */
    int delay;
};

struct supervisor {
    supervisor_work work;
    void *argument;
    struct worker *workers;
    int count;
    sigset_t stop, heard; /* what asks to stop; and SIGCHLD as well */
    bool settled;         /* some worker got going */
    int deaths;           /* of workers that did not; to be killed is no fault of theirs */
};

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static _Noreturn void be_worker(const struct supervisor *supervisor, pid_t parent)
{
    sigset_t children;

    /* SIGTERM and not SIGKILL, so that even an orphan finishes what it has begun */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        exit(0);
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    sigprocmask(SIG_UNBLOCK, &children, NULL);
    exit(supervisor->work(supervisor->argument));
}

static void start(const struct supervisor *supervisor, struct worker *worker)
{
    pid_t parent = getpid(), pid = fork();

    if (pid == 0)
        be_worker(supervisor, parent);
    worker->started = now();
    if (pid > 0) {
        worker->pid = pid;
        return;
    }
    log_event(LOG_ERROR, "worker not started", strerror(errno));
    worker->due = worker->started + LONGEST_DELAY_MS;
}

/* Starts what is due and returns the milliseconds until something else will be, or -1. */
static long long start_due(const struct supervisor *supervisor)
{
    long long time = now(), wait = -1;

    for (int i = 0; i < supervisor->count; i++) {
        struct worker *worker = &supervisor->workers[i];

        if (worker->pid == 0 && worker->due <= time)
            start(supervisor, worker);
        if (worker->pid == 0 && (wait < 0 || worker->due - time < wait))
            wait = worker->due > time ? worker->due - time : 0;
    }
    return wait;
}

static void report(pid_t pid, int status)
{
    struct log_line line;

    log_begin(&line, LOG_ERROR, "worker ended");
    log_number(&line, "pid", pid);
    if (WIFSIGNALED(status)) {
        log_number(&line, "signal", WTERMSIG(status));
        log_text(&line, "message", strsignal(WTERMSIG(status)));
    } else {
        log_number(&line, "code", WEXITSTATUS(status));
    }
    log_end(&line);
}

static void schedule(struct supervisor *supervisor, struct worker *worker, int status)
{
    long long time = now();

    worker->pid = 0;
    if (time - worker->started > SETTLED_MS) {
        supervisor->settled = true;
        worker->delay = 0;
    } else {
        supervisor->deaths += !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL;
        worker->delay = worker->delay ? worker->delay * 2 : FIRST_DELAY_MS;
        if (worker->delay > LONGEST_DELAY_MS)
            worker->delay = LONGEST_DELAY_MS;
    }
    worker->due = time + worker->delay;
}

/* Collects the workers that ended; tells how many are left. */
static int reap(struct supervisor *supervisor, bool stopping)
{
    int status, left = 0;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (int i = 0; i < supervisor->count; i++)
            if (supervisor->workers[i].pid == pid) {
                if (!stopping)
                    report(pid, status);
                schedule(supervisor, &supervisor->workers[i], status);
            }
    for (int i = 0; i < supervisor->count; i++) {
        const struct worker *worker = &supervisor->workers[i];

        left += worker->pid > 0;
        if (worker->pid > 0 && now() - worker->started > SETTLED_MS)
            supervisor->settled = true;
    }
    return left;
}

static void signal_workers(const struct supervisor *supervisor, int signal)
{
    for (int i = 0; i < supervisor->count; i++)
        if (supervisor->workers[i].pid > 0)
            kill(supervisor->workers[i].pid, signal);
}

/* Waits for a signal; 0 when the time was up. */
static int wait_signal(const struct supervisor *supervisor, long long wait_ms)
{
    struct timespec time = { .tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000 };
    int signal =
        wait_ms < 0 ? sigwaitinfo(&supervisor->heard, NULL) : sigtimedwait(&supervisor->heard, NULL, &time);

    return signal > 0 ? signal : 0;
}

static void stop(struct supervisor *supervisor, int patience_ms)
{
    long long deadline = now() + patience_ms;

    signal_workers(supervisor, SIGTERM);
    while (reap(supervisor, true) > 0) {
        long long left = deadline - now();

        if (left <= 0) {
            signal_workers(supervisor, SIGKILL);
            left = 1000;
        }
        wait_signal(supervisor, left);
    }
}

int supervisor_run(int count, int patience_ms, supervisor_work work, void *argument)
{
    struct supervisor supervisor = { .work = work, .argument = argument, .count = count };
    int signal = 0;

    supervisor.workers = calloc((size_t)count, sizeof(*supervisor.workers));
    if (!supervisor.workers)
        return 1;
    sigemptyset(&supervisor.stop);
    sigaddset(&supervisor.stop, SIGTERM);
    sigaddset(&supervisor.stop, SIGINT);
    sigaddset(&supervisor.stop, SIGHUP);
    supervisor.heard = supervisor.stop;
    sigaddset(&supervisor.heard, SIGCHLD);
    sigprocmask(SIG_BLOCK, &supervisor.heard, NULL);
    do {
        reap(&supervisor, false);
        if (!supervisor.settled && supervisor.deaths >= count * TRIES) {
            log_event(LOG_ERROR, "given up", "no worker gets going");
            break;
        }
        signal = wait_signal(&supervisor, start_due(&supervisor));
    } while (signal == 0 || signal == SIGCHLD);
    stop(&supervisor, patience_ms);
    free(supervisor.workers);
    return signal == 0 || signal == SIGCHLD ? 1 : 0;
}
