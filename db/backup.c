/* Makes a backup: one snapshot, read by pg_dump and, beside it, counted and summed for the manifest. */
#include "backup.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "catalog.h"
#include "conninfo.h"
#include "memory.h"
#include "progress.h"
#include "query.h"
#include "stop.h"
#include "tool.h"

/* How far a run is when its parts end, in percent. */
enum { AT_DUMP = 2, AT_HASH = 92, AT_END = 100 };

struct maker {
    const void *context;
    struct connection *connection;
    struct backup_draft *draft;
    struct manifest *manifest;
    const char *pg_dump;
    long long expected; /* bytes, guessed from the newest backup; 0: unknown */
};

/* --- What the manifest says --------------------------------------------------------------------------------------- */

static void add_text(crypto_hash_sha256_state *state, const char *text)
{
    crypto_hash_sha256_update(state, (const unsigned char *)(text ? text : ""), text ? strlen(text) + 1 : 1);
}

static void add_table(crypto_hash_sha256_state *state, const struct catalog_table *table)
{
    add_text(state, table->name);
    for (size_t i = 0; i < table->column_count; i++) {
        add_text(state, table->columns[i].name);
        add_text(state, table->columns[i].type);
        add_text(state, table->columns[i].default_sql);
        add_text(state, table->columns[i].required ? "required" : "");
    }
    for (size_t i = 0; i < table->constraint_count; i++)
        add_text(state, table->constraints[i].definition);
    for (size_t i = 0; i < table->index_count; i++)
        add_text(state, table->indexes[i].definition);
}

/* Changes when the models do. */
static const char *models_digest(const void *context, const struct schema *schema)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256_state state;
    const struct catalog *catalog = catalog_of_models(context, schema);
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < catalog->table_count; i++)
        add_table(&state, &catalog->tables[i]);
    crypto_hash_sha256_final(&state, hash);
    return memory_copy(context, sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

/* "roster-20261125-031502", from the database's name. */
static const char *make_name(const void *context, const char *database, time_t now)
{
    struct tm utc;
    char stamp[32];
    char *name = memory_copy_length(context, database, strlen(database) > 40 ? 40 : strlen(database));
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
    for (char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at))
            *at = '_';
    return memory_printf(context, "%s-%s", name, stamp);
}

static struct manifest *manifest_new(const void *context, const struct settings *settings,
                                     const struct schema *schema, const struct backup_wish *wish)
{
    struct manifest *manifest = NEW(context, struct manifest);
    const char *database = conninfo_part(context, settings->direct_url, "dbname");
    manifest->at = time(NULL);
    manifest->who = wish->who ? wish->who : "";
    manifest->note = wish->note ? wish->note : "";
    manifest->origin = wish->origin ? wish->origin : "made";
    manifest->database = database ? database : conninfo_part(context, settings->direct_url, "user");
    manifest->models = models_digest(manifest, schema);
    return manifest;
}

/* --- The run ------------------------------------------------------------------------------------------------------ */

static const char facts_sql[] = "SELECT pg_export_snapshot() AS snapshot, "
                                "split_part(current_setting('server_version'), ' ', 1) AS version,"
                                " to_regclass('public.roster_revision') IS NOT NULL AS has_history";

/* The revisions that no other applied one follows. */
static const char heads_sql[] =
    "SELECT coalesce(string_agg(id, ' ' ORDER BY id), '') AS heads FROM public.roster_revision r"
    " WHERE NOT EXISTS (SELECT FROM public.roster_revision n WHERE r.id = ANY (string_to_array(n.parents, ' "
    "')))";

