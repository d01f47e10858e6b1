/* The proof that a backup is good: it is restored, and holds what its manifest says. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "archive.h"
#include "backup.h"
#include "file.h"
#include "memory.h"
#include "progress.h"
#include "query.h"
#include "sealed.h"
#include "stop.h"
#include "trial.h"

enum { AT_BYTES = 1, AT_RESTORE = 5, AT_COMPARE = 80, AT_END = 100 };

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Into a scratch database that is there until the context goes. */
static struct error *restore(const void *context, const struct settings *settings,
                             const struct backup *backup, struct fingerprint *is, int *server_version)
{
    PGconn *handle;
    struct trial *trial;
    TRY(trial_new(context, settings, &trial));
    struct connection *connection =
        connection_new(trial, trial->settings, CONNECTION_DIRECT, "roster verify-backup");
    progress_part("restoring it into the scratch database \"%s\"", trial->name);
    progress_percent(AT_RESTORE);
    struct error *unrestored = archive_restore(context, trial->settings, connection, backup->path);
    /* Is it the archive, or this server? */
    if (unrestored && (unrestored->code == ERROR_FAILED || unrestored->code == ERROR_INVALID))
        TRY(archive_read_through(context, backup->path));
    TRY(unrestored);
    progress_part("comparing rows, values and tables");
    progress_percent(AT_COMPARE);
    TRY(stop_cancels(connection));
    TRY(connection_handle(connection, &handle));
    *server_version = PQserverVersion(handle);
    struct error *error = fingerprint_read(context, connection, is);
    TRY(stop_cancels(NULL));
    talloc_free(trial);
    return error && stop_wanted() ? stop_check(context) : error;
}

/* ERROR_DAMAGED when it does not hold what it should. Without rows in its manifest nobody knows what that is. */
static struct error *compare(const void *context, const struct backup *backup, const struct fingerprint *is,
                             int server_version)
{
    const struct fingerprint wanted = manifest_content(context, backup->manifest, server_version);
    const char *difference = NULL;
    if (wanted.count > 0)
        difference = fingerprint_difference(context, is, &wanted);
    else if (is->count == 0)
        difference = "there is no table in it";
    if (!difference)
        return NULL;
    return error_new(context, ERROR_DAMAGED, "the backup \"%s\" does not hold what it should: %s",
                     backup->name, difference);
}

static struct error *write_proof(const void *context, const struct settings *settings,
                                 const struct backup *backup, const char *who,
                                 const struct backup_proof *proof, const struct error *problem)
{
    json_t *json =
        json_pack("{s:s, s:I, s:s, s:I, s:I, s:s}", "sha256", backup->manifest->sha256, "at",
                  (json_int_t)time(NULL), "who", who, "milliseconds", (json_int_t)(proof->seconds * 1000),
                  "rows", (json_int_t)proof->rows, "problem", problem ? problem->message : "");
    if (!json)
        return error_new(context, ERROR_FAILED, "the proof could not be written");
    return sealed_write(
        context, memory_printf(context, "%s/backups/%s.checked.json", settings->var, backup->name), json);
}

static struct error *prove(const void *context, const struct settings *settings, const struct backup *backup,
                           struct backup_proof *proof)
{
    const double start = seconds_now();
    struct fingerprint is = { .count = 0 };
    int server_version = 0;
    progress_part("reading every byte of \"%s\"", backup->name);
    progress_percent(AT_BYTES);
    TRY(backup_check_bytes(context, backup));
    void *trial_context = talloc_new(context);
    struct error *error = restore(trial_context, settings, backup, &is, &server_version);
    if (!error)
        error = compare(context, backup, &is, server_version);
    proof->compared = backup->manifest->content.count > 0;
    proof->rows = fingerprint_rows(&is);
    proof->tables = is.count;
    proof->seconds = seconds_now() - start;
    if (!error)
        talloc_free(trial_context);
    return error;
}

struct error *backup_verify(const void *context, const struct settings *settings, const char *name,
                            const char *who, struct backup_proof *proof)
{
    struct backup *backup;
    *proof = (struct backup_proof){ .rows = 0 };
    TRY(backup_find(context, settings, name, &backup));
    /* An earlier failure is no reason not to look again. */
    if (backup->checked_at == 0 || backup->state == BACKUP_UNREADABLE || file_access(backup->path, F_OK) != 0)
        TRY(backup_check_usable(context, backup));
    backup->state = BACKUP_UNVERIFIED;
    TRY(backup_hold(backup, backup));
    struct error *error = prove(context, settings, backup, proof);
    progress_percent(AT_END);
    if (!error || error->code == ERROR_DAMAGED) {
        struct error *unwritten = write_proof(context, settings, backup, who, proof, error);
        error = error ? error : unwritten;
    }
    talloc_free(backup);
    return error;
}
