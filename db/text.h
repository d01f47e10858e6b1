/* A growing piece of text: SQL while it is built, a page before it is sent. Always ends with a NUL that is not
 * counted, and may hold NULs. */
#ifndef ROSTER_TEXT_H
#define ROSTER_TEXT_H

#include <stdarg.h>
#include <stddef.h>

struct text {
    char *data; /* never NULL */
    size_t length;
    size_t size;
};

struct text *text_new(const void *context);
void text_add(struct text *text, const char *piece);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_char(struct text *text, char character);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A part of JSON: the value as a quoted and escaped string (RFC 8259 section 7), or null for NULL. */
void text_add_json(struct text *text, const char *value);

#endif
