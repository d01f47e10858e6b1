/* A JSON file that notices when a bit of it has changed: {"content": ..., "sha256": "..."}, written in one
 * form only. */
#ifndef ROSTER_SEALED_H
#define ROSTER_SEALED_H

#include <jansson.h>
#include "error.h"

/* Durable (durable.h). Takes the reference to the content. */
struct error *sealed_write(const void *context, const char *path, json_t *content) MUST_USE;
/* ERROR_NOT_FOUND without the file, ERROR_DAMAGED when any of its bytes is not as it was written. The content
 * lives as long as the context. */
struct error *sealed_read(const void *context, const char *path, const json_t **content) MUST_USE;

/* A text or number of an object; "" and 0 when it is missing. */
const char *sealed_text(const json_t *object, const char *name);
long long sealed_number(const json_t *object, const char *name);
/* Lets the reference live as long as the context. */
json_t *sealed_keep(const void *context, json_t *json);

#endif
