/* Numbers and names as people read them. */
#include "words.h"

#include <ctype.h>
#include <string.h>

#include "../db/memory.h"

const char *words_capital(const void *context, const char *text)
{
    char *copy = memory_copy(context, text);
    const size_t length = strcspn(copy, " ,:");
    if (!memchr(copy, '/', length)) /* a file's name is written as it is */
        copy[0] = (char)toupper((unsigned char)copy[0]);
    return copy;
}

const char *words_number(const void *context, long long number)
{
    char *digits = memory_printf(context, "%lld", number);
    size_t length = strlen(digits), minus = number < 0;
    char *text = NEW_ARRAY(context, char, length + length / 3 + 1), *end = text;
    for (size_t i = 0; i < length; i++) {
        if (i > minus && (length - i) % 3 == 0)
            *end++ = ',';
        *end++ = digits[i];
    }
    return text;
}

const char *words_total(const void *context, const struct list *list)
{
    double total = (double)list->total;
    if (list->capped)
        return words_capped(context, list->total, list->exact);
    if (!list->estimated)
        return words_number(context, list->total);
    if (total < 1e6)
        return memory_printf(context, "about %s", words_number(context, (list->total + 500) / 1000 * 1000));
    if (total < 1e9)
        return memory_printf(context, "about %.1f million", total / 1e6);
    return memory_printf(context, "about %.1f billion", total / 1e9);
}

const char *words_count(const void *context, const struct list *list)
{
    const struct model *model = list->model;
    return memory_printf(context, "%s %s", words_total(context, list), list->total == 1 ? model->label : model->plural);
}

const char *words_capped(const void *context, long long number, long long cap)
{
    if (number > cap)
        return memory_printf(context, "more than %s", words_number(context, cap));
    return words_number(context, number);
}

const char *words_time(const void *context, const char *value)
{
    return value && strlen(value) > 16 && value[4] == '-' ? memory_copy_length(context, value, 16) : value;
}

const char *words_datetime(const void *context, const char *value)
{
    if (!value || strlen(value) < 19 || value[4] != '-')
        return value;
    char *time = memory_copy_length(context, value, 19);
    time[10] = 'T';
    const char *zone = strpbrk(value + 19, "+-");
    const char *minutes = zone && strlen(zone) == 3 ? ":00" : "";
    return memory_printf(context, "%s%s%s", time, zone ? zone : "", minutes);
}

const char *words_short(const void *context, const char *text, size_t characters)
{
    const char *end = text, *cut = text;
    for (size_t count = 0; *end; count++) {
        if (count == characters - 1)
            cut = end;
        if (count == characters)
            return memory_printf(context, "%s…", memory_copy_length(context, text, (size_t)(cut - text)));
        do
            end++;
        while (((unsigned char)*end & 0xc0) == 0x80);
    }
    return text;
}
