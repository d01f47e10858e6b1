/* Addresses with a query. */
#include "address.h"

#include <string.h>

#include "../db/memory.h"
#include "../db/text.h"

static bool is_in(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static void add(struct text *text, const char *name, const char *value, char *separator)
{
    text_add_char(text, *separator);
    text_add(text, form_encode(text, name));
    text_add_char(text, '=');
    text_add(text, form_encode(text, value));
    *separator = '&';
}

const char *address_change(const struct request *request, const char *path, const char *const *without,
                           const char *name, const char *value)
{
    struct text *text = text_new(request);
    char separator = '?';
    text_add(text, path);
    for (size_t i = 0; i < request->query->value_count; i++) {
        const struct form_value *known = &request->query->values[i];
        if (*known->value && !is_in(without, known->name) && (!name || strcmp(known->name, name) != 0))
            add(text, known->name, known->value, &separator);
    }
    if (name && value)
        add(text, name, value, &separator);
    return text->data;
}
