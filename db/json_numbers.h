/* JSON whose numbers stay as they are written. jansson's own are C's, of 64 bits or a double, while PostgreSQL's have as
 * many digits as they need (PostgreSQL 15 manual, 8.14). */
#ifndef ROSTER_JSON_NUMBERS_H
#define ROSTER_JSON_NUMBERS_H

#include <jansson.h>

/* Reads valid JSON; NULL for what is none. A number is a value of which json_numbers_digits is not NULL; everything else is
 * as jansson has it, and json_equal tells numbers apart by their digits. The reference belongs to context. */
const json_t *json_numbers_read(const void *context, const char *json);
/* The digits of a number as they were written; NULL for any other value. */
const char *json_numbers_digits(const json_t *value);
/* Such a value as JSON again, indented by two. */
char *json_numbers_write(const void *context, const json_t *value);

#endif
