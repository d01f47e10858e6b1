/* The end of a file in mode "sync": removing the managed rows that it no longer has. */
#include "seed_sync.h"

#include <stdio.h>
#include "memory.h"
#include "record.h"
#include "seed_write.h"

/* Counting stops here: a message needs no more. */
#define COUNTED "1000"

/* "SELECT count(*) FROM the rows that refer to this one", by one of its inverses. */
static const struct sql *uses_sql(const void *context, const struct model *model,
                                  const struct inverse *inverse, const char *id)
{
    struct sql *sql = sql_new(context, "SELECT count(*) AS n FROM (SELECT 1 FROM ");

    sql_name(sql, inverse->field ? inverse->field->model->table : inverse->link->table);
    sql_add(sql, " WHERE ");
    sql_name(sql, inverse->field ? inverse->field->name : inverse->link->target_column);
    sql_add(sql, " = ");
    sql_value(sql, id, record_key_type(model));
    sql_add(sql, " LIMIT " COUNTED ") AS u");
    return sql;
}

/* "3 members, 1 team" that refer to the row; empty when nobody does. */
static struct error *find_uses(const void *context, struct seed_run *run, const struct model *model,
                               const char *id, struct text *uses)
{
    for (size_t i = 0; i < model->inverse_count; i++) {
        const struct inverse *inverse = &model->inverses[i];
        const struct model *from = inverse->field ? inverse->field->model : inverse->link->model;
        struct query *query;
        long long count;

        TRY(seed_run_query(context, run, uses_sql(context, model, inverse, id), &query));
        count = query_number(query, 0, "n");
        if (count > 0)
            text_addf(uses, "%s%lld %s", uses->length > 0 ? ", " : "", count,
                      count == 1 ? from->label : from->plural);
    }
    return NULL;
}

static struct error *remove_row(const void *context, struct seed_run *run, const struct seed_file *file,
                                const char *id, const char *title, bool quiet, struct seed_counts *counts)
{
    struct text *uses = text_new(context);

    TRY(find_uses(context, run, file->model, id, uses));
    if (uses->length > 0) {
        counts->kept++;
        if (!quiet)
            fprintf(stderr, "%s: %s '%s' is not in the file any more, but stays: %s refer to it\n",
                    file->path, file->model->label, title, uses->data);
        return NULL;
    }
    TRY(seed_write_delete(context, run, file->model, id));
    counts->removed++;
    return NULL;
}

struct error *seed_sync_remove(const void *context, struct seed_run *run, const struct seed_file *file,
                               const char *const *ids, size_t count, bool quiet, struct seed_counts *counts)
{
    const struct model *model = file->model;
    struct sql *sql = sql_new(context, "SELECT ");
    struct query *query;

    sql_column(sql, "t", model->primary_key->name);
    sql_add(sql, "::text, ");
    record_title(sql, model, "t");
    sql_add(sql, " FROM ");
    sql_name(sql, model->table);
    sql_add(sql, " t WHERE ");
    sql_column(sql, "t", model->managed);
    sql_add(sql, " AND ");
    sql_column(sql, "t", model->primary_key->name);
    sql_add(sql, " <> ALL (");
    sql_value(sql, sql_array(context, ids, count),
              memory_printf(context, "%s[]", record_key_type(model)));
    sql_add(sql, ") ORDER BY 1 FOR UPDATE"); /* locked, so that nobody begins to refer to one */
    TRY(seed_run_query(context, run, sql, &query));
    for (int row = 0; row < query_rows(query); row++)
        TRY(remove_row(context, run, file, query_text(query, row, 0), query_text(query, row, 1), quiet,
                       counts));
    return NULL;
}
