/* One SQL statement under construction. */
#include "sql.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"

enum { FIRST_PARAMETERS = 4 };

struct sql *sql_new(const void *context, const char *text)
{
    struct sql *sql = NEW(context, struct sql);

    sql->text = text_new(sql);
    if (text)
        text_add(sql->text, text);
    return sql;
}

void sql_add(struct sql *sql, const char *text)
{
    text_add(sql->text, text);
}

void sql_addf(struct sql *sql, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = memory_vprintf(sql, format, arguments);
    va_end(arguments);
    text_add(sql->text, text);
    talloc_free(text);
}

/* Writes text between two quotes, with the quote doubled inside (PostgreSQL manual, 4.1). */
static void add_quoted(struct text *text, const char *value, char quote, bool double_backslash)
{
    text_add_char(text, quote);
    for (; *value; value++) {
        if (*value == quote || (double_backslash && *value == '\\'))
            text_add_char(text, *value);
        text_add_char(text, *value);
    }
    text_add_char(text, quote);
}

void sql_name(struct sql *sql, const char *identifier)
{
    add_quoted(sql->text, identifier, '"', false);
}

void sql_column(struct sql *sql, const char *alias, const char *column)
{
    text_add(sql->text, alias);
    text_add_char(sql->text, '.');
    sql_name(sql, column);
}

static int add_parameter(struct sql *sql, const char *value, int length, int format)
{
    int count = sql->count;

    if (count == 0 || (count >= FIRST_PARAMETERS && (count & (count - 1)) == 0)) {
        size_t size = count == 0 ? FIRST_PARAMETERS : (size_t)count * 2;

        sql->values = GROW_ARRAY(sql, const char *, sql->values, size);
        sql->lengths = GROW_ARRAY(sql, int, sql->lengths, size);
        sql->formats = GROW_ARRAY(sql, int, sql->formats, size);
    }
    sql->values[count] = value;
    sql->lengths[count] = length;
    sql->formats[count] = format;
    return sql->count = count + 1;
}

int sql_value(struct sql *sql, const char *value, const char *type)
{
    int number = add_parameter(sql, value, 0, 0);

    text_addf(sql->text, type ? "$%d::%s" : "$%d", number, type);
    return number;
}

int sql_bytes(struct sql *sql, const void *bytes, size_t length)
{
    int number;

    if (length > INT_MAX)
        abort(); /* libpq counts in int, and bytea ends at 1 GB; files go in chunks far below */
    number = add_parameter(sql, bytes ? bytes : "", (int)length, 1);
    text_addf(sql->text, "$%d::bytea", number);
    return number;
}

static bool is_word(char character)
{
    return isalnum((unsigned char)character) || character == '_' || character == '$' ||
           (unsigned char)character >= 0x80;
}

/* The end of the quoted piece that starts at start with its quote. */
static const char *skip_quoted(const char *start, bool backslashes)
{
    const char *at = start + 1;

    while (*at && *at != *start)
        at += backslashes && at[0] == '\\' && at[1] ? 2 : 1;
    return *at ? at + 1 : at; /* a doubled quote is simply the start of another piece */
}

static const char *skip_comment(const char *at)
{
    int depth = 0;

    if (at[0] == '-')
        return at + strcspn(at, "\n");
    do { /* these nest (PostgreSQL manual, 4.1.5) */
        if (at[0] == '/' && at[1] == '*')
            depth++, at += 2;
        else if (at[0] == '*' && at[1] == '/')
            depth--, at += 2;
        else
            at++;
    } while (depth > 0 && *at);
    return at;
}

/* The end of $tag$ ... $tag$, or NULL when no such thing starts here. */
static const char *skip_dollar_quoted(const char *start)
{
    const char *tag = start + 1, *at;
    size_t length;

    while (is_word(*tag) && *tag != '$')
        tag++;
    if (*tag != '$' || isdigit((unsigned char)start[1]))
        return NULL;
    length = (size_t)(tag - start) + 1;
    for (at = start + length; *at; at++)
        if (*at == '$' && strncmp(at, start, length) == 0)
            return at + length;
    return at;
}

/* The end of what the SQL at this place hides: a quoted piece, a comment, a whole word. NULL when it hides
 * nothing. */
static const char *skip_hidden(const char *at)
{
    if ((*at == 'E' || *at == 'e') && at[1] == '\'')
        return skip_quoted(at + 1, true);
    if (*at == '\'' || *at == '"')
        return skip_quoted(at, false);
    if ((at[0] == '-' && at[1] == '-') || (at[0] == '/' && at[1] == '*'))
        return skip_comment(at);
    if (*at == '$')
        return skip_dollar_quoted(at);
    if (is_word(*at)) {
        while (is_word(*at))
            at++;
        return at;
    }
    return NULL;
}

void sql_insert(struct sql *sql, const struct sql *other)
{
    int offset = sql->count;
    const char *at = other->text->data;

    for (int i = 0; i < other->count; i++)
        add_parameter(sql, other->values[i], other->lengths[i], other->formats[i]);
    while (*at) {
        const char *end = skip_hidden(at);

        if (end) {
            text_add_bytes(sql->text, at, (size_t)(end - at));
            at = end;
        } else if (at[0] == '$' && isdigit((unsigned char)at[1])) {
            char *after;

            text_addf(sql->text, "$%ld", strtol(at + 1, &after, 10) + offset);
            at = after;
        } else {
            text_add_char(sql->text, *at++);
        }
    }
}

static char *take_data(const void *context, struct text *text)
{
    char *data = talloc_steal(context, text->data);

    talloc_free(text);
    return data;
}

char *sql_quote_name(const void *context, const char *identifier)
{
    struct text *text = text_new(context);

    add_quoted(text, identifier, '"', false);
    return take_data(context, text);
}

char *sql_quote_literal(const void *context, const char *value)
{
    struct text *text = text_new(context);
    bool escapes = strchr(value, '\\') != NULL;

    if (escapes)
        text_add_char(text, 'E'); /* means the same whatever standard_conforming_strings says */
    add_quoted(text, value, '\'', escapes);
    return take_data(context, text);
}

char *sql_array(const void *context, const char *const *items, size_t count)
{
    struct text *text = text_new(context);

    text_add_char(text, '{');
    for (size_t i = 0; i < count; i++) {
        text_add(text, i > 0 ? ",\"" : "\"");
        for (const char *at = items[i]; *at; at++) {
            if (*at == '"' || *at == '\\')
                text_add_char(text, '\\');
            text_add_char(text, *at);
        }
        text_add_char(text, '"');
    }
    text_add_char(text, '}');
    return text->data;
}
