/* A .env file: lines of NAME=VALUE, as docker compose and shells read them, but strictly. */
#ifndef ROSTER_ENV_FILE_H
#define ROSTER_ENV_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include "error.h"

struct env_file;

/* Reads the file. A missing one is an empty one unless it is required; a line that cannot be understood, an
 * unclosed quote or a name given twice is ERROR_USAGE with file and line (never with the value). */
struct error *env_file_open(const void *context, const char *path, bool required,
                            struct env_file **file) MUST_USE;
/* Whether others than its owner and its group may read the file, or others than its owner may change it. */
bool env_file_is_open(const struct env_file *file);
/* The file's names in their order; NULL behind the last. */
const char *env_file_name(const struct env_file *file, size_t number);
const char *env_file_path(const struct env_file *file);
const char *env_file_value(const struct env_file *file, const char *name); /* NULL when it is not there */

#endif
