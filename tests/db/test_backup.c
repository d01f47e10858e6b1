/* Backups and restores: what is in them, when they count as good, and what a restore leaves. */
#include "safety.h"

#include "../../db/archive.h"
#include "../../db/conninfo.h"
#include "../../db/durable.h"
#include "../../db/health.h"
#include "../../db/restore.h"

static struct safety safety;

static void setup(void)
{
    safety_open(&safety);
}

static void teardown(void)
{
    safety_close(&safety);
}

static struct backup *find(const char *name)
{
    struct backup *backup;
    ck_ok(backup_find(safety.context, safety.settings, name, &backup));
    return backup;
}

static void change_rows(void)
{
    safety_sql(&safety, "DELETE FROM thread; UPDATE team SET description = 'changed'");
}

static void refused(const struct error *error, enum error_code code, const char *words)
{
    ck_assert_msg(error != NULL, "not refused: %s", words);
    ck_assert_msg(strstr(error->message, words) != NULL, "\"%s\" is not in: %s", words, error->message);
    ck_assert_int_eq(error->code, code);
}

static void copy_file(const char *from, const char *to)
{
    char buffer[65536];
    size_t length;
    FILE *in = fopen(from, "r"), *out = fopen(to, "w");
    ck_assert(in && out);
    while ((length = fread(buffer, 1, sizeof buffer, in)) > 0)
        ck_assert_uint_eq(fwrite(buffer, 1, length, out), length);
    fclose(in);
    fclose(out);
}

START_TEST(the_manifest_tells_what_is_in_it)
{
    const struct fingerprint is = safety_look(&safety);
    const struct backup *backup = find(safety_backup(&safety));
    const struct manifest *manifest = backup->manifest;
    ck_assert_int_eq(backup->state, BACKUP_UNVERIFIED);
    ck_assert_ptr_null(fingerprint_difference(safety.context, &manifest->content, &is));
    ck_assert_int_gt(fingerprint_rows(&manifest->content), 50);
    ck_assert_str_eq(manifest->revision,
                     safety_one(&safety, "SELECT id FROM roster_revision r WHERE NOT EXISTS"
                                         " (SELECT FROM roster_revision n WHERE n.parents ~ r.id)"));
    ck_assert_str_eq(manifest->who, "tester");
    ck_assert_str_eq(manifest->note, "of a test");
    ck_assert_uint_eq(strlen(manifest->sha256), 64);
    ck_assert_uint_eq(strlen(manifest->models), 64);
    ck_assert_ptr_nonnull(strchr(manifest->server_version, '.'));
    ck_assert_ptr_nonnull(strchr(manifest->tool_version, '.'));
    ck_assert_int_eq(safety_files(&safety, ".part"), 0);
}
END_TEST

/* Rows that are written while the dump runs are in neither. */
START_TEST(rows_are_counted_in_the_snapshot_that_is_dumped)
{
    struct backup_proof proof;
    struct connection *writer = safety_connect(&safety);
    ck_ok(connection_execute(writer, "CREATE TABLE busy (n int); INSERT INTO busy VALUES (1)"));
    pid_t child = fork();
    if (child == 0) {
        struct connection *own = safety_connect(&safety);
        for (;;)
            if (connection_execute(own, "INSERT INTO busy SELECT generate_series(1, 50)"))
                _exit(1);
    }
    const char *name = safety_backup(&safety);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    ck_ok(backup_verify(safety.context, safety.settings, name, "tester", &proof));
    ck_assert_int_eq(find(name)->state, BACKUP_VERIFIED);
}
END_TEST

START_TEST(it_is_verified_by_restoring_it)
{
    struct backup_proof proof;
    const char *name = safety_backup(&safety);
    ck_ok(backup_verify(safety.context, safety.settings, name, "prover", &proof));
    const struct backup *backup = find(name);
    ck_assert_int_eq(backup->state, BACKUP_VERIFIED);
    ck_assert_str_eq(backup->checked_by, "prover");
    ck_assert_int_eq(proof.rows, fingerprint_rows(&backup->manifest->content));
    ck_assert_int_eq(backup->checked_rows, proof.rows);
    ck_assert_str_eq(safety_one(&safety, "SELECT count(*) FROM pg_database WHERE datname ~ '^roster_trial_'"
                                         " AND split_part(datname, '_', 4) = pg_backend_pid()::text"),
                     "0");
}
END_TEST

/* The archive is whole, its SHA-256 right, but it does not hold the rows that its manifest tells of. */
START_TEST(what_lacks_rows_is_not_good_and_not_restored)
{
    struct backup_proof proof;
    struct restore_outcome outcome;
    const struct backup *backup = find(safety_backup(&safety));
    struct manifest manifest = *backup->manifest;
    for (size_t i = 0; i < manifest.content.count; i++)
        manifest.content.tables[i].rows += strcmp(manifest.content.tables[i].name, "member") == 0;
    const char *path = memory_printf(safety.context, "%s/backups/%s.json", safety.folder, backup->name);
    ck_ok(manifest_write(safety.context, path, &manifest));
    const struct fingerprint before = safety_look(&safety);
    refused(restore_run(safety.context, safety.settings, backup->name, "tester", &outcome), ERROR_DAMAGED,
            "table member has");
    refused(backup_verify(safety.context, safety.settings, backup->name, "tester", &proof), ERROR_DAMAGED,
            "table member has");
    ck_assert_int_eq(find(backup->name)->state, BACKUP_DAMAGED);
    refused(restore_run(safety.context, safety.settings, backup->name, "tester", &outcome), ERROR_DAMAGED,
            "is damaged");
    safety_same(&safety, &before);
    ck_assert_str_eq(safety_databases(&safety), "0");
}
END_TEST

