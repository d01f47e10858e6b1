/* What a statement may take away, read from its words. */
#include "statement_loss.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum { WORDS = 4 };

/* The words behind each other, the last of them in front; a name in quotes is "". */
struct reader {
    const char *at;
    const char *starts[WORDS];
    size_t lengths[WORDS];
    size_t commas; /* outside of parentheses */
    int depth;
};

static bool in_word(char character)
{
    return isalnum((unsigned char)character) || character == '_' || character == '$' || (character & 0x80);
}

static const char *skip_comment(const char *at)
{
    int depth = 0;
    do {
        const bool opens = strncmp(at, "/*", 2) == 0, closes = strncmp(at, "*/", 2) == 0;
        depth += opens - closes;
        at += opens || closes ? 2 : 1;
    } while (depth > 0 && *at);
    return at;
}

static const char *skip_quoted(const char *at, bool backslashes)
{
    const char quote = *at++;
    while (*at && *at != quote)
        at += backslashes && *at == '\\' && at[1] ? 2 : 1;
    return *at ? at + 1 : at;
}

/* $tag$ ... $tag$ */
static const char *skip_dollars(const char *at)
{
    size_t length = 1;
    while (in_word(at[length]) && at[length] != '$')
        length++;
    if (at[length++] != '$')
        return at + 1;
    for (const char *end = at + length; *end; end++)
        if (strncmp(end, at, length) == 0)
            return end + length;
    return at + strlen(at);
}

static void push(struct reader *reader, const char *start, size_t length)
{
    memmove(reader->starts + 1, reader->starts, (WORDS - 1) * sizeof *reader->starts);
    memmove(reader->lengths + 1, reader->lengths, (WORDS - 1) * sizeof *reader->lengths);
    reader->starts[0] = start;
    reader->lengths[0] = length;
}

/* One step on; whether it was a word. */
static bool step(struct reader *reader)
{
    const char *at = reader->at;
    size_t length = 0;
    if (strncmp(at, "--", 2) == 0) {
        reader->at += strcspn(at, "\n");
    } else if (strncmp(at, "/*", 2) == 0) {
        reader->at = skip_comment(at);
    } else if (*at == '\'') {
        reader->at = skip_quoted(at, false);
    } else if ((*at == 'e' || *at == 'E') && at[1] == '\'') {
        reader->at = skip_quoted(at + 1, true);
    } else if (*at == '"') {
        reader->at = skip_quoted(at, false);
        push(reader, at, 0);
        return true;
    } else if (*at == '$') {
        reader->at = skip_dollars(at);
    } else if (in_word(*at)) {
        while (in_word(at[length]))
            length++;
        reader->at += length;
        push(reader, at, length);
        return true;
    } else {
        reader->depth += (*at == '(') - (*at == ')');
        reader->commas += *at == ',' && reader->depth == 0;
        reader->at++;
    }
    return false;
}

static bool next_word(struct reader *reader)
{
    while (*reader->at)
        if (step(reader))
            return true;
    return false;
}

/* Whether the word that many before the last is this one. */
static bool is(const struct reader *reader, size_t back, const char *word)
{
    return reader->starts[back] && reader->lengths[back] == strlen(word) &&
           strncasecmp(reader->starts[back], word, strlen(word)) == 0;
}

static bool is_one_of(const struct reader *reader, const char *const *words)
{
    for (; *words; words++)
        if (is(reader, 0, *words))
            return true;
    return false;
}

static struct statement_loss of_drop(struct reader *reader)
{
    static const char *const definitions[] = { "index", "view", "materialized", "function", "procedure", "routine",
                                               "aggregate", "trigger", "policy", "rule", "event", "statistics",
                                               "collation", "operator", "cast", "publication", "text", "role", "user",
                                               "group", "access", "transform", "conversion", NULL };
    next_word(reader);
    const bool tables = is(reader, 0, "table"), harmless = is_one_of(reader, definitions);
    bool cascades = false;
    reader->commas = 0;
    while (next_word(reader))
        cascades |= is(reader, 0, "cascade");
    if (tables)
        return (struct statement_loss){ LOSS_TABLES, reader->commas + 1 };
    return (struct statement_loss){ harmless && !cascades ? LOSS_NONE : LOSS_PARTS, 1 };
}

/* ALTER [COLUMN] name [SET DATA] TYPE */
static bool gives_a_type(const struct reader *reader)
{
    if (!is(reader, 0, "type"))
        return false;
    return (is(reader, 1, "data") && is(reader, 2, "set")) || (is(reader, 2, "alter") && !is(reader, 1, "table")) ||
           (is(reader, 2, "column") && is(reader, 3, "alter"));
}

static struct statement_loss of_alter(struct reader *reader)
{
    static const char *const definitions[] = { "constraint", "default", "not", "identity", "expression", NULL };
    struct statement_loss loss = { LOSS_NONE, 1 };
    size_t columns = 0;
    next_word(reader);
    const bool of_table = is(reader, 0, "table");
    while (next_word(reader)) {
        if (of_table && gives_a_type(reader))
            loss.kind = LOSS_VALUES;
        if (is(reader, 1, "drop") && !is_one_of(reader, definitions))
            columns++;
    }
    if (columns > 0)
        loss = (struct statement_loss){ of_table ? LOSS_COLUMNS : LOSS_PARTS, columns };
    return loss;
}

/* SELECT ... FOR UPDATE changes nothing. */
static struct statement_loss of_rows(struct reader *reader)
{
    static const char *const verbs[] = { "delete", "update", "merge", "truncate", NULL };
    do {
        if (is_one_of(reader, verbs) && !is(reader, 1, "for") && !is(reader, 1, "key"))
            return (struct statement_loss){ LOSS_ROWS, 1 };
    } while (next_word(reader));
    return (struct statement_loss){ LOSS_NONE, 1 };
}

struct statement_loss statement_loss(const char *sql)
{
    static const char *const makers[] = { "create", "comment", "grant", "revoke", "security", "set", "reset", "lock",
                                          "import", "analyze", "vacuum", "cluster", "reindex", "refresh", NULL };
    static const char *const programs[] = { "do", "call", "execute", NULL };
    struct reader reader = { .at = sql };
    if (!next_word(&reader) || is_one_of(&reader, makers))
        return (struct statement_loss){ LOSS_NONE, 1 };
    if (is_one_of(&reader, programs))
        return (struct statement_loss){ LOSS_UNKNOWN, 1 };
    if (is(&reader, 0, "drop"))
        return of_drop(&reader);
    return is(&reader, 0, "alter") ? of_alter(&reader) : of_rows(&reader);
}
