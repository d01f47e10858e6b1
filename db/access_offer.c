/* Whether to offer somebody a form for a new record at all, and what it may lead to: questions about the rules, before
 * there is a record. */
#include "access.h"

#include <string.h>

#include "access_text.h"
#include "connection_state.h"
#include "memory.h"
#include "sql.h"

/* {change a} leads to another model's rules, and those may lead on. */
enum { DEEPEST = 4 };

/* What a rule begins with, when it is about a field alone: "{row}.team_id IN {team.owned}" or "{change thread_id}". */
struct term {
    const char *field;
    const char *table, *set; /* or NULL: what may be changed */
    size_t length;           /* 0: the rule begins with something else */
};

static struct term read_set(const void *context, const char *rule)
{
    static const char row[] = "{row}.", in[] = " IN ";
    const struct term none = { 0 };
    if (strncmp(rule, row, strlen(row)) != 0)
        return none;
    const char *name = rule + strlen(row);
    const size_t name_length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    if (strncmp(name + name_length, in, strlen(in)) != 0)
        return none;
    const char *set = name + name_length + strlen(in);
    struct access_words words;
    const size_t length = access_text_placeholder(context, set, &words);
    if (length == 0 || words.count != 1 || !strchr(words.word[0], '.'))
        return none;
    const size_t table = strcspn(words.word[0], ".");
    return (struct term){ memory_copy_length(context, name, name_length), memory_copy_length(context, words.word[0], table),
                          words.word[0] + table + 1, (size_t)(set - rule) + length };
}

static struct term read_term(const void *context, const char *rule)
{
    struct access_words words;
    const struct term set = read_set(context, rule);
    if (set.length > 0)
        return set;
    const size_t length = access_text_placeholder(context, rule, &words);
    if (length == 0 || words.count != 2 || strcmp(words.word[0], "change") != 0)
        return (struct term){ 0 };
    return (struct term){ .field = words.word[1], .length = length };
}

/* What is made of the rules' terms, joined by OR. */
struct offer {
    struct access_text out;
    const struct model *model; /* whose rules these are */
    int depth;                 /* of {change ...}; or */
    const struct field *field; /* the one that the terms must be about, and the alias of the row that it leads to */
    const char *alias;
};

static bool offer_rules(struct offer *offer, unsigned may);

/* A set makes it possible when it is not empty; {change thread_id}, when some thread may be changed. */
static bool add_possible(const struct offer *offer, const struct term *term)
{
    if (term->set) {
        text_addf(offer->out.text, "EXISTS (SELECT %s())", access_set_function(offer->out.text, term->table, term->set));
        return true;
    }
    const struct field *field = model_field(offer->model, term->field);
    struct offer deeper = { .out = offer->out, .model = field ? field->target : NULL, .depth = offer->depth + 1 };
    return deeper.model && offer_rules(&deeper, MAY_CHANGE);
}

/* A term about the field as one about the record that it leads to: {row}.id IN {team.owned}. */
static bool add_about_target(struct offer *offer, const struct term *term)
{
    const struct model *target = offer->field->target;
    struct access_text *out = &offer->out;
    if (strcmp(term->field, offer->field->name) != 0 || (!term->set && !target->access))
        return false;
    if (term->set)
        access_text_expand(out, target, offer->alias, memory_printf(out->text, "{row}.%s IN {%s.%s}", target->primary_key->name,
                                                                    term->table, term->set));
    else
        access_text_rules(out, target, offer->alias, MAY_CHANGE);
    return true;
}

/* Terms joined by OR, and nothing else. */
static bool offer_rule(struct offer *offer, const char *rule)
{
    static const char or[] = " OR ";
    for (;;) {
        const struct term term = read_term(offer->out.text, rule);
        if (term.length == 0 || !(offer->field ? add_about_target(offer, &term) : add_possible(offer, &term)))
            return false;
        rule += term.length;
        if (!*rule)
            return true;
        if (strncmp(rule, or, strlen(or)) != 0)
            return false;
        text_add(offer->out.text, or);
        rule += strlen(or);
    }
}

/* False where a rule is about more than that: then only a record tells. */
static bool offer_rules(struct offer *offer, unsigned may)
{
    bool any = false;
    if (!offer->model->access || offer->depth > DEEPEST)
        return false;
    for (const struct access *rule = offer->model->access; rule->may; rule++) {
        if (!(rule->may & may))
            continue;
        if (any)
            text_add(offer->out.text, " OR ");
        if (!offer_rule(offer, rule->when))
            return false;
        any = true;
    }
    return any;
}

struct query *access_queue_offer(struct connection *connection, const struct model *model)
{
    struct offer offer = { .out = { .text = text_new(connection) }, .model = model };
    if (!access_asks_rows(connection, model) || !offer_rules(&offer, MAY_CREATE))
        return NULL;
    struct sql *sql = sql_new(connection, "SELECT " ACCESS_SUPERUSER " OR ");
    sql_add(sql, offer.out.text->data);
    sql_add(sql, " AS may");
    return query_add(connection, sql);
}

/* NULL when the rules are about more than this field. */
static const char *condition_to(const void *context, const struct field *field, const char *alias)
{
    struct offer offer = { .out = { .text = text_new(context) }, .model = field->model, .field = field, .alias = alias };
    return field->target && offer_rules(&offer, MAY_CREATE) ? offer.out.text->data : NULL;
}

bool access_narrows(const void *context, const struct field *field)
{
    return condition_to(context, field, "t") != NULL;
}

void access_and_add_to(struct sql *sql, const struct connection *connection, const struct field *field, const char *alias)
{
    const char *condition = access_asks_rows(connection, field->model) ? condition_to(sql, field, alias) : NULL;
    if (condition)
        sql_addf(sql, " AND (" ACCESS_ONCE(ACCESS_SUPERUSER) " OR (" ACCESS_ONCE(ACCESS_ME) " > 0 AND (%s)))", condition);
}