/* Another version hashes values and writes definitions in its own way: there the rows are counted. */
START_TEST(what_another_version_made_is_compared_by_its_rows)
{
    struct restore_outcome outcome;
    const struct backup *backup = find(safety_backup(&safety));
    struct manifest manifest = *backup->manifest;
    const char *path = memory_printf(safety.context, "%s/backups/%s.json", safety.folder, backup->name);
    manifest.content.shape = "of another version";
    for (size_t i = 0; i < manifest.content.count; i++)
        manifest.content.tables[i].digest = "of another version";
    ck_ok(manifest_write(safety.context, path, &manifest));
    refused(restore_run(safety.context, safety.settings, backup->name, "tester", &outcome), ERROR_DAMAGED,
            "the values in table");
    manifest.server_version = "14.9";
    ck_ok(manifest_write(safety.context, path, &manifest));
    ck_ok(restore_run(safety.context, safety.settings, backup->name, "tester", &outcome));
    manifest.content.tables[3].rows++;
    ck_ok(manifest_write(safety.context, path, &manifest));
    refused(restore_run(safety.context, safety.settings, backup->name, "tester", &outcome), ERROR_DAMAGED,
            "rows instead of");
}
END_TEST

START_TEST(a_changed_value_is_noticed)
{
    struct fingerprint before = safety_look(&safety), after;
    safety_sql(&safety,
               "UPDATE member SET backstory = backstory || ' ' WHERE id = (SELECT min(id) FROM member)");
    after = safety_look(&safety);
    ck_assert_str_eq(fingerprint_difference(safety.context, &after, &before),
                     "the values in table member differ");
    safety_sql(&safety, "UPDATE member SET backstory = rtrim(backstory)");
    safety_sql(&safety, "CREATE INDEX extra ON member (role)");
    after = safety_look(&safety);
    ck_assert_str_eq(fingerprint_difference(safety.context, &after, &before),
                     "columns, constraints or indexes differ");
}
END_TEST

START_TEST(a_restore_brings_everything_back_and_keeps_what_was)
{
    struct restore_outcome outcome;
    const struct fingerprint then = safety_look(&safety);
    const char *name = safety_backup(&safety);
    change_rows();
    const struct fingerprint changed = safety_look(&safety);
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
    safety_same(&safety, &then);
    ck_assert_ptr_nonnull(outcome.kept);
    ck_assert_ptr_null(outcome.advice);
    ck_assert_str_eq(safety_databases(&safety), "1");
    ck_ok(restore_undo(safety.context, safety.settings, NULL, "tester", &outcome));
    safety_same(&safety, &changed);
    ck_ok(restore_undo(safety.context, safety.settings, outcome.kept, "tester", &outcome));
    safety_same(&safety, &then);
}
END_TEST

START_TEST(sign_ins_do_not_come_back_to_life)
{
    struct restore_outcome outcome;
    safety_sql(&safety, "INSERT INTO session (token_hash, user_id, expires_at)"
                        " SELECT repeat('a', 64), min(id), now() + interval '1 day' FROM \"user\"");
    const char *name = safety_backup(&safety);
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
    ck_assert_str_eq(safety_one(&safety, "SELECT count(*) FROM session"), "0");
}
END_TEST

static const char *let_somebody_in(void)
{
    return memory_printf(safety.context, "INSERT INTO session (token_hash, user_id, expires_at)"
                         " SELECT repeat('%1$c', 64), min(id), now() + interval '1 day' FROM \"user\";"
                         " INSERT INTO password_reset (token_hash, user_id, expires_at)"
                         " SELECT repeat('%1$c', 64), min(id), now() + interval '1 day' FROM \"user\"", 'b');
}

static void nobody_is_in(void)
{
    ck_assert_str_eq(safety_one(&safety, "SELECT (SELECT count(*) FROM session) + (SELECT count(*) FROM password_reset)"), "0");
}

/* Neither from the backup nor from the database that was put aside. */
START_TEST(going_back_ends_sign_ins_too)
{
    struct restore_outcome outcome;
    safety_sql(&safety, let_somebody_in());
    const char *name = safety_backup(&safety);
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
    nobody_is_in();
    safety_sql(&safety, "UPDATE team SET description = 'since then'");
    ck_ok(restore_undo(safety.context, safety.settings, NULL, "tester", &outcome));
    nobody_is_in();
    ck_assert_ptr_null(outcome.advice);
    ck_assert_str_eq(safety_one(&safety, "SELECT count(*) FROM team WHERE description = 'since then'"), "0");
}
END_TEST

/* A database that was put aside under older rules serves under those of now. */
START_TEST(going_back_applies_the_rules_of_access)
{
    struct restore_outcome outcome;
    const char *name = safety_backup(&safety);
    safety_sql(&safety, "ALTER TABLE team DISABLE ROW LEVEL SECURITY");
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
    ck_ok(restore_undo(safety.context, safety.settings, NULL, "tester", &outcome));
    ck_assert_str_eq(safety_one(&safety, "SELECT relrowsecurity FROM pg_class WHERE oid = 'team'::regclass"), "t");
}
END_TEST

static const char *last_line_of_audit(void)
{
    return safety_one(&safety, "SELECT action || ' | ' || who || ' | ' || subject FROM audit ORDER BY id DESC LIMIT 1");
}

