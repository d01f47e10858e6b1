/* Columns of a database in the terms of the models. */
#ifndef ROSTER_INSPECT_FIELD_H
#define ROSTER_INSPECT_FIELD_H

#include "catalog.h"
#include "text.h"

struct inspection {
    struct text *text;
    const struct catalog *catalog;
    const struct catalog_table *table; /* the one being written */
    size_t unsaid;
};

void inspect_string(struct text *text, const char *value); /* as C writes it */
void inspect_symbol(struct text *text, const char *name);  /* model_name */
/* A comment about what cannot be said. */
void inspect_unsaid(struct inspection *inspection, const char *what, const char *which);
/* table_column_suffix, cut as the models' names are. */
const char *inspect_name(const struct inspection *inspection, const char *column, const char *suffix);
/* The foreign key of which this is the last or only column, or NULL. */
const struct catalog_constraint *inspect_reference(const struct catalog_table *table, const char *column);
/* lower(name::text) */
const char *inspect_lower(const struct inspection *inspection, const struct catalog_column *column);
void inspect_field(struct inspection *inspection, const struct catalog_column *column);
/* What every model has and this table has not. */
void inspect_missing(struct inspection *inspection);

#endif
