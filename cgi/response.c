/* What a request is answered with. */
#include "response.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "../db/memory.h"
#include "parameter.h"

enum { PIECE = 64 * 1024 }; /* bytes of a file that are in memory at a time */

struct response {
    int status;
    struct text *headers; /* as they are sent, each with its CRLF */
    bool broken;          /* something was set that must not be sent */
    const char *content_type;
    const char *bytes;
    int descriptor; /* of the body, or -1 */
    size_t length;
};

static void close_descriptor(struct response *response)
{
    if (response->descriptor >= 0)
        close(response->descriptor);
    response->descriptor = -1;
}

static int close_response(struct response *response)
{
    close_descriptor(response);
    return 0;
}

struct response *response_new(const void *context)
{
    struct response *response = NEW(context, struct response);

    response->status = 200;
    response->headers = text_new(response);
    response->content_type = "text/plain; charset=utf-8";
    response->bytes = "";
    response->descriptor = -1;
    talloc_set_destructor(response, close_response);
    return response;
}

void response_status(struct response *response, int status)
{
    response->status = status;
}

int response_get_status(const struct response *response)
{
    return response->broken ? 500 : response->status;
}

static bool is_control(char character)
{
    return (unsigned char)character < 0x20 || character == 0x7f;
}

static bool is_header_value(const char *value)
{
    for (; *value; value++)
        if (is_control(*value) && *value != '\t')
            return false;
    return true;
}

void response_header(struct response *response, const char *name, const char *value)
{
    if (parameter_is_token(name) && is_header_value(value))
        text_addf(response->headers, "%s: %s\r\n", name, value);
    else
        response->broken = true;
}

static void set_body(struct response *response, const char *content_type, size_t length)
{
    close_descriptor(response);
    if (!is_header_value(content_type))
        response->broken = true;
    response->content_type = content_type;
    response->length = length;
}

void response_body(struct response *response, const char *content_type, const char *bytes, size_t length)
{
    set_body(response, content_type, length);
    response->bytes = bytes;
}

void response_file(struct response *response, const char *content_type, int descriptor, size_t length)
{
    set_body(response, content_type, length);
    response->descriptor = descriptor;
}

bool response_path_is_local(const char *path)
{
    size_t before_query = strcspn(path, "?#");

    if (path[0] != '/' || strlen(path) > RESPONSE_PATH_MAX || memmem(path, before_query, "//", 2))
        return false;
    for (; *path; path++)
        if (is_control(*path) || *path == '\\')
            return false;
    return true;
}

void response_redirect(struct response *response, const char *path)
{
    response->status = 303;
    response_header(response, "Location", response_path_is_local(path) ? path : "/");
    response_body(response, "text/plain; charset=utf-8", "", 0);
}

static const char *status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 204, "No Content" },
        { 303, "See Other" },
        { 304, "Not Modified" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 409, "Conflict" },
        { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" },
        { 422, "Unprocessable Content" },
        { 428, "Precondition Required" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 503, "Service Unavailable" },
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        if (texts[i].status == status)
            return texts[i].text;
    return "Status";
}

static bool send_file(int descriptor, size_t length, response_writer write, void *sink)
{
    char piece[PIECE];
    size_t sent = 0;

    while (sent < length) {
        size_t wanted = length - sent < PIECE ? length - sent : PIECE;
        ssize_t got = pread(descriptor, piece, wanted, (off_t)sent);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) /* shorter than promised: the peer must not take this for the whole */
            return false;
        if (!write(sink, piece, (size_t)got))
            return false;
        sent += (size_t)got;
    }
    return true;
}

static bool send_broken(const struct response *response, bool head, response_writer write, void *sink)
{
    static const char sorry[] = "The answer could not be sent safely, so it was not sent.\n";
    struct response plain = *response;

    plain.broken = false;
    plain.status = 500;
    plain.headers = text_new(response);
    plain.content_type = "text/plain; charset=utf-8";
    plain.bytes = sorry;
    plain.length = sizeof(sorry) - 1;
    plain.descriptor = -1;
    return response_send(&plain, head, write, sink);
}

/* Nothing is allocated once the first byte was written: running out of memory never cuts an answer in two. */
bool response_send(const struct response *response, bool head, response_writer write, void *sink)
{
    bool bodiless =
        response->status == 204 || response->status == 304; /* RFC 9110 sections 15.3.5 and 15.4.5 */
    struct text *start;

    if (response->broken)
        return send_broken(response, head, write, sink);
    start = text_new(response->headers);
    text_addf(start, "Status: %d %s\r\n", response->status, status_text(response->status));
    text_add_bytes(start, response->headers->data, response->headers->length);
    if (!bodiless)
        text_addf(start, "Content-Type: %s\r\nContent-Length: %zu\r\n", response->content_type,
                  response->length);
    text_add(start, "\r\n");
    if (!write(sink, start->data, start->length))
        return false;
    if (head || bodiless || response->length == 0)
        return true;
    if (response->descriptor >= 0)
        return send_file(response->descriptor, response->length, write, sink);
    return write(sink, response->bytes, response->length);
}
