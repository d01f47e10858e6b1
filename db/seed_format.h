/* Values in COPY's text format (PostgreSQL manual, COPY), added to a text. */
#ifndef ROSTER_SEED_FORMAT_H
#define ROSTER_SEED_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include "text.h"

int64_t seed_format_days(int year, int month, int day); /* since 1970-01-01, proleptic Gregorian calendar */

void seed_format_digits(struct text *out, uint64_t number,
                        int least); /* with zeros in front up to least digits, at most 20 */
void seed_format_number(struct text *out, uint64_t number);
void seed_format_hex(struct text *out, uint64_t number, int digits); /* the lowest so many digits */
void seed_format_date(struct text *out, int64_t days);
void seed_format_time(struct text *out, int64_t seconds);             /* since 1970-01-01 00:00 UTC */
void seed_format_decimal(struct text *out, int64_t value, int scale); /* 12345 with scale 2 is 123.45; at most 15 */
void seed_format_escaped(struct text *out, const char *text, size_t length);

#endif
