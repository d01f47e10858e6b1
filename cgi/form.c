/* Forms: looking into them, changing them, and the checks that every value passes, however it was encoded. */
#include "form.h"

#include <stdlib.h>
#include <string.h>
#include "../db/memory.h"
#include "../db/text.h"
#include "form_builder.h"

const char *form_get(const struct form *form, const char *name)
{
    for (size_t i = 0; form && i < form->value_count; i++)
        if (strcmp(form->values[i].name, name) == 0)
            return form->values[i].value;
    return NULL;
}

const struct form_file *form_get_file(const struct form *form, const char *name)
{
    for (size_t i = 0; form && i < form->file_count; i++)
        if (strcmp(form->files[i].name, name) == 0)
            return &form->files[i];
    return NULL;
}

void form_set(const void *context, struct form *form, const char *name, const char *value)
{
    struct form_value *values = NEW_ARRAY(context, struct form_value, form->value_count + 1);
    size_t at = 0;

    while (at < form->value_count && strcmp(form->values[at].name, name) != 0)
        at++;
    if (form->value_count > 0)
        memcpy(values, form->values, form->value_count * sizeof(*values));
    values[at] = (struct form_value){ .name = memory_copy(values, name),
                                      .value = memory_copy(values, value),
                                      .length = strlen(value) };
    form->values = values;
    if (at == form->value_count)
        form->value_count++;
}

/* Bytes of the well-formed UTF-8 character at text, 0 when it is none (RFC 3629 section 4: no overlong forms,
 * no surrogates, nothing beyond U+10FFFF). */
static size_t character_length(const unsigned char *text, size_t left)
{
    unsigned char first = text[0], lowest = 0x80, highest = 0xbf;
    size_t length;

    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (length > left)
        return 0;
    if (first == 0xe0)
        lowest = 0xa0;
    else if (first == 0xf0)
        lowest = 0x90;
    else if (first == 0xed)
        highest = 0x9f;
    else if (first == 0xf4)
        highest = 0x8f;
    if (text[1] < lowest || text[1] > highest)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

bool form_text_is_clean(const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t step;

    for (size_t i = 0; i < length; i += step) {
        if ((bytes[i] < 0x20 && bytes[i] != '\t' && bytes[i] != '\n' && bytes[i] != '\r') || bytes[i] == 0x7f)
            return false;
        step = character_length(bytes + i, length - i);
        if (step == 0)
            return false;
    }
    return true;
}

char *form_encode(const void *context, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    char *encoded = NEW_ARRAY(context, char, strlen(text) * 3 + 1), *to = encoded;

    for (; *text; text++) {
        if (strchr(unreserved, *text)) {
            *to++ = *text;
        } else {
            *to++ = '%';
            *to++ = digits[(unsigned char)*text >> 4];
            *to++ = digits[(unsigned char)*text & 15];
        }
    }
    *to = '\0';
    return encoded;
}

void form_builder_open(struct form_builder *builder, const void *context, const struct form_limits *limits)
{
    *builder =
        (struct form_builder){ .context = context, .limits = limits, .form = NEW(context, struct form) };
}

struct error *form_builder_check_name(const struct form_builder *builder, const char *name, size_t length)
{
    if (builder->form->value_count + builder->form->file_count >= builder->limits->fields)
        return error_new(builder->context, ERROR_TOO_LARGE, "the form has more than %zu fields",
                         builder->limits->fields);
    if (length == 0)
        return error_new(builder->context, ERROR_BAD_REQUEST, "a field of the form has no name");
    if (length > builder->limits->name)
        return error_new(builder->context, ERROR_TOO_LARGE, "a field's name is longer than %zu bytes",
                         builder->limits->name);
    if (!form_text_is_clean(name, length) || memchr(name, '\r', length) || memchr(name, '\n', length) ||
        memchr(name, '\t', length))
        return error_new(builder->context, ERROR_BAD_REQUEST,
                         "a field's name is not UTF-8 or has control characters");
    return NULL;
}

/* Arrays double: they are full when their count is a power of two. */
static bool is_full(size_t count)
{
    return (count & (count - 1)) == 0;
}

static size_t next_size(size_t count)
{
    return count ? count * 2 : 1;
}

/* Every kind of line's end becomes LF (WHATWG infra standard, "normalize newlines"). A CR that stays before a CRLF would
 * make another CRLF, and so the value would change once more when it is sent again. */
static size_t join_lines(char *value, size_t length)
{
    char *to = memchr(value, '\r', length);

    if (!to)
        return length;
    for (const char *from = to; from < value + length; from++)
        if (from[0] != '\r')
            *to++ = *from;
        else if (from[1] != '\n')
            *to++ = '\n';
    *to = '\0';
    return (size_t)(to - value);
}

struct error *form_builder_check_length(const struct form_builder *builder, const char *name, size_t length)
{
    const struct form_limits *limits = builder->limits;

    if (length > limits->value)
        return error_new(builder->context, ERROR_TOO_LARGE, "the value of '%s' is longer than %zu bytes",
                         name, limits->value);
    if (builder->value_bytes + length > limits->values)
        return error_new(builder->context, ERROR_TOO_LARGE,
                         "the values of the form are longer than %zu bytes", limits->values);
    return NULL;
}

struct error *form_builder_add_value(struct form_builder *builder, const char *name, char *value,
                                     size_t length)
{
    struct form *form = builder->form;

    TRY(form_builder_check_length(builder, name, length));
    if (!form_text_is_clean(value, length))
        return error_new(builder->context, ERROR_BAD_REQUEST,
                         "the value of '%s' is not UTF-8 or has control characters", name);
    if (is_full(form->value_count))
        builder->values = GROW_ARRAY(form, struct form_value, builder->values, next_size(form->value_count));
    builder->value_bytes += length;
    length = join_lines(value, length);
    builder->values[form->value_count++] =
        (struct form_value){ .name = name, .value = value, .length = length };
    form->values = builder->values;
    return NULL;
}

void form_builder_add_file(struct form_builder *builder, const struct form_file *file)
{
    struct form *form = builder->form;

    if (is_full(form->file_count))
        builder->files = GROW_ARRAY(form, struct form_file, builder->files, next_size(form->file_count));
    builder->files[form->file_count++] = *file;
    form->files = builder->files;
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool may_repeat(const char *name)
{
    size_t length = strlen(name);

    return length > 2 && strcmp(name + length - 2, "[]") == 0;
}

/* Sorted first, so that thousands of names cost no more than their sorting. */
static const char *repeated_name(const struct form *form)
{
    const char **names = NEW_ARRAY(form, const char *, form->value_count + form->file_count),
               *repeated = NULL;
    size_t count = 0;

    for (size_t i = 0; i < form->value_count; i++)
        if (!may_repeat(form->values[i].name))
            names[count++] = form->values[i].name;
    for (size_t i = 0; i < form->file_count; i++)
        if (!may_repeat(form->files[i].name))
            names[count++] = form->files[i].name;
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 1; i < count && !repeated; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            repeated = names[i];
    talloc_free(names);
    return repeated;
}

struct error *form_builder_close(struct form_builder *builder, struct error *failed, struct form **form)
{
    if (!failed) {
        const char *repeated = repeated_name(builder->form);

        if (repeated)
            failed = error_new(builder->context, ERROR_BAD_REQUEST, "the field '%s' came more than once",
                               repeated);
    }
    if (failed) {
        talloc_free(builder->form);
        return failed;
    }
    *form = builder->form;
    return NULL;
}
