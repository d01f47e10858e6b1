/* What happened to records: one line for each change, written by the statement that makes it. */
#ifndef ROSTER_HISTORY_H
#define ROSTER_HISTORY_H

#include "query.h"
#include "schema.h"

enum history_action { HISTORY_CREATED, HISTORY_CHANGED, HISTORY_DELETED };

struct history_line {
    enum history_action action;
    const struct model *model;
    const char *id;      /* of a record that is changed */
    const char *user_id; /* NULL: nobody is signed in */
    const char *remote;  /* the address that the change came from, or NULL */
    const char *before_links, *after_links; /* JSON objects of links taken away and added, or NULL */
};

/* After "WITH w AS (INSERT, UPDATE or DELETE ... RETURNING t.*)": the INSERT that writes what it did into the history,
 * less secrets and bytes. The caller may add WHERE, and RETURNING record: the record's key as text. */
void history_add_line(struct sql *sql, const struct history_line *line);

/* Both give, newest first: id, at, action, model (its table), record, title, who (a name, or NULL when that person is
 * gone), before and after (JSON). */

/* Queues one record's changes older than the change with this id (NULL: from the newest), at most limit. */
struct query *history_queue_record(struct connection *connection, const struct model *model, const char *id,
                                   const char *older_than, int limit);
/* Queues the latest changes of all, without before and after. */
struct query *history_queue_latest(struct connection *connection, const struct schema *schema, int limit);

struct history_difference {
    const char *name;          /* of the field or link */
    const char *before, *after; /* as text; NULL is empty */
};

/* What differs between before and after (either may be NULL), in the model's order; ends with a NULL name. Times of
 * change are left out. */
struct history_difference *history_differences(const void *context, const struct model *model, const char *before,
                                       const char *after);

#endif
