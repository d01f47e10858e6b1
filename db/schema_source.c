/* Reads a models file as tokens, just well enough to follow designated initialisers: strings, braces and
 * names. */
#include "schema_source.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "file.h"
#include "memory.h"
#include "text.h"

#ifndef MODELS_FILE /* the Makefile says it */
#define MODELS_FILE "db/models.c"
#endif

enum { SOURCE_LIMIT = 64 << 20 };

struct token {
    const char *start; /* of a string: after its quote */
    size_t length;
    int line;
    int depth; /* how many braces are open around it; a brace counts as outside of itself */
    bool is_string;
};

struct tokens {
    struct token *items;
    size_t count;
};

/* A stretch of tokens between two braces, all that is directly in it at this depth. */
struct group {
    size_t start, end;
    int depth;
};

/* Where what begins here ends, when it is nothing that counts: blanks, comments, lines of the preprocessor.
 */
static const char *skip(const char *at, const char *begin)
{
    if (isspace((unsigned char)*at))
        return at + 1;
    if (at[0] == '/' && at[1] == '/')
        return at + strcspn(at, "\n");
    if (at[0] == '/' && at[1] == '*') {
        const char *end = strstr(at + 2, "*/");
        return end ? end + 2 : at + strlen(at);
    }
    if (*at != '#' || (at > begin && at[-1] != '\n'))
        return at;
    while (*at && *at != '\n')
        at += at[0] == '\\' && at[1] ? 2 : 1;
    return at;
}