/* A snapshot lives as long as the transaction that told of it, which must not be ended for being idle. */
static struct error *open_snapshot(struct maker *maker, const char **snapshot)
{
    struct connection *connection = maker->connection;
    TRY(connection_execute(connection, "SET idle_in_transaction_session_timeout = 0"));
    TRY(connection_execute(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    struct query *facts = query_add(connection, sql_new(connection, facts_sql));
    TRY(query_run(connection));
    *snapshot = query_field(facts, 0, "snapshot");
    maker->manifest->server_version = query_field(facts, 0, "version");
    maker->manifest->revision = "";
    if (!query_true(facts, 0, "has_history"))
        return NULL;
    struct query *heads = query_add(connection, sql_new(connection, heads_sql));
    TRY(query_run(connection));
    maker->manifest->revision = query_field(heads, 0, "heads");
    return NULL;
}

/* Of the size that the newest backup has. */
static void show_growth(void *argument)
{
    const struct maker *maker = argument;
    struct stat status;
    if (maker->expected <= 0 || stat(maker->draft->path, &status) != 0)
        return;
    const long long percent = AT_DUMP + status.st_size * (AT_HASH - AT_DUMP) / maker->expected;
    progress_percent(percent < AT_HASH ? (int)percent : AT_HASH);
}

/* Compressing is most of pg_dump's work. This level takes two thirds of the time that its own (6) takes, for an archive
 * that is 3 % larger; what the manifest costs beside it is less than that. */
#define COMPRESS "--compress=5"

/* While pg_dump writes, the tables are read once more for the manifest, on the other processor. */
static struct error *dump(struct maker *maker, const struct settings *settings, const char *snapshot)
{
    const char *const words[] = { "--format=custom",
                                  COMPRESS,
                                  memory_printf(maker->context, "--snapshot=%s", snapshot),
                                  "--no-password",
                                  "--lock-wait-timeout=60s",
                                  memory_printf(maker->context, "--file=%s", maker->draft->path),
                                  NULL };
    struct tool tool = { .path = maker->pg_dump, .words = words, .conninfo = settings->dump_url };
    TRY(tool_start(maker->context, &tool));
    struct error *error = fingerprint_read(maker->context, maker->connection, &maker->manifest->content);
    if (error) {
        tool_end(&tool);
        return stop_wanted() ? stop_check(maker->context) : error;
    }
    return tool_finish(maker->context, &tool, show_growth, maker, NULL);
}

static struct error *with_hint(struct error *error)
{
    static const char *const full[] = { "No space left", "File too large", "Disk quota", "size of files" };
    for (size_t i = 0; error && !error->hint && i < sizeof full / sizeof *full; i++)
        if (strstr(error->message, full[i]))
            error->hint = "the disk is full, or a limit is reached; what was written of this backup is "
                          "removed, and the "
                          "others are untouched: make room (roster prune --dry-run), and try again";
    return error;
}

static struct error *make(struct maker *maker, const struct settings *settings)
{
    const char *snapshot;
    TRY(stop_cancels(maker->connection));
    TRY(open_snapshot(maker, &snapshot));
    progress_part("writing the archive \"%s\"", maker->draft->name);
    progress_percent(AT_DUMP);
    TRY(with_hint(dump(maker, settings, snapshot)));
    TRY(connection_execute(maker->connection, "COMMIT"));
    TRY(stop_cancels(NULL));
    TRY(stop_check(maker->context));
    progress_percent(AT_HASH);
    progress_part("computing its SHA-256");
    TRY(backup_draft_keep(maker->draft, maker->manifest));
    progress_percent(AT_END);
    return NULL;
}

static long long newest_size(const void *context, const struct settings *settings)
{
    struct backup *backups;
    size_t count;
    if (backup_list(context, settings, &backups, &count))
        return 0;
    for (size_t i = 0; i < count; i++)
        if (backups[i].manifest && backups[i].state != BACKUP_DAMAGED && backup_is_own(&backups[i]))
            return backups[i].manifest->size;
    return 0;
}

struct error *backup_make(const void *context, const struct settings *settings, const struct schema *schema,
                          const struct backup_wish *wish, const char **name)
{
    PGconn *handle;
    struct maker maker = { .context = context };
    maker.connection = connection_new(context, settings, CONNECTION_DIRECT, "roster backup");
    TRY(connection_handle(maker.connection, &handle));
    const int version = PQserverVersion(handle);
    maker.manifest = manifest_new(context, settings, schema, wish);
    TRY(tool_find(context, "pg_dump", version, &maker.pg_dump, &maker.manifest->tool_version));
    TRY(stop_check(context));
    maker.expected = newest_size(context, settings);
    TRY(backup_draft_open(context, settings,
                          make_name(context, maker.manifest->database, (time_t)maker.manifest->at),
                          &maker.draft));
    struct error *error = make(&maker, settings);
    if (!error)
        *name = memory_copy(context, maker.draft->name);
    talloc_free(maker.draft);
    if (error)
        transaction_rollback(maker.connection);
    return error;
}
