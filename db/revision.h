/* The revision files: one SQL file for each step of the schema, with the way up and the way down.
 *
 *     -- revision: 3f9c2b1a
 *     -- parents: 81d0c44e
 *     -- message: teams have a colour
 *     -- created: 2026-11-22T10:15:00Z
 *     -- +up
 *     ALTER TABLE team ADD COLUMN colour text;
 *     -- +down
 *     ALTER TABLE team DROP COLUMN colour;
 *
 * Parents order them: none for the first, several for one that joins two lines of work. A section is one
 * transaction unless it says otherwise: "-- +commit" ends that transaction and begins the next,
 * "-- +no-transaction" starts a step whose statements run outside of any (CREATE INDEX CONCURRENTLY), and
 * "-- +transaction" ends that step. So every step that is not outside is one transaction.
 *
 * Above a statement of a way up that is no single transaction a line "-- undo: SQL" may stand: what takes the statement
 * back when the revision was left half-way (db/migrate_back.h), or "nothing".
 *
 * Two more lines may stand in the header, each any number of times: "-- destructive: TEXT" says what the way up
 * takes away, "-- irreversible: TEXT" what the way down cannot bring back. */
#ifndef ROSTER_REVISION_H
#define ROSTER_REVISION_H

#include <stdbool.h>
#include <stddef.h>
#include "error.h"
#include "sql_script.h"

enum { REVISION_FILE_MAX = 16 * 1024 * 1024 }; /* bytes; rows belong into seeds */

struct revision_step {
    bool outside_transaction;
    struct statement *statements;
    size_t count;
};

struct revision_section {
    struct revision_step *steps;
    size_t count;
};

struct revision {
    const char *id; /* 4 to 40 of a-z, 0-9 and _ */
    const char *message;
    const char *created; /* UTC, as in 2026-11-22T10:15:00Z */
    const char *path;
    const char *text;        /* the whole file */
    const char *checksum;    /* SHA-256 of the file, in hexadecimal */
    const char **parent_ids; /* end with NULL */
    const char **destructive, **irreversible; /* what the header says of it; end with NULL */
    int parents_line;

    struct revision **parents; /* end with NULL */
    size_t position;           /* in revisions->items */
    bool is_head;              /* nobody's parent */
    struct revision_section up, down;
};

/* All revisions of a folder, parents always before their children. */
struct revisions {
    const char *folder;
    struct revision **items;
    size_t count;
};

/* Reads every *.sql file of the folder but template.sql; no folder is ERROR_USAGE. A file that cannot be
 * understood, an unknown parent, an id used twice and a circle are ERROR_USAGE with file, line and what to
 * do. */
struct error *revisions_open(const void *context, const char *folder, struct revisions **revisions) MUST_USE;
/* One file from its text; parents are not resolved. */
struct error *revision_parse(const void *context, const char *path, const char *text, size_t length,
                             struct revision **revision) MUST_USE;

/* NULL when there is none. */
size_t revision_statements(const struct revision_section *section); /* how many it has */
/* Whether it says that nothing brings back what it does, and has no statement that tries. */
bool revision_is_one_way(const struct revision *revision);
struct revision *revision_by_id(const struct revisions *revisions, const char *id);
/* By id or by the beginning of one; not found and ambiguous are ERROR_USAGE. */
struct error *revision_find(const void *context, const struct revisions *revisions, const char *name,
                            struct revision **revision) MUST_USE;
/* The revisions without children, in order, ending with NULL. */
struct revision **revision_heads(const void *context, const struct revisions *revisions);
/* The only head, NULL when there are no revisions; several are ERROR_SEVERAL_HEADS, naming them. */
struct error *revision_head(const void *context, const struct revisions *revisions,
                            struct revision **head) MUST_USE;
/* The command that applies them all: with several heads "head" would be refused. */
const char *revision_upgrade_command(const void *context, const struct revisions *revisions);
/* Which revisions lead to this one, itself among them: an array by position. */
bool *revision_ancestors(const void *context, const struct revisions *revisions,
                         const struct revision *revision);

#endif
