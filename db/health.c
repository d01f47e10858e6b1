/* Facts and figures, and those of this machine. */
#include "health.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "closed.h"
#include "conninfo.h"
#include "memory.h"

static const double gigabyte = 1024.0 * 1024 * 1024;

struct health *health_new(const void *context, const struct settings *settings)
{
    struct health *health = NEW(context, struct health);
    health->settings = settings;
    return health;
}

static struct health_fact *add(struct health *health, const char *what, const char *text)
{
    health->facts = GROW_ARRAY(health, struct health_fact, health->facts, health->fact_count + 1);
    struct health_fact *fact = &health->facts[health->fact_count++];
    *fact = (struct health_fact){ .what = what, .text = text };
    return fact;
}

void health_add(struct health *health, const char *what, const char *text)
{
    add(health, what, text);
}

void health_add_advice(struct health *health, const char *what, const char *text)
{
    add(health, what, text)->advice = true;
}

bool health_add_error(struct health *health, const char *what, struct error *error)
{
    if (!error)
        return false;
    add(health, what, error->message)->error = error;
    return true;
}

void health_add_figure(struct health *health, const char *name, const char *help, const char *labels, double value)
{
    health->figures = GROW_ARRAY(health, struct health_figure, health->figures, health->figure_count + 1);
    health->figures[health->figure_count++] = (struct health_figure){ name, help, labels, value };
}

struct error *health_worst(const struct health *health)
{
    for (size_t i = 0; i < health->fact_count; i++)
        if (health->facts[i].error)
            return health->facts[i].error;
    return NULL;
}

const char *health_place(const void *context, const char *conninfo)
{
    const char *host = conninfo_part(context, conninfo, "host");
    const char *port = conninfo_part(context, conninfo, "port");
    const char *name = conninfo_part(context, conninfo, "dbname");
    const char *user = conninfo_part(context, conninfo, "user");
    return memory_printf(context, "\"%s\" as \"%s\" at %s:%s", name ? name : user, user ? user : "",
                         host ? host : "the local socket", port ? port : "5432");
}

void health_look_at_settings(struct health *health)
{
    const struct settings *settings = health->settings;
    health_add(health, "settings", memory_printf(health, "site \"%s\", zone %s, files in \"%s\"", settings->site_name,
                                                 settings->time_zone, settings->var));
    if (settings->unknown)
        health_add_advice(health, "settings", settings->unknown);
    if (!settings->database_url)
        return; /* settings_open_files */
    /* Where it is looked for: whether it is there, others say. */
    health_add(health, "settings", memory_printf(health, "serves from database %s",
                                                 health_place(health, settings->database_url)));
    if (strcmp(settings->direct_url, settings->database_url) != 0)
        health_add(health, "settings", memory_printf(health, "changes database %s",
                                                     health_place(health, settings->direct_url)));
}

void health_look_at_disk(struct health *health)
{
    const char *var = health->settings->var;
    struct statvfs disk;
    if (statvfs(var, &disk) != 0) {
        health_add(health, "disk", errno == ENOENT ? memory_printf(health, "there is no folder \"%s\" yet", var)
                                                   : memory_printf(health, "cannot look at \"%s\": %s", var,
                                                                   strerror(errno)));
        return;
    }
    health->disk_free = (double)disk.f_bavail * (double)disk.f_frsize;
    health->disk_size = (double)disk.f_blocks * (double)disk.f_frsize;
    health_add_figure(health, "roster_disk_free_bytes", "Bytes free for the site's folder", NULL, health->disk_free);
    health_add_figure(health, "roster_disk_size_bytes", "Bytes of the disk that holds it", NULL, health->disk_size);
    const char *finding = memory_printf(health, "%.1f GB free at \"%s\"", health->disk_free / gigabyte, var);
    if (health->disk_free < gigabyte)
        health_add_error(health, "disk", error_new(health, ERROR_FAILED, "%s; make room", finding));
    else
        health_add(health, "disk", finding);
}

void health_look_at_start(struct health *health)
{
    const struct closed *closed = closed_read(health, health->settings);
    if (closed)
        health_add_error(health, "start", error_new(health, ERROR_PENDING, "the site is closed: %s; %s", closed->why,
                                                    closed->next));
}
