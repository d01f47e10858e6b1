/* Times and sizes as people read them. */
#include "moment.h"

#include <stdlib.h>
#include <time.h>

#include "memory.h"

/* C knows one zone at a time, that of TZ. */
static void to_zone(const char *time_zone, time_t at, struct tm *local)
{
    void *context = talloc_new(NULL);
    const char *before = memory_copy(context, getenv("TZ"));
    setenv("TZ", time_zone, 1);
    tzset();
    localtime_r(&at, local);
    if (before)
        setenv("TZ", before, 1);
    else
        unsetenv("TZ");
    tzset();
    talloc_free(context);
}

const char *moment_text(const void *context, const char *time_zone, long long at)
{
    char text[32];
    struct tm local;
    if (at == 0)
        return "";
    to_zone(time_zone, (time_t)at, &local);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
    return memory_copy(context, text);
}

const char *moment_length(const void *context, long long seconds)
{
    if (seconds < 60)
        return memory_printf(context, "%lld s", seconds);
    if (seconds < 3600)
        return memory_printf(context, "%lld min %lld s", seconds / 60, seconds % 60);
    return memory_printf(context, "%lld h %lld min", seconds / 3600, seconds / 60 % 60);
}

const char *moment_size(const void *context, long long bytes)
{
    static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
    double size = (double)bytes;
    size_t unit = 0;
    for (; size >= 1000 && unit + 1 < sizeof units / sizeof *units; unit++)
        size /= 1024;
    return unit == 0 ? memory_printf(context, "%lld bytes", bytes)
                     : memory_printf(context, "%.1f %s", size, units[unit]);
}

const char *moment_stamp(const void *context, long long at)
{
    char text[32];
    const time_t time = (time_t)at;
    struct tm utc;
    gmtime_r(&time, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return memory_copy(context, text);
}
