/* One record: reading it, saving a draft of it, deleting it. All SQL follows from the model. */
#ifndef ROSTER_RECORD_H
#define ROSTER_RECORD_H

#include "draft.h"
#include "error.h"
#include "query.h"
#include "schema.h"

/* Adds "a, b, ..." to a SELECT from this model's table under that alias: every column that is on one of the faces, as
 * text, under its field's name; references also as "name@title"; the primary key as "@id" and the title as "@title".
 * JSON comes indented, bytes as their size. Secrets never come, nor does the field that the reader knows already (or
 * NULL). */
void record_columns(struct sql *sql, const struct model *model, const char *alias, unsigned faces,
                    const struct field *known);
/* The title of a record as an SQL expression: its title field, or "#" and its key when that is empty. */
void record_title(struct sql *sql, const struct model *model, const char *alias);
/* Whether an id from an address can be a key of this model at all; anything else is simply not found. */
bool record_id_is_valid(const struct model *model, const char *id);
/* The SQL type of this model's primary key, for casting a parameter: bigint, uuid or text. */
const char *record_key_type(const struct model *model);
/* " WHERE alias.key = $n", for this id. */
void record_where_key(struct sql *sql, const struct model *model, const char *alias, const char *id);
/* An INSERT of links from the record id to the targets in array (sql_array); those that exist stay. */
void record_insert_links(struct sql *sql, const struct link *link, const char *id, const char *array);

/* Queues reading one record's columns on these faces, and as "@change" and "@delete" what the person may do with it; no
 * row when there is none that they may read. */
struct query *record_queue_find(struct connection *connection, const struct model *model, const char *id,
                                unsigned faces);
/* Queues reading what a record is linked to: "@id" and "@title", by title, at most limit rows. */
struct query *record_queue_links(struct connection *connection, const struct link *link, const char *id, int limit);

/* Queues reading what a form for this record shows. record_load then fills current, typed and the links;
 * ERROR_NOT_FOUND, or ERROR_FORBIDDEN for a managed one. With lock, the row stays locked until the end of the
 * transaction. */
struct record_form;
struct record_form *record_queue_form(struct connection *connection, struct draft *draft, bool lock);
struct error *record_load(struct record_form *form) MUST_USE;
/* Queues finding the titles of what the draft refers to (references, and links chosen in the form), and fills them in
 * after the run. */
struct record_titles;
struct record_titles *record_queue_titles(struct connection *connection, struct draft *draft);
void record_load_titles(struct record_titles *titles);

/* Saving takes two round trips. record_queue_checks begins a transaction, locks what must not move and asks for all
 * that the checks need; after query_run, record_check fills the draft's errors. Then record_save writes everything and
 * commits, history included: ERROR_INVALID when PostgreSQL refused, with the reasons in the draft. Only what the
 * form's face shows is ever written. */
struct record_checks;
struct record_checks *record_queue_checks(struct connection *connection, struct draft *draft);
/* ERROR_NOT_FOUND and ERROR_FORBIDDEN as above; ERROR_STALE when somebody else was faster; ERROR_INVALID when the draft
 * has errors. *saved_as: the id of the record as which the same form was saved before, else NULL. */
struct error *record_check(struct record_checks *checks, const char **saved_as) MUST_USE;
/* ERROR_FORBIDDEN when the rules of access refuse what was to be saved; the draft says it as well. */
struct error *record_save(struct connection *connection, struct draft *draft) MUST_USE;

/* What is kept of the form's token, as SQL: another person's, or another model's, with the same token is another form. */
void record_add_submission(struct sql *sql, const struct draft *draft);
/* What is said of a value that another record has, and of values that break a constraint: the same before the save and
 * after it, so that nobody learns from it where it was found. */
const char *record_says_taken(const void *context, const struct field *field);
const char *record_says_together(const void *context, const struct model *model, const struct constraint *constraint);

/* Queues, after the statements that change records in the same transaction, the refusal of what leaves none that fulfils
 * the model's .kept: an ERROR_INVALID for which record_breaks_kept is true. Models without .kept queue nothing. */
void record_queue_kept(struct connection *connection, const struct model *model);
bool record_breaks_kept(const struct model *model, const struct error *error);

/* Queues deleting a record and writing into the history who did it, and from which address; and what .kept says of it.
 * After the run query_affected tells whether it was. */
struct query *record_queue_delete(struct connection *connection, const struct model *model, const char *id,
                                  const char *user_id, const char *remote);

#endif
