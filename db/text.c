/* A growing piece of text. It doubles, so that adding n bytes one by one costs n steps and not n squared. */
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"

enum { FIRST_SIZE = 256 };

struct text *text_new(const void *context)
{
    struct text *text = NEW(context, struct text);

    text->size = FIRST_SIZE;
    text->data = NEW_ARRAY(text, char, text->size);
    return text;
}

/* Makes room for length more bytes and the NUL. */
static void reserve(struct text *text, size_t length)
{
    size_t needed, size = text->size;

    if (__builtin_add_overflow(text->length, length, &needed) || needed > SIZE_MAX / 2)
        needed = SIZE_MAX / 2; /* no allocation of this size succeeds, so this ends in the failure handler */
    if (needed < size)
        return;
    while (size <= needed)
        size *= 2;
    text->data = GROW_ARRAY(text, char, text->data, size);
    text->size = size;
}

void text_add(struct text *text, const char *piece)
{
    text_add_bytes(text, piece, strlen(piece));
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    if (length == 0)
        return;
    reserve(text, length);
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add_char(struct text *text, char character)
{
    text_add_bytes(text, &character, 1);
}

void text_addf(struct text *text, const char *format, ...)
{
    size_t room = text->size - text->length;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text->data + text->length, room, format, arguments);
    va_end(arguments);
    if (length < 0)
        abort(); /* a format that no argument fits: a programming error */
    if ((size_t)length >= room) {
        reserve(text, (size_t)length);
        va_start(arguments, format);
        vsnprintf(text->data + text->length, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    text->length += (size_t)length;
}

static void add_escaped(struct text *text, char character)
{
    static const char letters[] = "\"\\bfnrt", meant[] = "\"\\\b\f\n\r\t";
    const char *found = strchr(meant, character);

    if (found && character)
        text_addf(text, "\\%c", letters[found - meant]);
    else
        text_addf(text, "\\u%04x", (unsigned char)character);
}

void text_add_json(struct text *text, const char *value)
{
    const char *start = value;

    if (!value) {
        text_add(text, "null");
        return;
    }
    text_add_char(text, '"');
    for (; *value; value++) {
        /* "<" as well, so that "</script>" and "<!--" in a value stay harmless inside a page */
        if ((unsigned char)*value >= 0x20 && *value != '"' && *value != '\\' && *value != '<' &&
            *value != 0x7f)
            continue;
        text_add_bytes(text, start, (size_t)(value - start));
        add_escaped(text, *value);
        start = value + 1;
    }
    text_add_bytes(text, start, (size_t)(value - start));
    text_add_char(text, '"');
}
