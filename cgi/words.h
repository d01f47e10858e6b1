/* Numbers and names as people read them. */
#ifndef ROSTER_WORDS_H
#define ROSTER_WORDS_H

#include <stdbool.h>
#include "../db/list.h"

const char *words_capital(const void *context, const char *text);     /* "Teams"; a path that it begins with stays */
const char *words_number(const void *context, long long number);      /* "1,204" */
const char *words_total(const void *context, const struct list *list); /* "40", "about 9.9 million" */
/* "3 teams", "1 team", "about 9.9 million teams" */
const char *words_count(const void *context, const struct list *list);
/* "more than 10,000", or the number when it is not above the cap. */
const char *words_capped(const void *context, long long number, long long cap);
/* PostgreSQL's "2026-11-22 10:15:30.123+00" as "2026-11-22 10:15", and as a datetime attribute (HTML, 2.3.5.7). */
const char *words_time(const void *context, const char *value);
const char *words_datetime(const void *context, const char *value);
/* At most so many characters of UTF-8; what is longer ends in "…". */
const char *words_short(const void *context, const char *text, size_t characters);

#endif
