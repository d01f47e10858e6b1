/* A seed that is generated: rows by COPY, with progress. */
#include "seed_load.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "file.h"
#include "memory.h"
#include "query.h"
#include "seed_base.h"
#include "seed_generate.h"
#include "seed_plan.h"

/* Rows of one COPY: PostgreSQL checks foreign keys at its end and remembers each row until then. */
#define ROWS_A_COPY 20000
#define ROWS_OF_FIRST_COPY 1000
/* Bytes handed to libpq at a time. */
#define PIECE ((size_t)64 * 1024)

struct load {
    struct connection *db;
    const struct seed_options *options;
    const struct seed_plan *plan;
    struct text *buffer;
    uint64_t done; /* rows of all tables */
    double start;  /* seconds */
    bool progress; /* standard error is a terminal */
};

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

bool seed_load_is_plan(const char *folder)
{
    char *path = memory_printf(NULL, "%s/plan.json", folder);
    bool found = file_access(path, F_OK) == 0;

    talloc_free(path);
    return found;
}

static void show_progress(const struct load *load, const struct plan_table *table, uint64_t done)
{
    double took = seconds() - load->start;

    if (load->progress)
        fprintf(stderr, "\r\033[K%3.0f%% of all; %s: %llu of %llu; %.0f rows/s",
                100.0 * (double)load->done / (double)load->plan->rows, table->table, (unsigned long long)done,
                (unsigned long long)table->rows, (double)load->done / (took > 0 ? took : 1));
}

static struct error *send_piece(struct load *load, PGconn *handle)
{
    int sent = PQputCopyData(handle, load->buffer->data, (int)load->buffer->length);

    load->buffer->length = 0;
    return sent == 1 ? NULL : connection_error(load->db, NULL);
}

static struct error *send_rows(struct load *load, PGconn *handle, const struct plan_table *table,
                               uint64_t from, uint64_t to)
{
    load->buffer->length = 0;
    for (uint64_t index = from; index < to; index++) {
        seed_generate_row(load->buffer, table, index);
        if (load->buffer->length >= PIECE)
            TRY(send_piece(load, handle));
    }
    return load->buffer->length > 0 ? send_piece(load, handle) : NULL;
}

/* The first failure among the results of a COPY, all of which are taken. */
static struct error *finish_copy(const struct load *load, PGconn *handle)
{
    struct error *error = NULL;

    for (PGresult *result; (result = PQgetResult(handle)) != NULL; PQclear(result))
        if (!error && PQresultStatus(result) != PGRES_COMMAND_OK)
            error = connection_error(load->db, result);
    return error;
}

static struct error *copy_rows(struct load *load, const char *copy, const struct plan_table *table,
                               uint64_t from, uint64_t to)
{
    struct error *error = NULL;
    PGconn *handle;
    PGresult *result;

    TRY(connection_handle(load->db, &handle));
    result = PQexec(handle, copy);
    if (PQresultStatus(result) != PGRES_COPY_IN)
        error = connection_error(load->db, result);
    PQclear(result);
    if (error)
        return error;
    TRY(send_rows(load, handle, table, from, to));
    if (PQputCopyEnd(handle, NULL) != 1)
        return connection_error(load->db, NULL);
    return finish_copy(load, handle);
}

static char *copy_sql(const void *context, const struct plan_table *table)
{
    struct text *text = text_new(context);

    text_addf(text, "COPY %s (", sql_quote_name(text, table->table));
    seed_generate_columns(text, table);
    text_add(text, ") FROM STDIN");
    return text->data;
}

static struct error *analyze(struct load *load, const void *context, const struct plan_table *table)
{
    return connection_execute(load->db,
                              memory_printf(context, "ANALYZE %s", sql_quote_name(context, table->table)));
}

static struct error *load_table(struct load *load, const struct plan_table *table)
{
    void *context = talloc_new(load->buffer);
    const char *copy = copy_sql(context, table);

    for (uint64_t from = 0, to; from < table->rows; from = to) {
        uint64_t most = from == 0 ? ROWS_OF_FIRST_COPY : ROWS_A_COPY;

        to = table->rows - from > most ? from + most : table->rows;
        TRY(copy_rows(load, copy, table, from, to));
        /* Without statistics the checks of foreign keys may choose an index that they must read whole. */
        if (from == 0)
            TRY(analyze(load, context, table));
        load->done += to - from;
        show_progress(load, table, to);
    }
    talloc_free(context);
    return NULL;
}

static struct error *load_tables(const void *context, struct load *load)
{
    if (!load->options->dry_run)
        for (struct plan_table **table = load->plan->tables; *table; table++)
            TRY(error_within(seed_base_reserve(context, load->db, *table), "table '%s'", (*table)->table));
    TRY(connection_execute(load->db, "BEGIN"));
    TRY(connection_execute(load->db, "SET LOCAL synchronous_commit = off"));
    for (struct plan_table **table = load->plan->tables; *table; table++)
        TRY(error_within(load_table(load, *table), "table '%s'", (*table)->table));
    return connection_execute(load->db, load->options->dry_run ? "ROLLBACK" : "COMMIT");
}

static struct error *tidy_tables(const void *context, struct load *load)
{
    for (struct plan_table **table = load->plan->tables; *table; table++) {
        if (load->progress)
            fprintf(stderr, "\r\033[Ktidying up %s", (*table)->table);
        TRY(connection_execute(load->db, memory_printf(context, "VACUUM (ANALYZE) %s",
                                                       sql_quote_name(context, (*table)->table))));
    }
    return NULL;
}

static void say(const struct load *load, double loaded, double tidied)
{
    double rows = (double)load->plan->rows;

    if (load->progress)
        fprintf(stderr, "\r\033[K");
    if (load->options->quiet)
        return;
    for (struct plan_table **table = load->plan->tables; *table; table++)
        printf("%s: %llu rows\n", (*table)->table, (unsigned long long)(*table)->rows);
    printf("%.0f rows in %.1f s (%.0f rows/s)", rows, loaded, rows / (loaded > 0 ? loaded : 1));
    if (!load->options->dry_run)
        printf(", and %.1f s for statistics", tidied);
    printf("\n");
}

struct error *seed_load_run(const void *context, struct connection *db, const struct schema *schema,
                            const char *folder, const struct seed_options *options,
                            struct seed_counts *counts)
{
    struct load load = { .db = db, .options = options, .start = seconds() };
    struct seed_plan *plan;
    double loaded;

    TRY(seed_plan_read(context, db, schema, memory_printf(context, "%s/plan.json", folder),
                       options->scale > 0 ? options->scale : 1, options->quiet, &plan));
    load.plan = plan;
    load.buffer = text_new(context);
    load.progress = !options->quiet && isatty(STDERR_FILENO);
    TRY(load_tables(context, &load));
    loaded = seconds() - load.start;
    if (!options->dry_run)
        TRY(tidy_tables(context, &load));
    say(&load, loaded, seconds() - load.start - loaded);
    counts->inserted = (long long)plan->rows;
    return NULL;
}
