/* Jobs, read: what their folder says, and whether they live. */
#include "job.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable.h"
#include "file.h"
#include "memory.h"
#include "sealed.h"

enum {
    LARGEST = 1024 * 1024,
    ID_LENGTH = 22,
    PROGRESS_SIZE = 200,
    PAGE = 32 * 1024,
    LONGEST_LINE = 8 * 1024
};

static const char *const status_names[] = { [JOB_RUNNING] = "running",
                                            [JOB_DONE] = "done",
                                            [JOB_FAILED] = "failed",
                                            [JOB_CANCELLED] = "cancelled",
                                            [JOB_INTERRUPTED] = "interrupted" };

/* 20261125-031502-1a2b3c: sorted by the clock, to the millisecond (1a2). */
bool job_is_id(const char *id)
{
    return strlen(id) == ID_LENGTH && strspn(id, "0123456789abcdef-") == ID_LENGTH &&
           isdigit((unsigned char)*id);
}

const char *job_path(const void *context, const struct settings *settings, const char *id, const char *file)
{
    return memory_printf(context, "%s/jobs/%s/%s", settings->var, id, file);
}

bool job_is_alive(const void *context, const struct settings *settings, const char *id)
{
    int descriptor = open(job_path(context, settings, id, "lock"), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    /* Shared, so that two who look do not take each other for the job. */
    const bool locked = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(descriptor);
    return locked;
}

struct error *job_write(const void *context, const struct settings *settings, const struct job *job)
{
    json_t *words = json_array();
    for (const char *const *word = job->words; *word; word++)
        json_array_append_new(words, json_string(*word));
    json_t *json =
        json_pack("{s:o, s:s, s:I, s:I, s:s, s:i, s:s}", "words", words, "who", job->who, "started_at",
                  (json_int_t)job->started_at, "ended_at", (json_int_t)job->ended_at, "status",
                  status_names[job->status], "exit_code", job->exit_code, "message", job->message);
    char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
    json_decref(json);
    if (!text)
        return error_new(context, ERROR_FAILED,
                         "the job's state cannot be written: a text in it is not UTF-8");
    struct error *error =
        durable_write(context, job_path(context, settings, job->id, "job.json"), text, strlen(text));
    free(text);
    return error;
}

static const char *const *read_words(const void *context, const json_t *json)
{
    const json_t *array = json_object_get(json, "words");
    const size_t count = json_array_size(array);
    const char **words = NEW_ARRAY(context, const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        const char *word = json_string_value(json_array_get(array, i));
        words[i] = word ? word : "";
    }
    return words;
}

static enum job_status read_status(const json_t *json)
{
    const char *name = sealed_text(json, "status");
    for (size_t i = 0; i < sizeof status_names / sizeof *status_names; i++)
        if (strcmp(name, status_names[i]) == 0)
            return (enum job_status)i;
    return JOB_INTERRUPTED;
}

/* "042 comparing rows", as progress.c writes it; either part may be missing. */
static void read_progress(struct job *job, const char *path)
{
    char bytes[PROGRESS_SIZE + 1];
    job->percent = -1;
    job->part = "";
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = descriptor < 0 ? 0 : read(descriptor, bytes, PROGRESS_SIZE);
    if (descriptor >= 0)
        close(descriptor);
    if (length < 3)
        return;
    bytes[length] = '\0';
    if (isdigit((unsigned char)bytes[0]))
        job->percent = atoi(bytes);
    if (length < 4)
        return;
    char *part = memory_copy(job, bytes + 4);
    size_t end = strcspn(part, "\n");
    while (end > 0 && part[end - 1] == ' ')
        end--;
    part[end] = '\0';
    job->part = part;
}

static void add_next(struct job *job, const struct settings *settings)
{
    if (job->status == JOB_INTERRUPTED || job->status == JOB_CANCELLED)
        job_kind_next(job, settings);
    else if (job->status == JOB_FAILED)
        job->next = "The last lines of the log say why. Put that right, and start it again.";
}

static struct error *load(struct job *job, const struct settings *settings)
{
    struct text *text;
    /* Asked first: a job that ends in between has written its end before it let go of its lock. */
    const bool alive = job_is_alive(job, settings, job->id);
    TRY(file_read(job, job_path(job, settings, job->id, "job.json"), LARGEST, &text));
    const json_t *json = sealed_keep(job, json_loadb(text->data, text->length, 0, NULL));
    job->words = read_words(job, json);
    job->kind = job->words[0] ? job_kind_find(job->words[0]) : NULL;
    if (!job->kind)
        return error_new(talloc_parent(job), ERROR_DAMAGED, "the state of job %s cannot be read", job->id);
    job->who = sealed_text(json, "who");
    job->message = sealed_text(json, "message");
    job->started_at = sealed_number(json, "started_at");
    job->ended_at = sealed_number(json, "ended_at");
    job->exit_code = (int)sealed_number(json, "exit_code");
    job->status = read_status(json);
    if (job->status == JOB_RUNNING && !alive)
        job->status = JOB_INTERRUPTED;
    job->stopping = file_access(job_path(job, settings, job->id, "cancel"), F_OK) == 0;
    read_progress(job, job_path(job, settings, job->id, "progress"));
    add_next(job, settings);
    return NULL;
}

struct error *job_find(const void *context, const struct settings *settings, const char *id, struct job **job)
{
    if (!job_is_id(id) || file_access(job_path(context, settings, id, "job.json"), F_OK) != 0)
        return error_new(context, ERROR_NOT_FOUND, "there is no job \"%s\"", id);
    *job = NEW(context, struct job);
    (*job)->id = memory_copy(*job, id);
    return load(*job, settings);
}

static int newest_first(const void *a, const void *b)
{
    const struct job *one = a, *other = b;
    return strcmp(other->id, one->id);
}

struct error *job_list(const void *context, const struct settings *settings, struct job **out, size_t *count)
{
    const char *folder = memory_printf(context, "%s/jobs", settings->var);
    struct job *jobs = NEW_ARRAY(context, struct job, 0);
    DIR *directory = opendir(folder);
    *out = jobs;
    *count = 0;
    if (!directory && errno == ENOENT)
        return NULL;
    if (!directory)
        return error_new(context, ERROR_FAILED, "cannot read the folder \"%s\": %s", folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct job *job;
        if (!job_is_id(entry->d_name) || job_find(context, settings, entry->d_name, &job))
            continue; /* one that is being made or removed */
        jobs = GROW_ARRAY(context, struct job, jobs, *count + 1);
        jobs[(*count)++] = *job;
    }
    closedir(directory);
    qsort(jobs, *count, sizeof *jobs, newest_first);
    *out = jobs;
    return NULL;
}

const char *job_words(const void *context, const struct job *job)
{
    struct text *text = text_new(context);
    for (const char *const *word = job->words; *word; word++) {
        text_add(text, text->length > 0 ? " " : "");
        text_add(text, *word);
    }
    return text->data;
}

/* --- Its log ------------------------------------------------------------------------------------------------------ */

/* From the first whole line on, when it does not begin at the beginning. */
static void cut_first_line(struct job_log *log)
{
    const char *end = log->from > 0 ? strchr(log->text, '\n') : NULL;
    if (!end)
        return;
    log->from += end + 1 - log->text;
    log->text = end + 1;
}

struct error *job_read_log(const void *context, const struct settings *settings, const char *id,
                           long long from, size_t limit, struct job_log *log)
{
    struct stat status;
    const char *path = job_path(context, settings, id, "log");
    *log = (struct job_log){ .text = "" };
    if (!job_is_id(id))
        return error_new(context, ERROR_NOT_FOUND, "there is no job \"%s\"", id);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        if (descriptor >= 0)
            close(descriptor);
        return NULL; /* nothing was printed yet */
    }
    log->size = status.st_size;
    const bool is_tail = from < 0;
    log->from = is_tail ? (log->size > (long long)limit ? log->size - (long long)limit : 0)
                        : (from > log->size ? log->size : from);
    char *text = NEW_ARRAY(context, char, limit + 1);
    const ssize_t length = pread(descriptor, text, limit, log->from);
    close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    log->to = log->from + (length > 0 ? length : 0);
    log->text = text;
    if (is_tail)
        cut_first_line(log);
    return NULL;
}

/* A line belongs to the page that it begins on. So reading starts a byte early: when that byte ends a line,
 * the first line is whole. */
struct error *job_read_page(const void *context, const struct settings *settings, const char *id,
                            long long page, struct job_log *log, long long *pages)
{
    TRY(job_read_log(context, settings, id, 0, 0, log));
    *pages = log->size > 0 ? (log->size - 1) / PAGE + 1 : 1;
    const long long number = page < 0 || page >= *pages ? *pages - 1 : page;
    const long long from = number * PAGE, early = from > 0 ? 1 : 0;
    TRY(job_read_log(context, settings, id, from - early, (size_t)(PAGE + early) + LONGEST_LINE, log));
    if (early)
        cut_first_line(log);
    const long long end = from + PAGE - 1; /* the last byte that a line of this page may begin behind */
    if (log->from <= end && log->to > end) {
        const char *stop = strchr(log->text + (end - log->from), '\n');
        const size_t length = stop ? (size_t)(stop + 1 - log->text) : strlen(log->text);
        log->text = memory_copy_length(context, log->text, length);
        log->to = log->from + (long long)length;
    }
    return NULL;
}
