/* What a person typed into a field, read by the field's type and limits. */
#ifndef ROSTER_VALUE_H
#define ROSTER_VALUE_H

#include "model.h"

/* Reads typed text (clean UTF-8) into the text that PostgreSQL is given: *value, NULL for nothing. Returns NULL, or
 * what the person has to do, as a sentence without full stop ("Enter a name of up to 64 characters"). Whether a
 * referenced record exists is not looked at here. Both texts belong to context. */
const char *value_read(const void *context, const struct field *field, const char *typed, const char **value);
/* Whether two texts, typed or as a form shows them, stand for one value of the field: {"a":1} and { "a": 1 }, 1.5 and 1.50.
 * Where that cannot be told they differ. */
bool value_same(const void *context, const struct field *field, const char *one, const char *other);
/* Whether text is a UUID as PostgreSQL writes it, in either case (RFC 4122 section 3). */
bool value_is_uuid(const char *text);
/* A stored value (PostgreSQL's text output) as a form shows it: timestamps as 2026-11-22T10:15:30. */
const char *value_for_form(const void *context, const struct field *field, const char *value);
/* A stored value as a page shows it: choices by label, timestamps to the minute, booleans as Yes and No. */
const char *value_for_page(const void *context, const struct field *field, const char *value);
/* A limit as exactly as it holds: "64 KiB", "1000 bytes". */
const char *value_limit(const void *context, long long bytes);
/* Bytes as "12 KB"; powers of 1000 (IEC 80000-13). */
const char *value_size(const void *context, long long bytes);

#endif
