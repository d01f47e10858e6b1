/* One value of a seed's record on its way into a column.
 *
 * Text, numbers, booleans and null are what they are; a FIELD_JSON takes any JSON. Dates and timestamps may
 * be relative, so that a demonstration stays fresh:
 *
 *     "today"  "today+14"  "today-3"  "today+2w"      days from the day in the site's time zone
 *     "today-3 14:20"                                 that day at that time (timestamps)
 *     "now"  "now-3h"  "now+15m"  "now-2d"            from this moment
 *
 * today moves on when the seed runs again on a later day; now is only used when the row is new, because
 * otherwise every run would change it. PostgreSQL checks the rest: each value is a parameter of the field's
 * own type. */
#ifndef ROSTER_SEED_VALUE_H
#define ROSTER_SEED_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include "error.h"
#include "schema.h"
#include "sql.h"

struct seed_value {
    const struct field *field;
    const char *text;   /* the parameter; NULL is SQL's NULL */
    const char *offset; /* of a relative value: days for today, an interval for now; text is then NULL */
    const char *clock;  /* a time of day after today, or NULL */
    bool today, now;    /* relative */
    bool once;          /* written when the row is new, never compared */
};

/* Any field but references and files. ERROR_INVALID says what the field takes, without the place. */
struct error *seed_value_read(const void *context, const struct field *field, const json_t *json,
                              struct seed_value *value) MUST_USE;
/* A parameter as the column takes it: too long a text is refused and not cut (PostgreSQL manual, 10.4). */
void seed_value_assign(struct sql *sql, const struct seed_value *value);
/* A parameter of the column's type, for comparing. */
void seed_value_compare(struct sql *sql, const struct seed_value *value);

#endif
