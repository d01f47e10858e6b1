/* A number travels through jansson as a string that begins with a NUL: no other one does, since neither PostgreSQL nor
 * value_read lets a NUL in. */
#include "json_numbers.h"

#include <string.h>

#include "memory.h"
#include "parsed.h"
#include "text.h"

#define MARK "\\u0000"

/* The length of the string that begins here, with both its quotes. */
static size_t string_length(const char *json)
{
    size_t length = 1;
    while (json[length] && json[length] != '"')
        length += json[length] == '\\' && json[length + 1] ? 2 : 1;
    return length + (json[length] == '"');
}

const json_t *json_numbers_read(const void *context, const char *json)
{
    static const char begin[] = "-0123456789", within[] = "-+.0123456789eE";
    struct text *text = text_new(context);
    while (*json) {
        size_t length = 1;
        if (*json == '"') {
            length = string_length(json);
            text_add_bytes(text, json, length);
        } else if (strchr(begin, *json)) {
            length = strspn(json, within);
            text_addf(text, "\"" MARK "%.*s\"", (int)length, json);
        } else {
            text_add_char(text, *json);
        }
        json += length;
    }
    return parsed_json(context, text->data, text->length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
}

const char *json_numbers_digits(const json_t *value)
{
    if (!json_is_string(value) || json_string_length(value) == 0 || *json_string_value(value) != '\0')
        return NULL;
    return json_string_value(value) + 1;
}

/* Takes the marks off again. */
static char *plain(const void *context, const char *json)
{
    struct text *text = text_new(context);
    while (*json) {
        const size_t length = *json == '"' ? string_length(json) : 1, mark = strlen("\"" MARK);
        if (strncmp(json, "\"" MARK, mark) == 0)
            text_add_bytes(text, json + mark, length - mark - 1);
        else
            text_add_bytes(text, json, length);
        json += length;
    }
    return text->data;
}

char *json_numbers_write(const void *context, const json_t *value)
{
    const size_t flags = JSON_ENCODE_ANY | JSON_INDENT(2), size = json_dumpb(value, NULL, 0, flags);
    char *json = NEW_ARRAY(context, char, size + 1);
    if (size == 0 || json_dumpb(value, json, size, flags) != size)
        memory_ran_out(); /* what was read can be written */
    return plain(context, json);
}