static const char *quoted_end(const char *at)
{
    const char quote = *at++;
    while (*at && *at != quote)
        at += at[0] == '\\' && at[1] ? 2 : 1;
    return at;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static struct token read_token(const char *at, const char **next)
{
    struct token token = { .start = at, .length = 1 };
    if (*at == '"' || *at == '\'') {
        const char *end = quoted_end(at);
        token.start = at + 1;
        token.length = (size_t)(end - at) - 1;
        token.is_string = *at == '"';
        *next = *end ? end + 1 : end;
        return token;
    }
    while (is_word(*at) && is_word(at[token.length]))
        token.length++;
    *next = at + token.length;
    return token;
}

static struct tokens read_tokens(const void *context, const char *text)
{
    struct tokens tokens = { .items = NEW_ARRAY(context, struct token, strlen(text) + 1) };
    int line = 1, depth = 0;
    for (const char *at = text, *next; *at; at = next) {
        next = skip(at, text);
        if (next == at) {
            struct token token = read_token(at, &next);
            depth -= !token.is_string && *token.start == '}' && depth > 0;
            token.line = line;
            token.depth = depth;
            depth += !token.is_string && *token.start == '{';
            tokens.items[tokens.count++] = token;
        }
        for (const char *c = at; c < next; c++)
            line += *c == '\n';
    }
    return tokens;
}

static bool is(const struct tokens *tokens, size_t i, const char *text, bool is_string)
{
    return i < tokens->count && tokens->items[i].is_string == is_string &&
           strlen(text) == tokens->items[i].length &&
           memcmp(tokens->items[i].start, text, tokens->items[i].length) == 0;
}

/* The token after ".setting =" directly within the group, from i on; 0: there is none. */
static size_t find_setting(const struct tokens *tokens, const struct group *group, size_t i,
                           const char *setting)
{
    for (; i + 2 < group->end; i++)
        if (tokens->items[i].depth == group->depth && is(tokens, i, ".", false) &&
            is(tokens, i + 1, setting, false) && is(tokens, i + 2, "=", false))
            return i + 3;
    return 0;
}

/* What the brace at i opens. */
static struct group group_at(const struct tokens *tokens, size_t i)
{
    struct group group = { .start = i + 1, .end = i + 1, .depth = tokens->items[i].depth + 1 };
    while (group.end < tokens->count && tokens->items[group.end].depth >= group.depth)
        group.end++;
    return group;
}

static struct group group_around(const struct tokens *tokens, size_t i)
{
    const int depth = tokens->items[i].depth;
    while (i > 0 && !(tokens->items[i].depth == depth - 1 && is(tokens, i, "{", false)))
        i--;
    return group_at(tokens, i);
}

/* The initialiser that has this .table; not a link, which has one, too. */
static bool find_model(const struct tokens *tokens, const struct place *place, struct group *model)
{
    size_t again = place->again;
    for (size_t i = 3; i < tokens->count; i++) {
        if (!is(tokens, i, place->table, true) || !is(tokens, i - 1, "=", false) ||
            !is(tokens, i - 2, "table", false) || tokens->items[i].depth == 0)
            continue;
        *model = group_around(tokens, i);
        if (find_setting(tokens, model, model->start, "target") == 0 && again-- == 0)
            return true;
    }
    return false;
}

/* The list that a model's setting holds: right there, or an array of that name. */
static bool find_list(const struct tokens *tokens, const struct group *model, const char *name,
                      struct group *list)
{
    size_t i = find_setting(tokens, model, model->start, name);
    if (i == 0)
        return false;
    if (tokens->items[i].length > 1 && !tokens->items[i].is_string) {
        const struct token *array = &tokens->items[i];
        for (i = 0; i + 1 < tokens->count; i++)
            if (tokens->items[i].length == array->length && is(tokens, i + 1, "[", false) &&
                memcmp(tokens->items[i].start, array->start, array->length) == 0)
                break;
    }
    while (i < tokens->count && !is(tokens, i, "{", false) && !is(tokens, i, ";", false))
        i++;
    if (!is(tokens, i, "{", false))
        return false;
    *list = group_at(tokens, i);
    return true;
}

static bool has_name(const struct tokens *tokens, const struct group *element, const char *name)
{
    const size_t i = find_setting(tokens, element, element->start, "name");
    return i > 0 && is(tokens, i, name, true);
}

static bool find_element(const struct tokens *tokens, const struct group *list, const struct place *place,
                         struct group *element)
{
    for (int by_name = place->name != NULL; by_name >= 0; by_name--) {
        size_t left = by_name ? place->name_again : place->position;
        for (size_t i = list->start; i < list->end; i++) {
            if (tokens->items[i].depth != list->depth || !is(tokens, i, "{", false))
                continue;
            *element = group_at(tokens, i);
            if ((!by_name || has_name(tokens, element, place->name)) && left-- == 0)
                return true;
        }
        if (strcmp(place->list, "fields") == 0 || strcmp(place->list, "links") == 0)
            return false; /* these always say their name: one that is not found is behind a macro */
    }
    return false;
}

static int line_of(const struct tokens *tokens, const struct group *group)
{
    return tokens->items[group->start > 0 ? group->start - 1 : 0].line;
}

static int choice_line(const struct tokens *tokens, const struct group *field, const char *value)
{
    for (size_t i = field->start; i + 3 < field->end; i++)
        if (is(tokens, i, ".", false) && is(tokens, i + 1, "value", false) && is(tokens, i + 3, value, true))
            return tokens->items[i].line;
    return 0;
}

int schema_source_line(const void *context, const char *text, const struct place *place)
{
    struct group model, list, element;
    const struct tokens tokens = read_tokens(context, text);
    if (!place->table || !find_model(&tokens, place, &model))
        return 0;
    const struct group *found = &model;
    int line = tokens.items[find_setting(&tokens, &model, model.start, "table")].line;
    if (place->list && find_list(&tokens, &model, place->list, &list)) {
        line = line_of(&tokens, &list);
        if (find_element(&tokens, &list, place, &element)) {
            found = &element;
            line = line_of(&tokens, &element);
        }
    }
    const int choice = place->value && found == &element ? choice_line(&tokens, &element, place->value) : 0;
    if (choice > 0)
        return choice;
    const size_t i = place->setting && (found == &element || !place->list)
                         ? find_setting(&tokens, found, found->start, place->setting)
                         : 0;
    return i > 0 ? tokens.items[i - 2].line : line;
}

const char *schema_source_path(void)
{
    return MODELS_FILE;
}

const char *schema_source_where(const void *context, const struct place *place)
{
    struct text *source;
    const int line = file_read(context, MODELS_FILE, SOURCE_LIMIT, &source)
                         ? 0
                         : schema_source_line(context, source->data, place);
    return line > 0 ? memory_printf(context, "%s:%d", MODELS_FILE, line) : MODELS_FILE;
}

struct error *schema_refuse(const void *context, const struct place *place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *what = memory_vprintf(context, format, arguments);
    va_end(arguments);
    const char *dot = place->list && place->name ? "." : "", *name = *dot ? place->name : "";
    const char *where = place->table ? memory_printf(context, "%s%s%s: ", place->table, dot, name) : "";
    struct error *error =
        error_new(context, ERROR_USAGE, "%s: %s%s", schema_source_where(context, place), where, what);
    error->table = place->table;
    error->column = place->list && strcmp(place->list, "fields") == 0 ? place->name : NULL;
    return error;
}
