/* Made-up rows for a trial. */
#include "trial_rows.h"

#include <string.h>

#include "memory.h"
#include "query.h"
#include "text.h"

enum { ROWS = 3 };

#define TABLES                                                                                               \
    "c.relkind = 'r' AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'" \
    " AND c.relname !~ '^roster_revision(_|$)'"                                                              \
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"    \
    " AND d.deptype = 'e')"

static const char tables_sql[] =
    "SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n"
    " ON n.oid = c.relnamespace WHERE " TABLES " ORDER BY c.oid::regclass::text COLLATE \"C\"";

/* Each column's value as an expression over v: v.i counts rows, v.s is a text, v.x a number. A foreign key
 * takes the row of that number; its columns agree, as all are taken in the same order. */
static const char columns_sql[] =
    " AS tables) SELECT c.oid::regclass::text AS \"table\", quote_ident(a.attname) AS name,"
    " a.attnotnull AND d.oid IS NULL AS needed, f.reference IS NOT NULL AND NOT f.own AND NOT f.filled AS "
    "waits,"
    " coalesce(f.expression, CASE"
    " WHEN t.typtype = 'e' THEN format('(enum_range(NULL::%1$s))[1 + (v.i - 1) %% "
    "cardinality(enum_range(NULL::%1$s))]', t.oid::regtype)"
    " WHEN t.typname = 'uuid' THEN 'md5(v.s || v.i)::uuid'"
    " WHEN t.typname IN ('json', 'jsonb') THEN format('(''{\"n\": '' || v.i || ''}'')::%s', t.typname)"
    " WHEN t.typname = 'bytea' THEN 'decode(md5(v.s), ''hex'')'"
    " WHEN t.typname = 'interval' THEN 'v.i * interval ''1 hour'''"
    " WHEN t.typcategory = 'S' THEN format('left(v.s, %s)::%s', CASE WHEN a.atttypmod > 4 THEN a.atttypmod - "
    "4"
    "   ELSE 200 END, format_type(a.atttypid, a.atttypmod))"
    " WHEN t.typcategory = 'N' THEN format('v.x::%s', format_type(a.atttypid, a.atttypmod))"
    " WHEN t.typcategory = 'B' THEN '(v.i % 2 = 0)'"
    " WHEN t.typcategory = 'D' THEN format('(timestamp ''2026-01-01 12:00'' + v.i * interval ''1 day'')::%s',"
    "   format_type(a.atttypid, a.atttypmod))"
    " WHEN t.typcategory = 'I' THEN format('(''10.0.0.'' || v.i)::inet::%s', t.oid::regtype)"
    " WHEN t.typcategory = 'A' THEN format('''{}''::%s', format_type(a.atttypid, a.atttypmod))"
    " WHEN t.typcategory = 'R' THEN format('''empty''::%s', format_type(a.atttypid, a.atttypmod))"
    " END) AS expression"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid"
    " AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = ''"
    " JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
    " LEFT JOIN LATERAL (SELECT k.confrelid AS reference, k.confrelid = c.oid AS own,"
    "   k.confrelid::regclass::text = ANY (filled.tables) AS filled,"
    "   CASE WHEN k.confrelid <> c.oid THEN format('(SELECT r.%1$s FROM %2$s r ORDER BY %3$s LIMIT 1 OFFSET "
    "(v.i - 1)"
    " %% greatest((SELECT count(*) FROM %2$s), 1))',"
    "   (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = k.confrelid"
    "    AND attnum = k.confkey[array_position(k.conkey, a.attnum)]), k.confrelid::regclass,"
    "   (SELECT string_agg('r.' || quote_ident(attname), ', ' ORDER BY array_position(k.confkey, attnum))"
    "    FROM pg_attribute WHERE attrelid = k.confrelid AND attnum = ANY (k.confkey))) ELSE 'NULL' END AS "
    "expression"
    "   FROM filled, pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND a.attnum = ANY "
    "(k.conkey)"
    "   ORDER BY k.confrelid = c.oid, cardinality(k.conkey) DESC, k.oid LIMIT 1) f ON true"
    " WHERE " TABLES " AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') !~ '^nextval' ORDER BY 1, a.attnum";

/* Texts and numbers that the usual patterns and ranges let through, one or the other. */
static const char *const texts[] = {
    "'value-' || i", "'a' || i",    "'user' || i || '@example.com'", "i::text",
    "chr(96 + i)",   "chr(64 + i)", "'https://example.com/' || i",
};
static const char *const numbers[] = { "i", "i / 10.0", "i * 100", "0" };
enum { TEXTS = sizeof texts / sizeof *texts, VARIANTS = TEXTS * (sizeof numbers / sizeof *numbers) };

static struct error *list_tables(struct connection *connection, struct query **tables)
{
    *tables = query_add(connection, sql_new(connection, tables_sql));
    return query_run(connection);
}

