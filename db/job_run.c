/* The process of a job: it holds the lock, runs the verb as a child, and writes down how that ended. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "durable.h"
#include "file.h"
#include "job.h"
#include "memory.h"
#include "sealed.h"
#include "stop.h"

enum { LOOK_MS = 200, ASK_LOOKS = 5, PATIENCE_LOOKS = 75, TAIL = 2000 };

/* The descriptor that was handed over must be the lock; otherwise somebody calls this who should not. */
static struct error *check_lock(const void *context, const struct settings *settings, const char *id)
{
    struct stat given, wanted;
    if (fstat(JOB_LOCK_DESCRIPTOR, &given) == 0 &&
        stat(job_path(context, settings, id, "lock"), &wanted) == 0 && given.st_ino == wanted.st_ino &&
        given.st_dev == wanted.st_dev)
        return NULL;
    return error_new(context, ERROR_USAGE,
                     "\"job run\" is called by the program itself; use: roster job start");
}

/* Where job_cancel sends its signal. */
static struct error *write_number(const void *context)
{
    const char *text = memory_printf(context, "%d\n", (int)getpid());
    if (ftruncate(JOB_LOCK_DESCRIPTOR, 0) != 0 || pwrite(JOB_LOCK_DESCRIPTOR, text, strlen(text), 0) < 0)
        return error_new(context, ERROR_FAILED, "the job's lock cannot be written: %s", strerror(errno));
    return NULL;
}

static void become(const void *context, const struct settings *settings, const struct job *job, pid_t holder)
{
    size_t count = 0;
    sigset_t none;
    sigemptyset(&none);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != holder)
        _exit(126);
    while (job->words[count])
        count++;
    const char **words = NEW_ARRAY(context, const char *, count + 2);
    words[0] = "roster";
    memcpy(words + 1, job->words, count * sizeof *words);
    setenv("ROSTER_JOB_ID", job->id, 1);
    setenv("ROSTER_JOB_WHO", job->who, 1);
    setenv("ROSTER_JOB_PROGRESS", job_path(context, settings, job->id, "progress"), 1);
    execv("/proc/self/exe", (char *const *)(const void *)words);
    fprintf(stderr, "roster: cannot start itself: %s\n", strerror(errno));
    _exit(127);
}

/* Passes on that it shall stop, each second: a statement that began just after the signal is not cancelled by it. After
 * 15 seconds it does not ask any more. */
static int watch(pid_t child)
{
    int status = -1, looks = 0;
    struct pollfd end = { .fd = pidfd_open(child, 0), .events = POLLIN };
    while (end.fd >= 0 && poll(&end, 1, LOOK_MS) <= 0) {
        if (!stop_wanted())
            continue;
        if (looks % ASK_LOOKS == 0)
            kill(child, SIGTERM);
        if (looks++ == PATIENCE_LOOKS)
            kill(child, SIGKILL);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (end.fd >= 0)
        close(end.fd);
    return status;
}

/* What the command complained of last, without the hint. */
static const char *last_words(const void *context, const struct settings *settings, const char *id)
{
    static const char mark[] = "roster: ", hint[] = "hint: ";
    struct job_log log;
    const char *found = "";
    if (job_read_log(context, settings, id, -1, TAIL, &log))
        return found;
    for (const char *line = log.text; *line;) {
        const size_t length = strcspn(line, "\n");
        if (strncmp(line, mark, strlen(mark)) == 0 && strncmp(line + strlen(mark), hint, strlen(hint)) != 0)
            found = memory_copy_length(context, line + strlen(mark), length - strlen(mark));
        line += length + (line[length] != '\0');
    }
    return found;
}

/* {"who": "...", "site": true}; NULL when nobody asked. */
static const json_t *read_cancel(const void *context, const struct settings *settings, const char *id)
{
    struct text *text;
    const char *path = job_path(context, settings, id, "cancel");
    if (file_access(path, F_OK) != 0 || file_read(context, path, TAIL, &text))
        return NULL;
    return sealed_keep(context, json_loadb(text->data, text->length, 0, NULL));
}

static void judge(const void *context, const struct settings *settings, struct job *job, int status)
{
    const json_t *cancel = read_cancel(context, settings, job->id);
    job->ended_at = time(NULL);
    job->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    job->message = last_words(context, settings, job->id);
    if (job->exit_code == 0) {
        job->status = JOB_DONE; /* a wish to stop that came too late */
        job->message = "";
    } else if (cancel && json_is_true(json_object_get(cancel, "site"))) {
        job->status = JOB_INTERRUPTED;
        job->message = "the site was stopped";
    } else if (cancel) {
        job->status = JOB_CANCELLED;
        job->message = memory_printf(context, "cancelled by %s", sealed_text(cancel, "who"));
    } else if (WIFSIGNALED(status) || stop_wanted()) {
        job->status = JOB_INTERRUPTED;
        job->message =
            memory_printf(context, "ended by signal %d", WIFSIGNALED(status) ? WTERMSIG(status) : SIGTERM);
    } else {
        job->status = JOB_FAILED;
    }
}

struct error *job_run(const void *context, const struct settings *settings, const char *id)
{
    struct job *job;
    TRY(job_find(context, settings, id, &job));
    TRY(check_lock(context, settings, id));
    stop_listen();
    TRY(write_number(context));
    const pid_t holder = getpid();
    const pid_t child = fork();
    if (child == 0)
        become(context, settings, job, holder);
    if (child < 0)
        return error_new(context, ERROR_FAILED, "no process could be made: %s", strerror(errno));
    judge(context, settings, job, watch(child));
    return job_write(context, settings, job);
}

void job_attach(void)
{
    const char *id = getenv("ROSTER_JOB_ID");
    if (!id || !*id)
        return;
    fcntl(JOB_LOCK_DESCRIPTOR, F_SETFD, FD_CLOEXEC);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}
