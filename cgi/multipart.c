/* multipart/form-data (RFC 7578, RFC 2046 section 5.1), read as a stream: memory stays the same however large
 * the files are, and their SHA-256 is known when their last byte has arrived. */
#include <ctype.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>
#include "../db/memory.h"
#include "../db/text.h"
#include "form.h"
#include "form_builder.h"
#include "parameter.h"
#include "percent.h"
#include "temporary.h"

enum {
    BOUNDARY_MAX = 70,      /* RFC 2046 section 5.1.1 */
    HEADERS_MAX = 8 * 1024, /* bytes of one part's headers */
    FILE_NAME_MAX = 255,    /* characters: file systems count bytes, UTF-16 units or characters, and none has more */
    TYPE_MAX = 255,         /* bytes (RFC 6838 section 4.2 has 127 for each half) */
    BUFFER_SIZE = 64 * 1024,
};

struct multipart {
    struct form_builder builder;
    form_reader read;
    void *source;
    size_t total; /* bytes read so far */
    size_t files; /* opened so far */
    bool ended;
    char delimiter[4 + BOUNDARY_MAX + 1]; /* CRLF "--" boundary */
    size_t delimiter_length;
    size_t start, end; /* what of the buffer was read and not yet used */
    char *buffer;
};

/* One part while it is read. What comes before the first one is a part of neither kind, which nobody keeps.
 */
struct part {
    const char *name;
    struct text *value;    /* of a field, else NULL */
    struct form_file file; /* has a name when it is a file */
    crypto_hash_sha256_state hash;
};

static struct error *malformed(const struct multipart *body, const char *what)
{
    return error_new(body->builder.context, ERROR_BAD_REQUEST, "the form is malformed: %s", what);
}

static struct error *fill(struct multipart *body)
{
    size_t limit = body->builder.limits->body;
    ssize_t got;

    if (body->ended)
        return malformed(body, "it ends before its last boundary");
    memmove(body->buffer, body->buffer + body->start, body->end - body->start);
    body->end -= body->start;
    body->start = 0;
    got = body->read(body->source, body->buffer + body->end, BUFFER_SIZE - body->end);
    if (got < 0)
        return malformed(body, "the connection broke off while it was sent");
    body->ended = got == 0;
    body->end += (size_t)got;
    body->total += (size_t)got;
    if (body->total > limit)
        return error_new(body->builder.context, ERROR_TOO_LARGE, "the form is larger than %zu bytes", limit);
    return NULL;
}

static struct error *open_file(struct multipart *body, struct part *part)
{
    const struct form_limits *limits = body->builder.limits;

    if (body->files++ >= limits->files)
        return error_new(body->builder.context, ERROR_TOO_LARGE, "the form has more than %zu file%s: send fewer at a time",
                         limits->files, limits->files == 1 ? "" : "s");
    return temporary_open(body->builder.context, body->builder.form, limits->temporary, &part->file.descriptor);
}

static struct error *write_file(struct multipart *body, struct part *part, const char *bytes, size_t length)
{
    const void *context = body->builder.context;

    if (part->file.descriptor < 0)
        TRY(open_file(body, part));
    crypto_hash_sha256_update(&part->hash, (const unsigned char *)bytes, length);
    part->file.size += length;
    return temporary_write(context, part->file.descriptor, bytes, length);
}

static struct error *write_part(struct multipart *body, struct part *part, const char *bytes,
                                size_t length)
{
    if (length == 0)
        return NULL;
    if (part->file.name)
        return write_file(body, part, bytes, length);
    if (!part->value)
        return NULL;
    TRY(form_builder_check_length(&body->builder, part->name, part->value->length + length));
    text_add_bytes(part->value, bytes, length);
    return NULL;
}

/* Hands everything up to the next delimiter to the part, and goes behind the delimiter. The last bytes of the
 * buffer wait for the next read when they could be the delimiter's beginning. */
static struct error *read_content(struct multipart *body, struct part *part)
{
    for (;;) {
        const char *start = body->buffer + body->start;
        size_t length = body->end - body->start;
        const char *found = memmem(start, length, body->delimiter, body->delimiter_length);

        if (found) {
            body->start += (size_t)(found - start) + body->delimiter_length;
            return write_part(body, part, start, (size_t)(found - start));
        }
        if (length >= body->delimiter_length) {
            length -= body->delimiter_length - 1;
            TRY(write_part(body, part, start, length));
            body->start += length;
        }
        TRY(fill(body));
    }
}

/* Reads what stands behind a delimiter: "--" after the last one, or the line's end (which stays, so that a
 * part without headers shows), after blanks that a mail gateway may have added. */
static struct error *read_delimiter_end(struct multipart *body, bool *last)
{
    for (;;) {
        const char *at = body->buffer + body->start;

        while (body->end - body->start < 2) {
            TRY(fill(body));
            at = body->buffer + body->start;
        }
        *last = at[0] == '-' && at[1] == '-';
        if (*last || (at[0] == '\r' && at[1] == '\n'))
            return NULL;
        if (*at != ' ' && *at != '\t')
            return malformed(body, "something other than a line's end follows a boundary");
        body->start++;
    }
}

