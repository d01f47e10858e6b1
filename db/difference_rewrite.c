/* Reads an expression as PostgreSQL writes it and puts the new names in the place of the old ones: PostgreSQL does the
 * same to its own expressions when something is renamed, as it keeps numbers and not names. */
#include "difference_match.h"

#include <ctype.h>
#include <string.h>

#include "catalog_name.h"
#include "memory.h"

enum place { ANYWHERE, AFTER_CAST, AFTER_USING, AFTER_REFERENCES };

struct rewriter {
    const struct match *match;
    const struct table_match *own, *scope; /* whose columns are meant here */
    enum place place;
    struct text *out;
};

static bool starts_name(char c)
{
    return isalpha((unsigned char)c) || c == '_' || c == '"' || (c & 0x80);
}

/* The end of the name or literal that starts here; its quotes are doubled inside. */
static const char *token_end(const char *start)
{
    const char *c = start + 1;
    if (*start != '"' && *start != '\'') {
        while (isalnum((unsigned char)*c) || *c == '_' || *c == '$' || (*c & 0x80))
            c++;
        return c;
    }
    for (; *c; c++)
        if (*c == *start && *++c != *start)
            break;
    return c;
}

static const char *unquoted(const void *context, const char *start, const char *end)
{
    if (*start != '"' && *start != '\'')
        return memory_copy_length(context, start, (size_t)(end - start));
    char *name = memory_copy_length(context, start + 1, (size_t)(end - start) - 2), *to = name;
    for (const char *c = name; *c; c++) {
        *to++ = *c;
        if (*c == *start)
            c++;
    }
    *to = '\0';
    return name;
}

static const char *renamed(const struct rewriter *rewriter, const char *name)
{
    if (rewriter->place == AFTER_CAST) {
        const struct enum_match *type = match_from_enum(rewriter->match, name);
        return type && type->to ? type->to->name : name;
    }
    if (rewriter->place == AFTER_REFERENCES) {
        const struct table_match *table = match_from_table(rewriter->match, name);
        return table && table->to ? table->to->name : name;
    }
    const struct catalog_column *column = rewriter->scope ? match_to_column(rewriter->scope, name) : NULL;
    return column ? column->name : name;
}

static enum place place_after(const char *start, size_t length)
{
    if (length == 5 && strncmp(start, "USING", 5) == 0)
        return AFTER_USING;
    return length == 10 && strncmp(start, "REFERENCES", 10) == 0 ? AFTER_REFERENCES : ANYWHERE;
}

static const char *add_name(struct rewriter *rewriter, const char *start)
{
    const char *end = token_end(start);
    const size_t length = (size_t)(end - start);
    const char *name = unquoted(rewriter->out, start, end);
    const bool function = *end == '(' && rewriter->place == ANYWHERE;
    const char *other = function || rewriter->place == AFTER_USING ? name : renamed(rewriter, name);
    if (rewriter->place == AFTER_REFERENCES)
        rewriter->scope = match_from_table(rewriter->match, name);
    if (strcmp(other, name) != 0)
        catalog_add_name(rewriter->out, other);
    else
        text_add_bytes(rewriter->out, start, length);
    rewriter->place = place_after(start, length);
    return end;
}

/* 'open'::team_status: the value of an enum may have another name, too. */
static const char *add_literal(struct rewriter *rewriter, const char *start)
{
    const char *end = token_end(start);
    rewriter->place = ANYWHERE;
    if (end[0] == ':' && end[1] == ':' && starts_name(end[2])) {
        const char *value = unquoted(rewriter->out, start, end);
        const struct enum_match *type =
            match_from_enum(rewriter->match, unquoted(rewriter->out, end + 2, token_end(end + 2)));
        for (size_t i = 0; type && type->from && type->to && i < type->to->count; i++)
            if (type->from_values[i] && strcmp(type->from_values[i]->name, value) == 0) {
                catalog_add_literal(rewriter->out, type->to->values[i].name);
                return end;
            }
    }
    text_add_bytes(rewriter->out, start, (size_t)(end - start));
    return end;
}

static const char *add_other(struct rewriter *rewriter, const char *start)
{
    if (start[0] == ':' && start[1] == ':') {
        text_add(rewriter->out, "::");
        rewriter->place = AFTER_CAST;
        return start + 2;
    }
    if (*start == ')')
        rewriter->scope = rewriter->own;
    if (*start != ' ')
        rewriter->place = ANYWHERE;
    text_add_char(rewriter->out, *start);
    return start + 1;
}

const char *match_rewrite(const void *context, const struct match *match, const struct table_match *table,
                          const char *text)
{
    if (!text || !match->renames)
        return text;
    struct rewriter rewriter = { .match = match, .own = table, .scope = table, .out = text_new(context) };
    for (const char *c = text; *c;) {
        if (*c == '\'')
            c = add_literal(&rewriter, c);
        else if (starts_name(*c))
            c = add_name(&rewriter, c);
        else if (isdigit((unsigned char)*c)) /* 1e3 holds no name */
            for (const char *end = token_end(c); c < end; c++)
                text_add_char(rewriter.out, *c);
        else
            c = add_other(&rewriter, c);
    }
    return rewriter.out->data;
}

const char *match_type(const void *context, const struct match *match, const char *type)
{
    if (!match->renames)
        return type;
    const char *name = *type == '"' ? unquoted(context, type, token_end(type)) : type;
    const struct enum_match *found = match_from_enum(match, name);
    return found && found->to ? catalog_quote(context, found->to->name) : type;
}
