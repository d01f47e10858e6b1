/* application/x-www-form-urlencoded (WHATWG URL standard, section 5.1): the query of an address, the body of
 * a form without files. */
#include <string.h>
#include "../db/memory.h"
#include "form.h"
#include "form_builder.h"
#include "percent.h"

struct body {
    struct form_builder builder;
    char *at, *end;
};

/* Decodes the piece up to stop where it is and ends it with a NUL; there is room, since it can only shrink
 * and a "=", a "&" or the end follows it. */
static struct error *decode(const struct body *body, char *piece, char *stop, size_t *length)
{
    if (!percent_decode(piece, (size_t)(stop - piece), true, length))
        return error_new(body->builder.context, ERROR_BAD_REQUEST,
                         "a '%%' in the form is not followed by two hexadecimal digits");
    piece[*length] = '\0';
    return NULL;
}

static struct error *read_pair(struct body *body)
{
    char *pair = body->at, *stop = memchr(pair, '&', (size_t)(body->end - pair)), *equals, *value;
    size_t name_length, value_length;

    if (!stop)
        stop = body->end;
    body->at = stop < body->end ? stop + 1 : stop;
    if (stop == pair)
        return NULL;
    equals = memchr(pair, '=', (size_t)(stop - pair));
    value = equals ? equals + 1 : stop;
    TRY(decode(body, value, stop, &value_length));
    TRY(decode(body, pair, equals ? equals : stop, &name_length));
    if (!equals)
        value = pair + name_length; /* the name's NUL: a value of no length */
    TRY(form_builder_check_name(&body->builder, pair, name_length));
    return form_builder_add_value(&body->builder, pair, value, value_length);
}

struct error *form_parse_urlencoded(const void *context, const char *text, size_t length,
                                    const struct form_limits *limits, struct form **form)
{
    struct error *failed = NULL;
    struct body body;

    if (length > limits->body)
        return error_new(context, ERROR_TOO_LARGE, "the form is larger than %zu bytes", limits->body);
    form_builder_open(&body.builder, context, limits);
    body.at = memory_copy_length(body.builder.form, text, length);
    body.end = body.at + length;
    while (!failed && body.at < body.end)
        failed = read_pair(&body);
    return form_builder_close(&body.builder, failed, form);
}