/* The part's headers as one text whose lines end in CRLF. */
static struct error *read_headers(struct multipart *body, char **headers)
{
    const char *start, *found;
    size_t length;

    for (;;) {
        start = body->buffer + body->start;
        found = memmem(start, body->end - body->start, "\r\n\r\n", 4);
        if (found || body->end - body->start > HEADERS_MAX)
            break;
        TRY(fill(body));
    }
    length = found ? (size_t)(found - start) : HEADERS_MAX + 1;
    if (length > HEADERS_MAX)
        return error_new(body->builder.context, ERROR_TOO_LARGE, "a part's headers are longer than %d bytes",
                         HEADERS_MAX);
    body->start += length + 4;
    if (length == 0)
        return malformed(body, "a part has no headers");
    *headers = memory_copy_length(body->builder.form, start + 2, length);
    if (!form_text_is_clean(*headers, length))
        return malformed(body, "a part's header is not UTF-8 or has control characters");
    return NULL;
}

/* Cuts the next line off; every line ends in CRLF, and neither of the two stands anywhere else. */
static struct error *next_line(const struct multipart *body, char **headers, char **line)
{
    char *end = strpbrk(*headers, "\r\n");

    if (end[0] != '\r' || end[1] != '\n')
        return malformed(body, "a header's line does not end in CRLF");
    if (**headers == ' ' || **headers == '\t')
        return malformed(body, "a header goes on in a second line");
    *end = '\0';
    *line = *headers;
    *headers = end + 2;
    return NULL;
}

/* Of well-formed UTF-8: bytes that go on with a character begin with the bits 10 (RFC 3629 section 3). */
static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* A file name from a computer that uses "\" keeps only its last component, too. */
static struct error *take_file_name(const struct multipart *body, char *name, struct part *part)
{
    for (const char *at = name; *at; at++)
        if (*at == '/' || *at == '\\')
            name = (char *)at + 1;
    if (strpbrk(name, "\t\r\n") || !form_text_is_clean(name, strlen(name)))
        return malformed(body, "a file's name is not UTF-8 or has control characters");
    if (characters(name) > FILE_NAME_MAX)
        return error_new(body->builder.context, ERROR_TOO_LARGE, "a file's name is longer than %d characters",
                         FILE_NAME_MAX);
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return malformed(body, "a file's name is a folder's");
    part->file.file_name = name;
    return NULL;
}

/* filename*=UTF-8''na%C3%AFve.txt (RFC 8187 section 3.2). */
static struct error *take_encoded_file_name(const struct multipart *body, char *value, struct part *part)
{
    char *language = strchr(value, '\''), *name = language ? strchr(language + 1, '\'') : NULL;
    size_t length;

    if (!name || strncasecmp(value, "utf-8'", 6) != 0)
        return malformed(body, "a file's name is in another encoding than UTF-8");
    name++;
    if (!percent_decode(name, strlen(name), false, &length) || memchr(name, '\0', length))
        return malformed(body, "a file's name is encoded wrongly");
    name[length] = '\0';
    return take_file_name(body, name, part);
}

/* Browsers send a quote in a file's name as %22 (HTML standard, multipart/form-data encoding algorithm). */
static char *restore_quotes(char *name)
{
    for (char *at = name; (at = strstr(at, "%22")); at++) {
        *at = '"';
        memmove(at + 1, at + 3, strlen(at + 3) + 1);
    }
    return name;
}

static struct error *take_disposition(struct multipart *body, const char *value, struct part *part)
{
    const char *at = value + strcspn(value, "; \t");
    struct parameter parameter;
    bool encoded = false;

    if (part->name)
        return malformed(body, "a part has two Content-Disposition headers");
    if (at - value != 9 || strncasecmp(value, "form-data", 9) != 0)
        return malformed(body, "a part's Content-Disposition is not form-data");
    while (parameter_next(body->builder.form, &at, &parameter)) {
        if (strcmp(parameter.name, "name") == 0 && !part->name) {
            part->name = parameter.value;
        } else if (strcmp(parameter.name, "filename*") == 0) {
            TRY(take_encoded_file_name(body, parameter.value, part));
            encoded = true;
        } else if (strcmp(parameter.name, "filename") == 0 && !encoded) {
            TRY(take_file_name(body, restore_quotes(parameter.value), part));
        } else if (strcmp(parameter.name, "name") == 0) {
            return malformed(body, "a part has two names");
        }
    }
    if (*at)
        return malformed(body, "a part's Content-Disposition cannot be read");
    if (!part->name)
        return malformed(body, "a part has no name");
    return form_builder_check_name(&body->builder, part->name, strlen(part->name));
}

