/* Starts a job: a process that belongs to nobody, so that it outlives whoever asked for it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "durable.h"
#include "file.h"
#include "job.h"
#include "memory.h"
#include "turn.h"

enum { HISTORY = 200 };

/* The roster command lies beside the program that runs, which may have been built anew meanwhile. */
static const char *program_path(const void *context)
{
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0)
        return "roster";
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    return memory_printf(context, "%.*s/roster", slash ? (int)(slash - path) : 0, path);
}

/* --- Its folder --------------------------------------------------------------------------------------------------- */

static void remove_job(const void *context, const struct settings *settings, const char *id)
{
    const char *folder = memory_printf(context, "%s/jobs/%s", settings->var, id);
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; directory && (entry = readdir(directory)) != NULL;)
        if (entry->d_name[0] != '.')
            unlink(job_path(context, settings, id, entry->d_name));
    if (directory)
        closedir(directory);
    rmdir(folder);
}

static void forget_old(const void *context, const struct settings *settings)
{
    struct job *jobs;
    size_t count;
    if (job_list(context, settings, &jobs, &count))
        return; /* it is only for tidiness */
    for (size_t i = HISTORY; i < count; i++)
        if (jobs[i].status != JOB_RUNNING)
            remove_job(context, settings, jobs[i].id);
}

/* The milliseconds come before what is random, or two of one second would change places. */
static const char *make_id(const void *context, const struct timespec *now)
{
    enum { MILLISECOND = 1000000 };
    struct tm utc;
    char stamp[32];
    gmtime_r(&now->tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
    return memory_printf(context, "%s-%03x%03x", stamp, (unsigned)(now->tv_nsec / MILLISECOND),
                         (unsigned)randombytes_uniform(0x1000));
}

/* The lock is taken before the state can be seen, and handed over: at no moment does the job look dead. */
static struct error *make_folder(const void *context, const struct settings *settings, struct job *job,
                                 int *lock)
{
    const char *folder;
    *lock = -1;
    TRY(durable_folder(context, settings, "jobs", &folder));
    TRY(durable_folder(context, settings, memory_printf(context, "jobs/%s", job->id), &folder));
    const char *path = job_path(context, settings, job->id, "lock");
    *lock = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (*lock < 0 || flock(*lock, LOCK_EX | LOCK_NB) != 0)
        return error_new(context, ERROR_FAILED, "cannot write \"%s\": %s", path, strerror(errno));
    durable_hand_over(path);
    return job_write(context, settings, job);
}

/* --- Its process -------------------------------------------------------------------------------------------------- */

static void default_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* What a server handed to its program is not the job's (as plain CGI, a request's header is in it). */
static void clean_environment(void)
{
    static const char *const names[] = { "QUERY_STRING",  "REQUEST_METHOD", "CONTENT_TYPE", "CONTENT_LENGTH",
                                         "NOTIFY_SOCKET", "LISTEN_FDS",     "LISTEN_PID" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    for (char **entry = environ; *entry;) {
        char name[200];
        const size_t length = strcspn(*entry, "=");
        if (strncmp(*entry, "HTTP_", 5) != 0 || length >= sizeof name) {
            entry++;
            continue;
        }
        memcpy(name, *entry, length);
        name[length] = '\0';
        if (unsetenv(name) != 0)
            entry++;
    }
}

/* Only these descriptors: no socket of a server's, no connection to a database. */
static void keep_descriptors(int lock, int log)
{
    const int nothing = open("/dev/null", O_RDONLY);
    /* Aside first, so that none is overwritten by another. */
    const int high_lock = fcntl(lock, F_DUPFD, 10), high_log = fcntl(log, F_DUPFD, 10);
    const int high_nothing = fcntl(nothing, F_DUPFD, 10);
    if (high_lock < 0 || high_log < 0 || high_nothing < 0)
        _exit(126);
    dup2(high_nothing, STDIN_FILENO);
    dup2(high_log, STDOUT_FILENO);
    dup2(high_log, STDERR_FILENO);
    dup2(high_lock, JOB_LOCK_DESCRIPTOR);
    close_range(JOB_LOCK_DESCRIPTOR + 1, ~0U, 0);
}

static void become(const char *program, const char *id, int lock, int log)
{
    const char *const words[] = { program, "job", "run", id, NULL };
    default_signals();
    if (setsid() < 0)
        _exit(126);
    const pid_t child = fork();
    if (child != 0)
        _exit(child < 0 ? 126 : 0);
    prctl(PR_SET_PDEATHSIG, 0);
    keep_descriptors(lock, log);
    clean_environment();
    execv(program, (char *const *)(const void *)words);
    dprintf(STDERR_FILENO, "roster: cannot start \"%s\": %s\n", program, strerror(errno));
    _exit(127);
}

static struct error *launch(const void *context, const struct settings *settings, const char *id, int lock)
{
    int status = -1;
    const char *program = program_path(context), *path = job_path(context, settings, id, "log");
    if (file_access(program, X_OK) != 0)
        return error_new(context, ERROR_FAILED, "the program \"%s\" cannot be run: %s", program,
                         strerror(errno));
    int log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0)
        return error_new(context, ERROR_FAILED, "cannot write \"%s\": %s", path, strerror(errno));
    durable_hand_over(path);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0)
        become(program, id, lock, log);
    close(log);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0
               ? NULL
               : error_new(context, ERROR_FAILED, "the job's process could not be started");
}

struct error *job_start(const void *context, const struct settings *settings, const char *const *words,
                        const char *who, const char **id)
{
    int lock;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const struct job_kind *kind = words[0] ? job_kind_find(words[0]) : NULL;
    if (!kind)
        return error_new(context, ERROR_USAGE, "\"%s\" cannot be run as a job", words[0] ? words[0] : "");
    if (kind->changes)
        TRY(turn_check(context, settings));
    struct job job = { .id = make_id(context, &now),
                       .kind = kind,
                       .words = words,
                       .who = who,
                       .started_at = now.tv_sec,
                       .status = JOB_RUNNING,
                       .message = "" };
    struct error *error = make_folder(context, settings, &job, &lock);
    if (!error)
        error = launch(context, settings, job.id, lock);
    if (error)
        remove_job(context, settings, job.id);
    if (lock >= 0)
        close(lock);
    if (error)
        return error;
    forget_old(context, settings);
    *id = job.id;
    return NULL;
}
