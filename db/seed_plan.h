/* What a plan.json means for these models: which tables get how many rows, in which order, and how each
 * column of them is made. Everything that can be refused is refused here, before a row is written. */
#ifndef ROSTER_SEED_PLAN_H
#define ROSTER_SEED_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include "connection.h"
#include "error.h"
#include "schema.h"

/* Rows of a table are laid out in blocks, one for each row of the table that its leading reference points to:
 * row i of n belongs to block i * blocks / n. So the members of a team stand together, and what must share a
 * team with them can be found by arithmetic, without remembering any row. */
enum plan_kind {
    PLAN_BY_TYPE, /* seed_generate.c makes it from the field */
    PLAN_GIVEN,   /* from "values" */
    PLAN_BLOCK,   /* the leading reference: the row that the block belongs to */
    PLAN_PARENT,  /* an earlier row of the same block; none for its first */
    PLAN_MATE,    /* a row of the other table that belongs to the same block */
    PLAN_ANY,     /* some row of the other table */
    PLAN_EACH,    /* another row for each row of a block, because they must differ */
    PLAN_FIRST,   /* the same, but only for the first of a block; none for the others */
};

/* A field's entry under "values". */
struct plan_given {
    const char **texts; /* to choose from; an element that is NULL is SQL's NULL */
    size_t count;
    bool has_first; /* the first row of a block gets first */
    const char *first;
};

struct plan_table;

enum { SEED_DECIMALS = 15 }; /* what a double tells apart */

struct plan_column {
    const struct field *field;
    enum plan_kind kind;
    const struct plan_given *given;
    const struct plan_table *target; /* of a reference */
    uint64_t stream;                 /* where its random numbers come from */
    uint64_t step;                   /* PLAN_EACH, PLAN_FIRST: coprime to the target's rows */
    int64_t low, high;               /* numbers in units of the last digit, days, seconds */
    int decimals;                    /* of numbers that are made up, at most SEED_DECIMALS */
    int form;                        /* how a text that must fit something is written */
};

struct plan_table {
    const char *table;
    const struct model *model; /* or */
    const struct link *link;
    uint64_t rows;
    uint64_t base;                    /* the number before that of the first row */
    uint64_t blocks;                  /* at least 1 */
    const struct plan_table *leading; /* what the blocks belong to; NULL without a leading reference */
    const struct field *leading_field;
    struct plan_column *columns;
    size_t column_count;
    int key_form;                          /* of a primary key that is text */
    const struct plan_table *own, *target; /* of a link */
    uint64_t step;                         /* of a link: coprime to the target's rows */
    bool placed;                           /* while the order is made */
};

struct seed_plan {
    struct plan_table **tables; /* in the order of loading; ends with NULL */
    uint64_t rows;              /* of all */
};

/* scale: 1 is the plan itself. quiet: no notice about tables that no model has. The database is asked where
 * the numbers of each table continue. */
struct error *seed_plan_read(const void *context, struct connection *db, const struct schema *schema,
                             const char *path, double scale, bool quiet, struct seed_plan **plan) MUST_USE;
/* The first row of a block, and so the one after the last of the block before. */
uint64_t seed_plan_block_start(const struct plan_table *table, uint64_t block);
/* The largest number that is coprime to count and near its golden section: steps of it visit every remainder. */
uint64_t seed_plan_step(uint64_t count);

#endif
