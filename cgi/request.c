/* Reading a request: from CGI's meta-variables (RFC 3875) to decoded and checked values. */
#include "request.h"

#include <ctype.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include "../db/memory.h"
#include "percent.h"

enum {
    QUERY_MAX = 64 * 1024,
    FIELDS_MAX = 2000,
    FILES_MIN = 8,
    NAME_MAX_BYTES = 128,
    VALUE_MAX = 1024 * 1024,
    VALUES_MAX = 2 * 1024 * 1024, /* what a form may put into memory */
    DIGITS_MAX = 18,              /* of a number that surely fits */
    NUMBER_BYTES = 16,            /* of a request's number, when the web server gives none */
    NUMBER_MAX = 40,              /* characters; PostgreSQL's application_name has 63 bytes */
};

/* The body, of which no more is read than Content-Length says (RFC 3875 section 4.2). */
struct body {
    const struct request_source *source;
    size_t left;
};

static ssize_t read_body(void *argument, void *buffer, size_t size)
{
    struct body *body = argument;
    ssize_t got;

    if (body->left == 0)
        return 0;
    got = body->source->read(body->source->source, buffer, size < body->left ? size : body->left);
    if (got <= 0)
        return -1; /* less came than was announced */
    body->left -= (size_t)got;
    return got;
}

static const char *parameter(const struct request_source *source, const char *name)
{
    const char *value = source->parameter(source->source, name);

    return value ? value : "";
}

static bool is_printable(const char *text, const char *refused)
{
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || *text == 0x7f || strchr(refused, *text))
            return false;
    return true;
}

static struct error *read_method(struct request *request, const struct request_source *source)
{
    const char *method = parameter(source, "REQUEST_METHOD");

    request->head = strcmp(method, "HEAD") == 0;
    if (request->head || strcmp(method, "GET") == 0)
        request->method = METHOD_GET;
    else
        request->method = strcmp(method, "POST") == 0 ? METHOD_POST : METHOD_OTHER;
    return *method ? NULL : error_new(request, ERROR_BAD_REQUEST, "the request has no method");
}

static bool has_dots(const char *path)
{
    for (const char *at = path; (at = strstr(at, "/.")); at++) {
        size_t dots = strspn(at + 1, ".");

        if (dots <= 2 && (at[1 + dots] == '/' || at[1 + dots] == '\0'))
            return true;
    }
    return false;
}

/* What decoding brought to light must be as harmless as what was sent. */
static struct error *check_path(const struct request *request, const char *path, size_t length)
{
    if (path[0] != '/')
        return error_new(request, ERROR_BAD_REQUEST, "the address does not start with '/'");
    if (!form_text_is_clean(path, length) || strpbrk(path, "\t\r\n"))
        return error_new(request, ERROR_BAD_REQUEST, "the address is not UTF-8 or has control characters");
    if (has_dots(path))
        return error_new(request, ERROR_BAD_REQUEST, "the address has a '.' or '..' between slashes");
    return NULL;
}

/* REQUEST_URI is the one that nobody decoded yet. It comes back in links and redirects, so nothing in it may
 * be read as the name of another host. */
static struct error *read_sent_path(struct request *request, const char *address)
{
    size_t length = strcspn(address, "?");
    char *path = memory_copy_length(request, address, length);

    if (!is_printable(address, "\\\"<>"))
        return error_new(request, ERROR_BAD_REQUEST, "the address has a character that must be encoded");
    if (strncmp(address, "//", 2) == 0)
        return error_new(request, ERROR_BAD_REQUEST, "the address starts with two slashes");
    if (strcasestr(path, "%2f"))
        return error_new(request, ERROR_BAD_REQUEST, "the address has an encoded slash");
    if (!percent_decode(path, length, false, &length))
        return error_new(request, ERROR_BAD_REQUEST,
                         "a '%%' in the address is not followed by two hexadecimal digits");
    path[length] = '\0';
    TRY(check_path(request, path, length));
    request->path = path;
    request->address = address;
    return NULL;
}

static char *encode_path(const struct request *request, const char *path)
{
    struct text *text = text_new(request);

    for (;;) {
        size_t length = strcspn(path, "/");

        text_add(text, form_encode(text, memory_copy_length(text, path, length)));
        path += length;
        if (!*path)
            break;
        text_add_char(text, *path++);
    }
    return text->data;
}

