/* What a form that was read promises, whatever it was read from. */
#ifndef ROSTER_FORM_PROMISES_H
#define ROSTER_FORM_PROMISES_H

#include "fuzz.h"

static const struct form_limits form_limits = {
    .body = 60000, .fields = 40, .name = 24, .value = 3000, .values = 8000, .files = 6, .temporary = "/tmp"
};

static inline bool has_line_breaks(const char *text)
{
    return strpbrk(text, "\t\r\n") != NULL;
}

static inline void require_name(const struct form *form, const char *name)
{
    size_t length = strlen(name), times = 0;

    REQUIRE(length > 0 && length <= form_limits.name && form_text_is_clean(name, length) && !has_line_breaks(name));
    for (size_t i = 0; i < form->value_count; i++)
        times += strcmp(form->values[i].name, name) == 0;
    for (size_t i = 0; i < form->file_count; i++)
        times += strcmp(form->files[i].name, name) == 0;
    REQUIRE(times == 1 || (length > 2 && strcmp(name + length - 2, "[]") == 0));
}

static inline void require_values(const struct form *form)
{
    size_t bytes = 0;

    REQUIRE(form->value_count + form->file_count <= form_limits.fields);
    for (size_t i = 0; i < form->value_count; i++) {
        const struct form_value *value = &form->values[i];

        require_name(form, value->name);
        REQUIRE(strlen(value->value) == value->length && value->length <= form_limits.value);
        REQUIRE(form_text_is_clean(value->value, value->length) && !strchr(value->value, '\r'));
        bytes += value->length;
    }
    REQUIRE(bytes <= form_limits.values);
}

/* The same names and values in the same order. */
static inline void require_same_values(const struct form *form, const struct form *other)
{
    REQUIRE(form->value_count == other->value_count);
    for (size_t i = 0; i < form->value_count; i++) {
        REQUIRE(strcmp(form->values[i].name, other->values[i].name) == 0);
        REQUIRE(strcmp(form->values[i].value, other->values[i].value) == 0);
    }
}

#endif
