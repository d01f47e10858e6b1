/* Names and values that a browser sent: the query of an address, a urlencoded body, or a multipart body, whose files
 * are streamed to unnamed temporary files while they arrive.
 *
 * Everything is decoded once and checked: UTF-8 only, no NUL, no control characters but tab, LF and CR (CRLF and CR
 * become LF), bounded counts and sizes. Only names that end in "[]" may occur more than once. */
#ifndef ROSTER_FORM_H
#define ROSTER_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "../db/error.h"

struct form_limits {
    size_t body;   /* bytes in all */
    size_t fields; /* values in all: 2000 */
    size_t name;   /* bytes of a name: 128 */
    size_t value;  /* bytes of one value that is not a file: 1 MiB */
    size_t values; /* bytes of all values that are not files, which are in memory: 2 MiB */
    size_t files;  /* that were chosen: each holds a descriptor while the form lives */
    const char *temporary; /* the folder that files are streamed to */
};

struct form_value {
    const char *name;
    const char *value;
    size_t length;
};

struct form_file {
    const char *name;         /* of the form field */
    const char *file_name;    /* as sent, its last path component only; "" when nothing was chosen */
    const char *content_type; /* as sent, checked to be type/subtype, else application/octet-stream */
    size_t size;
    char sha256[65];          /* lower-case hexadecimal */
    int descriptor;           /* of the unnamed temporary file, at any offset; closed with the form; -1 when nothing
                               * was chosen: no name and no bytes */
};

struct form {
    size_t value_count, file_count;
    const struct form_value *values; /* in the order they came */
    const struct form_file *files;
};

/* Reads up to size bytes of the body into buffer; 0 at its end, -1 when the client broke off. */
typedef ssize_t (*form_reader)(void *source, void *buffer, size_t size);

/* ERROR_BAD_REQUEST for what is malformed, ERROR_TOO_LARGE for what is too much; the message says which. */
struct error *form_parse_urlencoded(const void *context, const char *text, size_t length,
                                    const struct form_limits *limits, struct form **form) MUST_USE;
/* content_type is the request's header, with its boundary (RFC 7578, RFC 2046 section 5.1). */
struct error *form_parse_multipart(const void *context, const char *content_type, form_reader read, void *source,
                                   const struct form_limits *limits, struct form **form) MUST_USE;

const char *form_get(const struct form *form, const char *name); /* NULL when absent; form may be NULL */
const struct form_file *form_get_file(const struct form *form, const char *name);
/* The same form with one value replaced or added, both copied. */
void form_set(const void *context, struct form *form, const char *name, const char *value);

/* Whether text is well-formed UTF-8 (RFC 3629) without control characters other than tab, LF and CR. */
bool form_text_is_clean(const char *text, size_t length);
/* Percent-encoding for a part of an address (RFC 3986 section 2.3 unreserved characters stay). */
char *form_encode(const void *context, const char *text);

#endif