/* A server that passes only decoded paths. */
static struct error *read_decoded_path(struct request *request, const struct request_source *source)
{
    static const char *const names[] = { "DOCUMENT_URI", "PATH_INFO", "SCRIPT_NAME" };
    const char *path = "";

    for (size_t i = 0; !*path && i < sizeof(names) / sizeof(*names); i++)
        path = parameter(source, names[i]);
    TRY(check_path(request, path, strlen(path)));
    if (strncmp(path, "//", 2) == 0)
        return error_new(request, ERROR_BAD_REQUEST, "the address starts with two slashes");
    request->path = memory_copy(request, path);
    request->address = memory_printf(request, "%s%s%s", encode_path(request, path),
                                     *request->query_string ? "?" : "", request->query_string);
    return NULL;
}

static struct error *read_query(struct request *request)
{
    const struct form_limits limits = { .body = QUERY_MAX,
                                        .fields = FIELDS_MAX,
                                        .name = NAME_MAX_BYTES,
                                        .value = QUERY_MAX,
                                        .values = QUERY_MAX };

    if (!is_printable(request->query_string, "\\\"<>"))
        return error_new(request, ERROR_BAD_REQUEST, "the address has a character that must be encoded");
    return error_within(form_parse_urlencoded(request, request->query_string, strlen(request->query_string),
                                              &limits, &request->query),
                        "in the address");
}

static bool is_number(const char *text)
{
    size_t length = strlen(text);

    return length > 0 && length <= NUMBER_MAX &&
           strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") == length;
}

static const char *read_number(const struct request *request, const struct request_source *source)
{
    const char *given = parameter(source, "REQUEST_ID");
    unsigned char random[NUMBER_BYTES];
    char text[2 * NUMBER_BYTES + 1];

    if (is_number(given))
        return memory_copy(request, given);
    randombytes_buf(random, sizeof(random));
    return memory_copy(request, sodium_bin2hex(text, sizeof(text), random, sizeof(random)));
}

static const char *read_optional(const struct request *request, const struct request_source *source,
                                 const char *name)
{
    const char *value = parameter(source, name);

    return *value ? memory_copy(request, value) : NULL;
}

static struct error *read_headers(struct request *request, const struct request_source *source)
{
    const char *accept = parameter(source, "HTTP_ACCEPT");

    request->number = read_number(request, source);
    request->secure = request->site->settings->secure_cookies || strcmp(parameter(source, "HTTPS"), "on") == 0;
    connection_name_transactions(request->db, memory_printf(request, "roster web %s", request->number));
    request->remote = memory_copy(request, parameter(source, "REMOTE_ADDR"));
    request->agent = memory_copy(request, parameter(source, "HTTP_USER_AGENT"));
    request->cookies = memory_copy(request, parameter(source, "HTTP_COOKIE"));
    request->origin = read_optional(request, source, "HTTP_ORIGIN");
    request->fetch_site = read_optional(request, source, "HTTP_SEC_FETCH_SITE");
    request->authorization = read_optional(request, source, "HTTP_AUTHORIZATION");
    request->wants_json = strcasestr(accept, "application/json") && !strcasestr(accept, "text/html");
    request->host = memory_copy(request, parameter(source, "HTTP_HOST"));
    for (const char *at = request->host; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("-._:[]", *at)) {
            request->host = "";
            return error_new(request, ERROR_BAD_REQUEST, "the Host header is not the name of a host");
        }
    return NULL;
}

static struct error *read_length(const struct request *request, const struct request_source *source,
                                 size_t *length)
{
    const char *text = parameter(source, "CONTENT_LENGTH");
    size_t digits = strspn(text, "0123456789");

    if (text[digits] != '\0')
        return error_new(request, ERROR_BAD_REQUEST, "Content-Length is not a number");
    *length = digits <= DIGITS_MAX ? strtoull(text, NULL, 10) : SIZE_MAX;
    if (*length > request->site->settings->upload_max)
        return error_new(request, ERROR_TOO_LARGE, "the request is larger than %zu bytes",
                         request->site->settings->upload_max);
    return NULL;
}

