/* A request as an input: lines of NAME=VALUE, an empty line, and the body, which comes in pieces of five bytes. */
#ifndef ROSTER_REQUEST_SOURCE_H
#define ROSTER_REQUEST_SOURCE_H

#include "../../cgi/request.h"
#include "fuzz.h"

enum { VARIABLES = 24 };

struct sent {
    const char *names[VARIABLES], *values[VARIABLES];
    size_t count;
    struct input body;
};

static inline struct sent *take_request(const void *context, struct input input)
{
    struct sent *sent = NEW(context, struct sent);
    char *line, *equals;

    while (sent->count < VARIABLES && *(line = take_line(context, &input))) {
        if (!(equals = strchr(line, '=')))
            continue;
        *equals = '\0';
        sent->names[sent->count] = line;
        sent->values[sent->count++] = equals + 1;
    }
    sent->body = input;
    return sent;
}

static inline const char *get_variable(void *source, const char *name)
{
    const struct sent *sent = source;

    for (size_t i = 0; i < sent->count; i++)
        if (strcmp(sent->names[i], name) == 0)
            return sent->values[i];
    return NULL;
}

static inline ssize_t read_sent(void *source, void *buffer, size_t size)
{
    struct sent *sent = source;

    REQUIRE(size > 0);
    if (size > 5)
        size = 5;
    if (size > sent->body.length)
        size = sent->body.length;
    if (size > 0)
        memcpy(buffer, sent->body.bytes, size);
    sent->body.bytes += size;
    sent->body.length -= size;
    return (ssize_t)size;
}

#endif
