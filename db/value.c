/* Reading and showing single values. The wording follows the rule that an error says what to do (GOV.UK design system,
 * error message), and names the field as its label does. */
#include "value.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_size.h"
#include "memory.h"
#include "parsed.h"
#include "password.h"
#include "record.h"
#include "schema.h"

/* "capacity hours" inside a sentence; a label that is an abbreviation stays as it is. */
static const char *in_sentence(const void *context, const struct field *field)
{
    char *label = memory_copy(context, field->label);
    if (label[0] && !isupper((unsigned char)label[1]))
        label[0] = (char)tolower((unsigned char)label[0]);
    return label;
}

static const char *trimmed(const void *context, const char *typed)
{
    while (isspace((unsigned char)*typed))
        typed++;
    size_t length = strlen(typed);
    while (length > 0 && isspace((unsigned char)typed[length - 1]))
        length--;
    return memory_copy_length(context, typed, length);
}

static int characters(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80; /* not a continuation byte (RFC 3629 section 3) */
    return count;
}

static const char *check_length(const void *context, const struct field *field, const char *value)
{
    int length = characters(value);
    if (field->max_length && length > field->max_length)
        return memory_printf(context, "Enter a shorter %s: at most %d characters, this has %d",
                             in_sentence(context, field), field->max_length, length);
    if (length < field->min_length)
        return memory_printf(context, "Enter a longer %s: at least %d characters", in_sentence(context, field),
                             field->min_length);
    return NULL;
}

/* As PostgreSQL does it: in characters, and not in bytes (POSIX 9.2: the locale's LC_CTYPE says what a character is). */
static bool matches(const char *pattern, const char *text)
{
    regex_t expression;
    locale_t characters = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    const locale_t before = uselocale(characters); /* 0 changes nothing: where libc lacks that locale, bytes have to do */
    int result = regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB);
    if (result == 0) {
        result = regexec(&expression, text, 0, NULL, 0);
        regfree(&expression);
    }
    uselocale(before);
    if (characters)
        freelocale(characters);
    if (result == REG_ESPACE)
        memory_ran_out();
    return result == 0;
}

static const char *check_pattern(const void *context, const struct field *field, const char *value)
{
    if (!field->pattern || matches(field->pattern, value))
        return NULL;
    if (field->pattern_hint)
        return memory_printf(context, "Enter a %s of %s only", in_sentence(context, field), field->pattern_hint);
    return memory_printf(context, "Enter a %s that matches %s", in_sentence(context, field), field->pattern);
}

/* A key is a part of addresses, where some words and signs mean something else. */
static const char *check_key(const void *context, const struct field *field, const char *value)
{
    static const char *const taken[] = { "new", "options", "choose" };
    bool good = *value != '.' && !strchr(value, '/');
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        good &= strcmp(value, taken[i]) != 0;
    if (good || !field->model || field->model->primary_key != field)
        return NULL;
    return memory_printf(context, "Enter another %s: without / and no . at its beginning, and none of new, options, choose",
                         in_sentence(context, field));
}

static const char *read_line(const void *context, const struct field *field, const char **value)
{
    char *line = memory_copy(context, *value);
    for (char *c = line; *c; c++)
        if (*c == '\n' || *c == '\r' || *c == '\t')
            *c = ' ';
    *value = line;
    const char *message = check_length(context, field, line);
    if (!message)
        message = check_pattern(context, field, line);
    return message ? message : check_key(context, field, line);
}

/* Only what cannot be an address at all is refused: whether mail arrives, mail alone can tell (RFC 5321 4.1.2). */
static const char *read_email(const void *context, const struct field *field, const char **value)
{
    const char *at = strrchr(*value, '@');
    if (!at || at == *value || !at[1] || at - *value > 64 || strpbrk(*value, " \t\n,;<>\"()") || strchr(*value, '@') != at
        || at[1] == '.' || (*value)[strlen(*value) - 1] == '.')
        return "Enter an email address like name@example.com";
    return check_length(context, field, *value);
}

static const char *check_range(const void *context, const struct field *field, double number)
{
    const char *name = in_sentence(context, field);
    bool low = field->minimum && number < strtod(field->minimum, NULL);
    bool high = field->maximum && number > strtod(field->maximum, NULL);
    if (!low && !high)
        return NULL;
    if (field->minimum && field->maximum)
        return memory_printf(context, "Enter %s from %s to %s", name, field->minimum, field->maximum);
    if (low)
        return memory_printf(context, "Enter %s of %s or more", name, field->minimum);
    return memory_printf(context, "Enter %s of %s or less", name, field->maximum);
}

static const char *read_integer(const void *context, const struct field *field, const char **value)
{
    char *end = NULL;
    errno = 0;
    long long number = strtoll(*value, &end, 10);
    if (*end || end == *value || errno == EINVAL)
        return memory_printf(context, "Enter %s as a whole number, such as 42", in_sentence(context, field));
    if (errno == ERANGE)
        return memory_printf(context, "Enter a %s between -9223372036854775808 and 9223372036854775807",
                             in_sentence(context, field));
    *value = memory_printf(context, "%lld", number);
    return check_range(context, field, (double)number);
}

