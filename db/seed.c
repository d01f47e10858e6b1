/* Running a seed: its files in order, in one transaction, and what it says about it. */
#include "seed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "account.h"
#include "connection.h"
#include "file.h"
#include "memory.h"
#include "query.h"
#include "sealed.h"
#include "seed_file.h"
#include "seed_load.h"
#include "seed_record.h"
#include "seed_sync.h"

struct seeding {
    const struct settings *settings;
    const struct seed_options *options;
    const char *name, *folder;
    struct seed_run run;
    struct seed_counts total;
    struct text *report; /* said when the transaction is over */
    char *password;      /* of the first superuser, when it was generated */
};

static int by_name(const void *first, const void *second)
{
    return strcmp(*(char *const *)first, *(char *const *)second);
}

/* The names in a folder that keep() wants, sorted, ending with NULL. */
static struct error *read_folder(const void *context, const char *folder,
                                 bool (*keep)(int descriptor, const char *name), char ***names)
{
    DIR *opened = opendir(folder);
    size_t count = 0;

    *names = NEW_ARRAY(context, char *, 1);
    if (!opened)
        return error_new(context, ERROR_USAGE, "cannot open the folder '%s': %s", folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(opened));) {
        if (entry->d_name[0] == '.' || !keep(dirfd(opened), entry->d_name))
            continue;
        *names = GROW_ARRAY(context, char *, *names, count + 2);
        (*names)[count++] = memory_copy(*names, entry->d_name);
    }
    closedir(opened);
    (*names)[count] = NULL;
    qsort(*names, count, sizeof **names, by_name);
    return NULL;
}

