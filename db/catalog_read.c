/* Reads what a schema holds from pg_catalog: a handful of statements in one pipeline, whatever the number of tables.
 *
 * They share one snapshot where the transaction is theirs alone. The server's functions look at what is there now all the
 * same (PostgreSQL 15 manual, 13.6): of what others drop meanwhile they give NULL or '???', or they
 * fail. Such a reading is made again.
 *
 * Only expressions are written by the server's functions; keys of plain columns, which are most of the constraints, are
 * put together here from names that were read anyway. */
#include "catalog.h"

#include <stdlib.h>
#include <string.h>

#include "catalog_name.h"
#include "memory.h"
#include "query.h"
#include "text.h"

/* A reading that others' changes tore: how often it is made, and how the server fails then (internal_error: cache lookup
 * failed for relation 12345). */
enum { TRIES = 20 };
static const char GONE[] = "XX000";

/* What format_type writes of a type that is gone; in two pieces, as three question marks and a quote are another sign. */
#define QUESTION "'??" "?'"

/* What is a catalog's: tables of the schema that belong to no extension, are no partitions and not the program's own
 * history. n is the schema. */
#define TABLES                                                                                                      \
    ", t AS MATERIALIZED (SELECT c.oid, c.relname, c.reltuples, c.relkind, c.relpersistence, c.reloftype"           \
    " FROM pg_catalog.pg_class c"                                                                                   \
    " WHERE c.relnamespace = (SELECT oid FROM n)"                                                                   \
    " AND c.relkind IN ('r', 'p') AND NOT c.relispartition"                                                         \
    " AND c.relname <> 'roster_revision' AND c.relname NOT LIKE 'roster\\_revision\\_%'"                            \
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass"         \
    " AND d.objid = c.oid AND d.deptype = 'e')) "

static const char tables_sql[] =
    TABLES
    "SELECT t.oid, t.relname, d.description, greatest(t.reltuples, 0)::bigint,"
    " CASE WHEN t.relkind = 'p' THEN 'it is partitioned'"
    " WHEN t.oid IN (SELECT inhrelid FROM pg_catalog.pg_inherits UNION SELECT inhparent FROM pg_catalog.pg_inherits)"
    " THEN 'it inherits, or others inherit from it'"
    " WHEN t.relpersistence = 'u' THEN 'it is UNLOGGED' WHEN t.reloftype <> 0 THEN 'it is a table of a type' END FROM t"
    " LEFT JOIN pg_catalog.pg_description d ON d.objoid = t.oid AND d.objsubid = 0"
    " AND d.classoid = 'pg_catalog.pg_class'::regclass ORDER BY t.relname";
enum { TABLE_OID, TABLE_NAME, TABLE_COMMENT, TABLE_ROWS, TABLE_SPECIAL };

static const char columns_sql[] =
    TABLES
    "SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,"
    " a.attidentity, a.attgenerated, CASE WHEN d.oid IS NOT NULL"
    " THEN coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid, true), " QUESTION ") END, m.description,"
    " CASE WHEN a.attcollation <> y.typcollation THEN (SELECT 'it has the collation ' || quote_ident(l.collname)"
    " FROM pg_catalog.pg_collation l WHERE l.oid = a.attcollation) END"
    " FROM t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " JOIN pg_catalog.pg_type y ON y.oid = a.atttypid"
    " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " LEFT JOIN pg_catalog.pg_description m ON m.objoid = a.attrelid AND m.objsubid = a.attnum"
    " AND m.classoid = 'pg_catalog.pg_class'::regclass ORDER BY t.relname, a.attnum";
enum {
    COLUMN_TABLE, COLUMN_NUMBER, COLUMN_NAME, COLUMN_TYPE, COLUMN_REQUIRED, COLUMN_IDENTITY, COLUMN_GENERATED,
    COLUMN_DEFAULT, COLUMN_COMMENT, COLUMN_SPECIAL
};

/* The server writes the definitions that are more than columns: CHECKs, exclusions, keys with INCLUDE, storage
 * parameters or NULLS NOT DISTINCT, and foreign keys to tables elsewhere. */
