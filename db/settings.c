/* Reads the configuration: every variable with its range, default and the words for what is wrong with it. */
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conninfo.h"
#include "env_file.h"
#include "file.h"
#include "memory.h"
#include "place.h"
#include "secret_key.h"
#include "unknown.h"

enum { SOCKETS_MAX = 4096 };

struct number {
    const char *name;
    size_t offset; /* of an int in struct settings */
    int minimum, maximum, fallback;
    const char *unit;
};

struct folder {
    const char *name;
    size_t offset; /* of a string in struct settings */
    const char *fallback;
};

static const struct number numbers[] = {
    { "PORT", offsetof(struct settings, port), 1, 65535, 8080, "" },
    { "ROSTER_WORKERS", offsetof(struct settings, workers), 1, 256, 8, "" },
    { "ROSTER_PAGE_ROWS", offsetof(struct settings, page_rows), 1, 500, 25, " rows" },
    { "ROSTER_KEEP_LAST", offsetof(struct settings, keep_last), 1, 1000, 7, " backups" },
    { "ROSTER_KEEP_DAILY", offsetof(struct settings, keep_daily), 0, 1000, 7, " backups" },
    { "ROSTER_KEEP_WEEKLY", offsetof(struct settings, keep_weekly), 0, 1000, 4, " backups" },
    { "ROSTER_KEEP_MONTHLY", offsetof(struct settings, keep_monthly), 0, 1000, 6, " backups" },
    { "ROSTER_AUDIT_DAYS", offsetof(struct settings, audit_days), 0, 36500, 400, " days, or 0 for ever" },
    { "ROSTER_SESSION_DAYS", offsetof(struct settings, session_days), 1, 365, 14, " days" },
    { "ROSTER_SESSION_IDLE_HOURS", offsetof(struct settings, session_idle_hours), 1, 8760, 24, " hours" },
    { "ROSTER_REQUEST_BUDGET", offsetof(struct settings, request_budget_ms), 200, 600000, 10000,
      " milliseconds" },
    { "ROSTER_STATEMENT_TIMEOUT", offsetof(struct settings, statement_timeout_ms), 50, 600000, 8000,
      " milliseconds" },
    { "ROSTER_LOCK_TIMEOUT", offsetof(struct settings, lock_timeout_ms), 10, 600000, 3000, " milliseconds" },
};

static const struct folder folders[] = {
    { "ROSTER_VAR", offsetof(struct settings, var), "var" },
    { "ROSTER_MIGRATIONS", offsetof(struct settings, migrations), "migrations" },
    { "ROSTER_SEEDS", offsetof(struct settings, seeds), "seeds" },
};

struct source {
    struct settings *settings;
    struct env_file *file;
};

/* An empty variable counts as unset: docker compose hands over ${NAME:-} like that. */
static const char *from_environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

static const char *from_file(const struct source *source, const char *name)
{
    const char *value = env_file_value(source->file, name);
    return value && *value ? value : NULL;
}

static const char *lookup(const struct source *source, const char *name)
{
    const char *value = from_environment(name);
    return memory_copy(source->settings, value ? value : from_file(source, name));
}

static struct error *read_number(const struct source *source, const struct number *number)
{
    int *target = (int *)(void *)((char *)source->settings + number->offset);
    const char *value = lookup(source, number->name);
    *target = number->fallback;
    if (!value)
        return NULL;
    char *end;
    errno = 0;
    long parsed = strtol(value, &end, 10);
    if (errno != 0 || *end != '\0' || !isdigit((unsigned char)*value) || parsed < number->minimum ||
        parsed > number->maximum)
        return error_new(source->settings, ERROR_USAGE,
                         "%s is \"%s\"; write a whole number from %d to %d%s, such as %d", number->name,
                         value, number->minimum, number->maximum, number->unit, number->fallback);
    *target = (int)parsed;
    return NULL;
}

/* A page's statement must give up before its request does, and a wait for a lock before its statement. Where
 * only the outer limit is given, the inner ones follow it. */
static struct error *read_timeouts(const struct source *source)
{
    struct settings *settings = source->settings;
    if (settings->statement_timeout_ms >= settings->request_budget_ms) {
        if (lookup(source, "ROSTER_STATEMENT_TIMEOUT"))
            return error_new(settings, ERROR_USAGE,
                             "ROSTER_STATEMENT_TIMEOUT is %d; write less than "
                             "ROSTER_REQUEST_BUDGET, which is %d milliseconds",
                             settings->statement_timeout_ms, settings->request_budget_ms);
        settings->statement_timeout_ms = settings->request_budget_ms * 4 / 5;
    }
    if (settings->lock_timeout_ms > settings->statement_timeout_ms) {
        if (lookup(source, "ROSTER_LOCK_TIMEOUT"))
            return error_new(settings, ERROR_USAGE,
                             "ROSTER_LOCK_TIMEOUT is %d; write at most "
                             "ROSTER_STATEMENT_TIMEOUT, which is %d milliseconds",
                             settings->lock_timeout_ms, settings->statement_timeout_ms);
        settings->lock_timeout_ms = settings->statement_timeout_ms / 2;
    }
    return NULL;
}