/* The line about its start is in the database that goes out of use. */
START_TEST(the_audit_of_the_database_that_comes_tells_of_it)
{
    struct restore_outcome outcome, back;
    const char *name = safety_backup(&safety);
    ck_ok(restore_run(safety.context, safety.settings, name, "restorer", &outcome));
    ck_assert_str_eq(last_line_of_audit(), memory_printf(safety.context, "database restored | restorer | %s; the earlier"
                                                         " database is kept as %s", name, outcome.kept));
    ck_ok(restore_undo(safety.context, safety.settings, NULL, "somebody else", &back));
    ck_assert_str_eq(last_line_of_audit(), memory_printf(safety.context, "earlier database put back | somebody else | %s; the"
                                                         " earlier database is kept as %s", outcome.kept, back.kept));
    ck_ok(restore_drop_kept(safety.context, safety.settings, back.kept, "third"));
    ck_assert_str_eq(last_line_of_audit(), memory_printf(safety.context, "earlier database deleted | third | %s", back.kept));
    refused(restore_drop_kept(safety.context, safety.settings, back.kept, "third"), ERROR_NOT_FOUND, "no earlier database");
    ck_assert_str_eq(safety_databases(&safety), "0");
}
END_TEST

static const struct settings *beside(void)
{
    return databases_settings(safety.context, safety.settings, "postgres");
}

/* In the place of the test's own from here on. */
static void rename_database(const char *name)
{
    const char *now = conninfo_part(safety.context, safety.settings->direct_url, "dbname");
    scratch_command(beside(), memory_printf(safety.context, "ALTER DATABASE %s RENAME TO %s",
                                          sql_quote_name(safety.context, now), sql_quote_name(safety.context, name)));
    const char *folder = safety.settings->var;
    safety.settings = databases_settings(safety.context, safety.settings, name);
    safety.settings->var = folder;
}

static size_t count_kept(const struct settings *settings)
{
    struct databases *databases;
    struct databases_kept *kept;
    size_t count;
    ck_ok(databases_open(safety.context, settings, CONNECTION_DIRECT, &databases));
    ck_ok(databases_list_kept(databases, &kept, &count));
    talloc_free(databases);
    return count;
}

/* Byte 40 is in the middle of a letter, and so is byte 31. */
START_TEST(a_long_name_is_cut_at_a_letter)
{
    struct restore_outcome outcome;
    rename_database(memory_printf(safety.context, "t%06d_ääääääääääääxääääääää", (int)getpid() % 1000000));
    const char *name = safety_backup(&safety);
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
    ck_assert_uint_eq(count_kept(safety.settings), 1);
    ck_ok(restore_undo(safety.context, safety.settings, outcome.kept, "tester", &outcome));
    ck_assert_uint_eq(count_kept(safety.settings), 1);
}
END_TEST

/* Going back must never lead to another site's data. */
START_TEST(names_that_begin_alike_are_kept_apart)
{
    struct restore_outcome outcome;
    const char *first = memory_printf(safety.context, "roster_test_%010d_of_a_very_long_name", (int)getpid());
    const char *one = memory_printf(safety.context, "%s_one", first), *two = memory_printf(safety.context, "%s_two", first);
    const char *earlier = memory_printf(safety.context, "%.40s_before_20260101_000000", one);
    ck_assert_uint_ge(strlen(first), 40);
    rename_database(one);
    const char *name = safety_backup(&safety);
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
    ck_assert_uint_eq(count_kept(safety.settings), 1);
    const struct settings *other = databases_settings(safety.context, safety.settings, two);
    ck_assert_uint_eq(count_kept(other), 0);
    /* What an earlier version kept is this one's as long as there is no other. */
    scratch_command(beside(), memory_printf(safety.context, "CREATE DATABASE %s", earlier));
    ck_assert_uint_eq(count_kept(safety.settings), 2);
    scratch_command(beside(), memory_printf(safety.context, "CREATE DATABASE %s", two));
    ck_assert_uint_eq(count_kept(safety.settings), 1);
    ck_assert_uint_eq(count_kept(other), 0);
    scratch_command(beside(), memory_printf(safety.context, "DROP DATABASE %s", two));
    ck_assert_uint_eq(count_kept(safety.settings), 2);
}
END_TEST

START_TEST(settings_and_rights_of_the_database_stay)
{
    struct restore_outcome outcome;
    const char *name = conninfo_part(safety.context, safety.settings->direct_url, "dbname");
    const char *acl =
        memory_printf(safety.context,
                      "SELECT (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM"
                      " unnest(datacl) a) || datconnlimit || (SELECT setconfig::text FROM pg_db_role_setting"
                      " WHERE setdatabase = d.oid) || pg_encoding_to_char(encoding) || datcollate"
                      " || coalesce(daticulocale, '') FROM pg_database d WHERE datname = '%s'",
                      name);
    safety_sql(&safety, memory_printf(safety.context,
                                      "REVOKE CONNECT ON DATABASE \"%1$s\" FROM PUBLIC;"
                                      "GRANT CONNECT ON DATABASE \"%1$s\" TO pg_monitor;"
                                      "ALTER DATABASE \"%1$s\" CONNECTION LIMIT 40;"
                                      "ALTER DATABASE \"%1$s\" SET search_path TO public, pg_catalog;"
                                      "ALTER DATABASE \"%1$s\" SET work_mem TO '8MB'",
                                      name));
    const char *before = safety_one(&safety, acl);
    ck_ok(restore_run(safety.context, safety.settings, safety_backup(&safety), "tester", &outcome));
    ck_assert_str_eq(safety_one(&safety, acl), before);
}
END_TEST

