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

static bool offer_rules(struct text *text, const struct model *model, unsigned may, int depth);

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

/* Goes on to the next of the terms that are joined by OR: 1, or 0 at the end, or -1 when something else follows. */
static int next_term(const char **rule)
{
    static const char or[] = " OR ";
    if (!**rule)
        return 0;
    if (strncmp(*rule, or, strlen(or)) != 0)
        return -1;
    *rule += strlen(or);
    return 1;
}

/* A set makes it possible when it is not empty; {change thread_id}, when some thread may be changed. */
static bool offer_term(struct text *text, const struct model *model, const struct term *term, int depth)
{
    if (term->set) {
        text_addf(text, "EXISTS (SELECT %s())", access_set_function(text, term->table, term->set));
        return true;
    }
    const struct field *field = model_field(model, term->field);
    return field && field->target && offer_rules(text, field->target, MAY_CHANGE, depth + 1);
}

/* Terms joined by OR, and nothing else. */
static bool offer_rule(struct text *text, const struct model *model, const char *rule, int depth)
{
    for (int more = 1; more > 0;) {
        const struct term term = read_term(text, rule);
        if (term.length == 0 || !offer_term(text, model, &term, depth))
            return false;
        rule += term.length;
        more = next_term(&rule);
        if (more > 0)
            text_add(text, " OR ");
        else if (more < 0)
            return false;
    }
    return true;
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

/* A term about the field as one about the record that it leads to: {row}.id IN {team.owned}. */
static bool offer_to(struct access_text *out, const struct field *field, const char *alias, const char *rule)
{
    const struct model *target = field->target;
    for (int more = 1; more > 0;) {
        const struct term term = read_term(out->text, rule);
        if (term.length == 0 || strcmp(term.field, field->name) != 0)
            return false;
        if (term.set)
            access_text_expand(out, target, alias, memory_printf(out->text, "{row}.%s IN {%s.%s}", target->primary_key->name,
                                                                 term.table, term.set));
        else if (target->access)
            access_text_rules(out, target, alias, MAY_CHANGE);
        else
            return false;
        rule += term.length;
        more = next_term(&rule);
        if (more > 0)
            text_add(out->text, " OR ");
        else if (more < 0)
            return false;
    }
    return true;
}

/* NULL when the rules are about more than this field. */
static const char *condition_to(const void *context, const struct field *field, const char *alias)
{
    struct access_text out = { .text = text_new(context) };
    bool any = false;
    if (!field->model->access || !field->target)
        return NULL;
    for (const struct access *rule = field->model->access; rule->may; rule++) {
        if (!(rule->may & MAY_CREATE))
            continue;
        if (any)
            text_add(out.text, " OR ");
        if (!offer_to(&out, field, alias, rule->when))
            return NULL;
        any = true;
    }
    return any ? out.text->data : NULL;
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
