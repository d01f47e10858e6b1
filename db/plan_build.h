/* A plan under construction: what the files that turn operations into statements have in common. */
#ifndef ROSTER_PLAN_BUILD_H
#define ROSTER_PLAN_BUILD_H

#include "plan.h"
#include "text.h"

/* In the order in which they run; each belongs to a phase. */
enum plan_slot {
    SLOT_ENUM,  /* expand: values of enum types, which can be used only after a commit */
    SLOT_EARLY, /* concurrent: indexes that go before a column's type changes */
    SLOT_EXPAND,
    SLOT_CONCURRENT,
    SLOT_BACKFILL,
    SLOT_BUILD,  /* concurrent: indexes over what was filled */
    SLOT_ATTACH, /* expand: what needs the indexes or the filled values */
    SLOT_VALIDATE,
    SLOT_REQUIRE,    /* contract: what was validated is required */
    SLOT_SWAP,       /* contract: columns that take the place of others */
    SLOT_REVALIDATE, /* validate: what they brought along */
    SLOT_LATE,       /* contract: indexes that go */
    SLOT_CONTRACT,
    SLOT_COUNT,
};

struct plan_fill {
    const char *table;
    struct text *values;    /* "token" = coalesce("token", gen_random_uuid()) */
    struct text *condition; /* "token" IS NULL */
    struct plan_fill *next;
};

struct plan_build {
    void *context; /* the plan's own */
    const struct difference *difference;
    struct connection *connection; /* NULL: nothing can be counted */
    struct plan_statement **slots[SLOT_COUNT];
    size_t counts[SLOT_COUNT];
    bool *done; /* operations that another one brought along, by position */
    struct plan_fill *fills;
    struct plan_succession *successions;
    struct schema_plan *plan;
    int groups;
};

