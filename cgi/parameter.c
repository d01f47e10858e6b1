/* The parameters behind a header's value. */
#include "parameter.h"

#include <ctype.h>
#include <string.h>
#include "../db/memory.h"

static size_t token_length(const char *text)
{
    return strspn(text, "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
}

bool parameter_is_token(const char *text)
{
    size_t length = token_length(text);

    return length > 0 && text[length] == '\0';
}

/* Reads what stands between two quotes. Browsers send backslashes as they are, other programs put them before
 * quotes and backslashes: so only before these do they escape. */
static char *read_quoted(const void *context, const char **at)
{
    char *value = NEW_ARRAY(context, char, strlen(*at) + 1), *to = value;
    const char *from = *at + 1;

    for (; *from && *from != '"'; from++) {
        if (from[0] == '\\' && (from[1] == '"' || from[1] == '\\'))
            from++;
        *to++ = *from;
    }
    *to = '\0';
    if (!*from)
        return NULL;
    *at = from + 1;
    return value;
}

static char *read_token(const void *context, const char **at)
{
    size_t length = token_length(*at);
    char *value = length > 0 ? memory_copy_length(context, *at, length) : NULL;

    *at += length;
    return value;
}

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t");
}

/* Goes behind the next ";", and others that follow with nothing between them. False when something else
 * stands there. */
static bool skip_semicolons(const char **at)
{
    const char *here = skip_space(*at);
    bool found = *here == ';' || !*here;

    while (*here == ';')
        here = skip_space(here + 1);
    if (found)
        *at = here;
    return found;
}

bool parameter_next(const void *context, const char **at, struct parameter *parameter)
{
    const char *here = *at;

    if (!skip_semicolons(&here))
        return false;
    if (!*here) {
        *at = here;
        return false;
    }
    parameter->name = read_token(context, &here);
    if (!parameter->name || *here != '=')
        return false;
    here++;
    parameter->value = *here == '"' ? read_quoted(context, &here) : read_token(context, &here);
    if (!parameter->value)
        return false;
    for (char *letter = parameter->name; *letter; letter++)
        *letter = (char)tolower((unsigned char)*letter);
    *at = here;
    return true;
}