/* Bytes, or with K, M or G behind the number: what nginx's client_max_body_size takes too. */
static struct error *read_upload_max(const struct source *source)
{
    const char *value = lookup(source, "ROSTER_UPLOAD_MAX");
    if (!value)
        value = "32M";
    char *end;
    errno = 0;
    unsigned long long size = strtoull(value, &end, 10);
    static const char units[] = "KMG";
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    if (unit)
        end++;
    const unsigned shift = unit ? (unsigned)(unit - units + 1) * 10 : 0;
    const unsigned long long maximum = 1ULL << 30;
    if (errno != 0 || *end != '\0' || !isdigit((unsigned char)*value) || size > maximum ||
        size << shift > maximum || size << shift < 64ULL * 1024)
        return error_new(source->settings, ERROR_USAGE,
                         "ROSTER_UPLOAD_MAX is \"%s\"; write bytes from 64K to 1G, such as 32M", value);
    source->settings->upload_max = (size_t)(size << shift);
    return NULL;
}

static bool is_one_of(const char *value, const char *const *words)
{
    for (; *words; words++)
        if (strcasecmp(value, *words) == 0)
            return true;
    return false;
}

static struct error *read_secure_cookies(const struct source *source)
{
    static const char *const yes[] = { "1", "true", "yes", "on", NULL };
    static const char *const no[] = { "0", "false", "no", "off", NULL };
    const char *value = lookup(source, "ROSTER_SECURE_COOKIES");
    if (value && !is_one_of(value, yes) && !is_one_of(value, no))
        return error_new(source->settings, ERROR_USAGE,
                         "ROSTER_SECURE_COOKIES is \"%s\"; write 1 when the site is served over TLS, else 0",
                         value);
    source->settings->secure_cookies = value && is_one_of(value, yes);
    return NULL;
}

static bool has_control_character(const char *value)
{
    for (; *value; value++)
        if (iscntrl((unsigned char)*value))
            return true;
    return false;
}

static struct error *read_folders(const struct source *source)
{
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *value = lookup(source, folders[i].name);
        if (value && (has_control_character(value) || strlen(value) > 3000))
            return error_new(source->settings, ERROR_USAGE, "%s is not a path; write a folder, such as %s",
                             folders[i].name, folders[i].fallback);
        const char **target = (const char **)(void *)((char *)source->settings + folders[i].offset);
        *target = value ? value : place_find(source->settings, folders[i].fallback, folders[i].fallback);
    }
    return NULL;
}

/* The database may know more or fewer zones than this machine; `roster doctor` asks it. */
static struct error *read_time_zone(const struct source *source)
{
    const char *value = lookup(source, "ROSTER_TIME_ZONE");
    source->settings->time_zone = value ? value : "UTC";
    if (!value)
        return NULL;
    bool good = isalpha((unsigned char)*value) && strlen(value) < 64 && !strstr(value, "..");
    for (const char *at = value; *at; at++)
        good = good && (isalnum((unsigned char)*at) || strchr("_+-/", *at));
    if (good && file_access("/usr/share/zoneinfo", X_OK) == 0)
        good = file_access(memory_printf(source->settings, "/usr/share/zoneinfo/%s", value), R_OK) == 0;
    if (!good)
        return error_new(source->settings, ERROR_USAGE,
                         "ROSTER_TIME_ZONE is \"%s\"; write the name of a zone, such as Europe/Berlin or UTC",
                         value);
    return NULL;
}

static struct error *read_site_name(const struct source *source)
{
    const char *value = lookup(source, "ROSTER_SITE_NAME");
    if (value && (strlen(value) > 120 || has_control_character(value)))
        return error_new(source->settings, ERROR_USAGE,
                         "ROSTER_SITE_NAME is too long; write at most 120 bytes on a line");
    source->settings->site_name = value ? value : "Roster";
    return NULL;
}

