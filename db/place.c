/* Finds the program's own files. */
#include "place.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "memory.h"

const char *place_find(const void *context, const char *name, const char *fallback)
{
    char program[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return fallback;
    program[length] = '\0';
    for (int i = 0; i < 2; i++) { /* PREFIX/bin/roster */
        char *slash = strrchr(program, '/');
        if (!slash)
            return fallback;
        *slash = '\0';
    }
    char *path = memory_printf(context, "%s/share/roster/%s", program, name);
    return file_access(path, F_OK) == 0 ? path : fallback;
}
