/* What the tests of backups, restores and jobs share: a scratch database with the demo organisation, a folder
 * of its own for the site's files, and the roster command run against them. */
#ifndef ROSTER_TESTS_SAFETY_H
#define ROSTER_TESTS_SAFETY_H

#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../db/audit.h"
#include "../../db/backup.h"
#include "../../db/databases.h"
#include "../../db/fingerprint.h"
#include "../../db/rights.h"
#include "../../db/schema.h"
#include "../../db/seed.h"
#include "../../db/migrate.h"
#include "../../db/text.h"

struct safety {
    void *context;
    struct settings *settings;
    struct schema *schema;
    char folder[40];
    const char *output; /* of the last safety_run, both streams */
};

/* The database that each test's own is a copy of; made and dropped once for all of them. */
static inline const char *safety_template(const void *context)
{
    return memory_printf(context, "roster_test_template_%s", getenv("SAFETY_TEMPLATE"));
}

static inline void safety_make_template(void)
{
    void *context = talloc_new(NULL);
    char number[32];
    struct schema *schema;
    const struct seed_options quiet = { .quiet = true };
    struct settings *settings = scratch_settings(context);
    snprintf(number, sizeof number, "%d", (int)getpid());
    setenv("SAFETY_TEMPLATE", number, 1);
    scratch_command(settings, memory_printf(context, "CREATE DATABASE %s", safety_template(context)));
    settings = databases_settings(context, settings, safety_template(context));
    ck_ok(schema_open(context, models, overview_panels, &schema));
    ck_ok(migrate_upgrade(context, settings, "head", NULL));
    ck_ok(seed_run(context, settings, schema, "initial", &quiet));
    ck_ok(seed_run(context, settings, schema, "demo", &quiet));
    /* as the command leaves a database: a restore ends with it, too */
    struct rights_report report;
    struct connection *owner = connection_new(context, settings, CONNECTION_DIRECT, "roster test");
    ck_ok(rights_apply(owner, settings, schema, &report));
    ck_assert_uint_eq(report.skipped_count, 0);
    talloc_free(context);
}

static inline void safety_drop_template(void)
{
    void *context = talloc_new(NULL);
    scratch_command(scratch_settings(context),
                    memory_printf(context, "DROP DATABASE %s WITH (FORCE)", safety_template(context)));
    talloc_free(context);
}

