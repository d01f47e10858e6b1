/* The models' rules as text: what access.c makes conditions and policies of. */
#ifndef ROSTER_ACCESS_TEXT_H
#define ROSTER_ACCESS_TEXT_H

#include <stdbool.h>
#include "schema.h"
#include "text.h"

#define ACCESS_SUPERUSER "current_setting('roster.superuser', true) = 'on'"
#define ACCESS_ME "nullif(current_setting('roster.user', true), '')::bigint"
/* Inside a condition on rows: asked once for the statement, and not of every row. */
#define ACCESS_ONCE(what) "(SELECT " what ")"
/* What an API key opens, asked of each row: policies come to it only for rows that the person may not read, and one more
 * query to plan would cost every statement of theirs more than that. */
#define ACCESS_OPENED "nullif(current_setting('roster.opened', true), '')"
#define ACCESS_BY_KEY "current_setting('roster.opened', true) <> ''"
/* For people and for keys, where the other tables' policies make the difference. */
#define ACCESS_FOR_BOTH "((" ACCESS_ONCE(ACCESS_ME) " > 0 OR " ACCESS_BY_KEY ") AND (%s))"

struct access_text {
    struct text *text;
    bool policy; /* a policy's: other tables are asked under their own policies */
    int depth;   /* of tables asked within one another, for their aliases */
    const struct schema *schema; /* of a panel's text; else NULL */
    bool everything; /* for a superuser */
    bool key;        /* the rules of API keys */
};

/* "a OR b", each in parentheses: what may be done with the row of that alias. "false" when nothing allows it, "true"
 * for a model without rules. */
void access_text_rules(struct access_text *out, const struct model *model, const char *alias, unsigned may);
/* The whole condition: a superuser, or somebody who is known and whom a rule allows it. */
void access_text_condition(struct access_text *out, const struct model *model, const char *alias, unsigned may);
/* The condition for a program with an API key. */
void access_text_key(struct access_text *out, const struct model *model, const char *alias, unsigned may);
/* One rule, or a panel's SQL (then model and alias are NULL). What is no placeholder stays as it is. */
void access_text_expand(struct access_text *out, const struct model *model, const char *alias, const char *rule);
/* "(SELECT true FROM target a1 WHERE a1.key = value AND ...)" */
void access_text_target(struct access_text *out, const struct model *target, const char *value, unsigned may);

/* Whether rules that let change differ in what the record may become: then each answers for whom it let in itself, and
 * the function of each says whether the record, as it was before the statement, was one that it lets change. */
bool access_text_asks_before(const struct model *model);
const char *access_text_before_function(const void *context, const struct model *model, const struct access *rule);

/* The words of the placeholder that begins at text: {a b c} or {a.b}. How long it is, or 0 when it is none. */
struct access_words {
    const char *word[3];
    size_t count;
};
size_t access_text_placeholder(const void *context, const char *text, struct access_words *words);

#endif
