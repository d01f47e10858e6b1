/* Unnamed temporary files. */
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../db/memory.h"

struct open_file {
    int descriptor;
};

static int close_file(struct open_file *file)
{
    close(file->descriptor);
    return 0;
}

/* For file systems that have no O_TMPFILE. */
static int open_and_unlink(const void *context, const char *folder)
{
    char *name = memory_printf(context, "%s/upload-XXXXXX", folder);
    int descriptor = mkostemp(name, O_CLOEXEC);

    if (descriptor >= 0)
        unlink(name);
    talloc_free(name);
    return descriptor;
}

static int open_unnamed(const void *context, const char *folder)
{
    int descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (descriptor < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        return open_and_unlink(context, folder);
    return descriptor;
}

struct error *temporary_open(const void *context, const void *owner, const char *folder, int *descriptor)
{
    struct open_file *file = NEW(owner, struct open_file); /* first, so that nothing opened is lost without memory */
    int opened = open_unnamed(context, folder);

    if (opened < 0 && errno == ENOENT && (mkdir(folder, 0700) == 0 || errno == EEXIST))
        opened = open_unnamed(context, folder);
    if (opened < 0) {
        talloc_free(file);
        return error_new(context, ERROR_FAILED, "cannot keep an uploaded file in '%s': %s", folder,
                         strerror(errno));
    }
    file->descriptor = opened;
    talloc_set_destructor(file, close_file);
    *descriptor = opened;
    return NULL;
}

struct error *temporary_write(const void *context, int descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(descriptor, bytes, length);

        if (written < 0 && errno != EINTR)
            return error_new(context, ERROR_FAILED, "cannot keep an uploaded file: %s", strerror(errno));
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return NULL;
}