START_TEST(rights_on_tables_come_back)
{
    struct restore_outcome outcome;
    safety_sql(&safety, "GRANT SELECT ON team TO pg_monitor");
    ck_ok(restore_run(safety.context, safety.settings, safety_backup(&safety), "tester", &outcome));
    ck_assert_str_eq(safety_one(&safety, "SELECT has_table_privilege('pg_monitor', 'team', 'SELECT')"), "t");
}
END_TEST

START_TEST(a_missing_database_can_be_restored)
{
    struct restore_outcome outcome;
    struct databases *databases;
    const struct fingerprint then = safety_look(&safety);
    const char *name = safety_backup(&safety);
    ck_ok(databases_open(safety.context, safety.settings, CONNECTION_DIRECT, &databases));
    ck_ok(databases_drop(databases, databases->name));
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
    ck_assert_ptr_null(outcome.kept);
    safety_same(&safety, &then);
}
END_TEST

START_TEST(an_open_session_does_not_keep_it_from_being_swapped)
{
    struct restore_outcome outcome;
    struct connection *busy = safety_connect(&safety);
    const char *name = safety_backup(&safety);
    ck_ok(connection_execute(busy, "BEGIN; UPDATE team SET description = 'never committed'"));
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
    ck_assert_ptr_nonnull(connection_execute(busy, "COMMIT"));
    ck_assert_str_eq(safety_one(&safety, "SELECT count(*) FROM team WHERE description = 'never committed'"),
                     "0");
}
END_TEST

START_TEST(a_superusers_session_in_the_way_is_named)
{
    struct restore_outcome outcome;
    const char *database = conninfo_part(safety.context, safety.settings->direct_url, "dbname");
    struct settings super = *safety.settings;
    super.direct_url = conninfo_with_database(safety.context, safety.settings->direct_url, database);
    const char *url;
    ck_ok(conninfo_read(safety.context, "test", getenv("DATABASE_SUPERUSER_URL"), &url));
    super.direct_url = conninfo_with_database(safety.context, url, database);
    struct connection *holder = connection_new(safety.context, &super, CONNECTION_DIRECT, "a dump by hand");
    const char *name = safety_backup(&safety);
    const struct fingerprint before = safety_look(&safety);
    ck_ok(connection_open(holder));
    refused(restore_run(safety.context, safety.settings, name, "tester", &outcome), ERROR_UNAVAILABLE,
            "a dump by hand");
    talloc_free(holder);
    safety_same(&safety, &before);
    ck_assert_str_eq(safety_databases(&safety), "0");
}
END_TEST

/* As the server's superuser, in the database of that name; not connected yet. */
static struct connection *superuser_in(const char *database, const char *name)
{
    const char *url;
    struct settings *super = NEW(safety.context, struct settings);
    *super = *safety.settings;
    ck_ok(conninfo_read(safety.context, "test", getenv("DATABASE_SUPERUSER_URL"), &url));
    super->direct_url = conninfo_with_database(safety.context, url, database);
    return connection_new(safety.context, super, CONNECTION_DIRECT, name);
}

/* A restore leaves a database that somebody is signed in to; its name. */
static const char *put_one_aside(void)
{
    struct restore_outcome outcome;
    safety_sql(&safety, let_somebody_in());
    ck_ok(restore_run(safety.context, safety.settings, safety_backup(&safety), "tester", &outcome));
    return outcome.kept;
}

/* Of the database that was put aside: how many are signed in, and lines of its audit that tell of a return. */
static const char *look_aside(const char *kept)
{
    struct connection *connection = superuser_in(kept, "roster test");
    const char *found = memory_copy(safety.context, query_text(scratch_query(connection,
        "SELECT (SELECT count(*) FROM session) || ' and ' || (SELECT count(*) FROM audit WHERE action = '" AUDIT_PUT_BACK "')"),
        0, 0));
    talloc_free(connection);
    return found;
}

/* Where that can be known, before anything is written to the database that was to come. */
START_TEST(going_back_is_refused_before_it_writes)
{
    struct restore_outcome outcome;
    const char *kept = put_one_aside(), *site = conninfo_part(safety.context, safety.settings->direct_url, "dbname");
    const char *const places[] = { site, kept };
    for (int i = 0; i < 2; i++) {
        struct connection *holder = superuser_in(places[i], "a dump by hand");
        ck_ok(connection_open(holder));
        struct error *error = restore_undo(safety.context, safety.settings, kept, "tester", &outcome);
        refused(error, ERROR_UNAVAILABLE, "a dump by hand");
        ck_assert_ptr_nonnull(strstr(error->message, "Nothing was changed"));
        talloc_free(holder);
        ck_assert_str_eq(look_aside(kept), "1 and 0");
    }
    struct connection *super = superuser_in("postgres", "roster test");
    ck_ok(connection_execute(super, memory_printf(safety.context, "ALTER DATABASE %s OWNER TO postgres", kept)));
    refused(restore_undo(safety.context, safety.settings, kept, "tester", &outcome), ERROR_REFUSED, "belongs to \"postgres\"");
    ck_assert_str_eq(look_aside(kept), "1 and 0");
    ck_ok(connection_execute(super, memory_printf(safety.context, "ALTER DATABASE %s OWNER TO roster", kept)));
    ck_ok(restore_undo(safety.context, safety.settings, kept, "tester", &outcome));
}
END_TEST

