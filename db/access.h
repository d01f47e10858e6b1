/* Who may do what with which records: the models' rules (model.h) as SQL conditions.
 *
 * Every condition begins with the superuser, whose statements are planned without the rest when the connection expects
 * one. A connection that is not for serving has no conditions at all: migrations, seeds and backups see everything. */
#ifndef ROSTER_ACCESS_H
#define ROSTER_ACCESS_H

#include <stdbool.h>
#include "query.h"
#include "schema.h"

/* What a record that was changed must fulfil; beside enum may. */
#define MAY_BECOME (1U << 4)

/* Adds the condition that the person may do this with the row of that alias, in parentheses. may is one of enum may,
 * or MAY_BECOME. On a connection for an API key: that its key opens the row, and a model that opens nothing has none. */
void access_add(struct sql *sql, const struct connection *connection, const struct model *model, const char *alias,
                unsigned may);
/* The same with " AND " before it; nothing for a model without rules. */
void access_and(struct sql *sql, const struct connection *connection, const struct model *model, const char *alias,
                unsigned may);
/* Adds the condition that it is a superuser who asks. */
void access_add_superuser(struct sql *sql, const struct connection *connection);
/* Adds " AND ..." for a line of the history of that alias: that its record may be read. */
void access_and_line(struct sql *sql, const struct connection *connection, const struct schema *schema,
                     const char *alias);
/* Adds a panel's SQL with its {read table alias} filled in. */
void access_add_panel(struct sql *sql, const struct connection *connection, const struct schema *schema,
                      const char *panel_sql);

/* Whether the person, once known, reads every record of the model; then what PostgreSQL knows of the whole table is for
 * them, too. */
bool access_sees_all(const struct connection *connection, const struct model *model);
/* Whether everybody who is signed in reads every record of the model. */
bool access_is_for_all(const struct model *model);
/* Whether conditions on the model's rows are more than one question for the whole statement. */
bool access_asks_rows(const struct connection *connection, const struct model *model);
/* Whether there can be a record of this model with which somebody who is no superuser may do this. */
bool access_is_possible(const struct model *model, unsigned may);
/* Whether there can be a record of this model that an API key opens. */
bool access_is_possible_by_key(const struct model *model);
/* Queues whether the person may add a record of field's model that leads to id through that field: may. */
struct query *access_queue_add_to(struct connection *connection, const struct field *field, const char *id);

/* Queues whether there can be a record that the person may add: may. NULL where the rules do not tell before there is one,
 * and where nothing has to be asked. */
struct query *access_queue_offer(struct connection *connection, const struct model *model);
/* Whether the rules for a new record are about this reference alone, so that they tell what it may lead to. */
bool access_narrows(const void *context, const struct field *field);
/* Then adds the condition, with " AND " before it, that a new record may lead to the row of that alias, which is one of the
 * reference's target; otherwise nothing. */
void access_and_add_to(struct sql *sql, const struct connection *connection, const struct field *field, const char *alias);

/* Adds to a SELECT from rows that the same statement wrote, under that alias, the refusal of what the person may not make
 * of them (access_refused). may is MAY_CREATE or MAY_BECOME. The rules see everything else as it was before: nobody lets
 * themselves in by what they write. */
void access_where_written(struct sql *sql, const struct connection *connection, const struct model *model,
                          const char *alias, unsigned may);
/* Whether an error is that refusal, or PostgreSQL's own by a policy. */
bool access_refused(const struct error *error);
/* The error for a person who may not do this with the record called title (or NULL). */
struct error *access_refusal(const void *context, const struct model *model, const char *title);

/* --- For the policies that PostgreSQL keeps (rights.c) ------------------------------------------------------------- */

/* The condition as a policy of the model's table: other tables' rows are hidden there by policies of their own. */
const char *access_policy(const void *context, const struct model *model, unsigned may);
/* For a record that is new (MAY_CREATE) or was changed (MAY_BECOME): and whoever writes it may see what it refers to, or
 * found that reference there. It asks two functions of text, whose bodies are in SQL: whether the person may read the
 * record of the key $1, and whether the record of the key $1 refers to $2. */
const char *access_references_policy(const void *context, const struct model *model, unsigned may);
bool access_guards(const struct field *field);
const char *access_seen_sql(const void *context, const struct model *model);
const char *access_kept_sql(const void *context, const struct field *field);
const char *access_seen_function(const void *context, const struct model *model);
const char *access_kept_function(const void *context, const struct field *field);
/* The policies of a link's table, of the chunks of a file, and of the history. */
const char *access_link_policy(const void *context, const struct link *link, unsigned may);
const char *access_content_policy(const void *context, const struct field *file, const char *table, unsigned may);
const char *access_history_policy(const void *context, const struct schema *schema);
/* A set's query with {me} filled in, and the name of the function that answers it. */
const char *access_set_sql(const void *context, const struct access_set *set);
const char *access_set_function(const void *context, const char *table, const char *set);
bool access_set_is_question(const struct access_set *set); /* it has {key} */
/* The question of a rule that lets change (access_text.h): whether the record of the key $1 is one that it lets change. */
const char *access_before_sql(const void *context, const struct model *model, const struct access *rule);

/* What is wrong with a rule or a set of the model, or with one of its .key_access, as a sentence, or NULL. */
const char *access_fault(const void *context, const struct schema *schema, const struct model *model, const char *rule);
const char *access_key_fault(const void *context, const struct schema *schema, const struct model *model, const char *rule);

#endif
