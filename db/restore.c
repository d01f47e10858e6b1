/* Puts a backup in the place of the site's database. */
#include "restore.h"

#include <poll.h>
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
enum { LOOKS = 50, LOOK_MS = 100 }; /* for sessions to go: as long as PostgreSQL's renaming waits (CountOtherDBBackends) */

struct restore {
    const void *context;
    const struct settings *settings; /* of the site */
    const struct backup *backup;
    struct databases *databases;
    struct connection *guard; /* to the site's database: holds the lock of migrations */
    struct settings *draft;   /* of the new database */
    const char *draft_name;
    const char *what, *action, *who; /* what is put in place, for the audit; by whom */
    const char *line;                /* the id of what the audit was told, or NULL */
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
    struct query *id = query_add(connection, sql_new(connection, "SELECT lastval() AS id"));
    TRY(query_run(connection));
    restore->line = memory_copy(restore->context, query_field(id, 0, "id"));
    return NULL;
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

static struct error *check_owner(const struct restore *restore)
{
    struct connection *server = restore->databases->server;
    struct sql *sql = sql_new(server, "SELECT pg_has_role(datdba, 'MEMBER') AS owns, pg_get_userbyid(datdba) AS owner,"
                                      " current_user AS role FROM pg_database WHERE datname = ");
    sql_value(sql, restore->what, "name");
    struct query *query = query_add(server, sql);
    TRY(query_run(server));
    if (query_rows(query) == 0 || query_true(query, 0, "owns"))
        return NULL; /* where it is gone since, connecting says so */
    return error_new(restore->context, ERROR_REFUSED,
                     "the database \"%s\" belongs to \"%s\", so that \"%s\" cannot put it back; hand it over as a "
                     "superuser: ALTER DATABASE %s OWNER TO %s. Nothing was changed",
                     restore->what, query_field(query, 0, "owner"), query_field(query, 0, "role"),
                     sql_quote_name(server, restore->what), sql_quote_name(server, query_field(query, 0, "role")));
}

/* Sessions that would not make way: any in the database that is put back, and those in the site's that this role may not
 * end. *who: NULL for none. */
static struct error *look_for_sessions(const struct restore *restore, const char **who)
{
    struct connection *server = restore->databases->server;
    struct sql *sql = sql_new(server, "SELECT string_agg(DISTINCT a.usename || ' (' || coalesce(nullif(a.application_name, ''),"
                                      " 'unnamed') || ')', ', ') AS who FROM pg_stat_activity a"
                                      " JOIN pg_roles r ON r.oid = a.usesysid CROSS JOIN pg_roles me"
                                      " WHERE me.rolname = current_user AND a.backend_type = 'client backend'"
                                      " AND (a.datname = ");
    sql_value(sql, restore->what, "name");
    sql_add(sql, " OR (a.datname = ");
    sql_value(sql, restore->databases->name, "name");
    sql_add(sql, " AND NOT me.rolsuper AND (r.rolsuper OR NOT (pg_has_role(r.oid, 'USAGE')"
                 " OR pg_has_role('pg_signal_backend', 'USAGE')))))");
    struct query *query = query_add(server, sql);
    TRY(query_run(server));
    *who = query_field(query, 0, "who");
    return NULL;
}

/* What would refuse the swap is asked before the database is prepared for it. */
static struct error *check_swap(const struct restore *restore)
{
    const char *who = NULL;
    TRY(check_owner(restore));
    for (int i = 0; i < LOOKS; i++) {
        TRY(stop_check(restore->context));
        TRY(look_for_sessions(restore, &who));
        if (!who)
            return NULL;
        poll(NULL, 0, LOOK_MS);
    }
    return error_new(restore->context, ERROR_UNAVAILABLE,
                     "the databases \"%s\" and \"%s\" are in use by sessions that cannot be ended from here: %s; close "
                     "them, and try again. Nothing was changed",
                     restore->databases->name, restore->what, who);
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

static struct error *swap_kept(struct restore *restore)
{
    if (stop_wanted())
        return error_new(restore->context, ERROR_REFUSED,
                         "stopped, as was asked for; the site's database is as it was");
    progress_part(RESTORE_PUTS_BACK "%s\" back%s", restore->what, becomes(restore));
    return databases_swap(restore->databases, restore->what, restore->outcome->kept);
}

/* After a swap that was not done. The line was written before it, so that none that was done lacks its line. */
static struct error *take_back(const struct restore *restore, struct error *error)
{
    struct error *other = NULL;
    struct connection *connection = connection_new(
        restore->context, databases_settings(restore->context, restore->settings, restore->what), CONNECTION_DIRECT,
        "roster restore");
    if (restore->line) {
        struct sql *sql = sql_new(connection, "DELETE FROM audit WHERE id = ");
        sql_value(sql, restore->line, "bigint");
        query_add(connection, sql);
        other = query_run(connection);
    }
    talloc_free(connection);
    if (other && strcmp(other->sqlstate, "3D000") == 0)
        return error; /* it has its place after all: the server was lost while it answered */
    error->message = memory_printf(
        error, "%s; \"%s\" stays put aside: its sign-ins are ended, and its rules of access are those of the models%s%s",
        error->message, restore->what, other ? "; its audit tells that it was put back, which could not be removed: " : "",
        other ? other->message : "");
    return error;
}

static struct error *put_back(struct restore *restore)
{
    TRY(check_swap(restore));
    progress_part("ending the sign-ins of \"%s\"", restore->what);
    TRY(prepare_kept(restore));
    struct error *error = swap_kept(restore);
    return error ? take_back(restore, error) : NULL;
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
    struct error *error = put_back(&restore);
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