static const char *insert_sql(const void *context, const struct query *columns, const char *table, bool all,
                              int variant)
{
    struct text *names = text_new(context), *values = text_new(context);
    for (int row = 0; row < query_rows(columns); row++) {
        if (strcmp(query_field(columns, row, "table"), table) != 0 ||
            (!all && !query_true(columns, row, "needed")))
            continue;
        const char *expression = query_field(columns, row, "expression");
        text_addf(names, "%s%s", names->length > 0 ? ", " : "", query_field(columns, row, "name"));
        text_addf(values, "%s%s", values->length > 0 ? ", " : "", expression ? expression : "NULL");
    }
    const char *source =
        memory_printf(context, "(SELECT i, %s AS s, %s AS x FROM generate_series(1, %d) i) v",
                      texts[variant % TEXTS], numbers[variant / TEXTS], ROWS);
    if (names->length == 0)
        return memory_printf(context, "INSERT INTO %s DEFAULT VALUES", table);
    return memory_printf(context, "INSERT INTO %s (%s) SELECT %s FROM %s", table, names->data, values->data,
                         source);
}

/* All columns if that can be, else those that must be; what a constraint refuses is tried with other values. */
static bool fill_table(const void *context, struct connection *connection, const struct query *columns,
                       const char *table)
{
    for (int attempt = 0; attempt < 2 * VARIANTS; attempt++) {
        struct error *error = connection_execute(
            connection, insert_sql(context, columns, table, attempt < VARIANTS, attempt % VARIANTS));
        if (!error)
            return true;
        talloc_free(error);
    }
    return false;
}

static bool waits(const struct query *columns, const char *table)
{
    for (int row = 0; row < query_rows(columns); row++)
        if (strcmp(query_field(columns, row, "table"), table) == 0 && query_true(columns, row, "waits"))
            return true;
    return false;
}

static const char *filled_array(const void *context, const struct trial_rows *rows)
{
    struct text *text = text_new(context);
    text_add_char(text, '{');
    for (size_t i = 0; i < rows->count; i++)
        if (rows->tables[i].count > 0) {
            text_add(text, text->length > 1 ? "," : "");
            text_add_json(text, rows->tables[i].table); /* an array's element is quoted the same way */
        }
    text_add_char(text, '}');
    return text->data;
}

/* One round: what no longer waits for another table, or at last all that is left. Says how many got rows. */
static struct error *fill_round(const void *context, struct connection *connection, bool patient, int *filled)
{
    struct trial_rows rows;
    struct sql *sql = sql_new(context, "WITH filled AS (SELECT ");
    TRY(trial_rows_read(context, connection, &rows));
    sql_value(sql, filled_array(context, &rows), "text[]");
    sql_add(sql, columns_sql);
    struct query *columns = query_add(connection, sql);
    TRY(query_run(connection));
    *filled = 0;
    for (size_t i = 0; i < rows.count; i++)
        if (rows.tables[i].count == 0 && (!patient || !waits(columns, rows.tables[i].table)))
            *filled += fill_table(context, connection, columns, rows.tables[i].table);
    return NULL;
}

struct error *trial_rows_make(const void *context, struct connection *connection)
{
    int filled = 1;
    while (filled > 0)
        TRY(fill_round(context, connection, true, &filled));
    TRY(fill_round(context, connection, false, &filled));
    return NULL;
}

struct error *trial_rows_read(const void *context, struct connection *connection, struct trial_rows *rows)
{
    struct query *tables;
    TRY(list_tables(connection, &tables));
    *rows = (struct trial_rows){ .count = (size_t)query_rows(tables) };
    rows->tables = NEW_ARRAY(context, struct table_rows, rows->count + 1);
    struct query **queries = NEW_ARRAY(context, struct query *, rows->count + 1);
    for (size_t i = 0; i < rows->count; i++) {
        rows->tables[i].table = memory_copy(rows->tables, query_text(tables, (int)i, 0));
        struct sql *sql =
            sql_new(context, "SELECT count(*) AS count, coalesce(md5(string_agg(to_jsonb(t)::text, ';'"
                             " ORDER BY to_jsonb(t)::text)), '') AS digest FROM ONLY ");
        sql_addf(sql, "%s t", rows->tables[i].table);
        queries[i] = query_add(connection, sql);
    }
    TRY(query_run(connection));
    for (size_t i = 0; i < rows->count; i++) {
        rows->tables[i].count = query_number(queries[i], 0, "count");
        rows->tables[i].digest = memory_copy(rows->tables, query_field(queries[i], 0, "digest"));
        rows->total += rows->tables[i].count;
    }
    return NULL;
}

struct error *trial_rows_remove(const void *context, struct connection *connection)
{
    struct query *tables;
    struct text *text = text_new(context);
    TRY(list_tables(connection, &tables));
    for (int row = 0; row < query_rows(tables); row++)
        text_addf(text, "%s%s", row > 0 ? ", " : "TRUNCATE ", query_text(tables, row, 0));
    return text->length > 0 ? connection_execute(connection, memory_printf(context, "%s CASCADE", text->data))
                            : NULL;
}

const char *trial_rows_changed(const struct trial_rows *is, const struct trial_rows *was)
{
    for (size_t i = 0, j = 0; i < was->count; i++) {
        while (j < is->count && strcmp(is->tables[j].table, was->tables[i].table) < 0)
            j++;
        if (j == is->count || strcmp(is->tables[j].table, was->tables[i].table) != 0 ||
            is->tables[j].count != was->tables[i].count ||
            strcmp(is->tables[j].digest, was->tables[i].digest) != 0)
            return was->tables[i].table;
    }
    return NULL;
}
