/* Stored bytes on their way out. nginx adds nosniff and the content security policy, as to every answer. */
#include "download.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../db/content.h"
#include "../db/memory.h"
#include "temporary.h"

static const char *column(const struct query *record, const char *name)
{
    return name && query_column(record, name) >= 0 ? query_field(record, 0, name) : NULL;
}

/* The name twice: for old programs in ASCII, and as it is (RFC 6266 section 4.3, RFC 8187). */
static const char *disposition(const struct request *request, const char *name)
{
    char *plain = memory_copy(request, name);
    for (char *c = plain; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~' || strchr("\"\\/%", *c))
            *c = '_';
    return memory_printf(request, "attachment; filename=\"%s\"; filename*=UTF-8''%s", plain,
                         form_encode(request, name));
}

struct error *download_send(struct request *request, const struct field *field, const struct query *record)
{
    const struct file_columns *file = field->file;
    const char *name = file ? column(record, file->name) : NULL;
    const char *type = file ? column(record, file->content_type) : NULL;
    int copy = -1;
    size_t size = 0;
    TRY(temporary_open(request, request, memory_printf(request, "%s/tmp", request->site->settings->var), &copy));
    TRY(content_read(request->db, field, request->id, file ? column(record, file->sha256) : NULL, copy, &size));
    /* The response closes its own descriptor. */
    int descriptor = lseek(copy, 0, SEEK_SET) == 0 ? fcntl(copy, F_DUPFD_CLOEXEC, 0) : -1;
    if (descriptor < 0)
        return error_new(request, ERROR_FAILED, "cannot read a temporary file again: %s", strerror(errno));
    response_header(request->response, "Content-Disposition",
                    disposition(request, name && *name ? name : memory_printf(request, "%s.bin", field->name)));
    response_header(request->response, "Cache-Control", "private, no-store");
    response_file(request->response, type && *type ? type : "application/octet-stream", descriptor, size);
    return NULL;
}
