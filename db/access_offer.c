/* Whether to offer somebody a form for a new record at all: a question about the rules, before there is a record. */
#include "access.h"

#include <string.h>

#include "access_text.h"
#include "connection_state.h"
#include "memory.h"
#include "sql.h"

/* {change a} leads to another model's rules, and those may lead on. */
enum { DEEPEST = 4 };

static bool offer_rules(struct text *text, const struct model *model, unsigned may, int depth);

/* {row}.team_id IN {team.owned}: possible when the set is not empty. Its length, or 0 when the rule begins otherwise. */
static size_t offer_set(struct text *text, const char *rule)
{
    static const char row[] = "{row}.", in[] = " IN ";
    if (strncmp(rule, row, strlen(row)) != 0)
        return 0;
    const char *set = strstr(rule, in);
    struct access_words words;
    const size_t name = strspn(rule + strlen(row), "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (!set || set != rule + strlen(row) + name)
        return 0;
    set += strlen(in);
    const size_t length = access_text_placeholder(text, set, &words);
    if (length == 0 || words.count != 1 || !strchr(words.word[0], '.'))
        return 0;
    const size_t table = strcspn(words.word[0], ".");
    text_addf(text, "EXISTS (SELECT %s())",
              access_set_function(text, memory_copy_length(text, words.word[0], table), words.word[0] + table + 1));
    return (size_t)(set - rule) + length;
}

/* {change thread_id}: possible when some thread may be changed. */
static size_t offer_change(struct text *text, const struct model *model, const char *rule, int depth)
{
    struct access_words words;
    const size_t length = access_text_placeholder(text, rule, &words);
    if (length == 0 || words.count != 2 || strcmp(words.word[0], "change") != 0)
        return 0;
    const struct field *field = model_field(model, words.word[1]);
    return field && field->target && offer_rules(text, field->target, MAY_CHANGE, depth + 1) ? length : 0;
}

/* Terms joined by OR, and nothing else. */
static bool offer_rule(struct text *text, const struct model *model, const char *rule, int depth)
{
    static const char or[] = " OR ";
    for (;;) {
        size_t length = offer_set(text, rule);
        if (length == 0)
            length = offer_change(text, model, rule, depth);
        if (length == 0)
            return false;
        rule += length;
        if (!*rule)
            return true;
        if (strncmp(rule, or, strlen(or)) != 0)
            return false;
        text_add(text, or);
        rule += strlen(or);
    }
}

/* False where a rule is about more than sets: then only a record tells. */
static bool offer_rules(struct text *text, const struct model *model, unsigned may, int depth)
{
    bool any = false;
    if (!model->access || depth > DEEPEST)
        return false;
    for (const struct access *rule = model->access; rule->may; rule++) {
        if (!(rule->may & may))
            continue;
        if (any)
            text_add(text, " OR ");
        if (!offer_rule(text, model, rule->when, depth))
            return false;
        any = true;
    }
    return any;
}

struct query *access_queue_offer(struct connection *connection, const struct model *model)
{
    struct text *text = text_new(connection);
    if (!access_asks_rows(connection, model) || !offer_rules(text, model, MAY_CREATE, 0))
        return NULL;
    struct sql *sql = sql_new(connection, "SELECT " ACCESS_SUPERUSER " OR ");
    sql_add(sql, text->data);
    sql_add(sql, " AS may");
    return query_add(connection, sql);
}
