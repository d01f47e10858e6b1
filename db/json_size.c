/* One look at each byte of JSON, with the rules of jsonb_pretty: four blanks for each level, and no exponents. */
#include "json_size.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 4, LINE_END = 2, EXPONENT_MAX = 1000000 };

struct scan {
    const char *at;
    size_t depth;
    struct json_size size;
};

static void begin_line(struct scan *scan)
{
    scan->size.text += LINE_END + INDENT * scan->depth;
}

/* Escapes stay, or become shorter. */
static void read_string(struct scan *scan)
{
    const char *start = scan->at++;
    size_t escaped = 2; /* the quotes */
    for (; *scan->at && *scan->at != '"'; scan->at++)
        if (*scan->at == '\\' && scan->at[1]) {
            escaped += scan->at[1] == '"' || scan->at[1] == '\\' ? 2 : 1;
            scan->at++;
        }
    scan->at += *scan->at == '"';
    scan->size.text += (size_t)(scan->at - start) + escaped;
}

static void read_number(struct scan *scan)
{
    const size_t length = strspn(scan->at, "-+.0123456789");
    size_t digits = length;
    scan->at += length;
    if (*scan->at == 'e' || *scan->at == 'E') {
        char *end = NULL;
        long exponent = labs(strtol(scan->at + 1, &end, 10));
        digits += (size_t)(exponent < EXPONENT_MAX ? exponent : EXPONENT_MAX);
        scan->at = end;
    }
    scan->size.digits = digits > scan->size.digits ? digits : scan->size.digits;
    scan->size.text += digits;
}

static void read_mark(struct scan *scan)
{
    const char mark = *scan->at++;
    if (strchr(" \t\r\n", mark))
        return;
    scan->size.text++;
    if (mark == '[' || mark == '{') {
        scan->depth++;
        scan->size.depth = scan->depth > scan->size.depth ? scan->depth : scan->size.depth;
        begin_line(scan);
    } else if (mark == ']' || mark == '}') {
        scan->depth -= scan->depth > 0;
        begin_line(scan);
    } else if (mark == ',') {
        begin_line(scan);
    } else if (mark == ':') {
        scan->size.text++;
    }
}

struct json_size json_size_of(const char *json)
{
    struct scan scan = { .at = json };
    while (*scan.at)
        if (*scan.at == '"')
            read_string(&scan);
        else if (strchr("-0123456789", *scan.at))
            read_number(&scan);
        else
            read_mark(&scan);
    return scan.size;
}