static const char constraints_sql[] =
    TABLES
    "SELECT k.conrelid, k.conname, k.contype, k.convalidated, k.condeferrable, k.condeferred, k.conkey, k.confkey,"
    " k.confrelid, k.confupdtype, k.confdeltype, k.confmatchtype, k.confdelsetcols,"
    " CASE WHEN k.contype IN ('c', 'x') OR k.contype = 'f' AND f.oid IS NULL"
    " OR i.indnullsnotdistinct OR i.indnatts > i.indnkeyatts OR ic.reloptions IS NOT NULL"
    " THEN pg_catalog.pg_get_constraintdef(k.oid, true) END,"
    " CASE WHEN k.contype = 'f' AND f.oid IS NULL THEN k.confrelid::regclass::text END"
    " FROM t JOIN pg_catalog.pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x')"
    " LEFT JOIN t f ON f.oid = k.confrelid"
    " LEFT JOIN pg_catalog.pg_index i ON k.contype IN ('p', 'u') AND i.indexrelid = k.conindid"
    " LEFT JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid ORDER BY t.relname, k.conname";
enum {
    KEY_TABLE, KEY_NAME, KEY_KIND, KEY_VALID, KEY_DEFERRABLE, KEY_DEFERRED, KEY_COLUMNS, KEY_REFERENCED,
    KEY_OTHER, KEY_ON_UPDATE, KEY_ON_DELETE, KEY_MATCH, KEY_SET_COLUMNS, KEY_DEFINITION, KEY_OTHER_NAME
};

static const char indexes_sql[] =
    TABLES
    "SELECT i.indrelid, c.relname, i.indisunique, i.indisvalid, pg_catalog.pg_get_indexdef(i.indexrelid, 0, true)"
    " FROM t JOIN pg_catalog.pg_index i ON i.indrelid = t.oid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
    " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid"
    " AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')) ORDER BY t.relname, c.relname";
enum { INDEX_TABLE, INDEX_NAME, INDEX_UNIQUE, INDEX_VALID, INDEX_DEFINITION };

static const char enums_sql[] =
    " SELECT y.typname, e.enumlabel FROM pg_catalog.pg_type y"
    " LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = y.oid"
    " WHERE y.typtype = 'e' AND y.typnamespace = (SELECT oid FROM n)"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_type'::regclass"
    " AND d.objid = y.oid AND d.deptype = 'e') ORDER BY y.typname, e.enumsortorder";

/* Only what models can need: others are nobody's business here. */
static const char extensions_sql[] = "SELECT extname FROM pg_catalog.pg_extension"
                                     " WHERE extname IN ('citext', 'pg_trgm')";

/* A table by its number in the database. */
struct known {
    unsigned long oid;
    size_t position;
};

struct reader {
    struct catalog *catalog;
    struct query *tables, *columns, *constraints, *indexes, *enums, *extensions;
    struct known *known; /* sorted by oid */
    const char ***names; /* by position of the table: its columns' names by number */
    size_t *name_counts;
    bool torn; /* something was gone before all of it was read */
};

/* The rest of a statement whose n is the schema of that name. */
static struct query *queue(struct connection *connection, const char *schema_name, const char *rest)
{
    struct sql *sql = sql_new(connection, "WITH n AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ");
    sql_value(sql, schema_name, "text");
    sql_add(sql, ")");
    sql_add(sql, rest);
    return query_add(connection, sql);
}

/* So that names of this schema are written without it. */
static void queue_path(struct connection *connection, const char *schema_name)
{
    struct sql *sql = sql_new(connection, "SELECT set_config('search_path', quote_ident(");
    sql_value(sql, schema_name, "text");
    sql_add(sql, ") || ', public', true)");
    query_add(connection, sql);
}

static const char *copy(const struct reader *reader, const struct query *query, int row, int column)
{
    return memory_copy(reader->catalog, query_text(query, row, column));
}

static bool is_true(const struct query *query, int row, int column)
{
    const char *value = query_text(query, row, column);
    return value && *value == 't';
}

static unsigned long number(const struct query *query, int row, int column)
{
    const char *value = query_text(query, row, column);
    return value ? strtoul(value, NULL, 10) : 0;
}

static int compare_oids(const void *left, const void *right)
{
    const unsigned long a = ((const struct known *)left)->oid, b = ((const struct known *)right)->oid;
    return a < b ? -1 : a > b;
}

/* The position of the table with this oid. NULL for other schemas' tables. */
static const struct known *find_known(const struct reader *reader, unsigned long oid)
{
    const struct known wanted = { .oid = oid };
    return bsearch(&wanted, reader->known, reader->catalog->table_count, sizeof wanted, compare_oids);
}

/* The position of the table that this row is a part of. Within one snapshot every one was read; otherwise it may have been
 * made between two statements: then the reading is torn. */