static bool is_folder(int descriptor, const char *name)
{
    struct stat status;

    return fstatat(descriptor, name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

static bool is_json(int descriptor, const char *name)
{
    size_t length = strlen(name);

    (void)descriptor;
    return length > 5 && strcmp(name + length - 5, ".json") == 0;
}

struct error *seed_names(const void *context, const struct settings *settings, char ***names)
{
    if (file_access(settings->seeds, F_OK) != 0 && errno == ENOENT) {
        *names = NEW_ARRAY(context, char *, 1);
        return NULL;
    }
    return read_folder(context, settings->seeds, is_folder, names);
}

/* The seed's name must be one of the folders, which also keeps it from being a path. */
static struct error *find_folder(const void *context, struct seeding *seeding)
{
    const struct settings *settings = seeding->settings;
    struct text *known = text_new(context);
    char **names;

    TRY(seed_names(context, settings, &names));
    for (char **name = names; *name; name++) {
        text_addf(known, "%s%s", known->length > 0 ? ", " : "", *name);
        if (strcmp(*name, seeding->name) == 0)
            seeding->folder = memory_printf(context, "%s/%s", settings->seeds, *name);
    }
    if (seeding->folder)
        return NULL;
    return error_new(context, ERROR_USAGE, "there is no seed '%s' in '%s'; it has %s", seeding->name,
                     settings->seeds, *names ? known->data : "none");
}

static bool shows_progress(const struct seeding *seeding)
{
    return !seeding->options->quiet && isatty(STDERR_FILENO);
}

static void count_outcome(struct seed_counts *counts, enum seed_outcome outcome)
{
    switch (outcome) {
    case SEED_INSERTED:
        counts->inserted++;
        break;
    case SEED_UPDATED:
        counts->updated++;
        break;
    case SEED_UNCHANGED:
        counts->unchanged++;
        break;
    }
}

/* The number that an id was seen at before, from 1 on, or 0; seen has it from now on. */
static size_t seen_before(json_t *seen, const char *id, size_t number)
{
    const json_t *first = json_object_get(seen, id);

    if (first)
        return (size_t)json_integer_value(first);
    if (json_object_set_new_nocheck(seen, id, json_integer((json_int_t)number)) != 0)
        memory_ran_out();
    return 0;
}

static struct error *apply_records(const void *context, struct seeding *seeding, const struct seed_file *file,
                                   const char **ids, struct seed_counts *counts)
{
    size_t count = json_array_size(file->records);
    json_t *seen = sealed_keep(context, json_object());

    for (size_t i = 0; i < count; i++) {
        enum seed_outcome outcome = SEED_UNCHANGED;

        if (shows_progress(seeding))
            fprintf(stderr, "\r\033[K%s: %zu of %zu", file->path, i + 1, count);
        TRY(seed_record_apply(context, &seeding->run, file, i, &outcome, &ids[i]));
        const size_t first = seen_before(seen, ids[i], i + 1);
        if (first)
            return error_new(context, ERROR_INVALID, "%s: record %zu has the same key as record %zu; remove one",
                             file->path, i + 1, first);
        count_outcome(counts, outcome);
    }
    return NULL;
}

static void report(struct seeding *seeding, const struct seed_file *file, const struct seed_counts *counts)
{
    struct seed_counts *total = &seeding->total;

    text_addf(seeding->report, "%s: %lld inserted, %lld updated, %lld unchanged, %lld removed",
              file->model->plural, counts->inserted, counts->updated, counts->unchanged, counts->removed);
    if (counts->kept > 0)
        text_addf(seeding->report, ", %lld kept because others refer to them", counts->kept);
    text_add(seeding->report, "\n");
    total->inserted += counts->inserted;
    total->updated += counts->updated;
    total->unchanged += counts->unchanged;
    total->removed += counts->removed;
    total->kept += counts->kept;
}

static struct error *apply_file(const void *context, struct seeding *seeding, const char *name)
{
    bool quiet = seeding->options->quiet;
    struct seed_counts counts = { 0 };
    struct seed_file *file;
    const char **ids;

    TRY(seed_file_read(context, seeding->run.schema, seeding->folder, name, &file));
    if (!file->model) {
        if (!quiet)
            fprintf(stderr, "%s: left out, as its model is not declared\n", file->path);
        return NULL;
    }
    ids = NEW_ARRAY(context, const char *, json_array_size(file->records) + 1);
    TRY(apply_records(context, seeding, file, ids, &counts));
    if (file->sync) {
        TRY(seed_sync_remove(context, &seeding->run, file, ids, json_array_size(file->records), quiet,
                             &counts));
        json_object_clear(seeding->run.found);
    }
    report(seeding, file, &counts);
    return NULL;
}

/* Whoever is meant by "{first_superuser}": the configured one, or else the superuser of longest standing. */
static struct error *find_superuser(const void *context, struct seeding *seeding)
{
    struct sql *sql =
        sql_new(context, "SELECT email FROM \"user\" WHERE is_superuser ORDER BY lower(email) = lower(");
    struct query *query;

    sql_value(sql, seeding->settings->first_superuser, "text");
    sql_add(sql, ") DESC, id LIMIT 1");
    TRY(seed_run_query(context, &seeding->run, sql, &query));
    seeding->run.superuser = query_rows(query) > 0 ? query_text(query, 0, 0) : NULL;
    return NULL;
}

static struct error *apply_files(const void *context, struct seeding *seeding)
{
    struct connection *db = seeding->run.db;
    char **names;

    TRY(read_folder(context, seeding->folder, is_json, &names));
    transaction_begin(db);
    /* Two that insert the same rows at once would refuse each other; the second waits and finds nothing to
     * do. */
    query_add(db, sql_new(context, "SELECT pg_advisory_xact_lock(hashtextextended('roster seed', 0))"));
    TRY(query_run(db));
    if (strcmp(seeding->name, "initial") == 0)
        TRY(account_first_superuser(db, seeding->settings, &seeding->password));
    TRY(find_superuser(context, seeding));
    for (char **name = names; *name; name++)
        TRY(apply_file(context, seeding, *name));
    if (seeding->options->dry_run) {
        transaction_rollback(db);
        return NULL;
    }
    transaction_commit(db);
    return query_run(db);
}

static int release_found(json_t **found)
{
    json_decref(*found);
    return 0;
}

static void prepare(const void *context, struct seeding *seeding, const struct schema *schema)
{
    json_t **held = NEW(context, json_t *);

    *held = json_object();
    talloc_set_destructor(held, release_found);
    seeding->run.found = *held;
    seeding->run.schema = schema;
    seeding->run.db = connection_new(context, seeding->settings, CONNECTION_DIRECT, "roster seed");
    seeding->report = text_new(context);
}

static void say(const struct seeding *seeding)
{
    if (shows_progress(seeding))
        fprintf(stderr, "\r\033[K");
    if (seeding->options->quiet)
        return;
    printf("%s%s", seeding->report->data, seeding->options->dry_run ? "dry run: nothing was changed\n" : "");
    if (seeding->password && !seeding->options->dry_run)
        printf("first sign-in: %s %s\n", seeding->settings->first_superuser, seeding->password);
    fflush(stdout);
}

struct error *seed_run(const void *context, const struct settings *settings, const struct schema *schema,
                       const char *name, const struct seed_options *options)
{
    struct seeding seeding = { .settings = settings, .options = options, .name = name };
    struct error *error;

    TRY(find_folder(context, &seeding));
    prepare(context, &seeding, schema);
    if (seed_load_is_plan(seeding.folder))
        error = seed_load_run(context, seeding.run.db, schema, seeding.folder, options, &seeding.total);
    else
        error = apply_files(context, &seeding);
    if (error) {
        transaction_rollback(seeding.run.db);
        return error;
    }
    say(&seeding);
    if (options->counts)
        *options->counts = seeding.total;
    return NULL;
}