/* A superuser comes while the database is prepared: its last line waits until then. */
START_TEST(a_return_that_fails_late_leaves_no_line_of_it)
{
    const char *kept = put_one_aside(), *site = conninfo_part(safety.context, safety.settings->direct_url, "dbname");
    struct connection *aside = superuser_in(kept, "roster test"), *holder = superuser_in(site, "a dump by hand");
    ck_ok(connection_execute(aside, memory_printf(safety.context,
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = '%s' AND usename = 'postgres') LOOP"
        " PERFORM pg_sleep(0.05), pg_stat_clear_snapshot(); END LOOP; RETURN NEW; END $$;"
        " CREATE TRIGGER wait AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION wait()", site)));
    talloc_free(aside);
    aside = superuser_in("postgres", "roster test");
    const char *const words[] = { "restore", "--undo", kept, NULL };
    const pid_t child = safety_start(&safety, words);
    const char *waiting = memory_printf(safety.context, "SELECT count(*) FROM pg_stat_activity WHERE datname = '%s'"
                                                        " AND wait_event = 'PgSleep'", kept);
    while (strcmp(query_text(scratch_query(aside, waiting), 0, 0), "0") == 0)
        usleep(20000);
    ck_ok(connection_open(holder));
    ck_assert_int_eq(safety_wait(&safety, child), 8);
    safety_said(&safety, "a dump by hand");
    safety_said(&safety, "The site's database is as it was");
    safety_said(&safety, "its sign-ins are ended");
    ck_assert_ptr_null(strstr(safety.output, "othing was changed"));
    talloc_free(holder);
    ck_assert_str_eq(look_aside(kept), "0 and 0");
}
END_TEST

START_TEST(a_role_that_may_not_create_databases_is_told)
{
    struct restore_outcome outcome;
    const char *url, *name = safety_backup(&safety);
    struct settings super = *safety.settings;
    ck_ok(conninfo_read(safety.context, "test", getenv("DATABASE_SUPERUSER_URL"), &url));
    super.direct_url = url;
    scratch_command(&super, "DROP ROLE IF EXISTS roster_test_plain");
    scratch_command(&super, "CREATE ROLE roster_test_plain LOGIN");
    struct settings plain = *safety.settings;
    plain.direct_url =
        memory_printf(safety.context, "%s user='roster_test_plain'", safety.settings->direct_url);
    struct error *error = restore_run(safety.context, &plain, name, "tester", &outcome);
    scratch_command(&super, "DROP ROLE roster_test_plain");
    refused(error, ERROR_REFUSED, "ALTER ROLE \"roster_test_plain\" CREATEDB");
}
END_TEST

START_TEST(a_running_migration_keeps_a_restore_away)
{
    struct restore_outcome outcome;
    const char *name = safety_backup(&safety);
    struct connection *migration =
        connection_new(safety.context, safety.settings, CONNECTION_DIRECT, "roster migrate");
    scratch_query(migration, "SELECT pg_advisory_lock(125822037714290)");
    refused(restore_run(safety.context, safety.settings, name, "tester", &outcome), ERROR_REFUSED,
            "\"roster migrate\" is changing");
    ck_assert_str_eq(safety_databases(&safety), "0");
}
END_TEST

START_TEST(an_archive_from_elsewhere_is_taken_over)
{
    struct backup_proof proof;
    const struct backup_wish wish = { .who = "importer" };
    const char *name = safety_backup(&safety), *imported, *again;
    const char *file = memory_printf(safety.context, "%s/other.dump", safety.folder);
    copy_file(find(name)->path, file);
    ck_ok(backup_import(safety.context, safety.settings, file, &wish, &imported));
    const struct backup *backup = find(imported);
    ck_assert_int_eq(backup->state, BACKUP_UNVERIFIED);
    ck_assert_str_eq(backup->manifest->origin, "imported");
    ck_assert_str_eq(backup->manifest->who, "importer");
    ck_assert_uint_eq(backup->manifest->content.count, 0);
    ck_assert_str_eq(backup->manifest->server_version, find(name)->manifest->server_version);
    ck_ok(backup_verify(safety.context, safety.settings, imported, "tester", &proof));
    ck_assert(!proof.compared);
    ck_assert_int_eq(find(imported)->state, BACKUP_RESTORABLE);
    /* With the manifest beside it, it knows its rows; and its name is taken. */
    copy_file(memory_printf(safety.context, "%s/backups/%s.json", safety.folder, name),
              memory_printf(safety.context, "%s/other.json", safety.folder));
    ck_ok(backup_import(safety.context, safety.settings, file, &wish, &again));
    ck_assert_str_eq(again, memory_printf(safety.context, "%s-2", name));
    ck_assert_int_gt(fingerprint_rows(&find(again)->manifest->content), 50);
    ck_assert_str_eq(find(again)->manifest->who, "tester");
    ck_ok(backup_verify(safety.context, safety.settings, again, "tester", &proof));
    ck_assert_int_eq(find(again)->state, BACKUP_VERIFIED);
}
END_TEST

static const struct health *look_at_health(void)
{
    struct health *health = health_new(safety.context, safety.settings);
    health_look_at_backups(health);
    return health;
}

static const char *fact_about_backups(void)
{
    const struct health *health = look_at_health();
    for (size_t i = 0; i < health->fact_count; i++)
        if (strcmp(health->facts[i].what, "backups") == 0)
            return health->facts[i].text;
    return "";
}