static const char *read_decimal(const void *context, const struct field *field, const char **value)
{
    const char *digits = *value + (**value == '-' || **value == '+');
    size_t whole = strspn(digits, "0123456789");
    const char *rest = digits + whole;
    size_t fraction = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
    if (whole == 0 || (*rest == '.' && fraction == 0) || rest[*rest == '.' ? fraction + 1 : 0])
        return memory_printf(context, "Enter %s as a number, such as 12.5", in_sentence(context, field));
    const char *significant = digits + strspn(digits, "0");
    size_t before = significant < rest ? (size_t)(rest - significant) : 0;
    while (fraction > 0 && rest[fraction] == '0')
        fraction--;
    if (fraction > (size_t)field->scale)
        return memory_printf(context, "Enter %s with at most %d decimal places", in_sentence(context, field),
                             field->scale);
    const char *message = check_range(context, field, strtod(*value, NULL));
    if (!message && before > (size_t)(field->precision - field->scale))
        return memory_printf(context, "Enter %s with at most %d digits before the point", in_sentence(context, field),
                             field->precision - field->scale);
    return message;
}

static const char *read_float(const void *context, const struct field *field, const char **value)
{
    char *end = NULL;
    double number = strtod(*value, &end);
    if (*end || end == *value || !isfinite(number) || strpbrk(*value, "xXpP"))
        return memory_printf(context, "Enter %s as a number, such as 0.25 or 1.5e-3", in_sentence(context, field));
    return check_range(context, field, number);
}

static const char *read_boolean(const char **value)
{
    static const char *const yes[] = { "true", "on", "1", "yes", "t" };
    static const char *const no[] = { "false", "off", "0", "no", "f" };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcasecmp(*value, yes[i]) == 0)
            return *value = "true", NULL;
        if (strcasecmp(*value, no[i]) == 0)
            return *value = "false", NULL;
    }
    return "Choose yes or no";
}

static const char *read_choice(const void *context, const struct field *field, const char **value)
{
    if (field_choice(field, *value))
        return NULL;
    char *list = memory_copy(context, "");
    for (const struct choice *choice = field->choices; choice->value; choice++)
        list = memory_printf(context, "%s%s%s", list, *list ? ", " : "", choice->label);
    return memory_printf(context, "Choose one of these: %s", list);
}

