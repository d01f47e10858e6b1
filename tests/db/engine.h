/* What the tests of the migration engine share: a scratch database, a folder of revisions, runs that are
 * killed, and the shape of a database as pg_dump tells it. */
#ifndef ROSTER_TESTS_ENGINE_H
#define ROSTER_TESTS_ENGINE_H

#include "scratch.h"

#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "../../db/migrate.h"
#include "../../db/text.h"

struct engine {
    void *context;
    struct settings *settings; /* of the scratch database, with the folder as its migrations */
    struct connection *db;
    char folder[32];
    int told[MIGRATE_EVENTS];
};

static inline void engine_write(const struct engine *engine, const char *name, const char *text)
{
    FILE *file = fopen(memory_printf(engine->context, "%s/%s", engine->folder, name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

/* The header has four lines, so that the way up begins on line 6. */
static inline void engine_revision(const struct engine *engine, const char *id, const char *parents,
                                   const char *up, const char *down)
{
    engine_write(engine, memory_printf(engine->context, "%s.sql", id),
                 memory_printf(engine->context,
                               "-- revision: %s\n-- parents: %s\n-- message: about %s\n"
                               "-- created: 2026-11-22T10:15:00Z\n-- +up\n%s\n-- +down\n%s\n",
                               id, parents, id, up, down));
}

static inline void engine_empty(const struct engine *engine)
{
    struct dirent *entry;
    DIR *directory = opendir(engine->folder);
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.')
            unlink(memory_printf(engine->context, "%s/%s", engine->folder, entry->d_name));
    closedir(directory);
}

static inline void engine_open(struct engine *engine)
{
    memset(engine, 0, sizeof *engine);
    engine->context = talloc_new(NULL);
    engine->settings = scratch_create(engine->context);
    snprintf(engine->folder, sizeof engine->folder, "/tmp/roster-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(engine->folder));
    engine->settings->migrations = engine->folder;
    engine->db = connection_new(engine->context, engine->settings, CONNECTION_DIRECT, "roster test");
}

static inline void engine_close(struct engine *engine)
{
    engine_empty(engine);
    rmdir(engine->folder);
    scratch_drop(engine->settings);
    talloc_free(engine->context);
}

static inline void engine_tell(void *argument, const struct migrate_news *news)
{
    struct engine *engine = argument;
    engine->told[news->event]++;
}

static inline struct error *engine_up(struct engine *engine, const char *target)
{
    const struct migrate_options options = { .tell = engine_tell, .argument = engine };
    memset(engine->told, 0, sizeof engine->told);
    return migrate_upgrade(engine->context, engine->settings, target, &options);
}

static inline struct error *engine_down(struct engine *engine, const char *target)
{
    const struct migrate_options options = { .tell = engine_tell, .argument = engine };
    memset(engine->told, 0, sizeof engine->told);
    return migrate_downgrade(engine->context, engine->settings, target, &options);
}

/* Copied, as results live as long as the connection. */
static inline const char *engine_one(const struct engine *engine, const char *sql)
{
    return query_text(scratch_query(engine->db, sql), 0, 0);
}

/* A child that upgrades or downgrades on its own; to be killed or waited for. */
static inline pid_t engine_start(const struct engine *engine, const char *target, bool down)
{
    pid_t child = fork();
    if (child == 0) {
        void *own = talloc_new(NULL);
        struct error *error = down ? migrate_downgrade(own, engine->settings, target, NULL)
                                   : migrate_upgrade(own, engine->settings, target, NULL);
        if (error)
            fprintf(stderr, "%s\n", error->message);
        _exit(error != NULL);
    }
    return child;
}

static inline int engine_wait(pid_t child)
{
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

/* Until the query's answer is this one; false after 20 seconds. */
static inline bool engine_until(const struct engine *engine, const char *sql, const char *answer)
{
    for (int i = 0; i < 4000; i++) {
        if (strcmp(engine_one(engine, sql), answer) == 0)
            return true;
        usleep(5000);
    }
    return false;
}

/* What a program writes to standard output; it must succeed. */
static inline const char *engine_output(const struct engine *engine, const char *const *words)
{
    int ends[2];
    char buffer[65536];
    ssize_t got;
    struct text *text = text_new(engine->context);
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        execvp(words[0], (char *const *)words);
        _exit(127);
    }
    close(ends[1]);
    while ((got = read(ends[0], buffer, sizeof buffer)) > 0)
        text_add_bytes(text, buffer, (size_t)got);
    close(ends[0]);
    ck_assert_msg(engine_wait(child) == 0, "%s failed", words[0]);
    return text->data;
}

/* pg_dump -s, without the lines that are different each time. */
static inline const char *engine_dump(const struct engine *engine)
{
    const char *const words[] = { "pg_dump", "-s", "-d", engine->settings->direct_url, NULL };
    const char *dump = engine_output(engine, words);
    struct text *text = text_new(engine->context);
    while (*dump) {
        const size_t length = strcspn(dump, "\n") + (dump[strcspn(dump, "\n")] != '\0');
        if (strncmp(dump, "\\restrict", 9) != 0 && strncmp(dump, "\\unrestrict", 11) != 0)
            text_add_bytes(text, dump, length);
        dump += length;
    }
    return text->data;
}

/* Long texts; only where they part is shown. */
static inline void engine_same(const char *is, const char *wanted)
{
    size_t at = 0;
    while (is[at] && is[at] == wanted[at])
        at++;
    ck_assert_msg(is[at] == wanted[at], "differs at %zu: \"%.300s\" instead of \"%.300s\"", at, is + at,
                  wanted + at);
}

static inline void engine_refused(struct error *error, enum error_code code, const char *words)
{
    ck_assert_msg(error != NULL, "not refused: %s", words);
    ck_assert_msg(strstr(error->message, words) != NULL, "\"%s\" is not in: %s", words, error->message);
    ck_assert_int_eq(error->code, code);
}

#endif
