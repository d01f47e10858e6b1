/* What went wrong, in one value that travels up unchanged.
 *
 * A fallible function returns NULL when it did what it says, otherwise an error that lives as long as the context
 * it was given. One table (cgi/error_pages.c) maps codes to HTTP statuses, another (db/roster.c) to exit codes. */
#ifndef ROSTER_ERROR_H
#define ROSTER_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum error_code {
    ERROR_FAILED = 1,    /* our fault or an unforeseen one; 500, exit 1 */
    ERROR_USAGE,         /* wrong arguments or configuration; exit 2 */
    ERROR_BAD_REQUEST,   /* the request itself is malformed; 400 */
    ERROR_SIGN_IN,       /* nobody is signed in; 303 to the sign-in page, 401 for a program */
    ERROR_CHANGE_PASSWORD, /* signed in with a password that must be changed first; 303 to where that is done */
    ERROR_FORBIDDEN,     /* signed in, but not allowed; 403 */
    ERROR_NOT_FOUND,     /* 404 */
    ERROR_METHOD,        /* 405 */
    ERROR_STALE,         /* the record changed in between; 409 */
    ERROR_TOO_LARGE,     /* 413 */
    ERROR_INVALID,       /* values that a person must correct; 422 */
    ERROR_TOO_OFTEN,     /* too many tries with a wrong key; 429 */
    ERROR_PRECONDITION,  /* an edit that does not say what it was based on; 428 */
    ERROR_DAMAGED,       /* what is stored is not what was put there; 500, exit 1 */
    ERROR_UNAVAILABLE,   /* the database is away, busy or too slow; 503, exit 8 */
    ERROR_PENDING,       /* exit 3 */
    ERROR_DIFFERS,       /* exit 4 */
    ERROR_SEVERAL_HEADS, /* exit 5 */
    ERROR_EDITED,        /* exit 6 */
    ERROR_REFUSED,       /* a destructive step without its flag; exit 7 */
};

struct error {
    enum error_code code;
    const char *message;    /* lower case, no full stop, the thing in quotes; for people, never with secrets */
    char sqlstate[6];       /* empty when PostgreSQL said nothing */
    const char *constraint; /* the violated constraint's name, or NULL */
    const char *table;      /* as PostgreSQL reports it, or NULL */
    const char *column;     /* likewise */
    const char *hint;       /* what to do, or NULL */
};

#define MUST_USE __attribute__((warn_unused_result))

/* Passes an error on to the caller. */
#define TRY(call)                                                                                                \
    do {                                                                                                         \
        struct error *try_error = (call);                                                                        \
        if (try_error)                                                                                           \
            return try_error;                                                                                    \
    } while (0)

struct error *error_new(const void *context, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));
#ifdef __clang_analyzer__ /* which does not believe returns_nonnull */
static inline struct error *error_not_null(struct error *error)
{
    if (!error)
        __builtin_unreachable();
    return error;
}
#define error_new(...) error_not_null(error_new(__VA_ARGS__))
#endif
/* Puts "what: " before the message. */
struct error *error_within(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
int error_exit_code(const struct error *error); /* 0 for NULL */

#endif
