/* Fills in the placeholders of rules. Identifiers come from the models; the person is a setting of the transaction. */
#include "access_text.h"

#include <string.h>

#include "access.h"
#include "memory.h"
#include "record.h"
#include "sql.h"

/* Lower-case words, so that '{}', '{1,2}' and a regular expression's {3} are left alone. */
size_t access_text_placeholder(const void *context, const char *text, struct access_words *words)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_.";
    *words = (struct access_words){ .count = 0 };
    if (text[0] != '{' || text[1] < 'a' || text[1] > 'z')
        return 0;
    const char *at = text + 1;
    while (words->count < 3) {
        const size_t length = strspn(at, letters);
        if (length == 0)
            return 0;
        words->word[words->count++] = memory_copy_length(context, at, length);
        at += length;
        if (*at == '}')
            return (size_t)(at - text) + 1;
        if (*at++ != ' ')
            return 0;
    }
    return 0;
}

static const char *column(const void *context, const char *alias, const char *name)
{
    return memory_printf(context, "%s.%s", alias, sql_quote_name(context, name));
}

void access_text_target(struct access_text *out, const struct model *target, const char *value, unsigned may)
{
    const void *context = out->text;
    const char *alias = memory_printf(context, "a%d", ++out->depth);
    text_addf(out->text, "(SELECT true FROM %s %s WHERE %s = %s", sql_quote_name(context, target->table), alias,
              column(context, alias, target->primary_key->name), value);
    /* A policy leaves reading to the other table's own. */
    if ((target->access || out->key) && (!out->policy || may != MAY_READ)) {
        text_add(out->text, " AND (");
        access_text_rules(out, target, alias, may);
        text_add(out->text, ")");
    }
    text_add(out->text, ")");
}

/* {read team_id}, of a rule. */
static bool add_field(struct access_text *out, const struct model *model, const char *alias,
                      const struct access_words *words)
{
    const bool change = strcmp(words->word[0], "change") == 0;
    const struct field *field = model && words->count == 2 ? model_field(model, words->word[1]) : NULL;
    if (!field || !field->target || (!change && strcmp(words->word[0], "read") != 0))
        return false;
    access_text_target(out, field->target, column(out->text, alias, field->name), change ? MAY_CHANGE : MAY_READ);
    return true;
}

/* {read team g}. Where a policy asks, the other table's own has hidden the row already. */
static bool add_table(struct access_text *out, const struct model *asking, const struct access_words *words)
{
    const struct schema *schema = asking ? asking->schema : out->schema;
    const struct model *model = schema && words->count == 3 && strcmp(words->word[0], "read") == 0
                                    ? schema_by_table(schema, words->word[1])
                                    : NULL;
    if (!model)
        return false;
    if (out->policy) {
        text_add(out->text, "true");
        return true;
    }
    text_add(out->text, "(");
    if (out->everything || !model->access)
        text_add(out->text, model->access ? ACCESS_SUPERUSER : "true");
    else
        access_text_condition(out, model, words->word[2], MAY_READ);
    text_add(out->text, ")");
    return true;
}

static const char *function_of(const void *context, const char *word)
{
    const size_t table = strcspn(word, ".");
    return access_set_function(context, memory_copy_length(context, word, table), word + table + 1);
}

/* {opened}, of a rule: as a value of the key's type. */
static bool add_opened(struct access_text *out, const struct model *model)
{
    const struct field *opened = model ? schema_opened(model->schema) : NULL;
    if (opened)
        text_addf(out->text, ACCESS_OPENED "::%s", record_key_type(opened->target));
    return opened != NULL;
}

static bool add_word(struct access_text *out, const struct model *model, const char *alias, const char *word)
{
    if (strcmp(word, "opened") == 0)
        return add_opened(out, model);
    if (strcmp(word, "me") == 0)
        text_add(out->text, alias ? ACCESS_ONCE(ACCESS_ME) : ACCESS_ME);
    else if (strcmp(word, "key") == 0)
        text_add(out->text, "$1");
    else if (alias && strcmp(word, "row") == 0)
        text_add(out->text, alias);
    else if (strchr(word, '.'))
        text_addf(out->text, "(SELECT %s())", function_of(out->text, word));
    else
        return false;
    return true;
}

/* {user.met id}: asked of one value. */
static bool add_question(struct access_text *out, const char *alias, const struct access_words *words)
{
    if (words->count != 2 || !strchr(words->word[0], '.') || !alias)
        return false;
    text_addf(out->text, "%s(%s)", function_of(out->text, words->word[0]), column(out->text, alias, words->word[1]));
    return true;
}

