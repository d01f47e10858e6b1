/* One change of a database at a time. */
#include "turn.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "conninfo.h"
#include "durable.h"
#include "memory.h"
#include "stop.h"

enum { LOOK_MS = 100, GLANCE_MS = 10, GLANCES = 20, HOLDER_MAX = 1000 };

struct turn {
    int descriptor;
};

static int release(struct turn *turn)
{
    close(turn->descriptor);
    return 0;
}

/* A file for each database that this folder's site was pointed to. */
static const char *path_of(const void *context, const struct settings *settings, const char *folder)
{
    unsigned char hash[8];
    char hex[2 * sizeof hash + 1];
    const char *parts[] = { conninfo_part(context, settings->direct_url, "host"),
                            conninfo_part(context, settings->direct_url, "port"),
                            conninfo_part(context, settings->direct_url, "dbname") };
    const char *whole = memory_printf(context, "%s|%s|%s", parts[0] ? parts[0] : "",
                                      parts[1] ? parts[1] : "5432", parts[2] ? parts[2] : "");
    crypto_generichash(hash, sizeof hash, (const unsigned char *)whole, strlen(whole), NULL, 0);
    return memory_printf(context, "%s/database-%s.lock", folder,
                         sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

static void write_holder(const struct turn *turn, const char *what)
{
    const char *who = getenv("ROSTER_JOB_WHO"), *job = getenv("ROSTER_JOB_ID");
    const struct passwd *entry = getpwuid(getuid());
    char since[32];
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(since, sizeof since, "%Y-%m-%d %H:%M:%S UTC", &utc);
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:i}", "what", what, "who",
                             who && *who ? who
                             : entry     ? entry->pw_name
                                         : "unknown",
                             "since", since, "job", job ? job : "", "pid", (int)getpid());
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    if (text && (ftruncate(turn->descriptor, 0) != 0 || pwrite(turn->descriptor, text, strlen(text), 0) < 0))
        fputs("roster: others will not be told who is at work\n", stderr); /* the lock holds all the same */
    free(text);
    json_decref(json);
}

static const char *text_of(const json_t *json, const char *name, const char *without)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text && *text ? text : without;
}

static struct error *taken(const void *context, int descriptor)
{
    char bytes[HOLDER_MAX];
    const ssize_t length = pread(descriptor, bytes, sizeof bytes, 0);
    json_t *json = length > 0 ? json_loadb(bytes, (size_t)length, 0, NULL) : NULL;
    const char *job = text_of(json, "job", NULL);
    struct error *error =
        json ? error_new(context, ERROR_REFUSED, "the database is being changed just now: %s, by %s since %s%s%s",
                         text_of(json, "what", "another run"), text_of(json, "who", "somebody"),
                         text_of(json, "since", "a moment ago"), job ? ", job " : " as process ",
                         job ? job : memory_printf(context, "%lld", json_integer_value(json_object_get(json, "pid"))))
             /* it has the lock, and has not said yet what for */
             : error_new(context, ERROR_REFUSED, "the database is being changed just now: another run has begun");
    error->hint = "wait for its end; nothing was changed";
    json_decref(json);
    return error;
}

/* Who only looks (turn_check) holds the lock for a moment. */
static bool lock_soon(int descriptor)
{
    const struct timespec pause = { .tv_nsec = GLANCE_MS * 1000000L };
    for (int i = 0; i < GLANCES; i++) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static struct error *wait_for_turn(const void *context, const struct turn *turn)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
    bool told = false;
    while (flock(turn->descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (!told)
            fprintf(stderr, "roster: waiting: %s\n", taken(context, turn->descriptor)->message);
        told = true;
        nanosleep(&pause, NULL);
        TRY(stop_check(context));
    }
    return NULL;
}

struct error *turn_take(const void *context, const struct settings *settings, const char *what, bool patient)
{
    const char *folder;
    struct error *error = durable_folder(context, settings, "jobs", &folder);
    if (error)
        return patient ? NULL : error;
    const char *path = path_of(context, settings, folder);
    struct turn *turn = NEW(context, struct turn);
    turn->descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (turn->descriptor < 0)
        return patient ? NULL
                       : error_new(context, ERROR_USAGE, "cannot write \"%s\": %s", path, strerror(errno));
    durable_hand_over(path);
    talloc_set_destructor(turn, release);
    if (!lock_soon(turn->descriptor)) {
        if (!patient)
            return taken(context, turn->descriptor);
        TRY(wait_for_turn(context, turn));
    }
    write_holder(turn, what);
    return NULL;
}

struct error *turn_check(const void *context, const struct settings *settings)
{
    const char *folder = memory_printf(context, "%s/jobs", settings->var);
    int descriptor = open(path_of(context, settings, folder), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return NULL;
    /* Shared, so that two who look do not take each other for one at work. */
    struct error *error = flock(descriptor, LOCK_SH | LOCK_NB) != 0 ? taken(context, descriptor) : NULL;
    close(descriptor);
    return error;
}
