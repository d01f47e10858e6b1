/* Puts a backup in the place of the site's database. */
#include "restore.h"

#include <string.h>

#include "archive.h"
#include "backup.h"
#include "databases.h"
#include "memory.h"
#include "migrate.h"
#include "migrate_run.h"
#include "progress.h"
#include "query.h"
#include "rights.h"
#include "stop.h"

enum { AT_BYTES = 1, AT_RESTORE = 5, AT_COMPARE = 75, AT_STATISTICS = 90, AT_SWAP = 97, AT_END = 100 };

struct restore {
    const void *context;
    const struct settings *settings; /* of the site */
    const struct backup *backup;
    struct databases *databases;
    struct connection *guard; /* to the site's database: holds the lock of migrations */
    struct settings *draft;   /* of the new database */
    const char *draft_name;
    struct restore_outcome *outcome;
};

/* No migration may be at work in a database that is put aside. */
static struct error *guard(struct restore *restore)
{
    if (!restore->databases->exists)
        return NULL;
    restore->guard = connection_new(restore->context, restore->settings, CONNECTION_DIRECT, "roster restore");
    struct query *query = query_add(
        restore->guard,
        sql_new(
            restore->guard,
            "SELECT pg_try_advisory_lock(" MIGRATE_LOCK
            ") AS got, (SELECT string_agg(a.application_name, ', ')"
            " FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted"
            " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND (l.classid::bigint << 32) + l.objid::bigint = " MIGRATE_LOCK ") AS holder"));
    TRY(query_run(restore->guard));
    if (query_true(query, 0, "got"))
        return NULL;
    const char *holder = query_field(query, 0, "holder");
    return error_new(
        restore->context, ERROR_REFUSED,
        "\"%s\" is changing this database just now; wait for its end, and try again. Nothing was changed",
        holder ? holder : "a migration");
}

static struct error *compare(struct restore *restore, struct connection *connection)
{
    PGconn *handle;
    struct fingerprint is;
    TRY(connection_handle(connection, &handle));
    const struct fingerprint wanted =
        manifest_content(restore->context, restore->backup->manifest, PQserverVersion(handle));
    TRY(fingerprint_read(restore->context, connection, &is));
    restore->outcome->rows = fingerprint_rows(&is);
    restore->outcome->compared = wanted.count > 0;
    const char *difference = wanted.count > 0 ? fingerprint_difference(restore->context, &is, &wanted)
                             : is.count == 0  ? "there is no table in it"
                                              : NULL;
    if (!difference)
        return NULL;
    return error_new(restore->context, ERROR_DAMAGED, "the backup \"%s\" does not hold what it should: %s",
                     restore->backup->name, difference);
}

static struct error *end_sign_ins(struct connection *connection)
{
    struct query *query = query_add(
        connection, sql_new(connection, "SELECT to_regclass('public.session') IS NOT NULL AS there"));
    TRY(query_run(connection));
    return query_true(query, 0, "there") ? connection_execute(connection, "DELETE FROM public.session")
                                         : NULL;
}

/* Before anybody is served from it. Tables that the rules do not fit are older: the advice says so. */
static struct error *apply_access(struct restore *restore, struct connection *connection)
{
    struct schema *schema;
    struct rights_report report;
    TRY(schema_open(restore->context, models, overview_panels, &schema));
    return rights_apply(connection, restore->settings, schema, &report);
}

static struct error *fill(struct restore *restore, struct connection *connection)
{
    progress_part("restoring \"%s\" into the new database \"%s\"", restore->backup->name,
                  restore->draft_name);
    progress_percent(AT_RESTORE);
    TRY(archive_restore(restore->context, restore->draft, connection, restore->backup->path));
    TRY(stop_cancels(connection));
    progress_part(restore->backup->manifest->content.count > 0
                      ? "comparing rows, values and tables with the manifest"
                      : "counting rows: its manifest tells nothing to compare them with");
    progress_percent(AT_COMPARE);
    TRY(compare(restore, connection));
    progress_part("collecting the planner's statistics");
    progress_percent(AT_STATISTICS);
    TRY(end_sign_ins(connection));
    TRY(connection_execute(connection,
                           "SET client_min_messages = error")); /* of what only a superuser may analyze */
    TRY(connection_execute(connection, "ANALYZE"));
    TRY(apply_access(restore, connection));
    const struct error *behind = migrate_ready(restore->context, restore->settings, connection);
    if (behind)
        restore->outcome->advice = behind->message;
    return NULL;
}

/* From here on there is no stopping: the swap is done or not. */
static struct error *fill_or_stop(struct restore *restore)
{
    struct connection *connection =
        connection_new(restore->context, restore->draft, CONNECTION_DIRECT, "roster restore");
    struct error *error = fill(restore, connection);
    TRY(stop_cancels(NULL));
    talloc_free(connection);
    return stop_wanted() ? stop_check(restore->context) : error;
}

static struct error *run(struct restore *restore)
{
    TRY(databases_create(restore->databases, restore->draft_name));
    struct error *error = fill_or_stop(restore);
    if (!error) {
        progress_part("swapping it in");
        progress_percent(AT_SWAP);
        error = databases_swap(restore->databases, restore->draft_name, &restore->outcome->kept);
    }
    /* What fails here, the next restore sweeps up. */
    if (error)
        talloc_free(databases_drop(restore->databases, restore->draft_name));
    return error;
}

struct error *restore_run(const void *context, const struct settings *settings, const char *name,
                          struct restore_outcome *outcome)
{
    struct backup *backup;
    struct restore restore = { .context = context, .settings = settings, .outcome = outcome };
    *outcome = (struct restore_outcome){ .kept = NULL };
    TRY(backup_find(context, settings, name, &backup));
    TRY(backup_check_usable(context, backup));
    TRY(backup_hold(backup, backup));
    progress_part("reading every byte of \"%s\"", name);
    progress_percent(AT_BYTES);
    TRY(backup_check_bytes(context, backup));
    restore.backup = backup;
    TRY(databases_open(context, settings, &restore.databases));
    TRY(guard(&restore));
    TRY(databases_sweep(restore.databases));
    restore.draft_name = databases_draft_name(context);
    restore.draft = databases_settings(context, settings, restore.draft_name);
    struct error *error = run(&restore);
    talloc_free(restore.guard);
    talloc_free(backup);
    if (!error)
        progress_percent(AT_END);
    return error;
}

struct error *restore_undo(const void *context, const struct settings *settings, const char *wished,
                           struct restore_outcome *outcome)
{
    struct databases_kept *kept;
    size_t count, found = 0;
    struct restore restore = { .context = context, .settings = settings, .outcome = outcome };
    *outcome = (struct restore_outcome){ .kept = NULL };
    TRY(databases_open(context, settings, &restore.databases));
    TRY(databases_list_kept(restore.databases, &kept, &count));
    while (found < count && wished && strcmp(kept[found].name, wished) != 0)
        found++;
    if (found == count)
        return error_new(context, ERROR_NOT_FOUND,
                         "there is no earlier database%s%s to go back to; nothing was changed",
                         wished ? " " : "", wished ? wished : "");
    TRY(guard(&restore));
    progress_part("putting \"%s\" back", kept[found].name);
    struct error *error = databases_swap(restore.databases, kept[found].name, &outcome->kept);
    talloc_free(restore.guard);
    return error;
}
