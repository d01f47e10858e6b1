/* A list of records: filtered, searched, sorted, one page of it, and how many there are.
 *
 * Pages are found by the last row seen and not by counting rows off, so the 900,000th row costs what the first does:
 * (sort value, primary key) is compared as a row (PostgreSQL manual, 9.24.5), which the index on both serves. */
#ifndef ROSTER_LIST_H
#define ROSTER_LIST_H

#include <stdbool.h>
#include "error.h"
#include "query.h"
#include "schema.h"

/* Counts up to here are exact; beyond, the planner estimates. Fewer where every row is first asked who may read it. */
#define LIST_COUNT_EXACT 10000
#define LIST_COUNT_ASKED 1000

struct list_filter {
    const struct field *field; /* or */
    const struct link *link;
    const char *value;         /* equal to this: a choice, a boolean, a key; NULL: no limit */
    const char *from, *to;     /* dates, inclusive; NULL: open */
    const char *title;         /* of the referenced record, after list_load */
    struct query *title_query; /* private */
};

struct list {
    const struct model *model;
    /* What is asked for. */
    const struct field *sort;
    bool descending;
    const char *search;        /* NULL or what to look for in the searched fields, and in the title */
    struct list_filter *filters;
    size_t filter_count;
    const char *after, *before; /* cursors; at most one */
    bool last;                  /* the last page */
    int limit;                  /* rows of a page */
    unsigned faces;             /* which columns: ON_LIST */
    const struct field *adding; /* another model's reference: only what a new record of the person may lead to; or NULL */
    const struct field *outer;  /* a reference that is left out, since the page is about where it leads; or NULL */

    /* What came. */
    struct query *rows, *count, *plan;
    int row_count;              /* rows of this page */
    bool reversed;              /* the query gave them backwards: read them by list_row */
    bool has_previous, has_next;
    long long total, exact;     /* how many there are; up to here that is exact */
    bool estimated;
    bool capped;                /* there are more than exact, and nobody knows how many */
};

/* A list of this model as its page first shows it: default sort, every filter that its fields allow, none set. */
struct list *list_new(const void *context, const struct model *model, int limit);
/* Sorts by this field when it may be sorted by; otherwise ERROR_BAD_REQUEST. "-name" is descending. */
struct error *list_sort(struct list *list, const char *name) MUST_USE;
/* The filter of that field or link, or NULL. */
struct list_filter *list_filter(const struct list *list, const char *name);
/* A filter's value, checked: ERROR_BAD_REQUEST when the field can never have it. */
struct error *list_set_filter(struct list *list, struct list_filter *filter, const char *value) MUST_USE;
/* ERROR_BAD_REQUEST for what is no cursor. */
struct error *list_set_cursor(struct list *list, const char *after, const char *before) MUST_USE;

/* Whether the search looks into this field: the searched ones, and a title that is text. */
bool list_searches(const struct field *field);

/* Queues the page's rows; with_count also how many there are in all. */
void list_queue(struct connection *connection, struct list *list, bool with_count);
/* Queues the titles of the records that the list is filtered by, for a page that names them. */
void list_queue_titles(struct connection *connection, struct list *list);
/* How many of a model's records are counted one by one: one of the two above. */
int list_count_limit(const struct connection *connection, const struct model *model);
/* After the run. When there are more than were counted, asks the planner: one more round trip. It knows of all rows,
 * so that it is not asked for those who do not see all. */
struct error *list_load(struct connection *connection, struct list *list) MUST_USE;
/* The same for several lists of one run: still at most one more round trip. */
struct error *list_load_all(struct connection *connection, struct list *const *lists, size_t count) MUST_USE;
/* The row's number in the query, in the order of the page. */
int list_row(const struct list *list, int position);
/* The cursor of the page's first or last row; NULL when the page is empty. */
const char *list_first_cursor(const void *context, const struct list *list);
const char *list_last_cursor(const void *context, const struct list *list);

#endif
