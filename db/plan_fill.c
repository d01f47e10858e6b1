/* Values for the rows that are there already, in batches. */
#include "plan_build.h"

#include <ctype.h>
#include <string.h>

#include "memory.h"
#include "sql.h"

enum {
    BATCH_PAGES = 64, /* of 8 KiB: some thousand rows, so that each commit comes soon */
    ROUNDS = 10,
};

/* Functions, and types with a size, after which a parenthesis does not mean another value for each row.
 * Whatever is not here counts as one that gives each row another: that takes longer and is right all the
 * same. */
static bool is_steady(const char *word, size_t length)
{
    static const char *const steady[] = {
        "now",
        "transaction_timestamp",
        "lower",
        "upper",
        "date_trunc",
        "timezone",
        "make_interval",
        "round",
        "abs",
        "length",
        "coalesce",
        "numeric",
        "varying",
        "character",
        "varchar",
        "decimal",
        "bpchar",
        "timestamp",
        "time",
        "interval",
        "bit",
        "concat",
        "jsonb_build_object",
        "jsonb_build_array",
        "make_date",
        "decode",
        "greatest",
        "least",
        "nullif",
        "date_part",
        "extract",
        "to_char",
        "repeat",
        "array",
        "md5",
        "char_length",
        "to_jsonb",
        "current_setting",
        "cast",
        "and",
        "or",
        "not",
        "in",
    };
    for (size_t i = 0; i < sizeof steady / sizeof *steady; i++)
        if (strlen(steady[i]) == length && strncmp(steady[i], word, length) == 0)
            return true;
    return false;
}

bool plan_is_volatile(const char *expression)
{
    for (const char *at = expression; *at;) {
        if (*at == '\'') {
            at = strchr(at + 1, '\'');
            if (!at)
                return true;
            at++;
        } else if (isalpha((unsigned char)*at) || *at == '_' || *at == '"') {
            const char *word = at;
            while (isalnum((unsigned char)*at) || *at == '_' || *at == '"')
                at++;
            if (*at == '(' && !is_steady(word, (size_t)(at - word)))
                return true;
        } else {
            at++;
        }
    }
    return false;
}

static struct plan_fill *fill_of(struct plan_build *build, const char *table)
{
    struct plan_fill **last = &build->fills;
    for (; *last; last = &(*last)->next)
        if (strcmp((*last)->table, table) == 0)
            return *last;
    *last = NEW(build->context, struct plan_fill);
    **last = (struct plan_fill){ .table = table,
                                 .values = text_new(build->context),
                                 .condition = text_new(build->context) };
    return *last;
}

/* All columns of a table in one statement, so that no row is written twice. */
void plan_fill(struct plan_build *build, const char *table, const char *column, const char *expression)
{
    struct plan_fill *fill = fill_of(build, table);
    const char *name = plan_quoted(build, column);
    text_addf(fill->values, "%s%s = coalesce(%s, %s)", fill->values->length > 0 ? ", " : "", name, name,
              expression);
    text_addf(fill->condition, "%s%s IS NULL", fill->condition->length > 0 ? " OR " : "", name);
}

void plan_fill_with(struct plan_build *build, const char *table, const char *column, const char *value,
                    const char *condition)
{
    struct plan_fill *fill = fill_of(build, table);
    text_addf(fill->values, "%s%s = %s", fill->values->length > 0 ? ", " : "", plan_quoted(build, column),
              value);
    text_addf(fill->condition, "%s%s", fill->condition->length > 0 ? " OR " : "", condition);
}

/* Goes through the table by pages, so that each batch reads only its own, and starts again as long as there
 * was something to do, since a row that others write meanwhile moves to another page; but not for ever, as a
 * default may be NULL. Rows that somebody holds are passed over, as a batch that waited for one would keep
 * others waiting for the rest of it; at last they come one by one, each in a transaction of its own. */
static const char loop[] = "DO $fill$\n"
                           "DECLARE\n"
                           "    step CONSTANT bigint := %d;\n"
                           "    pages bigint;\n"
                           "    page bigint;\n"
                           "    written bigint;\n"
                           "    found bigint;\n"
                           "    place tid;\n"
                           "BEGIN\n"
                           "    FOR round IN 1..%d LOOP\n"
                           "        found := 0;\n"
                           "        page := 0;\n"
                           "        pages := pg_relation_size(%s) / current_setting('block_size')::bigint;\n"
                           "        WHILE page <= pages LOOP\n"
                           "            UPDATE %s SET %s\n"
                           "            WHERE ctid = ANY (ARRAY(SELECT ctid FROM %s WHERE (%s)\n"
                           "                AND ctid >= format('(%%s,0)', page)::tid AND ctid < "
                           "format('(%%s,0)', page + step)::tid\n"
                           "                FOR NO KEY UPDATE SKIP LOCKED));\n"
                           "            GET DIAGNOSTICS written = ROW_COUNT;\n"
                           "            found := found + written;\n"
                           "            page := page + step;\n"
                           "            COMMIT;\n"
                           "        END LOOP;\n"
                           "        EXIT WHEN found = 0;\n"
                           "    END LOOP;\n"
                           "    FOR place IN SELECT ctid FROM %s WHERE %s LOOP\n"
                           "        UPDATE %s SET %s WHERE ctid = place AND (%s);\n"
                           "        COMMIT;\n"
                           "    END LOOP;\n"
                           "END\n"
                           "$fill$";

static void add_fill(struct plan_build *build, const struct plan_fill *fill)
{
    const char *table = plan_quoted(build, fill->table);
    const char *values = fill->values->data, *condition = fill->condition->data;
    struct plan_statement *statement =
        plan_add(build, SLOT_BACKFILL, loop, BATCH_PAGES, ROUNDS, sql_quote_literal(build->context, table),
                 table, values, table, condition, table, condition, table, values, condition);
    plan_lock(build, statement, PLAN_ROW_EXCLUSIVE, fill->table);
    statement->scans = fill->table;
    statement->undo = PLAN_NOTHING;
    statement->remark = "in batches, each committed; the way back leaves the values";
}

void plan_fill_all(struct plan_build *build)
{
    for (const struct plan_fill *fill = build->fills; fill; fill = fill->next)
        add_fill(build, fill);
}
