/* Stops jobs: the wish is written down, and a signal sent to the process that holds the lock. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "durable.h"
#include "job.h"
#include "memory.h"
#include "sealed.h"

enum { LOOK_MS = 50, LOOKS = 40 };

static void pause_a_little(void)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    nanosleep(&pause, NULL);
}

/* Numbers of processes are used again. The descriptor stands for one process; that it is the job's is seen by
 * the lock being its descriptor. */
static bool is_holder(const void *context, const char *lock, long number)
{
    struct stat own, file;
    return stat(memory_printf(context, "/proc/%ld/fd/%d", number, JOB_LOCK_DESCRIPTOR), &own) == 0 &&
           stat(lock, &file) == 0 && own.st_ino == file.st_ino && own.st_dev == file.st_dev;
}

static bool send_signal(const void *context, const char *lock)
{
    char text[32] = "";
    int descriptor = open(lock, O_RDONLY | O_CLOEXEC);
    const ssize_t length = descriptor < 0 ? 0 : pread(descriptor, text, sizeof text - 1, 0);
    if (descriptor >= 0)
        close(descriptor);
    const long number = length > 0 ? strtol(text, NULL, 10) : 0;
    int process = number > 0 ? pidfd_open((pid_t)number, 0) : -1;
    if (process < 0)
        return false;
    const bool sent = is_holder(context, lock, number) && pidfd_send_signal(process, SIGTERM, NULL, 0) == 0;
    close(process);
    return sent;
}

static struct error *ask(const void *context, const struct settings *settings, const char *id,
                         const char *who, bool site)
{
    json_t *json = json_pack("{s:s, s:b}", "who", who, "site", site);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!text)
        return error_new(context, ERROR_FAILED, "the wish to stop cannot be written");
    struct error *error =
        durable_write(context, job_path(context, settings, id, "cancel"), text, strlen(text));
    free(text);
    if (error)
        return error;
    const char *lock = job_path(context, settings, id, "lock");
    /* One that has just been started has not written its number yet. */
    for (int i = 0; i < LOOKS && job_is_alive(context, settings, id); i++) {
        if (send_signal(context, lock))
            return NULL;
        pause_a_little();
    }
    return NULL;
}

struct error *job_cancel(const void *context, const struct settings *settings, const char *id,
                         const char *who)
{
    struct job *job;
    TRY(job_find(context, settings, id, &job));
    if (job->status != JOB_RUNNING)
        return error_new(context, ERROR_REFUSED, "the job has ended already; nothing was done");
    return ask(context, settings, id, who, false);
}

struct error *job_stop_all(const void *context, const struct settings *settings, int seconds)
{
    struct job *jobs;
    size_t count;
    bool alive = true;
    TRY(job_list(context, settings, &jobs, &count));
    for (size_t i = 0; i < count; i++)
        if (jobs[i].status == JOB_RUNNING)
            TRY(ask(context, settings, jobs[i].id, "the site", true));
    for (int left = seconds * 1000 / LOOK_MS; alive && left >= 0; left--) {
        alive = false;
        for (size_t i = 0; i < count; i++)
            alive |= jobs[i].status == JOB_RUNNING && job_is_alive(context, settings, jobs[i].id);
        if (alive)
            pause_a_little();
    }
    return alive ? error_new(context, ERROR_FAILED, "a job does not stop; see: roster job list") : NULL;
}