static const struct known *table_of(struct reader *reader, const struct query *query, int row)
{
    const struct known *known = find_known(reader, number(query, row, 0));
    reader->torn |= !known;
    return known;
}

/* As the server's functions call what is not there any more. */
static bool is_gone(const char *text)
{
    return text && strspn(text, "?") == 3 && text[3] == '\0';
}

static void read_tables(struct reader *reader)
{
    struct catalog *catalog = reader->catalog;
    const size_t count = (size_t)query_rows(reader->tables);
    catalog->tables = NEW_ARRAY(catalog, struct catalog_table, count + 1);
    catalog->table_count = count;
    reader->known = NEW_ARRAY(reader, struct known, count + 1);
    reader->names = NEW_ARRAY(reader, const char **, count + 1);
    reader->name_counts = NEW_ARRAY(reader, size_t, count + 1);
    for (int row = 0; row < (int)count; row++) {
        struct catalog_table *table = &catalog->tables[row];
        table->name = copy(reader, reader->tables, row, TABLE_NAME);
        table->comment = copy(reader, reader->tables, row, TABLE_COMMENT);
        table->special = copy(reader, reader->tables, row, TABLE_SPECIAL);
        table->rows = (long long)number(reader->tables, row, TABLE_ROWS);
        reader->known[row] = (struct known){ number(reader->tables, row, TABLE_OID), (size_t)row };
    }
    qsort(reader->known, count, sizeof *reader->known, compare_oids);
}

/* How many rows, from this one on, are of the same table: they stand together. */
static int run_length(const struct query *query, int row)
{
    const char *table = query_text(query, row, 0);
    int end = row + 1;
    while (end < query_rows(query) && strcmp(query_text(query, end, 0), table) == 0)
        end++;
    return end - row;
}

static void read_column(struct reader *reader, int row, struct catalog_column *column)
{
    const struct query *query = reader->columns;
    column->name = copy(reader, query, row, COLUMN_NAME);
    column->type = copy(reader, query, row, COLUMN_TYPE);
    column->default_sql = copy(reader, query, row, COLUMN_DEFAULT);
    column->comment = copy(reader, query, row, COLUMN_COMMENT);
    column->special = copy(reader, query, row, COLUMN_SPECIAL);
    column->required = is_true(query, row, COLUMN_REQUIRED);
    column->identity = *query_text(query, row, COLUMN_IDENTITY);
    column->generated = *query_text(query, row, COLUMN_GENERATED) == 's';
    reader->torn |= is_gone(column->type) || is_gone(column->default_sql);
}

static void read_columns(struct reader *reader)
{
    const struct query *query = reader->columns;
    for (int row = 0, length; row < query_rows(query); row += length) {
        length = run_length(query, row);
        const struct known *known = table_of(reader, query, row);
        if (!known)
            continue;
        const size_t position = known->position;
        struct catalog_table *table = &reader->catalog->tables[position];
        table->column_count = (size_t)length;
        table->columns = NEW_ARRAY(reader->catalog, struct catalog_column, table->column_count);
        reader->name_counts[position] = number(query, row + length - 1, COLUMN_NUMBER) + 1;
        reader->names[position] = NEW_ARRAY(reader, const char *, reader->name_counts[position]);
        for (int i = 0; i < length; i++) {
            read_column(reader, row + i, &table->columns[i]);
            reader->names[position][number(query, row + i, COLUMN_NUMBER)] = table->columns[i].name;
        }
    }
}

/* {1,3} as the names of that table's columns. What is no column (an expression of an exclusion) is left out. */
static const char *const *column_names(const struct reader *reader, size_t position, const char *numbers)
{
    size_t most = 2, count = 0;
    for (const char *c = numbers; c && *c; c++)
        most += *c == ',';
    const char **names = NEW_ARRAY(reader->catalog, const char *, most);
    for (const char *c = numbers; c && *c && *c != '}';) {
        char *end;
        const unsigned long attribute = strtoul(c + 1, &end, 10);
        if (attribute > 0 && attribute < reader->name_counts[position])
            names[count++] = reader->names[position][attribute];
        c = end > c + 1 ? end : c + strlen(c);
    }
    return names;
}

static const char *action(const char *code)
{
    switch (*code) {
    case 'r':
        return "RESTRICT";
    case 'c':
        return "CASCADE";
    case 'n':
        return "SET NULL";
    case 'd':
        return "SET DEFAULT";
    default:
        return NULL;
    }
}

