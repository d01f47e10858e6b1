/* Names as PostgreSQL writes them: quoted when they are not plain, or are keywords that cannot stand bare. */
#include "catalog_name.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* Every keyword that quote_ident quotes, that is all but the unreserved ones (PostgreSQL manual, appendix C). */
static const char *const keywords[] = {
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "authorization", "between", "bigint",
    "binary", "bit", "boolean", "both", "case", "cast", "char", "character", "check", "coalesce", "collate",
    "collation", "column", "concurrently", "constraint", "create", "cross", "current_catalog", "current_date",
    "current_role", "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal", "default",
    "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists", "extract", "false", "fetch", "float",
    "for", "foreign", "freeze", "from", "full", "grant", "greatest", "group", "grouping", "having", "ilike", "in",
    "initially", "inner", "inout", "int", "integer", "intersect", "interval", "into", "is", "isnull", "join",
    "lateral", "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "national", "natural",
    "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric", "offset", "on", "only", "or", "order",
    "out", "outer", "overlaps", "overlay", "placing", "position", "precision", "primary", "real", "references",
    "returning", "right", "row", "select", "session_user", "setof", "similar", "smallint", "some", "substring",
    "symmetric", "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim", "true",
    "union", "unique", "user", "using", "values", "varchar", "variadic", "verbose", "when", "where", "window", "with",
    "xmlattributes", "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi",
    "xmlroot", "xmlserialize", "xmltable",
};

static int compare(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool is_plain(const char *name)
{
    if ((*name < 'a' || *name > 'z') && *name != '_')
        return false;
    if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        return false;
    return !bsearch(&name, keywords, sizeof keywords / sizeof *keywords, sizeof *keywords, compare);
}

static void add_quoted(struct text *text, const char *value, char quote)
{
    text_add_char(text, quote);
    for (const char *c = value; *c; c++) {
        if (*c == quote)
            text_add_char(text, quote);
        text_add_char(text, *c);
    }
    text_add_char(text, quote);
}

void catalog_add_name(struct text *text, const char *name)
{
    if (is_plain(name))
        text_add(text, name);
    else
        add_quoted(text, name, '"');
}

const char *catalog_quote(const void *context, const char *name)
{
    if (is_plain(name))
        return name;
    struct text *text = text_new(context);
    add_quoted(text, name, '"');
    return text->data;
}

void catalog_add_names(struct text *text, const char *const *names)
{
    text_add_char(text, '(');
    for (const char *const *name = names; *name; name++) {
        text_add(text, name == names ? "" : ", ");
        catalog_add_name(text, *name);
    }
    text_add_char(text, ')');
}

void catalog_add_literal(struct text *text, const char *value)
{
    add_quoted(text, value, '\'');
}
