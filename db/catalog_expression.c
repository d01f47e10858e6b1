/* How PostgreSQL writes back the simple expressions that types and limits lead to (what ruleutils.c does, observed on
 * PostgreSQL 15). A wrong guess costs a question to the server and is never wrong in effect: catalog_normalise asks. */
#include "catalog_expression.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"
#include "text.h"

enum number_kind { NO_NUMBER, SMALL, LARGE, EXACT }; /* PostgreSQL's integer, bigint and numeric constants */

const char *catalog_base_type(const void *context, const char *type)
{
    const char *open = strchr(type, '(');
    if (!open)
        return type;
    const char *close = strchr(open, ')');
    return memory_printf(context, "%.*s%s", (int)(open - type), type, close ? close + 1 : "");
}

static bool is_family(const char *type, const char *name)
{
    const size_t length = strlen(name);
    return strncmp(type, name, length) == 0 && (type[length] == '\0' || type[length] == '(');
}

bool catalog_is_text(const char *type)
{
    return is_family(type, "text") || is_family(type, "character varying");
}

static bool is_number_type(const char *type)
{
    static const char *const names[] = { "smallint", "integer", "bigint", "numeric", "real", "double precision" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_family(type, names[i]))
            return true;
    return false;
}

/* Digits, at most one point, at most one minus in front; other ways to write a number are left to PostgreSQL. */
static enum number_kind number_kind(const char *text)
{
    const char *digits = text + (*text == '-');
    const size_t whole = strspn(digits, "0123456789");
    if (whole == 0 || (whole > 1 && digits[0] == '0'))
        return NO_NUMBER;
    if (digits[whole] == '.')
        return digits[whole + 1 + strspn(digits + whole + 1, "0123456789")] == '\0' ? EXACT : NO_NUMBER;
    if (digits[whole] != '\0')
        return NO_NUMBER;
    if (whole > 19)
        return EXACT;
    const unsigned long long value = strtoull(digits, NULL, 10);
    return value <= INT32_MAX ? SMALL : value <= INT64_MAX ? LARGE : EXACT;
}

/* 5 stays, a negative or a large number is a quoted one of its type. */
static const char *number_constant(const void *context, const char *text)
{
    static const char *const types[] = { [SMALL] = "integer", [LARGE] = "bigint", [EXACT] = "numeric" };
    const enum number_kind kind = number_kind(text);
    if (kind == SMALL && *text != '-')
        return text;
    if (kind == EXACT && *text != '-' && strchr(text, '.'))
        return text;
    return memory_printf(context, "'%s'::%s", text, types[kind]);
}

const char *catalog_compare(const void *context, const char *column, const char *type, const char *operator_name,
                            const char *limit)
{
    const enum number_kind kind = number_kind(limit);
    if (kind == NO_NUMBER)
        return memory_printf(context, "%s %s %s", column, operator_name, limit);
    const char *constant = number_constant(context, limit);
    if (is_family(type, "bigint"))
        return memory_printf(context, "%s%s %s %s", column, kind == EXACT ? "::numeric" : "", operator_name, constant);
    const char *cast = "";
    if (is_family(type, "double precision"))
        cast = "::double precision";
    else if (is_family(type, "numeric") && kind != EXACT)
        cast = "::numeric";
    return memory_printf(context, "%s %s %s%s", column, operator_name, constant, cast);
}

/* One quoted literal and nothing else; where it ends. */
static const char *literal_end(const char *sql)
{
    if (*sql != '\'')
        return NULL;
    for (const char *c = sql + 1; *c; c++)
        if (*c == '\'' && *++c != '\'')
            return c;
    return NULL;
}

static bool is_call(const char *sql)
{
    const size_t length = strspn(sql, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return length > 0 && strcmp(sql + length, "()") == 0;
}

static const char *changed_case(const void *context, const char *text, int (*change)(int))
{
    char *copy = memory_copy(context, text);
    for (char *c = copy; *c; c++)
        *c = (char)change((unsigned char)*c);
    return copy;
}

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list; list++)
        if (strcasecmp(text, *list) == 0)
            return true;
    return false;
}

static const char *trimmed(const void *context, const char *text)
{
    size_t length = strlen(text += strspn(text, " \t\n"));
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    return memory_copy_length(context, text, length);
}

const char *catalog_default(const void *context, const char *type, const char *default_sql)
{
    static const char *const lower[] = { "true", "false", NULL };
    static const char *const upper[] = { "current_date", "current_time", "current_timestamp", "localtime",
                                         "localtimestamp", "current_user", "session_user", NULL };
    if (!default_sql)
        return NULL;
    const char *sql = trimmed(context, default_sql);
    if (strcasecmp(sql, "null") == 0)
        return NULL;
    if (is_one_of(sql, lower) || is_call(sql))
        return changed_case(context, sql, tolower);
    if (is_one_of(sql, upper))
        return changed_case(context, sql, toupper);
    if (is_number_type(type) && number_kind(sql) != NO_NUMBER)
        return number_constant(context, sql);
    const char *end = literal_end(sql);
    if (end && *end == '\0' && !is_family(type, "boolean"))
        return memory_printf(context, "%s::%s", sql, catalog_base_type(context, type));
    return sql;
}

/* Casts that leave a literal's value as it is. */
static bool is_harmless_cast(const char *name, size_t length, const char *type)
{
    static const char *const names[] = { "text", "character varying", "bpchar", "smallint", "integer", "bigint",
                                         "numeric", "double precision", "real" };
    const size_t base = strcspn(type, "(");
    if (length == base && strncmp(name, type, length) == 0)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && strncmp(name, names[i], length) == 0)
            return true;
    return false;
}

/* The value inside 'a'::text or 40::numeric; false for everything that is more than a literal with harmless casts. */
static bool literal_value(const char *sql, const char *type, const char **value, size_t *length)
{
    const char *end = literal_end(sql);
    if (end) {
        *value = sql + 1;
        *length = (size_t)(end - sql) - 2;
    } else {
        *value = sql;
        *length = strspn(sql, "0123456789.");
        end = sql + *length;
        if (*length == 0 && strncasecmp(sql, "null", 4) != 0)
            return false;
        if (*length == 0) {
            *value = NULL;
            end = sql + 4;
        }
    }
    while (end[0] == ':' && end[1] == ':') {
        const char *name = end + 2;
        const size_t size = name[0] == '"' ? strcspn(name + 1, "\"") + 2 : strcspn(name, ":(\"");
        if (!is_harmless_cast(name, size, type))
            return false;
        end = name + size;
    }
    return *end == '\0';
}

bool catalog_same_default(const char *type, const char *left, const char *right)
{
    const char *left_value = NULL, *right_value = NULL;
    size_t left_length = 0, right_length = 0;
    if (left && right && strcmp(left, right) == 0)
        return true;
    if (left && !literal_value(left, type, &left_value, &left_length))
        return false;
    if (right && !literal_value(right, type, &right_value, &right_length))
        return false;
    if (!left_value || !right_value)
        return !left_value && !right_value;
    return left_length == right_length && strncmp(left_value, right_value, left_length) == 0;
}
