/* One value of a seed's record: from JSON to a parameter. */
#include "seed_value.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "memory.h"

static const char *field_takes(const struct field *field)
{
    switch (field->type) {
    case FIELD_INTEGER:
    case FIELD_IDENTITY:
        return "a whole number";
    case FIELD_DECIMAL:
    case FIELD_FLOAT:
        return "a number";
    case FIELD_BOOLEAN:
        return "true or false";
    case FIELD_DATE:
        return "a date such as \"2026-11-22\" or \"today+14\"";
    case FIELD_TIMESTAMP:
        return "a time such as \"2026-11-22 10:15\", \"today-3 14:20\" or \"now-3h\"";
    case FIELD_BYTES:
        return "bytes as \"\\\\x0a0b\"";
    default:
        return "text in quotes";
    }
}

static struct error *refuse(const void *context, const struct field *field)
{
    return error_new(context, ERROR_INVALID, "write %s%s", field_takes(field),
                     field->required ? "" : ", or null");
}

static size_t count_characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80; /* bytes that continue a character of UTF-8 */
    return count;
}

static struct error *check_text(const void *context, const struct field *field, const char *text)
{
    size_t count = count_characters(text);

    if (field->type == FIELD_BYTES)
        return NULL;
    if (field->max_length > 0 && count > (size_t)field->max_length)
        return error_new(context, ERROR_INVALID, "it has %zu characters; shorten it to %d", count,
                         field->max_length);
    if (field->min_length > 0 && count < (size_t)field->min_length)
        return error_new(context, ERROR_INVALID, "it has %zu characters; write at least %d", count,
                         field->min_length);
    return NULL;
}

static struct error *check_choice(const void *context, const struct field *field, const char *text)
{
    struct text *words;

    if (field_choice(field, text))
        return NULL;
    words = text_new(context);
    for (const struct choice *choice = field->choices; choice && choice->value; choice++)
        text_addf(words, "%s\"%s\"", choice == field->choices ? "" : ", ", choice->value);
    return error_new(context, ERROR_INVALID, "\"%s\" is not one of its choices; write one of %s", text,
                     words->data);
}

/* What follows today or now: a sign, a number and perhaps a unit. Leaves *at behind it; 0 without one. */
static bool read_offset(const char **at, long *number, char *unit)
{
    char *end;

    *number = 0;
    *unit = 'd';
    if (**at != '+' && **at != '-')
        return true;
    if (!isdigit((unsigned char)(*at)[1]))
        return false;
    *number = strtol(*at, &end, 10);
    if (*end && strchr("dwhm", *end))
        *unit = *end++;
    *at = end;
    return *number > -1000000 && *number < 1000000;
}

static bool is_clock(const char *text)
{
    return isdigit((unsigned char)text[0]) && isdigit((unsigned char)text[1]) && text[2] == ':' &&
           isdigit((unsigned char)text[3]) && isdigit((unsigned char)text[4]) && text[5] == '\0';
}

static bool read_today(const void *context, const char *at, struct seed_value *value)
{
    long number;
    char unit;

    if (!read_offset(&at, &number, &unit) || (unit != 'd' && unit != 'w'))
        return false;
    if (*at == ' ' && value->field->type == FIELD_TIMESTAMP && is_clock(at + 1))
        value->clock = memory_copy(context, at + 1);
    else if (*at)
        return false;
    value->offset = memory_printf(context, "%ld", unit == 'w' ? 7 * number : number);
    value->today = true;
    return true;
}

static bool read_now(const void *context, const char *at, struct seed_value *value)
{
    long number;
    char unit;
    const char *word;

    if (!read_offset(&at, &number, &unit) || *at)
        return false;
    word = unit == 'w' ? "weeks" : unit == 'd' ? "days" : unit == 'h' ? "hours" : "minutes";
    value->offset = memory_printf(context, "%ld %s", number, word);
    value->now = value->once = true;
    return true;
}

static struct error *read_time(const void *context, const char *text, struct seed_value *value)
{
    bool today = strncmp(text, "today", 5) == 0, now = strncmp(text, "now", 3) == 0;

    if (!today && !now)
        value->text = text;
    else if (!(today ? read_today(context, text + 5, value) : read_now(context, text + 3, value)))
        return refuse(context, value->field);
    return NULL;
}

static struct error *read_text(const void *context, const char *text, struct seed_value *value)
{
    const struct field *field = value->field;

    if (field->type == FIELD_DATE || field->type == FIELD_TIMESTAMP)
        return read_time(context, text, value);
    value->text = text;
    if (field->type == FIELD_CHOICE)
        return check_choice(context, field, text);
    return check_text(context, field, text);
}

/* Whether JSON of this kind suits the field; text is left to PostgreSQL for the types that it reads from
 * text. */
static bool suits(const struct field *field, const json_t *json)
{
    switch (field->type) {
    case FIELD_INTEGER:
    case FIELD_IDENTITY:
        return json_is_integer(json);
    case FIELD_DECIMAL:
        return json_is_number(json) || json_is_string(json);
    case FIELD_FLOAT:
        return json_is_number(json);
    case FIELD_BOOLEAN:
        return json_is_boolean(json);
    default:
        return json_is_string(json);
    }
}

/* 15 digits are what a double keeps, so that 0.1 stays 0.1. */
static const char *dump(const void *context, const json_t *json)
{
    char *made = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    char *copy = memory_copy(context, made ? made : "");

    free(made);
    return copy;
}

struct error *seed_value_read(const void *context, const struct field *field, const json_t *json,
                              struct seed_value *value)
{
    *value = (struct seed_value){ .field = field };
    if (json_is_null(json))
        return field->required ? refuse(context, field) : NULL;
    if (field->type != FIELD_JSON && !suits(field, json))
        return refuse(context, field);
    if (field->type != FIELD_JSON && json_is_string(json))
        return read_text(context, json_string_value(json), value);
    value->text = dump(context, json);
    return NULL;
}

static void add_relative(struct sql *sql, const struct seed_value *value)
{
    if (value->now) {
        sql_add(sql, "(now() + ");
        sql_value(sql, value->offset, "interval");
        sql_add(sql, value->field->type == FIELD_DATE ? ")::date" : ")");
        return;
    }
    sql_add(sql, "(current_date + ");
    sql_value(sql, value->offset, "integer");
    if (value->clock) {
        sql_add(sql, " + ");
        sql_value(sql, value->clock, "time");
    }
    sql_add(sql, ")");
}

void seed_value_assign(struct sql *sql, const struct seed_value *value)
{
    if (value->offset)
        add_relative(sql, value);
    else
        sql_value(sql, value->text, NULL);
}

void seed_value_compare(struct sql *sql, const struct seed_value *value)
{
    const struct field *field = value->field;
    bool text = field->type == FIELD_TEXT || field->type == FIELD_EMAIL; /* varchar(n) would cut the value */

    if (value->offset)
        add_relative(sql, value);
    else
        sql_value(sql, value->text, text ? "text" : field_sql_type(sql, field));
}
