/* The last record of its kind stays: nobody takes the last superuser away. */
#include <string.h>

#include "memory.h"
#include "record.h"

static const char *kept_name(const void *context, const struct model *model)
{
    return memory_printf(context, "%s_kept", model->table);
}

/* Two people could take each other's right away at the same time. So the second waits for the first; its next query
 * sees then what the first has left (PostgreSQL manual, 13.2.1: each query of READ COMMITTED has a snapshot of its own).
 * DO takes no parameters; everything in it comes from the models. */
void record_queue_kept(struct connection *connection, const struct model *model)
{
    if (!model->kept)
        return;
    void *scratch = talloc_new(connection);
    const char *name = sql_quote_literal(scratch, kept_name(scratch, model));
    const char *body = memory_printf(
        scratch,
        "BEGIN PERFORM pg_advisory_xact_lock(hashtextextended(%s, 0)); IF NOT EXISTS (SELECT 1 FROM %s WHERE %s) THEN"
        " RAISE check_violation USING MESSAGE = 'the last one stays', CONSTRAINT = %s; END IF; END",
        name, sql_quote_name(scratch, model->table), model->kept, name);
    query_add(connection, sql_new(connection, memory_printf(connection, "DO %s", sql_quote_literal(scratch, body))));
    talloc_free(scratch);
}

bool record_breaks_kept(const struct model *model, const struct error *error)
{
    return model->kept && error->constraint && strcmp(error->constraint, kept_name(error, model)) == 0;
}
