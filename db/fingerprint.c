/* What a database holds, in short. */
#include "fingerprint.h"

#include <sodium.h>
#include <string.h>

#include "memory.h"
#include "query.h"
#include "stop.h"
#include "text.h"
#include "trial_shape.h"

/* Everything that holds rows of people's own, in the order of strcmp, with its values as one row of such that can be
 * hashed: PostgreSQL's own hash of a type where there is one, otherwise that of its text (an enum is hashed by its number,
 * which is another one in each database). */
static const char tables_sql[] =
    "SELECT c.oid::regclass::text AS name, coalesce((SELECT string_agg('t.' || quote_ident(a.attname) || CASE WHEN EXISTS"
    "   (SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod WHERE m.amname = 'hash' AND o.opcdefault"
    "   AND o.oid < 16384 AND o.opcintype = a.atttypid) THEN '' ELSE '::text' END, ', ' ORDER BY a.attnum)"
    "   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '') AS values"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"
    "   AND d.deptype = 'e')"
    " ORDER BY c.oid::regclass::text COLLATE \"C\"";

/* Values as text, in one spelling; nothing that differs from one server to another, as the numbers of types do. Without
 * helpers: beside a dump they would take its processor. */
static const char settings_sql[] =
    "SELECT set_config('DateStyle', 'ISO, YMD', false), set_config('TimeZone', 'UTC', false),"
    " set_config('IntervalStyle', 'postgres', false), set_config('extra_float_digits', '1', false),"
    " set_config('bytea_output', 'hex', false), set_config('max_parallel_workers_per_gather', '0', false)";

static struct error *read_shape(const void *context, struct connection *connection, const char **digest)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256_state state;
    struct shape shape;
    TRY(shape_read(context, connection, &shape));
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < shape.count; i++)
        crypto_hash_sha256_update(&state, (const unsigned char *)shape.lines[i], strlen(shape.lines[i]) + 1);
    crypto_hash_sha256_final(&state, hash);
    *digest = memory_copy(context, sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
    return NULL;
}

/* A sum does not care about the order, and unlike exclusive-or it counts a row that is there twice. */
static struct error *read_table(const void *context, struct connection *connection, const char *values,
                                struct fingerprint_table *table)
{
    struct sql *sql = sql_new(context, "SELECT count(*) AS rows, coalesce(sum(hash_record_extended(ROW(");
    sql_add(sql, values);
    sql_addf(sql, "), 0)), 0)::text AS digest FROM ONLY %s t", table->name);
    struct query *query = query_add(connection, sql);
    TRY(query_run(connection));
    table->rows = query_number(query, 0, "rows");
    table->digest = memory_copy(context, query_field(query, 0, "digest"));
    return NULL;
}

struct error *fingerprint_read(const void *context, struct connection *connection,
                               struct fingerprint *fingerprint)
{
    query_add(connection, sql_new(context, settings_sql));
    struct query *tables = query_add(connection, sql_new(context, tables_sql));
    TRY(query_run(connection));
    *fingerprint = (struct fingerprint){ .count = (size_t)query_rows(tables) };
    fingerprint->tables = NEW_ARRAY(context, struct fingerprint_table, fingerprint->count + 1);
    TRY(read_shape(context, connection, &fingerprint->shape));
    for (size_t i = 0; i < fingerprint->count; i++) {
        TRY(stop_check(context));
        fingerprint->tables[i].name = memory_copy(context, query_text(tables, (int)i, 0));
        TRY(read_table(context, connection, query_field(tables, (int)i, "values"), &fingerprint->tables[i]));
    }
    return NULL;
}

static const char *table_difference(const void *context, const struct fingerprint_table *is,
                                    const struct fingerprint_table *wanted)
{
    if (is->rows != wanted->rows)
        return memory_printf(context, "table %s has %lld rows instead of %lld", is->name, is->rows, wanted->rows);
    if (*is->digest && *wanted->digest && strcmp(is->digest, wanted->digest) != 0)
        return memory_printf(context, "the values in table %s differ", is->name);
    return NULL;
}

const char *fingerprint_difference(const void *context, const struct fingerprint *is,
                                   const struct fingerprint *wanted)
{
    size_t i = 0, j = 0;
    while (i < is->count || j < wanted->count) {
        const int order = i == is->count       ? 1
                          : j == wanted->count ? -1
                                               : strcmp(is->tables[i].name, wanted->tables[j].name);
        if (order < 0)
            return memory_printf(context, "table %s is there and should not be", is->tables[i].name);
        if (order > 0)
            return memory_printf(context, "table %s is missing", wanted->tables[j].name);
        const char *difference = table_difference(context, &is->tables[i++], &wanted->tables[j++]);
        if (difference)
            return difference;
    }
    if (*is->shape && *wanted->shape && strcmp(is->shape, wanted->shape) != 0)
        return "columns, constraints or indexes differ";
    return NULL;
}

long long fingerprint_rows(const struct fingerprint *fingerprint)
{
    long long rows = 0;
    for (size_t i = 0; i < fingerprint->count; i++)
        rows += fingerprint->tables[i].rows;
    return rows;
}
