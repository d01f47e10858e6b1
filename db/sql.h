/* One SQL statement under construction: its text and its parameters.
 *
 * Values only ever become parameters ($1, $2, ...); names only come from the models and are always quoted. So nothing
 * a person typed can become SQL. */
#ifndef ROSTER_SQL_H
#define ROSTER_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include "text.h"

struct sql {
    struct text *text;
    int count; /* of parameters */
    const char **values;
    int *lengths;
    int *formats; /* 0 text, 1 binary */
};

struct sql *sql_new(const void *context, const char *text);
void sql_add(struct sql *sql, const char *text);
void sql_addf(struct sql *sql, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "name", with quotes doubled. */
void sql_name(struct sql *sql, const char *identifier);
/* alias."name" */
void sql_column(struct sql *sql, const char *alias, const char *column);
/* A new parameter holding this text (NULL is SQL's NULL), written as $n::type, or $n when type is NULL. The value is
 * not copied: it must live as long as the statement. Returns n, so that sql_addf("$%d", n) can name it again. */
int sql_value(struct sql *sql, const char *value, const char *type);
/* A new binary parameter of type bytea. */
int sql_bytes(struct sql *sql, const void *bytes, size_t length);
/* Adds another statement's text at this place, its parameters renumbered. */
void sql_insert(struct sql *sql, const struct sql *other);
/* {"1","2"}: an array as PostgreSQL reads it (manual, 8.15.2), to be a parameter. */
char *sql_array(const void *context, const char *const *items, size_t count);
/* "name" quoted as an identifier, for text that is not a statement under construction. */
char *sql_quote_name(const void *context, const char *identifier);
/* 'text' quoted as a literal (for DDL only: defaults and CHECKs, which take no parameters). */
char *sql_quote_literal(const void *context, const char *text);

#endif
