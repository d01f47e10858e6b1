/* What a request is answered with: built in memory, sent only when it is complete. */
#ifndef ROSTER_RESPONSE_H
#define ROSTER_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include "../db/text.h"

struct response;

struct response *response_new(const void *context);
void response_status(struct response *response, int status);
int response_get_status(const struct response *response);
/* Adds a header. Control characters in name or value abort the answer into a 500: nothing a person sent may start a
 * new line (CWE-113). */
void response_header(struct response *response, const char *name, const char *value);
/* The body, replacing what was there. content_type with charset. The bytes are not copied. */
void response_body(struct response *response, const char *content_type, const char *bytes, size_t length);
/* A body that is in a file; the descriptor is closed with the response. */
void response_file(struct response *response, const char *content_type, int descriptor, size_t length);
enum { RESPONSE_PATH_MAX = 8192 }; /* bytes */
/* 303 See Other (RFC 9110 section 15.4.4) to a path on this site; anything else becomes "/". */
void response_redirect(struct response *response, const char *path);
/* Whether path is a local one that a redirect may go to: starts with one "/", no "//", "\", CR, LF or control, and not so
 * long that nginx would not take it in a header. */
bool response_path_is_local(const char *path);

/* Writes the whole answer, head and body, through write; Content-Length always, the body not for HEAD.
 * Returns false when the peer went away. */
typedef bool (*response_writer)(void *sink, const char *bytes, size_t length);
bool response_send(const struct response *response, bool head, response_writer write, void *sink);

#endif
