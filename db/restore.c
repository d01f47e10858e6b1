/* Puts a backup in the place of the site's database. */
#include "restore.h"

#include <string.h>

#include "archive.h"
#include "audit.h"
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
    const char *what, *action, *who; /* what is put in place, for the audit; by whom */
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

/* Of what lets somebody in, as far as this database has such tables. */
static struct error *end_sign_ins(struct connection *connection)
{
    static const char *const tables[] = { "public.session", "public.password_reset" };
    struct query *there[sizeof tables / sizeof *tables];
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        struct sql *sql = sql_new(connection, "SELECT to_regclass(");
        sql_value(sql, tables[i], "text");
        sql_add(sql, ") IS NOT NULL AS there");
        there[i] = query_add(connection, sql);
    }
    TRY(query_run(connection));
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (query_true(there[i], 0, "there"))
            TRY(connection_execute(connection, memory_printf(connection, "DELETE FROM %s", tables[i])));
    return NULL;
}

/* The audit of the database that goes out of use is not looked at any more: it is the one that comes which must tell. */
static struct error *tell_audit(struct restore *restore, struct connection *connection)
{
    const char *kept = restore->outcome->kept;
    const struct audit_line line = { .action = restore->action,
                                     .who = restore->who,
                                     .subject = memory_printf(restore->context, "%s%s%s", restore->what,
                                                              kept ? "; the earlier database is kept as " : "",
                                                              kept ? kept : "") };
    struct query *keeps = audit_queue_is_kept(connection);
    TRY(query_run(connection));
    if (!query_true(keeps, 0, "kept"))
        return NULL;
    audit_queue(connection, &line);
    return query_run(connection);
}

/* Before anybody is served from it. Tables that the rules do not fit are older: the advice says so. */
static struct error *apply_access(struct restore *restore, struct connection *connection)
{
    struct schema *schema;
    struct rights_report report;
    TRY(schema_open(restore->context, models, overview_panels, &schema));
    return rights_apply(connection, restore->settings, schema, &report);
}