static struct error *read_urlencoded(struct request *request, struct body *body,
                                     const struct form_limits *limits)
{
    size_t length = body->left, filled = 0;
    char *text;

    if (length > limits->body)
        return error_new(request, ERROR_TOO_LARGE, "the form is larger than %zu bytes", limits->body);
    text = NEW_ARRAY(request, char, length);
    while (filled < length) {
        ssize_t got = read_body(body, text + filled, length - filled);

        if (got < 0)
            return error_new(request, ERROR_BAD_REQUEST, "the connection broke off while the form was sent");
        filled += (size_t)got;
    }
    TRY(form_parse_urlencoded(request, text, length, limits, &request->form));
    talloc_free(text);
    return NULL;
}

static bool is_type(const char *content_type, const char *type)
{
    size_t length = strcspn(content_type, "; \t");

    return length == strlen(type) && strncasecmp(content_type, type, length) == 0;
}

/* As many files as the form with the most of them takes, and a few for what no model has. */
static size_t files_max(const struct schema *schema)
{
    size_t most = FILES_MIN;

    for (size_t i = 0; schema && i < schema->count; i++) {
        const struct model *model = schema->models[i];
        size_t count = 0;
        for (size_t j = 0; j < model->field_count; j++)
            count += model->fields[j].type == FIELD_FILE || model->fields[j].type == FIELD_BYTES;
        most = count > most ? count : most;
    }
    return most;
}

static struct error *read_form(struct request *request, const struct request_source *source)
{
    const char *type = parameter(source, "CONTENT_TYPE");
    struct body body = { .source = source };
    struct form_limits limits = { .body = request->site->settings->upload_max,
                                  .fields = FIELDS_MAX,
                                  .name = NAME_MAX_BYTES,
                                  .value = VALUE_MAX,
                                  .values = VALUES_MAX,
                                  .files = files_max(request->site->schema) };

    TRY(read_length(request, source, &body.left));
    if (is_type(type, "multipart/form-data")) {
        limits.temporary = memory_printf(request, "%s/tmp", request->site->settings->var);
        return form_parse_multipart(request, type, read_body, &body, &limits, &request->form);
    }
    /* Each byte may be sent as three (RFC 3986 section 2.1). */
    if (limits.body > 3 * (size_t)VALUES_MAX)
        limits.body = 3 * (size_t)VALUES_MAX;
    if (is_type(type, "application/x-www-form-urlencoded"))
        return read_urlencoded(request, &body, &limits);
    if (body.left > 0)
        return error_new(request, ERROR_BAD_REQUEST,
                         "a form is sent as 'application/x-www-form-urlencoded' or 'multipart/form-data'");
    return NULL;
}

static long long microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

long long request_milliseconds(const struct request *request)
{
    return (microseconds() - request->began_us) / 1000;
}

static struct request *request_new(const void *context, const struct site *site)
{
    struct request *request = NEW(context, struct request);

    request->site = site;
    request->path = request->address = "/";
    request->began_us = microseconds();
    request->number = request->query_string = request->remote = request->host = request->cookies = "";
    request->query = NEW(request, struct form);
    request->form = NEW(request, struct form);
    request->response = response_new(request);
    request->db = connection_new(request, site->settings, CONNECTION_SERVE, "roster web");
    return request;
}

struct error *request_read(const void *context, const struct site *site, const struct request_source *source,
                           struct request **request)
{
    struct request *new = *request = request_new(context, site);
    const char *address = parameter(source, "REQUEST_URI");

    TRY(read_method(new, source));
    TRY(read_headers(new, source));
    new->query_string = memory_copy(new, parameter(source, "QUERY_STRING"));
    if (*address)
        TRY(read_sent_path(new, memory_copy(new, address)));
    else
        TRY(read_decoded_path(new, source));
    TRY(read_query(new));
    return new->method == METHOD_POST ? read_form(new, source) : NULL;
}

const char *request_cookie(const struct request *request, const char *name)
{
    const char *at = request->cookies;
    size_t length = strlen(name);

    while (*at) {
        size_t pair;

        at += strspn(at, "; \t");
        pair = strcspn(at, ";");
        if (strncmp(at, name, length) == 0 && at[length] == '=')
            return memory_copy_length(request, at + length + 1, pair - length - 1);
        at += pair;
    }
    return NULL;
}
