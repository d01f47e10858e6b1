/* Errors as values, and what the command exits with for each. */
#include "error.h"

#include <stddef.h>
#include "memory.h"

struct error *(error_new)(const void *context, enum error_code code, const char *format, ...)
{
    struct error *error = NEW(context, struct error);
    va_list arguments;

    error->code = code;
    va_start(arguments, format);
    error->message = memory_vprintf(error, format, arguments);
    va_end(arguments);
    return error;
}

struct error *error_within(struct error *error, const char *format, ...)
{
    va_list arguments;

    if (!error)
        return NULL;
    va_start(arguments, format);
    error->message = memory_printf(error, "%s: %s", memory_vprintf(error, format, arguments), error->message);
    va_end(arguments);
    return error;
}

int error_exit_code(const struct error *error)
{
    if (!error)
        return 0;
    switch (error->code) {
    case ERROR_USAGE:
        return 2;
    case ERROR_PENDING:
        return 3;
    case ERROR_DIFFERS:
        return 4;
    case ERROR_SEVERAL_HEADS:
        return 5;
    case ERROR_EDITED:
        return 6;
    case ERROR_REFUSED:
        return 7;
    case ERROR_UNAVAILABLE:
        return 8;
    default: /* all others are told apart by people only */
        return 1;
    }
}