static bool is_date(const char *text, int length)
{
    static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = 0, month = 0, day = 0, end = 0;
    if (length != 10 || sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || end != 10)
        return false;
    if (strspn(text, "0123456789-") < 10 || year < 1 || month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month != 2 || day <= 28 || leap;
}

static const char *read_date(const void *context, const struct field *field, const char **value)
{
    if (is_date(*value, (int)strlen(*value)))
        return NULL;
    return memory_printf(context, "Enter %s as year-month-day, such as 2026-03-31", in_sentence(context, field));
}

/* Hours, minutes and optional seconds, then an optional offset from UTC (RFC 3339 section 5.6). */
static bool is_time(const char *text)
{
    return matches("^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,6})?)?"
                   "( ?(Z|z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))?$", text);
}

static const char *read_timestamp(const void *context, const struct field *field, const char **value)
{
    size_t length = strlen(*value);
    if (length > 10 && is_date(*value, 10) && ((*value)[10] == 'T' || (*value)[10] == ' ') && is_time(*value + 11))
        return NULL;
    return memory_printf(context, "Enter %s as date and time, such as 2026-03-31 14:30", in_sentence(context, field));
}

bool value_is_uuid(const char *text)
{
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return text[36] == '\0';
}

/* What everybody who opens the record would have to wait for. */
static const char *refuse_size(const void *context, const struct field *field, const char *json)
{
    const struct json_size size = json_size_of(json);
    const char *name = in_sentence(context, field);
    if (size.depth > JSON_DEPTH_MAX)
        return memory_printf(context, "Correct the JSON of %s: it has %zu levels, and may have at most %d", name, size.depth,
                             JSON_DEPTH_MAX);
    if (size.digits > JSON_DIGITS_MAX)
        return memory_printf(context, "Correct the JSON of %s: a number that is written out with all its %zu digits may have "
                                      "at most %d", name, size.digits, JSON_DIGITS_MAX);
    if (size.text > JSON_TEXT_MAX)
        return memory_printf(context, "Enter a shorter %s: with a line for each value it has %zu KB, and may have at most %d",
                             name, size.text / 1024 + 1, JSON_TEXT_MAX / 1024);
    return NULL;
}

/* Only checked: PostgreSQL gets the text as typed, so that no digit of a number is lost on the way. */
static const char *read_json(const void *context, const struct field *field, const char **value)
{
    json_error_t error;
    const size_t flags = JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_REJECT_DUPLICATES;
    if (!parsed_json(context, *value, strlen(*value), flags, &error)) {
        const char *token = strstr(error.text, "invalid token");
        const char *problem = token ? memory_printf(context, "unexpected text%s", token + strlen("invalid token")) : error.text;
        return memory_printf(context, "Correct the JSON of %s: line %d, column %d: %s", in_sentence(context, field),
                             error.line, error.column, problem);
    }
    return refuse_size(context, field, *value);
}

static const char *read_key_of(const void *context, const struct field *field, const char **value)
{
    if (!record_id_is_valid(field->target, *value))
        return memory_printf(context, "Choose a %s from the list", field->target->label);
    return NULL;
}

static const char *read_typed(const void *context, const struct field *field, const char **value)
{
    switch (field->type) {
    case FIELD_TEXT:
        return read_line(context, field, value);
    case FIELD_LONG_TEXT: {
        const char *message = check_length(context, field, *value);
        return message ? message : check_pattern(context, field, *value);
    }
    case FIELD_EMAIL:
        return read_email(context, field, value);
    case FIELD_INTEGER:
    case FIELD_IDENTITY:
        return read_integer(context, field, value);
    case FIELD_DECIMAL:
        return read_decimal(context, field, value);
    case FIELD_FLOAT:
        return read_float(context, field, value);
    case FIELD_BOOLEAN:
        return read_boolean(value);
    case FIELD_CHOICE:
        return read_choice(context, field, value);
    case FIELD_DATE:
        return read_date(context, field, value);
    case FIELD_TIMESTAMP:
        return read_timestamp(context, field, value);
    case FIELD_UUID:
        return value_is_uuid(*value) ? NULL : "Enter a UUID, such as 123e4567-e89b-12d3-a456-426614174000";
    case FIELD_JSON:
        return read_json(context, field, value);
    case FIELD_REFERENCE:
        return read_key_of(context, field, value);
    case FIELD_PASSWORD:
        return password_refuse(context, *value, NULL, 0);
    case FIELD_BYTES:
    case FIELD_KEY:
    case FIELD_FILE:
        break;
    }
    return NULL;
}

static const char *say_required(const void *context, const struct field *field)
{
    bool chosen = field->type == FIELD_CHOICE || field->type == FIELD_REFERENCE || field->type == FIELD_FILE
                  || field->type == FIELD_BYTES;
    const char *name = in_sentence(context, field);
    bool vowel = strchr("aeiou", tolower((unsigned char)name[0])) != NULL;
    bool plural = name[strlen(name) - 1] == 's';
    return memory_printf(context, "%s %s%s", chosen ? "Choose" : "Enter", plural ? "" : vowel ? "an " : "a ", name);
}

const char *value_read(const void *context, const struct field *field, const char *typed, const char **value)
{
    *value = NULL;
    if (!typed)
        typed = "";
    /* A password is taken as it is: spaces may be part of it. */
    const char *text = field->type == FIELD_PASSWORD ? memory_copy(context, typed) : trimmed(context, typed);
    if (!*text) {
        if (field->type == FIELD_BOOLEAN)
            *value = "false";
        return field->required && field->type != FIELD_BOOLEAN && field->type != FIELD_KEY
                   ? say_required(context, field)
                   : NULL;
    }
    *value = text;
    return read_typed(context, field, value);
}

/* The date and time of PostgreSQL's "2026-11-22 10:15:30.123456+00", joined by separator and cut after length. */
static const char *cut_time(const void *context, const char *value, char separator, size_t length)
{
    if (strlen(value) < length || value[4] != '-')
        return value; /* infinity, or a year beyond 9999 */
    char *time = memory_copy_length(context, value, length);
    time[10] = separator;
    return time;
}

const char *value_for_form(const void *context, const struct field *field, const char *value)
{
    if (!value || field->secret)
        return NULL;
    if (field->type == FIELD_BOOLEAN)
        return strcmp(value, "t") == 0 || strcmp(value, "true") == 0 ? "true" : "false";
    if (field->type == FIELD_TIMESTAMP)
        return cut_time(context, value, 'T', 19);
    return value;
}

const char *value_for_page(const void *context, const struct field *field, const char *value)
{
    if (!value || field->secret)
        return NULL;
    if (field->type == FIELD_BOOLEAN)
        return strcmp(value, "t") == 0 || strcmp(value, "true") == 0 ? "Yes" : "No";
    if (field->type == FIELD_TIMESTAMP)
        return cut_time(context, value, ' ', 16);
    if (field->type == FIELD_CHOICE) {
        const struct choice *choice = field_choice(field, value);
        return choice ? choice->label : value;
    }
    return value;
}

const char *value_limit(const void *context, long long bytes)
{
    const long long kib = 1024, mib = kib * kib;
    if (bytes % mib == 0)
        return memory_printf(context, "%lld MiB", bytes / mib);
    if (bytes % kib == 0)
        return memory_printf(context, "%lld KiB", bytes / kib);
    return memory_printf(context, "%lld bytes", bytes);
}

const char *value_size(const void *context, long long bytes)
{
    static const char *const units[] = { "KB", "MB", "GB", "TB" };
    double size = (double)bytes;
    int unit = -1;
    while (size >= 1000 && unit < 3) {
        size /= 1000;
        unit++;
    }
    if (unit < 0)
        return memory_printf(context, "%lld bytes", bytes);
    return memory_printf(context, size < 10 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}
