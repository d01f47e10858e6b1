/* The verbs about jobs: runs that outlast whoever started them. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "command.h"
#include "job.h"
#include "memory.h"
#include "moment.h"
#include "restore.h"

enum { LOG_PIECE = 64 * 1024, STOP_SECONDS = 18, LOOK_MS = 200 };

static const char *const status_words[] = { [JOB_RUNNING] = "running",
                                            [JOB_DONE] = "done",
                                            [JOB_FAILED] = "failed",
                                            [JOB_CANCELLED] = "cancelled",
                                            [JOB_INTERRUPTED] = "interrupted" };

struct error *command_job_start(struct command *command)
{
    struct settings *settings;
    const char *id;
    TRY(command_settings(command, &settings));
    TRY(job_start(command->context, settings, command->arguments, command_who(command), &id));
    puts(id);
    return NULL;
}

struct error *command_job_run(struct command *command)
{
    struct settings *settings;
    TRY(command_settings(command, &settings));
    return job_run(command->context, settings, command->arguments[0]);
}

static json_t *to_json(const struct job *job)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:i, s:i, s:s, s:s, s:s?}", "id", job->id, "words",
                     job_words(job->id, job), "who", job->who, "status", status_words[job->status],
                     "started_at", (json_int_t)job->started_at, "ended_at", (json_int_t)job->ended_at,
                     "exit_code", job->exit_code, "percent", job->percent, "part", job->part, "message",
                     job->message, "next", job->next);
}

static void print_json(json_t *json)
{
    json_dumpf(json, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(json);
}

struct error *command_job_list(struct command *command)
{
    struct settings *settings;
    struct job *jobs;
    size_t count;
    TRY(command_settings_files(command, &settings));
    TRY(job_list(command->context, settings, &jobs, &count));
    if (command_option(command, "json")) {
        json_t *all = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(all, to_json(&jobs[i]));
        print_json(all);
        return NULL;
    }
    if (count == 0)
        fputs("There are no jobs.\n", stderr);
    for (size_t i = 0; i < count; i++)
        printf("%s  %-11s %s  %-10s %s: %s\n", jobs[i].id, status_words[jobs[i].status],
               moment_text(command->context, settings->time_zone, jobs[i].started_at),
               jobs[i].ended_at ? moment_length(command->context, jobs[i].ended_at - jobs[i].started_at) : "",
               jobs[i].who, job_words(command->context, &jobs[i]));
    return NULL;
}

static struct error *print_log(struct command *command, const struct settings *settings, const char *id,
                               long long *at)
{
    struct job_log log;
    do {
        void *piece = talloc_new(command->context);
        struct error *error = job_read_log(piece, settings, id, *at, LOG_PIECE, &log);
        if (!error) {
            fputs(log.text, stdout);
            *at = log.to;
        }
        talloc_free(piece);
        TRY(error);
    } while (log.to < log.size && log.to > log.from);
    fflush(stdout);
    return NULL;
}

/* Until it has ended. Each look has a context of its own, for there are many of them. */
static struct error *follow(struct command *command, const struct settings *settings, struct job **job)
{
    long long at = 0;
    const char *id = (*job)->id;
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    for (;;) {
        void *look = talloc_new(command->context);
        struct error *error = job_find(look, settings, id, job);
        const bool over = !error && (*job)->status != JOB_RUNNING;
        if (!error)
            error = print_log(command, settings, id, &at);
        if (error || over)
            return error; /* the last look is kept: it is what the caller reads on */
        talloc_free(look);
        nanosleep(&pause, NULL);
    }
}

/* A server that cannot be asked leaves what the files tell. */
static void tell_swap(struct command *command, const struct settings *settings, struct job *job)
{
    if (!job->swap)
        return;
    struct connection *connection = connection_new(command->context, settings, CONNECTION_DIRECT, "roster job");
    talloc_free(restore_tell(job, connection, job->swap, &job->next));
    talloc_free(connection);
}

struct error *command_job_show(struct command *command)
{
    struct settings *settings;
    struct job *job;
    long long at = 0;
    TRY(command_settings_files(command, &settings));
    TRY(job_find(command->context, settings, command->arguments[0], &job));
    tell_swap(command, settings, job);
    if (command_option(command, "json")) {
        print_json(to_json(job));
        return NULL;
    }
    if (command_option(command, "follow"))
        TRY(follow(command, settings, &job));
    else
        TRY(print_log(command, settings, job->id, &at));
    printf("-- %s%s%s%s%s\n", status_words[job->status], *job->message ? ": " : "", job->message,
           job->next ? "\n-- " : "", job->next ? job->next : "");
    return NULL;
}

struct error *command_job_cancel(struct command *command)
{
    struct settings *settings;
    TRY(command_settings_files(command, &settings));
    if (command_option(command, "all"))
        return job_stop_all(command->context, settings, STOP_SECONDS);
    if (command->count == 0)
        return error_new(command->context, ERROR_USAGE, "which job? Run: roster job list");
    return job_cancel(command->context, settings, command->arguments[0], command_who(command));
}
