/* Whole files, read. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

enum { BUFFER_SIZE = 16 * 1024 };

/* Closed with its context, however that comes about. */
struct open_file {
    int descriptor;
};

static int close_file(struct open_file *file)
{
    close(file->descriptor);
    return 0;
}

int file_access(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

struct error *file_read(const void *context, const char *path, size_t limit, struct text **out)
{
    struct text *text = text_new(context);
    char *buffer = NEW_ARRAY(text, char, BUFFER_SIZE);
    struct open_file *file = NEW(text, struct open_file);
    ssize_t length = 1;
    file->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (file->descriptor < 0)
        return error_new(context, ERROR_USAGE, "cannot read \"%s\": %s", path, strerror(errno));
    talloc_set_destructor(file, close_file);
    while (text->length <= limit && length != 0) {
        length = read(file->descriptor, buffer, BUFFER_SIZE);
        if (length < 0 && errno != EINTR) /* a folder can be opened, too */
            return error_new(context, ERROR_USAGE, "cannot read \"%s\": %s", path, strerror(errno));
        text_add_bytes(text, buffer, length > 0 ? (size_t)length : 0);
    }
    talloc_free(file);
    talloc_free(buffer);
    *out = text;
    if (text->length > limit)
        return error_new(context, ERROR_USAGE, "\"%s\" is larger than %zu bytes; is it the right file", path,
                         limit);
    return NULL;
}
