/* The file that says that the site is closed, and why. */
#include "closed.h"

#include <string.h>
#include <unistd.h>

#include "file.h"
#include "memory.h"

enum { CLOSED_MAX = 8192 };

const struct closed *closed_read(const void *context, const struct settings *settings)
{
    const char *path = memory_printf(context, "%s/run/closed", settings->var);
    struct text *text;
    if (file_access(path, F_OK) != 0)
        return NULL;
    struct closed *closed = NEW(context, struct closed);
    *closed = (struct closed){ .why = "its start has not ended yet", .next = "see what the site said when it started" };
    if (file_read(closed, path, CLOSED_MAX, &text))
        return file_access(path, F_OK) == 0 ? closed : NULL; /* unreadable, or gone just now */
    const size_t why = strcspn(text->data, "\n");
    if (why > 0 && text->data[why]) {
        const char *next = text->data + why + 1;
        closed->why = memory_copy_length(closed, text->data, why);
        closed->next = memory_copy_length(closed, next, strcspn(next, "\n"));
    }
    return closed;
}
