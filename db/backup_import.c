/* An archive from elsewhere, made by this program earlier or on another machine. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "archive.h"
#include "backup.h"
#include "durable.h"
#include "file.h"
#include "memory.h"
#include "stop.h"

static const char magic[] = "PGDMP"; /* how every archive of pg_dump -Fc begins */

enum { CHUNK = 256 * 1024 };

static struct error *copy_bytes(const void *context, int from, int to)
{
    char *buffer = NEW_ARRAY(context, char, CHUNK);
    ssize_t length;
    while ((length = read(from, buffer, CHUNK)) > 0) {
        errno = ENOSPC; /* what a short write means */
        if (write(to, buffer, (size_t)length) != length)
            return error_new(context, ERROR_USAGE,
                             "the archive cannot be stored: %s; what was written of it is removed. Make room (roster prune "
                             "--dry-run), and try again",
                             strerror(errno));
        TRY(stop_check(context));
    }
    return length < 0 ? error_new(context, ERROR_FAILED, "the archive cannot be read: %s", strerror(errno))
                      : NULL;
}

static struct error *copy(const void *context, const char *file, const struct backup_draft *draft)
{
    char beginning[sizeof magic - 1];
    struct error *error = NULL;
    int from = open(file, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return error_new(context, ERROR_USAGE, "cannot read \"%s\": %s", file, strerror(errno));
    if (pread(from, beginning, sizeof beginning, 0) != (ssize_t)sizeof beginning ||
        memcmp(beginning, magic, sizeof beginning) != 0)
        error = error_new(
            context, ERROR_INVALID,
            "this is no backup of this program: it does not begin as an archive of pg_dump -Fc does");
    else
        error = copy_bytes(context, from, draft->lock);
    close(from);
    return error;
}

/* The table of contents of every database that was ever upgraded names the history. */
static struct error *check_listing(const void *context, const char *listing)
{
    if (strstr(listing, " TABLE DATA public roster_revision "))
        return NULL;
    return error_new(
        context, ERROR_INVALID,
        "this is an archive of another program: it lacks the table roster_revision; nothing was kept");
}

/* One beside the file, or NULL. */
static struct error *find_manifest(const void *context, const char *file, const char *given,
                                   struct manifest **manifest)
{
    const size_t length = strlen(file);
    const bool is_dump = length > 5 && strcmp(file + length - 5, ".dump") == 0;
    const char *beside = memory_printf(context, "%.*s.json", (int)(is_dump ? length - 5 : length), file);
    *manifest = NULL;
    if (!given && file_access(beside, F_OK) != 0)
        return NULL;
    return manifest_read(context, given ? given : beside, manifest);
}

/* "15.18", of "15.18 (Debian 15.18-0+deb12u1)". */
static const char *version_of(const void *context, const char *listing, const char *label)
{
    const char *version = archive_says(context, listing, label);
    return memory_copy_length(context, version, strcspn(version, " "));
}

/* Without its manifest, what it says of itself must do. Its time is the wall clock of where it was made. */
static struct manifest *make_manifest(const void *context, const char *listing, const struct backup_wish *wish)
{
    struct tm made = { .tm_isdst = -1 };
    struct manifest *manifest = NEW(context, struct manifest);
    const time_t now = time(NULL);
    const bool dated = strptime(archive_says(context, listing, "Archive created at "), "%Y-%m-%d %H:%M:%S", &made) != NULL;
    const time_t at = dated ? mktime(&made) : now;
    manifest->at = at > 0 && at < now ? at : now;
    manifest->who = wish->who ? wish->who : "";
    manifest->note = wish->note ? wish->note : "";
    manifest->database = archive_says(context, listing, "dbname: ");
    manifest->server_version = version_of(context, listing, "Dumped from database version: ");
    manifest->tool_version = version_of(context, listing, "Dumped by pg_dump version: ");
    manifest->revision = manifest->models = manifest->content.shape = "";
    return manifest;
}

/* Its own manifest must be that of these bytes. */
static struct error *check_bytes(const void *context, const struct manifest *known, const char *path)
{
    const char *hash;
    TRY(durable_sha256(context, path, &hash, NULL));
    if (strcmp(known->sha256, hash) == 0)
        return NULL;
    return error_new(
        context, ERROR_DAMAGED,
        "the archive is damaged: its bytes are not those that its manifest tells of (their SHA-256 differs)");
}

static const char *import_name(const void *context, const struct manifest *known, time_t now)
{
    struct tm utc;
    char stamp[32];
    if (known && manifest_is_name(known->name))
        return known->name;
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
    return memory_printf(context, "imported-%s", stamp);
}

static struct error *import(const void *context, const char *file, struct manifest *manifest, const struct backup_wish *wish,
                            struct backup_draft *draft)
{
    const char *listing;
    TRY(copy(context, file, draft));
    if (manifest)
        TRY(check_bytes(context, manifest, draft->path));
    TRY(archive_list(context, draft->path, &listing));
    TRY(check_listing(context, listing));
    if (!manifest) { /* what was cut off on its way is noticed at its end alone */
        TRY(archive_read_through(context, draft->path));
        manifest = make_manifest(context, listing, wish);
    }
    manifest->origin = "imported";
    return backup_draft_keep(draft, manifest);
}

struct error *backup_import(const void *context, const struct settings *settings, const char *file,
                            const struct backup_wish *wish, const char **name)
{
    struct manifest *known;
    struct backup_draft *draft;
    TRY(find_manifest(context, file, wish->manifest, &known));
    TRY(backup_draft_open(context, settings, import_name(context, known, time(NULL)), &draft));
    struct error *error = import(context, file, known, wish, draft);
    if (!error)
        *name = memory_copy(context, draft->name);
    talloc_free(draft);
    return error;
}