static struct error *read_first_superuser(const struct source *source)
{
    struct settings *settings = source->settings;
    const char *email = lookup(source, "FIRST_SUPERUSER");
    settings->first_superuser = email ? email : "admin@example.com";
    const char *at = strchr(settings->first_superuser, '@');
    if (!at || at == settings->first_superuser || at[1] == '\0' ||
        strpbrk(settings->first_superuser, " \t\r\n<>,\"") || strlen(settings->first_superuser) > 254)
        return error_new(settings, ERROR_USAGE,
                         "FIRST_SUPERUSER is \"%s\"; write an email address, such as "
                         "admin@example.com",
                         settings->first_superuser);
    settings->first_superuser_password = lookup(source, "FIRST_SUPERUSER_PASSWORD");
    const size_t length = settings->first_superuser_password ? strlen(settings->first_superuser_password) : 0;
    if (length > 0 && (length < 8 || length > 1024))
        return error_new(settings, ERROR_USAGE,
                         "FIRST_SUPERUSER_PASSWORD has %zu bytes; write 8 to 1024, or leave it out "
                         "to have one generated",
                         length);
    return NULL;
}

/* Where the environment names a database, the file's database does not count, not even in part: a migration
 * must never reach another database than the site. */
static const char *database_variable(const struct source *source, const char *name)
{
    if (from_environment("DATABASE_URL") || from_environment("POSTGRES_SERVER"))
        return memory_copy(source->settings, from_environment(name));
    return lookup(source, name);
}

static struct error *read_database_parts(const struct source *source, const char **conninfo)
{
    struct settings *settings = source->settings;
    const char *server = database_variable(source, "POSTGRES_SERVER");
    const char *port = database_variable(source, "POSTGRES_PORT");
    const char *name = database_variable(source, "POSTGRES_DB");
    if (port && (strspn(port, "0123456789") != strlen(port) || atol(port) < 1 || atol(port) > 65535))
        return error_new(settings, ERROR_USAGE,
                         "POSTGRES_PORT is \"%s\"; write a number from 1 to 65535, such as 5432", port);
    if (!name)
        return error_new(settings, ERROR_USAGE,
                         "POSTGRES_DB is not set; write the name of the database on \"%s\"", server);
    return conninfo_read(settings, "POSTGRES_SERVER",
                         conninfo_from_parts(settings, server, port, name,
                                             database_variable(source, "POSTGRES_USER"),
                                             database_variable(source, "POSTGRES_PASSWORD")),
                         conninfo);
}

/* Where the embedded site's sockets are: var/run, or, where that is too long for a socket or has letters in it that a
 * connection string does not take, the folder that var/run/sockets names (nginx/site.sh). NULL for none. */
static const char *socket_folder(const struct settings *settings)
{
    const char *run = memory_printf(settings, "%s/run", settings->var);
    const char *path = memory_printf(settings, "%s/sockets", run);
    struct text *text;
    if (file_access(path, F_OK) == 0 && !file_read(settings, path, SOCKETS_MAX, &text))
        run = memory_copy_length(settings, text->data, strcspn(text->data, "\n"));
    char *folder = realpath(run, NULL);
    const char *found = memory_copy(settings, folder);
    free(folder);
    return found;
}

/* Nothing names a database: then it is the embedded site's, which listens there while it runs. */
static struct error *read_embedded_database(struct settings *settings)
{
    static const char server[] = "5432", pooler[] = "6432";
    const char *run = socket_folder(settings);
    if (!run || file_access(memory_printf(settings, "%s/.s.PGSQL.%s", run, server), F_OK) != 0)
        return error_new(
            settings, ERROR_USAGE,
            "no database is configured, and no embedded site runs in \"%s\"; start it with make run, or set "
            "DATABASE_URL to postgresql://user:password@host:5432/database, or POSTGRES_SERVER and the variables "
            "beside it",
            settings->var);
    const bool pooled = file_access(memory_printf(settings, "%s/.s.PGSQL.%s", run, pooler), F_OK) == 0;
    settings->direct_url = conninfo_from_parts(settings, run, server, "roster", "roster", NULL);
    settings->dump_url = conninfo_from_parts(settings, run, server, "roster", "roster_dump", NULL);
    settings->database_url =
        conninfo_from_parts(settings, run, pooled ? pooler : server, "roster", "roster_web", NULL);
    return NULL;
}

/* What a role's request may do is told to PostgreSQL by its name. */
static void name_roles(struct settings *settings)
{
    const char *user = conninfo_part(settings, settings->database_url, "user");
    settings->serving_role = user ? user : "";
    settings->superuser_role = memory_printf(settings, "%s_all", settings->serving_role);
}

