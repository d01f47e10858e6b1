/* How PostgreSQL runs a statement, and whether an index would help it: proved by the planner, with an index that is not
 * there (hypopg), or not given. */
#ifndef ROSTER_ADVICE_H
#define ROSTER_ADVICE_H

#include "connection.h"
#include "error.h"
#include "schema.h"
#include "settings.h"

struct advice {
    const char *plan;    /* EXPLAIN's text, for any values of the parameters; NULL when there is none */
    const char *problem; /* why there is none */
    double cost;         /* the planner's, of the whole statement */
    const struct model *model; /* whose table an index would help; NULL: none was found */
    const char *const *columns; /* of that index; ends with NULL */
    bool proved;         /* hypopg was there: cost_after is the planner's with the index */
    double cost_after;
    const char *line;    /* for models.c, among the model's .indexes */
};

/* Looks at a statement as pg_stat_statements keeps it, with $1 for its values. It is planned and never run, in a READ
 * ONLY transaction of a direct connection that is rolled back. A statement that cannot be planned is no error. */
struct error *advice_find(const void *context, const struct settings *settings, const struct schema *schema,
                          const char *statement, bool with_hypopg, struct advice *advice) MUST_USE;

#endif
