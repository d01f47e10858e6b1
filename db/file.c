/* Whole files, read and written. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int file_access(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

struct error *file_read(const void *context, const char *path, size_t limit, struct text **out)
{
    char buffer[16 * 1024];
    size_t length;
    FILE *file = fopen(path, "re");
    if (!file)
        return error_new(context, ERROR_USAGE, "cannot read \"%s\": %s", path, strerror(errno));
    struct text *text = text_new(context);
    while (text->length <= limit && (length = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_add_bytes(text, buffer, length);
    const int fault = ferror(file) ? errno : 0; /* a folder can be opened, too */
    fclose(file);
    *out = text;
    if (fault)
        return error_new(context, ERROR_USAGE, "cannot read \"%s\": %s", path, strerror(fault));
    if (text->length > limit)
        return error_new(context, ERROR_USAGE, "\"%s\" is larger than %zu bytes; is it the right file", path,
                         limit);
    return NULL;
}

struct error *file_create(const void *context, const char *path, const struct text *text)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor < 0)
        return error_new(context, ERROR_FAILED, "cannot write \"%s\": %s", path, strerror(errno));
    errno = ENOSPC; /* what a short write means */
    bool done =
        write(descriptor, text->data, text->length) == (ssize_t)text->length && fsync(descriptor) == 0;
    struct error *error = NULL;
    if (!done)
        error = error_new(context, ERROR_FAILED, "cannot write \"%s\": %s", path, strerror(errno));
    close(descriptor);
    if (error)
        unlink(path);
    return error;
}