/* Any database that is about to be put in the place of the site's. */
static struct error *prepare(struct restore *restore, struct connection *connection)
{
    TRY(end_sign_ins(connection));
    TRY(apply_access(restore, connection));
    const struct error *behind = migrate_ready(restore->context, restore->settings, connection);
    if (behind)
        restore->outcome->advice = behind->message;
    TRY(databases_name_kept(restore->databases, &restore->outcome->kept));
    return tell_audit(restore, connection);
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
    TRY(connection_execute(connection,
                           "SET client_min_messages = error")); /* of what only a superuser may analyze */
    TRY(connection_execute(connection, "ANALYZE"));
    return prepare(restore, connection);
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

/* Whoever finds the log of one that was killed then can ask whether that database is there. */
static const char *becomes(const struct restore *restore)
{
    const char *kept = restore->outcome->kept;
    return kept ? memory_printf(restore->context, RESTORE_BECOMES "%s\"", kept) : "";
}

static struct error *run(struct restore *restore)
{
    TRY(databases_create(restore->databases, restore->draft_name));
    struct error *error = fill_or_stop(restore);
    if (!error) {
        progress_part(RESTORE_SWAPS "%s", becomes(restore));
        progress_percent(AT_SWAP);
        error = databases_swap(restore->databases, restore->draft_name, restore->outcome->kept);
    }
    /* What fails here, the next restore sweeps up. */
    if (error)
        talloc_free(databases_drop(restore->databases, restore->draft_name));
    return error;
}

struct error *restore_run(const void *context, const struct settings *settings, const char *name, const char *who,
                          struct restore_outcome *outcome)
{
    struct backup *backup;
    struct restore restore = { .context = context, .settings = settings, .outcome = outcome, .who = who };
    *outcome = (struct restore_outcome){ .kept = NULL };
    TRY(backup_find(context, settings, name, &backup));
    TRY(backup_check_usable(context, backup));
    TRY(backup_hold(backup, backup));
    progress_part("reading every byte of \"%s\"", name);
    progress_percent(AT_BYTES);
    TRY(backup_check_bytes(context, backup));
    restore.backup = backup;
    restore.what = name;
    restore.action = AUDIT_RESTORED;
    TRY(databases_open(context, settings, CONNECTION_DIRECT, &restore.databases));
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

/* *name: the one of that name, or the newest. */
static struct error *find_kept(const void *context, struct databases *databases, const char *wished, const char **name)
{
    struct databases_kept *kept;
    size_t count;
    TRY(databases_list_kept(databases, &kept, &count));
    for (size_t i = 0; i < count; i++)
        if (!wished || strcmp(kept[i].name, wished) == 0) {
            *name = kept[i].name;
            return NULL;
        }
    return error_new(context, ERROR_NOT_FOUND,
                     "no earlier database is kept%s%s%s; nothing was changed. See: roster restore --kept",
                     wished ? " as \"" : "", wished ? wished : "", wished ? "\"" : "");
}

static struct error *prepare_kept(struct restore *restore)
{
    struct connection *connection = connection_new(
        restore->context, databases_settings(restore->context, restore->settings, restore->what), CONNECTION_DIRECT,
        "roster restore");
    struct error *error = prepare(restore, connection);
    talloc_free(connection); /* it would keep the database from being renamed */
    return error;
}

struct error *restore_undo(const void *context, const struct settings *settings, const char *wished, const char *who,
                           struct restore_outcome *outcome)
{
    struct restore restore = {
        .context = context, .settings = settings, .outcome = outcome, .action = AUDIT_PUT_BACK, .who = who
    };
    *outcome = (struct restore_outcome){ .kept = NULL };
    TRY(databases_open(context, settings, CONNECTION_DIRECT, &restore.databases));
    TRY(find_kept(context, restore.databases, wished, &restore.what));
    TRY(guard(&restore));
    progress_part("ending the sign-ins of \"%s\"", restore.what);
    TRY(prepare_kept(&restore));
    TRY(stop_check(context));
    progress_part(RESTORE_PUTS_BACK "%s\" back%s", restore.what, becomes(&restore));
    struct error *error = databases_swap(restore.databases, restore.what, outcome->kept);
    talloc_free(restore.guard);
    return error;
}

/* It may have been deleted since, or put back. */
static struct error *ask_audit(struct connection *connection, const char *kept, bool *told)
{
    struct sql *sql = sql_new(connection, "SELECT EXISTS (SELECT FROM audit WHERE action IN ('" AUDIT_RESTORED
                                          "', '" AUDIT_PUT_BACK "') AND right(subject, length(");
    sql_value(sql, kept, "text");
    sql_add(sql, ")) = ");
    sql_value(sql, kept, "text");
    sql_add(sql, ") AS told");
    struct query *query = query_add(connection, sql);
    TRY(query_run(connection));
    *told = query_true(query, 0, "told");
    return NULL;
}

struct error *restore_tell(const void *context, struct connection *connection, const char *kept, const char **words)
{
    struct query *keeps = audit_queue_is_kept(connection);
    struct sql *there = sql_new(connection, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = ");
    sql_value(there, kept, "name");
    sql_add(there, ") AS there");
    struct query *query = query_add(connection, there);
    TRY(query_run(connection));
    bool done = query_true(query, 0, "there");
    if (!done && query_true(keeps, 0, "kept"))
        TRY(ask_audit(connection, kept, &done));
    *words = done ? memory_printf(context, "The swap was done all the same: the restored data is in place, and the earlier "
                                           "database was kept as %s. Back to it: roster restore --undo", kept)
                  : "Nothing was changed: it was cut off before the swap was done, and the site's database is the one of "
                    "before. Start it again when you like.";
    return NULL;
}

struct error *restore_drop_kept(const void *context, const struct settings *settings, const char *kept, const char *who)
{
    struct restore_outcome outcome = { .kept = NULL };
    struct restore restore = {
        .context = context, .settings = settings, .outcome = &outcome, .action = AUDIT_DROPPED, .who = who
    };
    TRY(databases_open(context, settings, CONNECTION_DIRECT, &restore.databases));
    TRY(find_kept(context, restore.databases, kept, &restore.what));
    TRY(databases_drop(restore.databases, restore.what));
    if (!restore.databases->exists)
        return NULL;
    struct connection *site = connection_new(context, settings, CONNECTION_DIRECT, "roster restore");
    struct error *error = tell_audit(&restore, site);
    talloc_free(site);
    return error ? error_within(error, "the database was deleted, which the audit could not be told") : NULL;
}
