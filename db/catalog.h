/* Tables as PostgreSQL has them, or as the models want them: one shape for both, so that they can be compared.
 *
 * Everything that PostgreSQL rewrites (defaults, CHECKs, index definitions) is held in its own normal form, as
 * pg_get_expr, pg_get_constraintdef and pg_get_indexdef write it with pretty = true (manual, 9.26). What is not a
 * table, an enum type, or something belonging to a table is not in a catalog, and so is never touched: other schemas,
 * what belongs to an extension, views, functions, partitions. */
#ifndef ROSTER_CATALOG_H
#define ROSTER_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include "connection.h"
#include "error.h"
#include "schema.h"

struct catalog_column {
    const char *name;
    const char *type;        /* as format_type writes it: character varying(64), team_workflow */
    const char *default_sql; /* NULL: none */
    const char *comment;     /* NULL: none */
    char identity;           /* 'd' by default, 'a' always, 0 none */
    bool required;           /* NOT NULL */
    const char *special;     /* what of it nothing here tells, in words; only of databases; NULL: none */
    bool generated;          /* GENERATED ALWAYS AS (default_sql) STORED */
    const char *sequence;    /* only of models: one that its default counts with, made with it; as SQL has it */
    const char *const *was;  /* only of models: its earlier names, ends with NULL; NULL: none */
};

struct catalog_constraint {
    const char *name;
    char kind;               /* p primary key, u unique, f foreign key, c check, x exclusion */
    const char *definition;  /* FOREIGN KEY (team_id) REFERENCES team(id) ON DELETE CASCADE, without NOT VALID */
    const char *const *columns;    /* its own, ends with NULL */
    const char *references;        /* the other table of a foreign key, else NULL */
    const char *const *referenced; /* that table's columns, ends with NULL */
    bool valid;
};

struct catalog_index {
    const char *name;
    const char *definition;  /* CREATE INDEX x ON team USING btree (name) */
    const char *shape;       /* what of it follows the table's name: USING btree (name) */
    bool unique, valid;
};

struct catalog_table {
    const char *name;
    const char *comment;
    const char *const *was;  /* only of models: its earlier names, ends with NULL; NULL: none */
    const char *special;     /* likewise: "it is partitioned" */
    const char *const *ignores; /* only of models: columns, constraints and indexes to leave alone; NULL: none */
    long long rows;          /* the planner's estimate; 0 of models */
    struct catalog_column *columns;         /* in their order */
    struct catalog_constraint *constraints; /* sorted by name */
    struct catalog_index *indexes;          /* those that do not belong to a constraint; sorted by name */
    size_t column_count, constraint_count, index_count;
};

struct catalog_value {
    const char *name;
    const char *was;         /* only of models */
};

struct catalog_enum {
    const char *name;
    struct catalog_value *values; /* in their order */
    size_t count;
    const char *const *was;  /* only of models: its names before its table or field was renamed */
};

struct catalog {
    struct catalog_table *tables; /* sorted by name */
    struct catalog_enum *enums;   /* sorted by name */
    const char *const *ignored; /* only of models: tables to leave alone, ends with NULL; NULL: none */
    const char **extensions; /* that the models need, or those of them (pg_trgm) that are there; ends with NULL */
    size_t table_count, enum_count;
};

/* What the schema of that name holds ("public"), in one round trip, which takes along what is queued, and from one
 * snapshot, unless a transaction is open. The revisions' own tables (roster_revision and what begins so) are left out.
 * Within a transaction its search_path is that schema afterwards. When others drop tables at the same moment it is read
 * once more, if nothing else was queued; otherwise the error is one of which catalog_was_torn is true. */
struct error *catalog_read(const void *context, struct connection *connection, const char *schema_name,
                           struct catalog **catalog) MUST_USE;
bool catalog_was_torn(const struct error *error);
/* What the models want. Expressions are as PostgreSQL would write them where that is known beforehand, which is so for
 * all that the models' types and limits lead to; others are as the models file has them. */
struct catalog *catalog_of_models(const void *context, const struct schema *schema);
/* Lets PostgreSQL itself write the expressions of the wanted tables that differ from what is there: makes just those
 * tables in a schema of their own, inside a transaction that is rolled back, and reads them. Without a difference it
 * asks nothing. The connection must be direct, and outside a transaction; nothing is left behind. An expression that
 * PostgreSQL refuses is ERROR_USAGE, as it stands in the models. */
struct error *catalog_normalise(const void *context, struct connection *connection, struct catalog *wanted,
                                const struct catalog *there) MUST_USE;

/* The catalog less what the models' catalog leaves alone: tables, parts of tables, and enum types that only such use.
 * Shares everything with it; the catalog itself when there is nothing to leave out. */
const struct catalog *catalog_without(const void *context, const struct catalog *catalog, const struct catalog *models);
/* The sequence in nextval('name'::regclass), as SQL has it; NULL for every other expression. */
const char *catalog_sequence(const void *context, const char *default_sql);

const struct catalog_table *catalog_table(const struct catalog *catalog, const char *name); /* NULL: none */
const struct catalog_enum *catalog_enum(const struct catalog *catalog, const char *name);
const struct catalog_column *catalog_column(const struct catalog_table *table, const char *name);
const struct catalog_constraint *catalog_constraint(const struct catalog_table *table, const char *name);
const struct catalog_index *catalog_index(const struct catalog_table *table, const char *name);
bool catalog_has_extension(const struct catalog *catalog, const char *name);

#endif
