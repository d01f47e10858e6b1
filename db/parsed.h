/* JSON that was read, for as long as a context lives: whatever jumps out of the middle of its use (memory.h) loses
 * nothing. */
#ifndef ROSTER_PARSED_H
#define ROSTER_PARSED_H

#include <jansson.h>

/* NULL for what is no JSON; then problem, which may be NULL, says what is wrong with it. Flags are jansson's. That memory
 * ran out is not taken for bad JSON. The reference belongs to context. */
json_t *parsed_json(const void *context, const char *bytes, size_t length, size_t flags, json_error_t *problem);

#endif
