/* Indexes that are built or dropped CONCURRENTLY: their statements read, their leftovers found and dropped. */
#include "migrate_index.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "query.h"
#include "text.h"

struct reader {
    const void *context;
    const char *at;
};

static void skip_comment(struct reader *reader)
{
    int depth = 0;
    do {
        const bool opens = strncmp(reader->at, "/*", 2) == 0, closes = strncmp(reader->at, "*/", 2) == 0;
        depth += opens - closes;
        reader->at += opens || closes ? 2 : 1;
    } while (depth > 0 && *reader->at);
}

static void skip_blanks(struct reader *reader)
{
    for (;;) {
        if (isspace((unsigned char)*reader->at))
            reader->at++;
        else if (strncmp(reader->at, "--", 2) == 0)
            reader->at += strcspn(reader->at, "\n");
        else if (strncmp(reader->at, "/*", 2) == 0)
            skip_comment(reader);
        else
            return;
    }
}

static size_t word_length(const char *at)
{
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_' || at[length] == '$' ||
           (at[length] & 0x80))
        length++;
    return length;
}

static bool take(struct reader *reader, const char *word)
{
    skip_blanks(reader);
    if (word_length(reader->at) != strlen(word) || strncasecmp(reader->at, word, strlen(word)) != 0)
        return false;
    reader->at += strlen(word);
    return true;
}

/* An identifier as PostgreSQL stores it (manual, 4.1.1); NULL when none stands here. */
static const char *take_name(struct reader *reader)
{
    struct text *name = text_new(reader->context);
    skip_blanks(reader);
    if (*reader->at == '"') {
        for (reader->at++; *reader->at && (*reader->at != '"' || reader->at[1] == '"'); reader->at++) {
            reader->at += *reader->at == '"';
            text_add_char(name, *reader->at);
        }
        reader->at += *reader->at == '"';
    } else {
        for (size_t left = word_length(reader->at); left > 0; left--)
            text_add_char(name, (char)tolower((unsigned char)*reader->at++));
    }
    return name->length > 0 ? name->data : NULL;
}

/* name or schema.name */
static const char *take_path(struct reader *reader, const char **schema)
{
    const char *name = take_name(reader);
    skip_blanks(reader);
    *schema = NULL;
    if (*reader->at != '.')
        return name;
    reader->at++;
    *schema = name;
    return take_name(reader);
}

static void read_create(struct reader *reader, struct index_statement *index)
{
    const char *schema;
    take(reader, "unique");
    if (!take(reader, "index") || !take(reader, "concurrently"))
        return;
    index->creates = true;
    index->lenient = take(reader, "if") && take(reader, "not") && take(reader, "exists");
    if (!take(reader, "on")) {
        index->name = take_name(reader);
        take(reader, "on");
    }
    take(reader, "only");
    skip_blanks(reader);
    const char *start = reader->at;
    take_path(reader, &schema);
    index->table = memory_copy_length(reader->context, start, (size_t)(reader->at - start));
}

struct index_statement index_statement_read(const void *context, const char *sql)
{
    struct reader reader = { .context = context, .at = sql };
    struct index_statement index = { 0 };
    if (take(&reader, "create")) {
        read_create(&reader, &index);
    } else if (take(&reader, "drop") && take(&reader, "index") && take(&reader, "concurrently")) {
        index.drops = true;
        index.lenient = take(&reader, "if") && take(&reader, "exists");
        index.name = take_path(&reader, &index.schema);
    }
    return index;
}

/* The index of that name in the schema of its table, or on the search path. */
static const char *where(const void *context, const struct index_statement *index)
{
    const char *name = sql_quote_literal(context, index->name);
    if (index->creates)
        return memory_printf(
            context,
            "c.relname = %s AND c.relnamespace = (SELECT relnamespace FROM pg_catalog.pg_class"
            " WHERE oid = pg_catalog.to_regclass(%s))",
            name, sql_quote_literal(context, index->table));
    if (index->schema)
        return memory_printf(
            context,
            "c.relname = %s AND c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE"
            " nspname = %s)",
            name, sql_quote_literal(context, index->schema));
    return memory_printf(context, "c.relname = %s AND pg_catalog.pg_table_is_visible(c.oid)", name);
}

#define FROM_INDEXES " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid WHERE "
#define DROP_SQL "SELECT 'DROP INDEX CONCURRENTLY ' || c.oid::pg_catalog.regclass"

struct error *index_look(struct connection *connection, const struct index_statement *index,
                         enum index_condition *condition)
{
    struct sql *sql = sql_new(connection, "SELECT i.indisvalid AS valid" FROM_INDEXES);
    sql_add(sql, where(sql, index));
    struct query *query = query_add(connection, sql);
    TRY(query_run(connection));
    *condition = query_rows(query) == 0          ? INDEX_MISSING
                 : query_true(query, 0, "valid") ? INDEX_VALID
                                                 : INDEX_INVALID;
    return NULL;
}

struct error *index_drop_invalid(struct connection *connection, const struct index_statement *index)
{
    struct sql *sql = sql_new(connection, DROP_SQL " AS drop" FROM_INDEXES);
    sql_addf(sql, "NOT i.indisvalid AND %s", where(sql, index));
    struct query *query = query_add(connection, sql);
    TRY(query_run(connection));
    return query_rows(query) > 0 ? connection_execute(connection, query_field(query, 0, "drop")) : NULL;
}

const char *index_drop_invalid_script(const void *context, const struct index_statement *index)
{
    return memory_printf(context, DROP_SQL FROM_INDEXES "NOT i.indisvalid AND %s \\gexec\n",
                         where(context, index));
}

const char *index_require_script(const void *context, const struct index_statement *index)
{
    return memory_printf(context,
                         "DO $roster$ BEGIN IF NOT EXISTS (SELECT" FROM_INDEXES "i.indisvalid AND %s) THEN\n"
                         "    RAISE EXCEPTION 'the index %% is not valid', %s;\nEND IF; END $roster$;\n",
                         where(context, index), sql_quote_literal(context, index->name));
}
