/* The models as SQL that creates them: what a first revision holds, and what tests build their tables from.
 *
 * Names of constraints and indexes are made here and nowhere else, so that an error that PostgreSQL reports by a
 * constraint's name finds its way back to the field. */
#ifndef ROSTER_DDL_H
#define ROSTER_DDL_H

#include "schema.h"

/* All of it: extension, enum types, tables, link tables, foreign keys, indexes; statements end with ";\n". The text
 * belongs to context. */
char *ddl_create_schema(const void *context, const struct schema *schema);
/* The way back: drops what ddl_create_schema made (not the extension, which others may use). */
char *ddl_drop_schema(const void *context, const struct schema *schema);

/* A name that fits PostgreSQL's 63 bytes: as it is, or cut in a way that stays unique. */
const char *ddl_cut_name(const void *context, const char *name);
/* " DEFERRABLE INITIALLY DEFERRED" and what lies before it; empty for an ordinary constraint. */
const char *ddl_deferral(bool deferrable, bool initially_deferred);

enum ddl_part {
    DDL_KEY,     /* unique */
    DDL_FKEY,
    DDL_RANGE,   /* minimum, maximum */
    DDL_PATTERN,
    DDL_LENGTH,
    DDL_SELF,    /* a reference to the record itself */
    DDL_INDEX,
    DDL_TRIGRAM,
};

/* Whether the field has an index with the primary key behind it: asked for, or because it is a reference. */
bool ddl_is_ordered(const struct field *field);
/* What the index of a reference is ordered by between the reference and the primary key, so that the list of a record's
 * relations needs no sort: the model's default order; NULL when that is the primary key, or when a unique constraint
 * has the same order already. */
const struct field *ddl_related_order(const struct field *field);

/* table_field_part, cut to PostgreSQL's 63 bytes in a way that stays unique. */
const char *ddl_name(const void *context, const struct field *field, enum ddl_part part);
/* The name of the model's primary key, cut likewise. */
const char *ddl_key_name(const void *context, const struct model *model);
/* The field of this model that the constraint or index of that name belongs to, and which part it is (of the primary key
 * DDL_KEY, too); NULL when it is none of a single field's. */
const struct field *ddl_field_of(const struct model *model, const char *name, enum ddl_part *part);
/* The model constraint of that name, or NULL. */
const struct constraint *ddl_constraint_of(const struct model *model, const char *name);

#endif
