/* The end of what the admin key opened. */
#include "key_end.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../db/durable.h"
#include "../db/file.h"
#include "../db/memory.h"
#include "../db/text.h"

static const char *path_of(const struct request *request)
{
    return memory_printf(request, "%s/admin-key-ended", request->site->settings->var);
}

struct error *key_end_all(const struct request *request, long long now_ms)
{
    const char *text = memory_printf(request, "%lld\n", now_ms);
    return durable_write(request, path_of(request), text, strlen(text));
}

long long key_end_last(const struct request *request)
{
    struct text *text;
    if (access(path_of(request), F_OK) != 0)
        return 0;
    return file_read(request, path_of(request), 32, &text) ? LLONG_MAX : strtoll(text->data, NULL, 10);
}
