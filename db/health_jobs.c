/* How jobs did. */
#include "health.h"
#include "job.h"
#include "memory.h"

static const struct job *last_ended(const struct job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (jobs[i].status != JOB_RUNNING)
            return &jobs[i];
    return NULL;
}

void health_look_at_jobs(struct health *health)
{
    struct job *jobs;
    size_t count;
    if (health_add_error(health, "jobs", job_list(health, health->settings, &jobs, &count)))
        return;
    const struct job *last = last_ended(jobs, count);
    if (!last)
        return;
    const char *words = job_words(health, last);
    if (last->status == JOB_FAILED || last->status == JOB_INTERRUPTED)
        health_add_error(health, "jobs", error_new(health, ERROR_FAILED, "the last one, %s, %s%s%s; see its log: roster job show %s",
                                                   words, last->status == JOB_FAILED ? "failed" : "was interrupted",
                                                   *last->message ? ": " : "", last->message, last->id));
    else
        health_add(health, "jobs", memory_printf(health, "the last one, %s, %s", words,
                                                 last->status == JOB_DONE ? "did its work" : "was cancelled"));
}