/* Adds a statement to a slot. */
struct plan_statement *plan_add(struct plan_build *build, enum plan_slot slot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A table that the plan itself makes is nobody else's yet, and needs no mention. Names are those after
 * renames. */
void plan_lock(struct plan_build *build, struct plan_statement *statement, enum plan_mode mode,
               const char *table);
/* The same with the table of an ALTER TABLE that keeps everybody out for a moment. */
struct plan_statement *plan_alter(struct plan_build *build, enum plan_slot slot, const char *table,
                                  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* How the statement is taken back; returns it. */
struct plan_statement *plan_back(struct plan_build *build, struct plan_statement *statement,
                                 const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same with what difference->from says of the table, which holds no more once a name in it is another
 * one: then there is no way back. */
void plan_back_as_it_was(struct plan_build *build, struct plan_statement *statement, const char *table,
                         const char *sql);
void plan_lose(struct plan_build *build, const char *loss);
void plan_need(struct plan_build *build, const char *need);

/* The first operation of that kind on table and name (NULL: any name) that is not done, or NULL. */
const struct operation *plan_find(const struct plan_build *build, enum operation_kind kind, const char *table,
                                  const char *name);
void plan_done(struct plan_build *build, const struct operation *operation);
bool plan_is_new(const struct plan_build *build, const char *table);
/* What a table or a column of difference->from is called after renames. */
const char *plan_table_now(const struct plan_build *build, const char *from_name);
const char *plan_column_now(const struct plan_build *build, const char *table_now, const char *from_name);
/* Whether a column of the table gets another type, so that its indexes have to make way. */
bool plan_changes_type(const struct plan_build *build, const char *table);
const char *plan_quoted(const struct plan_build *build, const char *name);
/* A literal on one line, since a line of it could look like one of the revision file's own. */
const char *plan_one_line(const struct plan_build *build, const char *words);
/* base_suffix, at most 63 bytes long, as PostgreSQL would otherwise cut it without a word. */
const char *plan_name(const struct plan_build *build, const char *base, const char *suffix);

/* plan_table.c */
void plan_create_table(struct plan_build *build, const struct operation *operation);
struct error *plan_drop_table(struct plan_build *build, const struct operation *operation) MUST_USE;
const char *plan_column_sql(const struct plan_build *build, const struct catalog_column *column);

/* plan_column.c */
struct error *plan_add_column(struct plan_build *build, const struct operation *operation) MUST_USE;
struct error *plan_drop_column(struct plan_build *build, const struct operation *operation) MUST_USE;
struct error *plan_set_required(struct plan_build *build, const struct operation *operation) MUST_USE;
void plan_change_default(struct plan_build *build, const struct operation *operation);
void plan_change_identity(struct plan_build *build, const struct operation *operation);

/* plan_type.c */
struct error *plan_change_type(struct plan_build *build, const struct operation *operation) MUST_USE;
/* Whether PostgreSQL would write the table anew, or one of its indexes. */
bool plan_type_rewrites(const struct plan_build *build, const struct operation *operation);
/* Whether there is no value of the old type that the new one could refuse. */
bool plan_type_takes_all(const struct plan_build *build, const struct operation *operation);
/* SQL that makes a value of the new type of one of the old, both as they are called at the time; value itself
 * when an assignment does. */
const char *plan_converted(const struct plan_build *build, const struct operation *operation,
                           const char *value);
/* Notes at the statement that takes the old values away what cannot be had back, and what has to be decided. */
struct error *plan_type_loss(struct plan_build *build, const struct operation *operation,
                             struct plan_statement *statement) MUST_USE;

/* plan_successor.c */
/* Whether a reference of difference->from goes together with a column that has a successor. */
bool plan_goes_along(const struct plan_build *build, const char *table,
                     const struct catalog_constraint *constraint);
/* Why the types of the table's columns change in place; NULL when they do not. */
const char *plan_in_place(const struct plan_build *build, const char *table);

/* plan_enum.c */
void plan_create_enum(struct plan_build *build, const struct operation *operation);
void plan_add_value(struct plan_build *build, const struct operation *operation);
struct error *plan_rebuild_enum(struct plan_build *build, const struct operation *operation) MUST_USE;
/* Whether a type as format_type writes it has that name. */
bool plan_is_type(const struct plan_build *build, const char *type, const char *name);
/* CREATE TYPE under this name. */
const char *plan_enum_sql(const struct plan_build *build, const struct catalog_enum *type, const char *name);
/* Refuses to go on as long as there are values that the type will not have. */
struct error *plan_guard_enum(struct plan_build *build, const struct operation *operation) MUST_USE;

/* plan_constraint.c */
void plan_drop_constraint(struct plan_build *build, const struct operation *operation);
void plan_drop_foreign_key(struct plan_build *build, const struct operation *operation);
void plan_add_constraint(struct plan_build *build, const struct operation *operation);
void plan_add_foreign_key(struct plan_build *build, const struct operation *operation);
void plan_validate(struct plan_build *build, enum plan_slot slot, const char *table, const char *name,
                   const char *references);
/* Drops a foreign key of difference->from before what follows, and adds it again at its time, when it is
 * still wanted and nothing else takes care of it. table is the name now. */
void plan_suspend_reference(struct plan_build *build, const char *table,
                            const struct catalog_constraint *constraint);

/* What a constraint of difference->from is called after renames. */
const char *plan_constraint_now(const struct plan_build *build, const char *table, const char *from_name);
/* Whether a key of the table is there only at the end. */
bool plan_waits_for_key(const struct plan_build *build, const char *table);
/* CREATE UNIQUE INDEX CONCURRENTLY for a key, over what it spans or what stands for it, and the constraint
 * that is made from it. */
const char *plan_key_index(const struct plan_build *build, const struct catalog_constraint *constraint,
                           const char *table, const char *index, const char *columns);
const char *plan_key_columns(const struct plan_build *build, const struct catalog_constraint *constraint);
const char *plan_key_action(const struct plan_build *build, const struct catalog_constraint *constraint,
                            const char *index);
struct plan_statement *plan_add_reference(struct plan_build *build, enum plan_slot slot, const char *table,
                                          const struct catalog_constraint *constraint, bool valid);
struct plan_statement *plan_drop_reference(struct plan_build *build, enum plan_slot slot, const char *table,
                                           const char *name, const struct catalog_constraint *constraint);
/* Whether a statement that is there already drops the constraint. */
bool plan_is_dropped(const struct plan_build *build, const char *table, const char *name);

/* plan_index.c */
void plan_create_index(struct plan_build *build, const struct operation *operation);
void plan_drop_index(struct plan_build *build, const struct operation *operation);
/* CREATE UNIQUE INDEX CONCURRENTLY, after whatever an earlier attempt left under that name. */
void plan_build_index(struct plan_build *build, enum plan_slot slot, const char *table, const char *name,
                      const char *create);
/* A catalog's index definition as a CREATE INDEX under this name. */
const char *plan_index_sql(const struct plan_build *build, const struct catalog_index *index,
                           const char *table, const char *name, bool concurrently);

/* plan_fill.c */
bool plan_is_volatile(const char *expression);
void plan_fill(struct plan_build *build, const char *table, const char *column, const char *expression);
/* The same for a value that is computed from others, where the condition holds. */
void plan_fill_with(struct plan_build *build, const char *table, const char *column, const char *value,
                    const char *condition);
void plan_fill_all(struct plan_build *build);

/* -1 without a connection. sql gives one number. */
struct error *plan_count(struct plan_build *build, const char *sql, long long *count) MUST_USE;

#endif
