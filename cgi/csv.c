/* Comma-separated values. */
#include "csv.h"

#include <string.h>

void csv_add(struct text *text, const char *value, bool first)
{
    if (!first)
        text_add_char(text, ',');
    if (!value || !*value)
        return;
    text_add_char(text, '"');
    if (strchr("=+-@\t\r\n", *value))
        text_add_char(text, '\'');
    for (; *value; value++) {
        if (*value == '"')
            text_add_char(text, '"');
        text_add_char(text, *value);
    }
    text_add_char(text, '"');
}

void csv_end_row(struct text *text)
{
    text_add(text, "\r\n");
}