/* Another site's backup, or one of last year, is none of this site's. */
START_TEST(imported_ones_are_neither_fresh_nor_let_others_go)
{
    struct backup_proof proof;
    const struct backup_wish wish = { .who = "importer" };
    const char *name = safety_backup(&safety), *imported;
    const char *file = memory_printf(safety.context, "%s/other.dump", safety.folder);
    copy_file(find(name)->path, file);
    copy_file(memory_printf(safety.context, "%s/backups/%s.json", safety.folder, name),
              memory_printf(safety.context, "%s/other.json", safety.folder));
    ck_ok(backup_delete(safety.context, safety.settings, name));
    ck_ok(backup_import(safety.context, safety.settings, file, &wish, &imported));
    ck_ok(backup_verify(safety.context, safety.settings, imported, "tester", &proof));
    ck_assert_int_eq(find(imported)->state, BACKUP_VERIFIED);
    ck_assert(!look_at_health()->backup_fresh);
    ck_assert_str_eq(fact_about_backups(), "all were imported, none was made here: roster backup --verify");
    name = safety_backup(&safety);
    ck_assert(!look_at_health()->backup_fresh);
    ck_ok(backup_verify(safety.context, safety.settings, name, "tester", &proof));
    ck_assert(look_at_health()->backup_fresh);
}
END_TEST

/* An archive of a year ago is a year old, also without its manifest. The date stands behind the magic, the version and the sizes
 * of numbers, each number of it a sign and four bytes: 11 bytes, then compression, seconds, minutes, hours, day, month, year. */
START_TEST(without_its_manifest_an_archive_tells_its_age)
{
    enum { HEAD = 11, NUMBER = 5, YEAR = 6 };
    const struct backup_wish wish = { .who = "importer" };
    const char *name = safety_backup(&safety), *imported;
    const char *file = memory_printf(safety.context, "%s/other.dump", safety.folder);
    copy_file(find(name)->path, file);
    FILE *archive = fopen(file, "r+");
    ck_assert_ptr_nonnull(archive);
    const long place = HEAD + YEAR * NUMBER + 1;
    ck_assert_int_eq(fseek(archive, place, SEEK_SET), 0);
    const int year = fgetc(archive);
    ck_assert_int_eq(fseek(archive, place, SEEK_SET), 0);
    fputc(year - 1, archive);
    fclose(archive);
    ck_ok(backup_import(safety.context, safety.settings, file, &wish, &imported));
    const long long age = find(name)->manifest->at - find(imported)->manifest->at;
    ck_assert_msg(age > 364LL * 86400 && age < 367LL * 86400, "%lld s", age);
}
END_TEST

START_TEST(an_archive_that_was_cut_off_is_not_taken)
{
    struct stat status;
    const struct backup_wish wish = { .who = "importer" };
    const char *imported, *file = memory_printf(safety.context, "%s/other.dump", safety.folder);
    copy_file(find(safety_backup(&safety))->path, file);
    ck_assert_int_eq(stat(file, &status), 0);
    ck_assert_int_eq(truncate(file, status.st_size - 200), 0);
    refused(backup_import(safety.context, safety.settings, file, &wish, &imported), ERROR_DAMAGED, "to its end");
    ck_assert_int_eq(safety_files(&safety, ".dump"), 1);
}
END_TEST

/* Its SHA-256 is that of the bytes that came: the proof finds out, and says so from then on. */
START_TEST(a_proof_that_fails_for_the_archive_is_written)
{
    struct stat status;
    struct backup_proof proof;
    const struct backup *backup = find(safety_backup(&safety));
    struct manifest manifest = *backup->manifest;
    ck_assert_int_eq(stat(backup->path, &status), 0);
    ck_assert_int_eq(truncate(backup->path, status.st_size - 200), 0);
    ck_ok(durable_sha256(safety.context, backup->path, &manifest.sha256, &manifest.size));
    ck_ok(manifest_write(safety.context, memory_printf(safety.context, "%s/backups/%s.json", safety.folder, backup->name),
                         &manifest));
    refused(backup_verify(safety.context, safety.settings, backup->name, "tester", &proof), ERROR_DAMAGED, "to its end");
    ck_assert_int_eq(find(backup->name)->state, BACKUP_DAMAGED);
    ck_assert_ptr_nonnull(strstr(find(backup->name)->problem, "to its end"));
}
END_TEST

/* Copied by root with mode 0600, for one: it may be as good as ever. */
START_TEST(what_may_not_be_read_is_not_called_damaged)
{
    struct backup_proof proof;
    const char *folder = memory_printf(safety.context, "%s/backups", safety.folder), *name = safety_backup(&safety);
    const char *path = find(name)->path, *manifest = memory_printf(safety.context, "%s/%s.json", folder, name);
    ck_assert_int_eq(chmod(safety.folder, 0755) + chmod(folder, 0755) + chmod(manifest, 0644) + chmod(path, 0), 0);
    const uid_t me = geteuid();
    ck_assert_int_eq(me == 0 ? seteuid(65534) : 0, 0);
    const struct backup *unreadable = find(name);
    struct error *unverified = backup_verify(safety.context, safety.settings, name, "tester", &proof);
    ck_assert_int_eq(me == 0 ? seteuid(me) : 0, 0);
    ck_assert_int_eq(unreadable->state, BACKUP_UNREADABLE);
    ck_assert_ptr_nonnull(strstr(unreadable->problem, "Permission denied; hand it to the user that the site runs as: chown -R "));
    refused(unverified, ERROR_USAGE, "cannot be read");
    ck_assert_int_eq(chmod(path, 0600) + chmod(manifest, 0), 0);
    ck_assert_int_eq(me == 0 ? seteuid(65534) : 0, 0);
    unreadable = find(name);
    ck_assert_ptr_nonnull(strstr(fact_about_backups(), "1 of 1 cannot be read"));
    ck_assert_int_eq(me == 0 ? seteuid(me) : 0, 0);
    ck_assert_int_eq(unreadable->state, BACKUP_UNREADABLE);
    ck_assert_int_eq(chmod(manifest, 0600), 0);
    ck_ok(backup_verify(safety.context, safety.settings, name, "tester", &proof));
}
END_TEST

