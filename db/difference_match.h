/* Which table, column and enum type of one catalog is which of the other, and how an expression of the one reads in the
 * names of the other. */
#ifndef ROSTER_DIFFERENCE_MATCH_H
#define ROSTER_DIFFERENCE_MATCH_H

#include "catalog.h"

struct table_match {
    const struct catalog_table *from, *to;      /* NULL: created, or dropped */
    const struct catalog_column **from_columns; /* by position in to->columns; NULL: added */
    bool columns_renamed;
};

struct enum_match {
    const struct catalog_enum *from, *to;
    const struct catalog_value **from_values;   /* by position in to->values; NULL: added */
    bool rebuilt;                               /* a value is gone, or the order changed */
};

struct match {
    struct table_match *tables;
    struct enum_match *enums;
    size_t table_count, enum_count;
    bool renames;                               /* something has another name, so that expressions must be rewritten */
};

struct match *match_new(const void *context, const struct catalog *from, const struct catalog *to);
/* NULL when there is none. */
const struct table_match *match_from_table(const struct match *match, const char *name);
const struct enum_match *match_from_enum(const struct match *match, const char *name);
/* The column of the other side that this one of from becomes, NULL when it is dropped. */
const struct catalog_column *match_to_column(const struct table_match *table, const char *from_name);
/* A definition, a default or a type of from (of that table), as PostgreSQL shows it once everything is renamed. */
const char *match_rewrite(const void *context, const struct match *match, const struct table_match *table,
                          const char *text);
const char *match_type(const void *context, const struct match *match, const char *type);

#endif