static struct error *read_addresses(const struct source *source)
{
    struct settings *settings = source->settings;
    const char *url = database_variable(source, "DATABASE_URL");
    if (!url && !database_variable(source, "POSTGRES_SERVER"))
        return read_embedded_database(settings);
    if (url)
        TRY(conninfo_read(settings, "DATABASE_URL", url, &settings->database_url));
    else
        TRY(read_database_parts(source, &settings->database_url));
    settings->direct_url = settings->database_url;
    const char *direct = database_variable(source, "DATABASE_DIRECT_URL");
    if (direct)
        TRY(conninfo_read(settings, "DATABASE_DIRECT_URL", direct, &settings->direct_url));
    settings->dump_url = settings->direct_url;
    const char *dump = database_variable(source, "DATABASE_DUMP_URL");
    if (dump)
        TRY(conninfo_read(settings, "DATABASE_DUMP_URL", dump, &settings->dump_url));
    return NULL;
}

static struct error *read_database(const struct source *source)
{
    TRY(read_addresses(source));
    name_roles(source->settings);
    return NULL;
}

/* A key without a file may be left out. */
static struct error *read_key(const struct source *source, const char *name, const char *file, const char **key)
{
    struct settings *settings = source->settings;
    *key = lookup(source, name);
    if (!*key)
        return file ? secret_key_open(settings, settings->var, file, name, key) : NULL;
    if (strlen(*key) < SECRET_KEY_MIN)
        return error_new(settings, ERROR_USAGE,
                         "%s has %zu characters; write at least %d random ones, such as "
                         "`openssl rand -hex 32` prints, or leave it out%s",
                         name, strlen(*key), SECRET_KEY_MIN, file ? " to have one generated" : "");
    return NULL;
}

static struct error *read_keys(const struct source *source)
{
    struct settings *settings = source->settings;
    TRY(read_key(source, "SECRET_KEY", "secret_key", &settings->secret_key));
    TRY(read_key(source, "ADMIN_KEY", "admin_key", &settings->admin_key));
    return read_key(source, "METRICS_KEY", NULL, &settings->metrics_key);
}

/* Of a connection string, however it is spelled. */
static bool has_password(const char *value)
{
    const char *start = strstr(value, "://"), *at = start ? strchr(start, '@') : NULL;
    return strstr(value, "password") || (at && memchr(start + 1, ':', (size_t)(at - start - 1)));
}

/* A secret that everybody on the machine can read is none (ASVS 13.3). */
static struct error *check_file(const struct source *source)
{
    static const char *const names[] = { "SECRET_KEY", "ADMIN_KEY", "METRICS_KEY", "FIRST_SUPERUSER_PASSWORD",
                                         "POSTGRES_PASSWORD", "DATABASE_URL", "DATABASE_DIRECT_URL",
                                         "DATABASE_DUMP_URL" };
    if (!env_file_is_open(source->file))
        return NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = from_file(source, names[i]), *path = env_file_path(source->file);
        if (value && (strncmp(names[i], "DATABASE_", strlen("DATABASE_")) != 0 || has_password(value)))
            return error_new(source->settings, ERROR_USAGE, "\"%s\" holds %s and is open to others; run: chmod 600 %s",
                             path, names[i], path);
    }
    return NULL;
}

static struct error *open_settings(const void *context, bool files_alone, struct settings **out)
{
    typedef struct error *(*reader)(const struct source *);
    static const reader readers[] = { read_timeouts,        read_upload_max, read_secure_cookies,
                                      read_folders,         read_time_zone,  read_site_name,
                                      read_first_superuser, read_database,   read_keys };
    const size_t count = sizeof readers / sizeof *readers - (files_alone ? 2 : 0);
    struct source source = { .settings = NEW(context, struct settings) };
    struct error *error = NULL;
    const char *path = from_environment("ROSTER_ENV");
    if (path)
        TRY(env_file_open(source.settings, path, true, &source.file));
    else
        TRY(env_file_open(source.settings, place_find(source.settings, "env", ".env"), false, &source.file));
    source.settings->unknown = unknown_names(source.settings, source.file);
    TRY(check_file(&source));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        TRY(read_number(&source, &numbers[i]));
    for (size_t i = 0; i < count && !error; i++)
        error = readers[i](&source);
    if (error && !error->hint)
        error->hint = source.settings->unknown;
    TRY(error);
    conninfo_clear_environment();
    *out = source.settings;
    return NULL;
}

struct error *settings_open(const void *context, struct settings **settings)
{
    return open_settings(context, false, settings);
}

struct error *settings_open_files(const void *context, struct settings **settings)
{
    return open_settings(context, true, settings);
}