START_TEST(what_is_no_backup_of_this_program_is_not_taken)
{
    const struct backup_wish wish = { .who = "importer" };
    const char *name;
    const char *file = memory_printf(safety.context, "%s/other.dump", safety.folder);
    FILE *out = fopen(file, "w");
    fputs("-- PostgreSQL database dump", out);
    fclose(out);
    refused(backup_import(safety.context, safety.settings, file, &wish, &name), ERROR_INVALID,
            "no backup of this program");
    out = fopen(file, "w");
    fputs("PGDMP and then nothing that makes sense", out);
    fclose(out);
    refused(backup_import(safety.context, safety.settings, file, &wish, &name), ERROR_INVALID, "no archive");
    safety_sql(&safety, "DROP TABLE roster_revision");
    copy_file(find(safety_backup(&safety))->path, file);
    refused(backup_import(safety.context, safety.settings, file, &wish, &name), ERROR_INVALID,
            "another program");
    ck_assert_int_eq(safety_files(&safety, ".part"), 0);
    ck_assert_int_eq(safety_files(&safety, ".dump"), 1);
}
END_TEST

START_TEST(an_import_whose_manifest_is_of_other_bytes_is_refused)
{
    const struct backup_wish wish = { .who = "importer" };
    const char *name = safety_backup(&safety), *imported;
    const char *file = memory_printf(safety.context, "%s/other.dump", safety.folder);
    copy_file(memory_printf(safety.context, "%s/backups/%s.json", safety.folder, name),
              memory_printf(safety.context, "%s/other.json", safety.folder));
    change_rows();
    copy_file(find(safety_backup(&safety))->path, file);
    refused(backup_import(safety.context, safety.settings, file, &wish, &imported), ERROR_DAMAGED, "SHA-256");
}
END_TEST

START_TEST(deleting_takes_all_its_files_and_waits_for_nobody)
{
    struct backup_proof proof;
    const char *name = safety_backup(&safety);
    void *holder = talloc_new(safety.context);
    ck_ok(backup_verify(safety.context, safety.settings, name, "tester", &proof));
    ck_ok(backup_hold(holder, find(name)));
    refused(backup_delete(safety.context, safety.settings, name), ERROR_REFUSED, "just now");
    talloc_free(holder);
    ck_ok(backup_delete(safety.context, safety.settings, name));
    ck_assert_int_eq(safety_files(&safety, ""), 2); /* . and .. */
    refused(backup_delete(safety.context, safety.settings, name), ERROR_NOT_FOUND, "there is no backup");
    refused(backup_delete(safety.context, safety.settings, "../secret_key"), ERROR_NOT_FOUND,
            "there is no backup");
}
END_TEST

/* One that is in use stays, and the others go all the same. */
START_TEST(removing_old_ones_goes_on_after_a_refusal)
{
    struct backup_proof proof;
    const char *names[5];
    void *holder = talloc_new(safety.context);
    for (size_t i = 0; i < 5; i++) {
        names[i] = safety_backup(&safety);
        struct manifest *manifest = talloc_memdup(safety.context, find(names[i])->manifest, sizeof *manifest);
        manifest->at -= (long long)(5 - i) * 3600;
        ck_ok(manifest_write(safety.context, memory_printf(safety.context, "%s/backups/%s.json", safety.folder, names[i]),
                             manifest));
    }
    ck_ok(backup_verify(safety.context, safety.settings, names[4], "tester", &proof));
    ck_ok(backup_hold(holder, find(names[2])));
    setenv("ROSTER_KEEP_LAST", "1", 1);
    setenv("ROSTER_KEEP_DAILY", "0", 1);
    setenv("ROSTER_KEEP_WEEKLY", "0", 1);
    setenv("ROSTER_KEEP_MONTHLY", "0", 1);
    ck_assert_int_eq(safety_run(&safety, "prune"), 7);
    safety_said(&safety, memory_printf(safety.context, "stays   %-36s this backup is being", names[2]));
    safety_said(&safety, memory_printf(safety.context, "removed %s", names[1]));
    safety_said(&safety, memory_printf(safety.context, "removed %s", names[0]));
    safety_said(&safety, "removed 2 of 5");
    ck_assert_int_eq(safety_files(&safety, ".dump"), 3);
}
END_TEST

START_TEST(a_way_down_is_not_gone_without_a_backup)
{
    ck_assert_int_eq(safety_run(&safety, "downgrade", "-1"), 0);
    ck_assert_int_eq(safety_files(&safety, ".dump"), 1);
    struct backup *backups;
    size_t count;
    ck_ok(backup_list(safety.context, safety.settings, &backups, &count));
    ck_assert_str_eq(backups[0].manifest->origin, "automatic");
    ck_assert_str_eq(backups[0].manifest->note, "before downgrade -1");
    ck_assert_int_eq(safety_run(&safety, "upgrade"), 0);
    ck_assert_int_eq(safety_run(&safety, "downgrade", "-1", "--no-backup"), 0);
    ck_assert_int_eq(safety_files(&safety, ".dump"), 1);
}
END_TEST

