/* An inspection in progress: what is known of each table, and the model that is made of it. */
#ifndef ROSTER_INSPECT_STATE_H
#define ROSTER_INSPECT_STATE_H

#include "catalog.h"
#include "model.h"
#include "text.h"

/* Something in a table that the models leave alone, and why. */
struct inspect_rest {
    const char *name, *what, *why; /* "tags", "column tags text[]", "no field has this type" */
};

struct inspect_table {
    const struct catalog_table *table;
    const char *why; /* the whole table is left alone; NULL: it is not */
    bool is_brought; /* a table that the program, or a FIELD_FILE of another model, brings along */
    bool is_link;
    bool is_checked; /* is_brought and is_link are only tried: false once they did not come out right */
    bool other_path; /* the address that is made from its name is taken */
    struct inspect_rest *rest;
    size_t rest_count;
    const char **plain; /* columns that are no references, though they have a foreign key; ends with NULL */
    size_t plain_count;
    struct model *model; /* of this round */
};

struct inspection {
    const struct catalog *catalog;
    struct inspect_table *tables; /* in the catalog's order */
    void *round;                  /* what the models of one round are made in */
};

struct inspect_table *inspect_find(const struct inspection *inspection, const char *name); /* NULL: none */
/* Leaves something alone; false when it is left alone already. */
bool inspect_leave(struct inspection *inspection, struct inspect_table *table, const char *name,
                   const char *what, const char *why);
bool inspect_is_left(const struct inspect_table *table, const char *name);
bool inspect_is_model(const struct inspect_table *table);

/* table_column_suffix, cut as the models' names are. */
const char *inspect_name(const void *context, const struct catalog_table *table, const char *column,
                         const char *suffix);
/* The primary key, when it is one column; else NULL. */
const struct catalog_constraint *inspect_key(const struct catalog_table *table);
/* The foreign key of which this is the last or only column, or NULL. */
const struct catalog_constraint *inspect_reference(const struct catalog_table *table, const char *column);
/* Whether such an index is there and valid. */
bool inspect_has_index(const struct catalog_table *table, const char *name, bool unique, const char *shape);
/* lower(name::text) */
const char *inspect_lower(const void *context, const struct catalog_column *column);

/* The column as a field; NULL, or why it cannot be one. */
const char *inspect_field(const struct inspection *inspection, const struct inspect_table *table,
                          const struct catalog_column *column, struct field *field);
/* What the fields of the table's model do not say already. */
void inspect_constraints(const struct inspection *inspection, struct inspect_table *table);
void inspect_indexes(struct inspection *inspection, struct inspect_table *table);
/* The models of a round: fields first, so that the rest can look at all of them. */
void inspect_make(struct inspection *inspection);
/* As C; returns how many comments "not said" there are. */
size_t inspect_print(struct text *text, const struct inspection *inspection);

#endif
