/* The bytes of an uploaded file: out of the database into a temporary file, a megabyte at a time. */
#ifndef ROSTER_CONTENT_H
#define ROSTER_CONTENT_H

#include "query.h"
#include "schema.h"

/* Copies what a FIELD_FILE or FIELD_BYTES of a record holds to descriptor; *size is how much that was. ERROR_NOT_FOUND
 * when there is nothing. sha256 is what the bytes must add up to (lower-case hexadecimal), NULL when that was not kept.
 * Bytes that were replaced while they were read are ERROR_STALE or, like damaged ones, ERROR_DAMAGED, and not half of
 * each. */
struct error *content_read(struct connection *connection, const struct field *field, const char *id,
                           const char *sha256, int descriptor, size_t *size) MUST_USE;

#endif
