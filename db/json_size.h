/* How large JSON becomes when PostgreSQL writes it out (jsonb_pretty; manual, 9.16), known before it is stored: a few
 * kilobytes of brackets, or of 1e-16383, would be a page of megabytes for everybody who opens it. */
#ifndef ROSTER_JSON_SIZE_H
#define ROSTER_JSON_SIZE_H

#include <stddef.h>

enum {
    JSON_DEPTH_MAX = 100,
    JSON_DIGITS_MAX = 400, /* more than any double has */
    /* A form carries it twice (draft.h: base), and has room for twice as much (cgi/request.c). */
    JSON_TEXT_MAX = 512 * 1024,
};

struct json_size {
    size_t depth;  /* of arrays and objects within one another */
    size_t digits; /* of the longest number, without an exponent */
    size_t text;   /* bytes, a line for each value, as a string of JSON holds it: at most so many */
};

/* Of what is JSON; else of no meaning. */
struct json_size json_size_of(const char *json);

#endif