static void add_actions(const struct reader *reader, struct text *text, int row, size_t position)
{
    const struct query *query = reader->constraints;
    const char *on_update = action(query_text(query, row, KEY_ON_UPDATE));
    const char *on_delete = action(query_text(query, row, KEY_ON_DELETE));
    if (*query_text(query, row, KEY_MATCH) == 'f')
        text_add(text, " MATCH FULL");
    if (on_update)
        text_addf(text, " ON UPDATE %s", on_update);
    if (on_delete)
        text_addf(text, " ON DELETE %s", on_delete);
    if (query_text(query, row, KEY_SET_COLUMNS)) {
        text_add_char(text, ' ');
        catalog_add_names(text, column_names(reader, position, query_text(query, row, KEY_SET_COLUMNS)));
    }
}

/* As pg_get_constraintdef writes it. */
static const char *key_definition(const struct reader *reader, int row, size_t position,
                                  const struct catalog_constraint *constraint)
{
    static const char *const kinds[] = { ['p'] = "PRIMARY KEY ", ['u'] = "UNIQUE ", ['f'] = "FOREIGN KEY " };
    const struct query *query = reader->constraints;
    struct text *text = text_new(reader->catalog);
    text_add(text, kinds[(unsigned char)constraint->kind]);
    catalog_add_names(text, constraint->columns);
    if (constraint->kind == 'f') {
        text_add(text, " REFERENCES ");
        catalog_add_name(text, constraint->references);
        catalog_add_names(text, constraint->referenced);
        add_actions(reader, text, row, position);
    }
    if (is_true(query, row, KEY_DEFERRABLE))
        text_add(text, " DEFERRABLE");
    if (is_true(query, row, KEY_DEFERRED))
        text_add(text, " INITIALLY DEFERRED");
    return text->data;
}

static const char *without_not_valid(const struct reader *reader, const char *definition, bool valid)
{
    static const char suffix[] = " NOT VALID";
    const size_t length = strlen(definition), cut = strlen(suffix);
    if (valid || length < cut || strcmp(definition + length - cut, suffix) != 0)
        return memory_copy(reader->catalog, definition);
    return memory_copy_length(reader->catalog, definition, length - cut);
}

/* Keys of columns that were read are put together here. */
static bool needs_the_server(const struct catalog_constraint *constraint)
{
    return constraint->kind == 'c' || constraint->kind == 'x' || (constraint->kind == 'f' && !constraint->references);
}

static void read_constraint(struct reader *reader, int row, size_t position,
                            struct catalog_constraint *constraint)
{
    const struct query *query = reader->constraints;
    const char *definition = query_text(query, row, KEY_DEFINITION);
    constraint->name = copy(reader, query, row, KEY_NAME);
    constraint->kind = *query_text(query, row, KEY_KIND);
    constraint->valid = is_true(query, row, KEY_VALID);
    constraint->columns = column_names(reader, position, query_text(query, row, KEY_COLUMNS));
    if (constraint->kind == 'f') {
        const struct known *other = find_known(reader, number(query, row, KEY_OTHER));
        constraint->references = other ? reader->catalog->tables[other->position].name
                                       : copy(reader, query, row, KEY_OTHER_NAME);
        constraint->referenced = other ? column_names(reader, other->position, query_text(query, row, KEY_REFERENCED))
                                       : NEW_ARRAY(reader->catalog, const char *, 1);
    }
    if (definition)
        constraint->definition = without_not_valid(reader, definition, constraint->valid);
    else if (needs_the_server(constraint))
        reader->torn = true;
    else
        constraint->definition = key_definition(reader, row, position, constraint);
}

static void read_constraints(struct reader *reader)
{
    const struct query *query = reader->constraints;
    for (int row = 0, length; row < query_rows(query); row += length) {
        length = run_length(query, row);
        const struct known *known = table_of(reader, query, row);
        if (!known)
            continue;
        const size_t position = known->position;
        struct catalog_table *table = &reader->catalog->tables[position];
        table->constraint_count = (size_t)length;
        table->constraints = NEW_ARRAY(reader->catalog, struct catalog_constraint, table->constraint_count);
        for (int i = 0; i < length; i++)
            read_constraint(reader, row + i, position, &table->constraints[i]);
    }
}

