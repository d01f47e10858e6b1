/* Expressions in the normal form that PostgreSQL gives them, as far as it can be told without asking. */
#ifndef ROSTER_CATALOG_EXPRESSION_H
#define ROSTER_CATALOG_EXPRESSION_H

#include <stdbool.h>

/* A column default; type is the column's, as in a catalog. NULL is no default. What is not a plain literal, a number
 * or a call without arguments comes back as it is. */
const char *catalog_default(const void *context, const char *type, const char *default_sql);
/* left <= right, where the column is of that type and the limit is a number. */
const char *catalog_compare(const void *context, const char *column, const char *type, const char *operator_name,
                            const char *limit);
/* The type without its parameters: character varying(64) is character varying. */
const char *catalog_base_type(const void *context, const char *type);
bool catalog_is_text(const char *type);
/* Whether two defaults of a column of that type give the same value, written differently: 'a'::text and
 * 'a'::character varying, 40 and '40'::numeric, NULL::text and none. */
bool catalog_same_default(const char *type, const char *left, const char *right);

#endif