/* Keeps type/subtype in lower case, without parameters; what is no such thing is not believed. */
static void take_content_type(const struct multipart *body, const char *value, struct part *part)
{
    char *type = memory_copy_length(body->builder.form, value, strcspn(value, "; \t"));
    char *slash = strchr(type, '/');
    bool good;

    for (char *letter = type; *letter; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    if (!slash || strlen(type) > TYPE_MAX)
        return;
    *slash = '\0';
    good = parameter_is_token(type) && parameter_is_token(slash + 1);
    *slash = '/';
    if (good)
        part->file.content_type = type;
}

static struct error *take_header(struct multipart *body, char *line, struct part *part)
{
    char *colon = strchr(line, ':'), *value;

    if (!colon)
        return malformed(body, "a header has no colon");
    *colon = '\0';
    if (!parameter_is_token(line))
        return malformed(body, "a header's name cannot be read");
    value = colon + 1 + strspn(colon + 1, " \t");
    if (strcasecmp(line, "Content-Disposition") == 0)
        return take_disposition(body, value, part);
    if (strcasecmp(line, "Content-Type") == 0)
        take_content_type(body, value, part);
    else if (strcasecmp(line, "Content-Transfer-Encoding") == 0 && strncasecmp(value, "binary", 6) != 0 &&
             strncasecmp(value, "8bit", 4) != 0 && strncasecmp(value, "7bit", 4) != 0)
        return malformed(body, "a part is encoded in a way that forms no longer use");
    return NULL; /* others mean nothing in a form (RFC 7578 section 4.8) */
}

static struct error *open_part(struct multipart *body, struct part *part)
{
    char *headers = NULL, *line = NULL;

    *part = (struct part){ .file = { .content_type = "application/octet-stream", .descriptor = -1 } };
    TRY(read_headers(body, &headers));
    while (*headers) {
        TRY(next_line(body, &headers, &line));
        TRY(take_header(body, line, part));
    }
    if (!part->name)
        return malformed(body, "a part has no Content-Disposition header");
    if (part->file.file_name) {
        part->file.name = part->name;
        crypto_hash_sha256_init(&part->hash);
    } else {
        part->value = text_new(body->builder.form);
    }
    return NULL;
}

static struct error *close_file(struct multipart *body, struct part *part)
{
    unsigned char digest[crypto_hash_sha256_BYTES];

    if (part->file.descriptor < 0 && *part->file.file_name) /* an empty file is a file, too */
        TRY(open_file(body, part));
    crypto_hash_sha256_final(&part->hash, digest);
    sodium_bin2hex(part->file.sha256, sizeof(part->file.sha256), digest, sizeof(digest));
    form_builder_add_file(&body->builder, &part->file);
    return NULL;
}

static struct error *read_parts(struct multipart *body)
{
    struct part part = { 0 };
    bool last;

    TRY(read_content(body, &part));
    TRY(read_delimiter_end(body, &last));
    while (!last) {
        TRY(open_part(body, &part));
        TRY(read_content(body, &part));
        if (part.file.name)
            TRY(close_file(body, &part));
        else
            TRY(form_builder_add_value(&body->builder, part.name, part.value->data, part.value->length));
        TRY(read_delimiter_end(body, &last));
    }
    while (!body->ended) { /* what follows means nothing, but the sender has to get rid of it */
        body->start = body->end;
        TRY(fill(body));
    }
    return NULL;
}

static struct error *read_boundary(struct multipart *body, const char *content_type)
{
    const char *at = content_type + strcspn(content_type, "; \t"), *boundary = NULL;
    struct parameter parameter;
    size_t length;

    if (strncasecmp(content_type, "multipart/form-data", 19) != 0 || at - content_type != 19)
        return malformed(body, "its Content-Type is not multipart/form-data");
    while (parameter_next(body->builder.form, &at, &parameter))
        if (strcmp(parameter.name, "boundary") == 0 && !boundary)
            boundary = parameter.value;
    length = boundary ? strlen(boundary) : 0;
    if (*at || length == 0)
        return malformed(body, "its Content-Type names no boundary");
    if (length > BOUNDARY_MAX || boundary[length - 1] == ' ')
        return malformed(body, "its boundary is longer than 70 characters or ends in a space");
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)boundary[i]) && !strchr("'()+_,-./:=? ", boundary[i]))
            return malformed(body, "its boundary has a character that is not allowed");
    memcpy(body->delimiter, "\r\n--", 4);
    memcpy(body->delimiter + 4, boundary, length + 1);
    body->delimiter_length = 4 + length;
    return NULL;
}

struct error *form_parse_multipart(const void *context, const char *content_type, form_reader read,
                                   void *source, const struct form_limits *limits, struct form **form)
{
    struct multipart body = { .read = read, .source = source };
    struct error *failed;

    form_builder_open(&body.builder, context, limits);
    failed = read_boundary(&body, content_type);
    if (!failed) {
        body.buffer = NEW_ARRAY(body.builder.form, char, BUFFER_SIZE);
        memcpy(body.buffer, "\r\n", 2); /* so that a boundary in the first line is one like any other */
        body.end = 2;
        failed = read_parts(&body);
        talloc_free(body.buffer);
    }
    return form_builder_close(&body.builder, failed, form);
}
