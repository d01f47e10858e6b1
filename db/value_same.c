/* Texts that are spelled in different ways and mean the same. */
#include <stdlib.h>
#include <string.h>

#include "json_numbers.h"
#include "memory.h"
#include "value.h"

/* Numbers are one when their digits are: jsonb keeps 1.50 and 1.5 apart, and any number of digits. */
static bool same_json(const void *context, const char *one, const char *other)
{
    const json_t *left = json_numbers_read(context, one), *right = json_numbers_read(context, other);
    return left && right && json_equal(left, right);
}

/* Without a plus sign, and without zeros that change nothing: digits beyond those of a double count, too. */
static const char *plain_decimal(const void *context, const char *text)
{
    const bool negative = *text == '-';
    text += negative || *text == '+';
    text += strspn(text, "0");
    size_t length = strlen(text);
    if (strchr(text, '.')) {
        while (text[length - 1] == '0')
            length--;
        length -= text[length - 1] == '.';
    }
    return memory_printf(context, "%s%.*s", negative && length > 0 ? "-" : "", (int)length, text);
}

/* As a form shows it: with a T, and seconds. An offset stays, so that such a time is like no other. */
static const char *plain_time(const void *context, const char *text)
{
    char *time = memory_printf(context, "%s%s", text, strlen(text) == strlen("2026-03-31T14:30") ? ":00" : "");
    time[strlen("2026-03-31")] = 'T';
    return time;
}

/* Line ends as a browser sends them back: of a single line they are dropped (HTML, value sanitization algorithm of
 * type=text), of several each is one newline (HTML, API value of a textarea), whatever was stored. */
static const char *plain_lines(const void *context, const char *text, bool several)
{
    char *plain = memory_copy(context, text ? text : ""), *to = plain;
    for (const char *from = plain; *from; from++) {
        const bool end = *from == '\r' || *from == '\n';
        if (!end)
            *to++ = *from;
        else if (several && !(*from == '\r' && from[1] == '\n'))
            *to++ = '\n';
    }
    *to = '\0';
    return plain;
}

static bool same_lines(const void *context, const struct field *field, const char *one, const char *other)
{
    const bool several = field->type == FIELD_LONG_TEXT;
    if (!several && field->type != FIELD_TEXT && field->type != FIELD_EMAIL)
        return false;
    return strcmp(plain_lines(context, one, several), plain_lines(context, other, several)) == 0;
}

bool value_same(const void *context, const struct field *field, const char *one, const char *other)
{
    const char *left, *right;
    if (same_lines(context, field, one, other))
        return true;
    if (value_read(context, field, one, &left) || value_read(context, field, other, &right))
        return false;
    if (!left || !right)
        return left == right;
    if (strcmp(left, right) == 0)
        return true;
    switch (field->type) {
    case FIELD_JSON:
        return same_json(context, left, right);
    case FIELD_DECIMAL:
        return strcmp(plain_decimal(context, left), plain_decimal(context, right)) == 0;
    case FIELD_FLOAT:
        return !(strtod(left, NULL) < strtod(right, NULL)) && !(strtod(left, NULL) > strtod(right, NULL));
    case FIELD_TIMESTAMP:
        return strcmp(plain_time(context, left), plain_time(context, right)) == 0;
    default:
        return false;
    }
}