void access_text_expand(struct access_text *out, const struct model *model, const char *alias, const char *rule)
{
    while (*rule) {
        struct access_words words;
        const size_t plain = strcspn(rule, "{");
        text_add_bytes(out->text, rule, plain);
        rule += plain;
        const size_t length = access_text_placeholder(out->text, rule, &words);
        const bool known = length > 0 && ((words.count == 1 && add_word(out, model, alias, words.word[0])) ||
                                          add_question(out, alias, &words) ||
                                          add_field(out, model, alias, &words) || add_table(out, model, &words));
        if (!known && *rule)
            text_add_char(out->text, *rule++);
        else
            rule += length;
    }
}

static const char *becoming(const struct access *rule)
{
    return rule->becomes ? rule->becomes : rule->when;
}

bool access_text_asks_before(const struct model *model)
{
    const struct access *first = NULL;
    for (const struct access *rule = model->access; rule && rule->may; rule++) {
        if (!(rule->may & MAY_CHANGE))
            continue;
        if (first && strcmp(becoming(first), becoming(rule)) != 0)
            return true;
        first = first ? first : rule;
    }
    return false;
}

/* No set has such a name: those begin with a letter. */
const char *access_text_before_function(const void *context, const struct model *model, const struct access *rule)
{
    const char *name = memory_printf(context, "_%zu", (size_t)(rule - model->access) + 1);
    return access_set_function(context, model->table, name);
}

/* One rule's condition on a record that was changed. */
static void add_becoming(struct access_text *out, const struct model *model, const char *alias,
                         const struct access *rule)
{
    if (access_text_asks_before(model))
        text_addf(out->text, "%s(%s) AND ", access_text_before_function(out->text, model, rule),
                  column(out->text, alias, model->primary_key->name));
    text_add_char(out->text, '(');
    access_text_expand(out, model, alias, becoming(rule));
    text_add_char(out->text, ')');
}

/* Keys only read. */
static bool opens_some(const struct model *model, unsigned may)
{
    return may == MAY_READ && access_is_possible_by_key(model);
}

void access_text_key(struct access_text *out, const struct model *model, const char *alias, unsigned may)
{
    if (!opens_some(model, may)) {
        text_add(out->text, "false");
        return;
    }
    out->key = true;
    text_add(out->text, ACCESS_BY_KEY " AND (");
    access_text_rules(out, model, alias, may);
    text_add(out->text, ")");
    out->key = false;
}

/* The rules of people, or of keys, apart from the text that is being written. */
static const char *rules_of(const struct access_text *out, const struct model *model, const char *alias, unsigned may, bool key)
{
    struct access_text rules = { .text = text_new(out->text), .policy = out->policy, .depth = out->depth, .schema = out->schema, .key = key };
    access_text_rules(&rules, model, alias, may);
    return rules.text->data;
}

/* Policies are for both. */
static void add_both(struct access_text *out, const struct model *model, const char *alias, unsigned may)
{
    const char *people = rules_of(out, model, alias, may, false), *keys = rules_of(out, model, alias, may, true);
    if (strcmp(people, keys) == 0)
        text_addf(out->text, " OR " ACCESS_FOR_BOTH, people);
    else
        text_addf(out->text, " OR (" ACCESS_ONCE(ACCESS_ME) " > 0 AND (%s)) OR (" ACCESS_BY_KEY " AND (%s))", people, keys);
}

void access_text_condition(struct access_text *out, const struct model *model, const char *alias, unsigned may)
{
    text_add(out->text, ACCESS_ONCE(ACCESS_SUPERUSER));
    if (model->before_sign_in && (model->access->may & (may == MAY_BECOME ? MAY_CHANGE : may)))
        text_add(out->text, " OR " ACCESS_ONCE(ACCESS_ME) " IS NULL");
    if (out->policy && opens_some(model, may)) {
        add_both(out, model, alias, may);
        return;
    }
    text_add(out->text, " OR (" ACCESS_ONCE(ACCESS_ME) " > 0 AND (");
    access_text_rules(out, model, alias, may);
    text_add(out->text, "))");
}

void access_text_rules(struct access_text *out, const struct model *model, const char *alias, unsigned may)
{
    const struct access *rules = out->key ? model->key_access : model->access;
    bool any = false;
    if (!rules && !out->key) {
        text_add(out->text, "true");
        return;
    }
    for (const struct access *rule = rules; rule && rule->may; rule++) {
        if (!(rule->may & (may == MAY_BECOME ? MAY_CHANGE : may)))
            continue;
        text_add(out->text, any ? " OR (" : "(");
        if (may == MAY_BECOME)
            add_becoming(out, model, alias, rule);
        else
            access_text_expand(out, model, alias, rule->when);
        text_add(out->text, ")");
        any = true;
    }
    if (!any)
        text_add(out->text, "false");
}