static void read_index(struct reader *reader, int row, const struct catalog_table *table,
                       struct catalog_index *index)
{
    const struct query *query = reader->indexes;
    index->name = copy(reader, query, row, INDEX_NAME);
    index->unique = is_true(query, row, INDEX_UNIQUE);
    index->valid = is_true(query, row, INDEX_VALID);
    index->definition = copy(reader, query, row, INDEX_DEFINITION);
    if (!index->definition) {
        reader->torn = true;
        return;
    }
    /* CREATE UNIQUE INDEX name ON ONLY table USING ...: both names may hold anything. */
    const char *table_name = catalog_quote(reader, table->name);
    const char *rest = index->definition + strlen("CREATE INDEX ") + (index->unique ? strlen("UNIQUE ") : 0)
                       + strlen(catalog_quote(reader, index->name)) + strlen(" ON ");
    if (strncmp(rest, "ONLY ", 5) == 0 && strncmp(rest + 5, table_name, strlen(table_name)) == 0)
        rest += strlen("ONLY ");
    const char *shape = strstr(rest, " USING ");
    index->shape = strlen(rest) > strlen(table_name) && strncmp(rest, table_name, strlen(table_name)) == 0
                       ? rest + strlen(table_name) + 1
                       : shape ? shape + 1 : index->definition;
}

static void read_indexes(struct reader *reader)
{
    const struct query *query = reader->indexes;
    for (int row = 0, length; row < query_rows(query); row += length) {
        length = run_length(query, row);
        const struct known *known = table_of(reader, query, row);
        if (!known)
            continue;
        struct catalog_table *table = &reader->catalog->tables[known->position];
        table->index_count = (size_t)length;
        table->indexes = NEW_ARRAY(reader->catalog, struct catalog_index, table->index_count);
        for (int i = 0; i < length; i++)
            read_index(reader, row + i, table, &table->indexes[i]);
    }
}

static void read_enums(struct reader *reader)
{
    const struct query *query = reader->enums;
    struct catalog *catalog = reader->catalog;
    catalog->enums = NEW_ARRAY(catalog, struct catalog_enum, (size_t)query_rows(query) + 1);
    for (int row = 0, length; row < query_rows(query); row += length) {
        length = run_length(query, row);
        struct catalog_enum *type = &catalog->enums[catalog->enum_count++];
        type->name = copy(reader, query, row, 0);
        type->values = NEW_ARRAY(catalog, struct catalog_value, (size_t)length);
        for (int i = 0; i < length; i++)
            if (query_text(query, row + i, 1))
                type->values[type->count++].name = copy(reader, query, row + i, 1);
    }
}

static void read_extensions(struct reader *reader)
{
    struct catalog *catalog = reader->catalog;
    const int count = query_rows(reader->extensions);
    catalog->extensions = NEW_ARRAY(catalog, const char *, (size_t)count + 1);
    for (int row = 0; row < count; row++)
        catalog->extensions[row] = copy(reader, reader->extensions, row, 0);
}

static void queue_all(struct reader *reader, struct connection *connection, const char *schema_name)
{
    queue_path(connection, schema_name);
    reader->tables = queue(connection, schema_name, tables_sql);
    reader->columns = queue(connection, schema_name, columns_sql);
    reader->constraints = queue(connection, schema_name, constraints_sql);
    reader->indexes = queue(connection, schema_name, indexes_sql);
    reader->enums = queue(connection, schema_name, enums_sql);
    reader->extensions = query_add(connection, sql_new(connection, extensions_sql));
    query_one_snapshot(connection);
}

static struct error *read_once(const void *context, struct connection *connection, const char *schema_name,
                               struct catalog **catalog)
{
    struct reader *reader = NEW(context, struct reader);
    reader->catalog = NEW(context, struct catalog);
    queue_all(reader, connection, schema_name);
    TRY(query_run(connection));
    read_tables(reader);
    read_columns(reader);
    read_constraints(reader);
    read_indexes(reader);
    read_enums(reader);
    read_extensions(reader);
    catalog_sort(reader->catalog);
    *catalog = reader->catalog;
    const bool torn = reader->torn;
    talloc_free(reader);
    if (!torn)
        return NULL;
    struct error *error = error_new(context, ERROR_FAILED, "tables came and went while they were read");
    memcpy(error->sqlstate, GONE, sizeof GONE);
    return error;
}

bool catalog_was_torn(const struct error *error)
{
    return error && strcmp(error->sqlstate, GONE) == 0;
}

struct error *catalog_read(const void *context, struct connection *connection, const char *schema_name,
                           struct catalog **catalog)
{
    const bool alone = query_is_idle(connection);
    struct error *error = read_once(context, connection, schema_name, catalog);
    for (int tries = 1; alone && tries < TRIES && catalog_was_torn(error); tries++)
        error = read_once(context, connection, schema_name, catalog);
    return error;
}