START_TEST(a_rescue_backs_up_first)
{
    struct backup *backups;
    size_t count;
    safety_sql(&safety, "DROP TABLE session");
    ck_assert_int_eq(safety_run(&safety, "rescue"), 0);
    safety_said(&safety, "backed up first, as ");
    safety_said(&safety, "created  create table session");
    ck_ok(backup_list(safety.context, safety.settings, &backups, &count));
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(backups[0].manifest->note, "before rescue");
    ck_assert_int_eq(safety_run(&safety, "rescue", "--no-backup"), 0);
    safety_said(&safety, "no backup is made by this");
    ck_assert_int_eq(safety_files(&safety, ".dump"), 1);
}
END_TEST

START_TEST(a_restored_older_revision_says_what_is_left_to_do)
{
    ck_assert_int_eq(safety_run(&safety, "downgrade", "-1", "--no-backup"), 0);
    const char *name = safety_backup(&safety);
    ck_assert_int_eq(safety_run(&safety, "upgrade"), 0);
    ck_assert_int_eq(safety_run(&safety, "restore", name), 0);
    safety_said(&safety, "run: roster upgrade head");
    safety_said(&safety, "roster restore --undo");
}
END_TEST

START_TEST(the_schedule_names_this_program_and_folder)
{
    ck_assert_int_eq(safety_run(&safety, "backup", "--schedule"), 0);
    safety_said(&safety, "OnCalendar=");
    safety_said(&safety, memory_printf(safety.context, "ROSTER_VAR=%s\n", safety.folder));
    safety_said(&safety, "roster backup --verify");
    safety_said(&safety, "30 2 * * *");
}
END_TEST

/* A timer does not have this terminal's environment, and would fail or reach another database. */
START_TEST(the_schedule_says_what_must_be_written_down_first)
{
    const char *path = memory_printf(safety.context, "%s/env", safety.folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "ROSTER_KEEP_LAST=5\n");
    fclose(file);
    setenv("ROSTER_ENV", path, 1);
    setenv("ROSTER_KEEP_LAST", "5", 1);
    ck_assert_int_eq(safety_run(&safety, "backup", "--schedule"), 0);
    safety_said(&safety, memory_printf(safety.context, "# FIRST write into %s (chmod 600)", path));
    safety_said(&safety, "\n# DATABASE_URL, DATABASE_DIRECT_URL, which only");
    /* Or the timer would remove lines of the audit that are to be kept. */
    setenv("ROSTER_AUDIT_DAYS", "0", 1);
    ck_assert_int_eq(safety_run(&safety, "backup", "--schedule"), 0);
    unsetenv("ROSTER_AUDIT_DAYS");
    safety_said(&safety, "\n# DATABASE_URL, DATABASE_DIRECT_URL, ROSTER_AUDIT_DAYS, which only");
    safety_said(&safety, memory_printf(safety.context, "Environment=ROSTER_ENV=%s\n", path));
    safety_said(&safety, memory_printf(safety.context, "&& export ROSTER_ENV='%s' ROSTER_VAR=", path));
    unsetenv("DATABASE_URL");
    unsetenv("DATABASE_DIRECT_URL");
    file = fopen(path, "a");
    fprintf(file, "DATABASE_URL=\"%s\"\n", safety.settings->direct_url);
    fclose(file);
    chmod(path, 0600);
    ck_assert_int_eq(safety_run(&safety, "backup", "--schedule"), 0);
    ck_assert_ptr_null(strstr(safety.output, "FIRST"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_manifest_tells_what_is_in_it,
        rows_are_counted_in_the_snapshot_that_is_dumped,
        it_is_verified_by_restoring_it,
        what_lacks_rows_is_not_good_and_not_restored,
        what_another_version_made_is_compared_by_its_rows,
        a_changed_value_is_noticed,
        a_restore_brings_everything_back_and_keeps_what_was,
        sign_ins_do_not_come_back_to_life,
        going_back_ends_sign_ins_too,
        going_back_applies_the_rules_of_access,
        the_audit_of_the_database_that_comes_tells_of_it,
        a_long_name_is_cut_at_a_letter,
        names_that_begin_alike_are_kept_apart,
        settings_and_rights_of_the_database_stay,
        rights_on_tables_come_back,
        a_missing_database_can_be_restored,
        an_open_session_does_not_keep_it_from_being_swapped,
        a_superusers_session_in_the_way_is_named,
        going_back_is_refused_before_it_writes,
        a_return_that_fails_late_leaves_no_line_of_it,
        a_role_that_may_not_create_databases_is_told,
        a_running_migration_keeps_a_restore_away,
        an_archive_from_elsewhere_is_taken_over,
        imported_ones_are_neither_fresh_nor_let_others_go,
        without_its_manifest_an_archive_tells_its_age,
        an_archive_that_was_cut_off_is_not_taken,
        a_proof_that_fails_for_the_archive_is_written,
        what_may_not_be_read_is_not_called_damaged,
        what_is_no_backup_of_this_program_is_not_taken,
        an_import_whose_manifest_is_of_other_bytes_is_refused,
        deleting_takes_all_its_files_and_waits_for_nobody,
        removing_old_ones_goes_on_after_a_refusal,
        a_way_down_is_not_gone_without_a_backup,
        a_rescue_backs_up_first,
        a_restored_older_revision_says_what_is_left_to_do,
        the_schedule_names_this_program_and_folder,
        the_schedule_says_what_must_be_written_down_first,
        NULL,
    };
    return safety_main("backup", setup, teardown, tests);
}
