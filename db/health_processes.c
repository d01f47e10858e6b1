/* The memory of the web program's workers, as Linux counts it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "health.h"
#include "memory.h"

struct workers {
    long count, largest_kb, sum_kb;
};

/* What would be free without this process: its own pages, and its share of those that others have, too (proc(5)). */
static long proportional_kb(long pid)
{
    char path[64], line[256];
    long kb = -1;
    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", pid);
    FILE *file = fopen(path, "re");
    while (file && kb < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, "Pss:", 4) == 0)
            kb = strtol(line + 4, NULL, 10);
    if (file)
        fclose(file);
    return kb;
}

static void add_children(struct workers *workers, long supervisor)
{
    char path[64];
    long pid;
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", supervisor, supervisor);
    FILE *file = fopen(path, "re");
    while (file && fscanf(file, "%ld", &pid) == 1) { /* NOLINT(cert-err34-c): what the kernel writes are numbers */
        const long kb = proportional_kb(pid);
        if (kb < 0)
            continue;
        workers->count++;
        workers->sum_kb += kb;
        workers->largest_kb = kb > workers->largest_kb ? kb : workers->largest_kb;
    }
    if (file)
        fclose(file);
}

void health_look_at_program(struct health *health)
{
    static const char gone[] = " (deleted)"; /* proc(5): the file that it was started from has another in its place */
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    const ssize_t start = length - (ssize_t)strlen(gone);
    path[length > 0 ? length : 0] = '\0';
    if (start <= 0 || strcmp(path + start, gone) != 0)
        return;
    path[start] = '\0';
    health->outdated = file_access(path, F_OK) == 0;
    if (health->outdated)
        health_add_error(health, "program", error_new(health, ERROR_PENDING, "the program on the disk is newer than the one"
                                                      " that runs, and so may be its models; restart the site"));
}

void health_look_at_workers(struct health *health, long supervisor)
{
    struct workers workers = { 0 };
    add_children(&workers, supervisor);
    if (workers.count == 0)
        return;
    health_add(health, "workers", memory_printf(health, "%ld of them, %.1f MB each on average, the largest %.1f MB",
                                                workers.count, (double)workers.sum_kb / 1024 / (double)workers.count,
                                                (double)workers.largest_kb / 1024));
    health_add_figure(health, "roster_workers", "Processes that answer requests", NULL, (double)workers.count);
    health_add_figure(health, "roster_workers_memory_bytes", "Memory of all workers, shared pages by their share", NULL,
                      (double)workers.sum_kb * 1024);
    health_add_figure(health, "roster_worker_memory_max_bytes", "Memory of the largest worker", NULL,
                      (double)workers.largest_kb * 1024);
}
