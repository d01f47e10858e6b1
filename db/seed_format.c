/* Values in COPY's text format, written by hand: a printf for each would take most of the time. */
#include "seed_format.h"

#include <time.h>

int64_t seed_format_days(int year, int month, int day)
{
    struct tm date = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };

    return timegm(&date) / 86400;
}

/* Much faster than a format, and there are millions of them. */
void seed_format_digits(struct text *out, uint64_t number, int least)
{
    char digits[24];
    int at = sizeof digits;

    for (; number > 0 || least > 0; number /= 10, least--)
        digits[--at] = (char)('0' + number % 10);
    text_add_bytes(out, digits + at, sizeof digits - (size_t)at);
}

void seed_format_number(struct text *out, uint64_t number)
{
    seed_format_digits(out, number, 1);
}

void seed_format_hex(struct text *out, uint64_t number, int digits)
{
    char hex[16];

    for (int i = digits; i-- > 0; number >>= 4)
        hex[i] = "0123456789abcdef"[number & 15];
    text_add_bytes(out, hex, (size_t)digits);
}

static void add_date(struct text *out, const struct tm *tm)
{
    seed_format_digits(out, (uint64_t)tm->tm_year + 1900, 4);
    text_add_char(out, '-');
    seed_format_digits(out, (uint64_t)tm->tm_mon + 1, 2);
    text_add_char(out, '-');
    seed_format_digits(out, (uint64_t)tm->tm_mday, 2);
}

void seed_format_date(struct text *out, int64_t days)
{
    time_t seconds = days * 86400;
    struct tm tm;

    gmtime_r(&seconds, &tm);
    add_date(out, &tm);
}

void seed_format_time(struct text *out, int64_t seconds)
{
    time_t time = seconds;
    struct tm tm;

    gmtime_r(&time, &tm);
    add_date(out, &tm);
    text_add_char(out, ' ');
    seed_format_digits(out, (uint64_t)tm.tm_hour, 2);
    text_add_char(out, ':');
    seed_format_digits(out, (uint64_t)tm.tm_min, 2);
    text_add_char(out, ':');
    seed_format_digits(out, (uint64_t)tm.tm_sec, 2);
    text_add(out, "+00");
}

/* 12345 with two decimals: 123.45 */
void seed_format_decimal(struct text *out, int64_t value, int scale)
{
    uint64_t whole = (uint64_t)(value < 0 ? -value : value), unit = 1;

    for (int i = 0; i < scale; i++)
        unit *= 10;
    if (value < 0)
        text_add_char(out, '-');
    seed_format_number(out, whole / unit);
    if (scale > 0) {
        text_add_char(out, '.');
        seed_format_digits(out, whole % unit, scale);
    }
}

/* What COPY would take for the end of a column or a row is written with a backslash. */
void seed_format_escaped(struct text *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        switch (text[i]) {
        case '\\':
            text_add(out, "\\\\");
            break;
        case '\n':
            text_add(out, "\\n");
            break;
        case '\r':
            text_add(out, "\\r");
            break;
        case '\t':
            text_add(out, "\\t");
            break;
        default:
            text_add_char(out, text[i]);
        }
    }
}