static inline void safety_open(struct safety *safety)
{
    memset(safety, 0, sizeof *safety);
    safety->context = talloc_new(NULL);
    safety->settings = scratch_settings(safety->context);
    const char *name =
        memory_printf(safety->context, "roster_test_%d_%ld", (int)getpid(), scratch_milliseconds());
    scratch_command(safety->settings, memory_printf(safety->context, "CREATE DATABASE %s TEMPLATE %s", name,
                                                    safety_template(safety->context)));
    safety->settings = databases_settings(safety->context, safety->settings, name);
    snprintf(safety->folder, sizeof safety->folder, "/tmp/roster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(safety->folder));
    safety->settings->var = safety->folder;
    ck_ok(schema_open(safety->context, models, overview_panels, &safety->schema));
    setenv("ROSTER_VAR", safety->folder, 1);
    setenv("DATABASE_URL", safety->settings->direct_url, 1);
    setenv("DATABASE_DIRECT_URL", safety->settings->direct_url, 1);
}

static inline void safety_remove(const char *path)
{
    struct dirent *entry;
    DIR *directory = opendir(path);
    while (directory && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inner = memory_printf(NULL, "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_DIR)
            safety_remove(inner);
        else
            unlink(inner);
        talloc_free(inner);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

static inline void safety_close(struct safety *safety)
{
    struct databases *databases;
    struct databases_kept *kept;
    size_t count = 0;
    ck_ok(databases_open(safety->context, safety->settings, CONNECTION_DIRECT, &databases));
    ck_ok(databases_list_kept(databases, &kept, &count));
    for (size_t i = 0; i < count; i++)
        ck_ok(databases_drop(databases, kept[i].name));
    ck_ok(databases_drop(databases, databases->name));
    safety_remove(safety->folder);
    talloc_free(safety->context);
}

/* --- Running the command ------------------------------------------------------------------------------------------ */

enum { SAFETY_WORDS = 12 };

/* In a process group of its own. Its output goes to the file FOLDER/output. */
static inline pid_t safety_start(const struct safety *safety, const char *const *words)
{
    const char *build = getenv("BUILD"), *all[SAFETY_WORDS + 2] = { "roster" };
    const char *program = memory_printf(safety->context, "%s/roster", build ? build : "build");
    const char *path = memory_printf(safety->context, "%s/output", safety->folder);
    for (size_t i = 0; words[i]; i++)
        all[i + 1] = words[i];
    pid_t child = fork();
    if (child == 0) {
        int output = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        setpgid(0, 0);
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        execv(program, (char *const *)(const void *)all);
        _exit(127);
    }
    return child;
}

static inline const char *safety_file(const struct safety *safety, const char *path)
{
    char buffer[65536];
    FILE *file = fopen(path, "r");
    struct text *text = text_new(safety->context);
    size_t length;
    while (file && (length = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_add_bytes(text, buffer, length);
    if (file)
        fclose(file);
    return text->data;
}

/* The exit code; 128 and more for a signal. */
static inline int safety_wait(struct safety *safety, pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    safety->output = safety_file(safety, memory_printf(safety->context, "%s/output", safety->folder));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define safety_run(safety, ...)                                                                              \
    safety_wait(safety, safety_start(safety, (const char *const[]){ __VA_ARGS__, NULL }))

static inline void safety_said(const struct safety *safety, const char *words)
{
    ck_assert_msg(strstr(safety->output, words) != NULL, "\"%s\" is not in: %s", words, safety->output);
}

/* --- What is there ------------------------------------------------------------------------------------------------ */

/* Whoever connects in the very moment of a swap is told that the database does not exist: the server has
 * looked up the name before it was given to another. */
static inline struct connection *safety_connect(const struct safety *safety)
{
    struct connection *connection =
        connection_new(safety->context, safety->settings, CONNECTION_DIRECT, "roster test");
    struct error *error = connection_open(connection);
    for (int i = 0; i < 100 && error && strcmp(error->sqlstate, "3D000") == 0; i++) {
        usleep(50000);
        error = connection_open(connection);
    }
    ck_assert_msg(!error, "%s", error ? error->message : "");
    return connection;
}

static inline void safety_sql(const struct safety *safety, const char *sql)
{
    struct connection *connection = safety_connect(safety);
    ck_ok(connection_execute(connection, sql));
    talloc_free(connection);
}

static inline const char *safety_one(const struct safety *safety, const char *sql)
{
    struct connection *connection = safety_connect(safety);
    const char *text = memory_copy(safety->context, query_text(scratch_query(connection, sql), 0, 0));
    talloc_free(connection);
    return text;
}

/* But for what a restore tells the audit. */
static inline struct fingerprint safety_look(const struct safety *safety)
{
    struct fingerprint fingerprint;
    struct connection *connection = safety_connect(safety);
    ck_ok(connection_execute(connection, "DO $$ BEGIN IF to_regclass('public.audit') IS NOT NULL THEN DELETE FROM audit WHERE"
                                         " action IN ('" AUDIT_RESTORED "', '" AUDIT_PUT_BACK "', '" AUDIT_DROPPED "');"
                                         " END IF; END $$"));
    ck_ok(fingerprint_read(safety->context, connection, &fingerprint));
    talloc_free(connection);
    return fingerprint;
}

static inline bool safety_is(const struct safety *safety, const struct fingerprint *wanted)
{
    const struct fingerprint is = safety_look(safety);
    return fingerprint_difference(safety->context, &is, wanted) == NULL;
}

static inline void safety_same(const struct safety *safety, const struct fingerprint *wanted)
{
    const struct fingerprint is = safety_look(safety);
    const char *difference = fingerprint_difference(safety->context, &is, wanted);
    ck_assert_msg(difference == NULL, "%s", difference);
}

/* Databases of restores, in the making and put aside. */
static inline const char *safety_databases(const struct safety *safety)
{
    const char *name = conninfo_part(safety->context, safety->settings->direct_url, "dbname");
    return safety_one(
        safety,
        memory_printf(safety->context,
                      "SELECT count(*) FROM pg_database WHERE datname ~ '^(roster_restore_|%s_)'", name));
}

static inline const char *safety_backup(struct safety *safety)
{
    const char *name;
    const struct backup_wish wish = { .who = "tester", .note = "of a test" };
    ck_ok(backup_make(safety->context, safety->settings, safety->schema, &wish, &name));
    return name;
}

/* How many files of the folder of backups end like this. */
static inline int safety_files(const struct safety *safety, const char *ending)
{
    int count = 0;
    DIR *directory = opendir(memory_printf(safety->context, "%s/backups", safety->folder));
    for (struct dirent *entry; directory && (entry = readdir(directory)) != NULL;) {
        const size_t length = strlen(entry->d_name), after = strlen(ending);
        count += length > after && strcmp(entry->d_name + length - after, ending) == 0;
    }
    if (directory)
        closedir(directory);
    return count;
}

/* The list of tests ends with NULL. */
static inline int safety_main(const char *name, void (*setup)(void), void (*teardown)(void),
                              const TTest *const *tests)
{
    TCase *cases = tcase_create(name);
    tcase_add_unchecked_fixture(cases, safety_make_template, safety_drop_template);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 300);
    for (; *tests; tests++)
        tcase_add_test(cases, *tests);
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}

#endif
