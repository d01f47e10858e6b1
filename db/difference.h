/* What has to happen so that one catalog becomes another: single operations, each with its own way back.
 *
 * Renames are only ever declared (.was in the models), never guessed. The same function compares both ways, so the way
 * down is the difference of the swapped catalogs. */
#ifndef ROSTER_DIFFERENCE_H
#define ROSTER_DIFFERENCE_H

#include "catalog.h"

/* In the order in which they run. */
enum operation_kind {
    OPERATION_CREATE_EXTENSION = 1,
    OPERATION_RENAME_ENUM,
    OPERATION_CREATE_ENUM,
    OPERATION_RENAME_VALUE,
    OPERATION_ADD_VALUE,         /* after the one that stands before it in to_enum, or as the first */
    OPERATION_RENAME_TABLE,
    OPERATION_RENAME_COLUMN,
    OPERATION_DROP_FOREIGN_KEY,
    OPERATION_DROP_CONSTRAINT,
    OPERATION_DROP_INDEX,
    OPERATION_RENAME_CONSTRAINT, /* the same definition under another name */
    OPERATION_RENAME_INDEX,
    OPERATION_REBUILD_ENUM,      /* a value is gone, or their order changed: a new type, and every column rewritten with
                                    its default; CHECKs and indexes that name the type are dropped and made again by
                                    operations of their own */
    OPERATION_CREATE_TABLE,      /* with columns, primary key, unique and check constraints */
    OPERATION_ADD_COLUMN,
    OPERATION_DROP_IDENTITY,
    OPERATION_CHANGE_TYPE,       /* a default that the new type cannot take is a CHANGE_DEFAULT, too */
    OPERATION_CHANGE_DEFAULT,    /* set or drop; or, from a generated column, DROP EXPRESSION */
    OPERATION_SET_REQUIRED,
    OPERATION_DROP_REQUIRED,
    OPERATION_CHANGE_IDENTITY,   /* add, or between always and by default */
    OPERATION_ADD_CONSTRAINT,
    OPERATION_ADD_FOREIGN_KEY,
    OPERATION_VALIDATE_CONSTRAINT, /* there, wanted, but NOT VALID */
    OPERATION_CREATE_INDEX,      /* also in the place of one that is there but INVALID (from_index) */
    OPERATION_CHANGE_COMMENT,    /* of a table (to_column is NULL) or a column */
    OPERATION_DROP_COLUMN,       /* its constraints and indexes were dropped by operations of their own */
    OPERATION_DROP_TABLE,        /* those that reference others first */
    OPERATION_DROP_ENUM,
};

/* Pointers are into the two catalogs; those that a kind does not need are NULL. "from" is as it is, "to" as it is
 * wanted. For a way down that a rename leads back, the catalogs are the swapped ones. */
struct operation {
    enum operation_kind kind;
    const char *table;                 /* its name when the operation runs, that is after renames; NULL for enums */
    const char *name;                  /* of the column, constraint, index, enum, value, extension, or table */
    const char *old_name;              /* RENAME_*: the name that goes */
    const struct catalog_table *from_table, *to_table;
    const struct catalog_column *from_column, *to_column;
    const struct catalog_constraint *from_constraint, *to_constraint;
    const struct catalog_index *from_index, *to_index;
    const struct catalog_enum *from_enum, *to_enum;
};

struct difference {
    struct operation *operations;      /* in an order in which they can run */
    size_t count;
    const struct catalog *from, *to;
};

/* Compares; an empty difference is equal schemas. Declared names that are not there any more are no renames. */
struct difference *difference_between(const void *context, const struct catalog *from, const struct catalog *to);
/* "add column team.slug", for people. */
const char *operation_words(const void *context, const struct operation *operation);
/* Whether it is about something that the models do not know of, which does not keep the site from working. */
bool operation_is_surplus(const struct operation *operation);
/* Its kind for programs: "add column". */
const char *operation_kind_name(enum operation_kind kind);

#endif
