/* How far a long run has come. A job's holder (job_run.c) names the file in the environment. */
#include "progress.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "memory.h"

/* One line of a fixed size in the middle of one block, overwritten in place: never half of it, and never a
 * lack of room. "042 copying the rows". */
enum { LINE = 160 };

static void show(int offset, const char *text, size_t length)
{
    const char *path = getenv("ROSTER_JOB_PROGRESS");
    int descriptor = path && *path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (descriptor < 0)
        return;
    if (pwrite(descriptor, text, length, offset) < 0)
        fputs("roster: the progress cannot be shown\n", stderr);
    close(descriptor);
}

void progress_part(const char *format, ...)
{
    char text[LINE + 1], line[LINE + 1];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    puts(text);
    fflush(stdout);
    snprintf(line, sizeof line, " %-158.158s\n", text);
    show(3, line, LINE);
}

void progress_percent(int percent)
{
    char text[16];
    snprintf(text, sizeof text, "%03d", percent < 0 ? 0 : percent > 100 ? 100 : percent);
    show(0, text, 3);
}
