/* Conditions of access, for the statements that db/ derives from the models, and for PostgreSQL's policies. */
#include "access.h"

#include <string.h>

#include "access_text.h"
#include "connection_state.h"
#include "ddl.h"
#include "memory.h"
#include "record.h"
#include "sql.h"

#define FOR_SOMEBODY "(" ACCESS_ONCE(ACCESS_ME) " > 0 AND (%s))"

static bool is_open(const struct connection *connection, const struct model *model)
{
    return connection->use == CONNECTION_DIRECT || (!model->access && !connection->for_key);
}

void access_add(struct sql *sql, const struct connection *connection, const struct model *model, const char *alias,
                unsigned may)
{
    if (is_open(connection, model)) {
        sql_add(sql, "true");
        return;
    }
    struct access_text out = { .text = text_new(sql) };
    if (connection->for_key)
        access_text_key(&out, model, alias, may);
    else if (connection->expects_superuser)
        text_add(out.text, ACCESS_SUPERUSER);
    else
        access_text_condition(&out, model, alias, may);
    sql_addf(sql, "(%s)", out.text->data);
}

void access_and(struct sql *sql, const struct connection *connection, const struct model *model, const char *alias,
                unsigned may)
{
    if (is_open(connection, model))
        return;
    sql_add(sql, " AND ");
    access_add(sql, connection, model, alias, may);
}

void access_add_superuser(struct sql *sql, const struct connection *connection)
{
    sql_add(sql, connection->use == CONNECTION_DIRECT ? "true" : ACCESS_SUPERUSER);
}

/* A line's record, as a value of the key's type. A key that another model had is no reason for an error: CASE comes to
 * the cast only with the right model. */
static void add_line(struct access_text *out, const struct schema *schema, const char *alias)
{
    text_addf(out->text, "CASE %s.model", alias);
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        if (model->internal)
            continue;
        const char *key = memory_printf(out->text, "%s.record::%s", alias, record_key_type(model));
        text_addf(out->text, " WHEN %s THEN ", sql_quote_literal(out->text, model->table));
        if (model->access)
            access_text_target(out, model, key, MAY_READ);
        else
            text_add(out->text, "true");
    }
    text_add(out->text, " END");
}

void access_and_line(struct sql *sql, const struct connection *connection, const struct schema *schema,
                     const char *alias)
{
    if (connection->use == CONNECTION_DIRECT)
        return;
    if (connection->expects_superuser) {
        sql_add(sql, " AND " ACCESS_SUPERUSER);
        return;
    }
    struct access_text out = { .text = text_new(sql) };
    add_line(&out, schema, alias);
    sql_addf(sql, " AND (" ACCESS_ONCE(ACCESS_SUPERUSER) " OR " FOR_SOMEBODY ")", out.text->data);
}

void access_add_panel(struct sql *sql, const struct connection *connection, const struct schema *schema,
                      const char *panel_sql)
{
    struct access_text out = { .text = text_new(sql), .schema = schema, .everything = connection->expects_superuser };
    access_text_expand(&out, NULL, NULL, panel_sql);
    sql_add(sql, out.text->data);
}

bool access_sees_all(const struct connection *connection, const struct model *model)
{
    return is_open(connection, model) || (connection->knows_person && connection->superuser);
}

static bool reads_all(const struct access *rules)
{
    bool all = false;
    for (const struct access *rule = rules; rule && rule->may; rule++)
        all |= (rule->may & MAY_READ) && strcmp(rule->when, "true") == 0;
    return all;
}

bool access_is_for_all(const struct model *model)
{
    return !model->access || reads_all(model->access);
}

bool access_asks_rows(const struct connection *connection, const struct model *model)
{
    return !is_open(connection, model) && !connection->expects_superuser;
}

bool access_is_possible(const struct model *model, unsigned may)
{
    for (const struct access *rule = model->access; rule && rule->may; rule++)
        if (rule->may & may)
            return true;
    return !model->access;
}

bool access_is_possible_by_key(const struct model *model)
{
    return model->key_access && model->key_access->may;
}

struct query *access_queue_add_to(struct connection *connection, const struct field *field, const char *id)
{
    struct sql *sql = sql_new(connection, "SELECT ");
    access_add(sql, connection, field->model, "t", MAY_CREATE);
    sql_add(sql, " AS may FROM jsonb_populate_record(NULL::");
    sql_name(sql, field->model->table);
    sql_add(sql, ", jsonb_build_object(");
    sql_value(sql, field->name, "text");
    sql_add(sql, ", ");
    sql_value(sql, id, "text");
    sql_add(sql, ")) t");
    return query_add(connection, sql);
}

/* A division by zero, since a SELECT has no other way to refuse; no other statement here can have its SQLSTATE. */
void access_where_written(struct sql *sql, const struct connection *connection, const struct model *model,
                          const char *alias, unsigned may)
{
    if (is_open(connection, model))
        return;
    sql_add(sql, " WHERE 1 / CASE WHEN ");
    access_add(sql, connection, model, alias, may);
    sql_add(sql, " THEN 1 ELSE 0 END = 1");
}

/* 22012 division_by_zero, 42501 insufficient_privilege (manual, appendix A). */
bool access_refused(const struct error *error)
{
    return error && (strcmp(error->sqlstate, "22012") == 0 || strcmp(error->sqlstate, "42501") == 0);
}

struct error *access_refusal(const void *context, const struct model *model, const char *title)
{
    const char *hint = model->access_hint ? model->access_hint : "Ask a superuser";
    if (title)
        return error_new(context, ERROR_FORBIDDEN, "you may not do this with '%s'. %s", title, hint);
    return error_new(context, ERROR_FORBIDDEN, "you may not save this %s like this. %s", model->label, hint);
}

/* --- Policies ----------------------------------------------------------------------------------------------------- */

static const char *finish(const struct access_text *out)
{
    return memory_printf(out->text, ACCESS_ONCE(ACCESS_SUPERUSER) " OR " FOR_SOMEBODY, out->text->data);
}

static const char *finish_for_both(const struct access_text *out)
{
    return memory_printf(out->text, ACCESS_ONCE(ACCESS_SUPERUSER) " OR " ACCESS_FOR_BOTH, out->text->data);
}

static struct access_text policy_text(const void *context)
{
    return (struct access_text){ .text = text_new(context), .policy = true };
}

const char *access_policy(const void *context, const struct model *model, unsigned may)
{
    struct access_text out = policy_text(context);
    access_text_condition(&out, model, sql_quote_name(out.text, model->table), may);
    return out.text->data;
}

static const char *qualified(const void *context, const char *table, const char *name)
{
    return memory_printf(context, "%s.%s", sql_quote_name(context, table), sql_quote_name(context, name));
}

/* Rules may show a record to whoever has to do with another: with a reference to it, they would show it to themselves. An
 * update may leave a reference that it found there. */
const char *access_references_policy(const void *context, const struct model *model, unsigned may)
{
    struct text *text = text_new(context);
    text_addf(text, "(%s)", access_policy(context, model, may));
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (!access_guards(field))
            continue;
        const char *value = memory_printf(context, "%s::text", qualified(context, model->table, field->name));
        text_addf(text, " AND (" ACCESS_ONCE(ACCESS_SUPERUSER) " OR %s IS NULL OR %s(%s)", value,
                  access_seen_function(context, field->target), value);
        if (may == MAY_BECOME)
            text_addf(text, " OR %s(%s::text, %s)", access_kept_function(context, field),
                      qualified(context, model->table, model->primary_key->name), value);
        text_add_char(text, ')');
    }
    return text->data;
}

/* A link belongs to the record of its own side. It tells of its other one, too: that must be seen by whoever sees or
 * makes the link, and be theirs to change where the link lets others see it. */
const char *access_link_policy(const void *context, const struct link *link, unsigned may)
{
    struct access_text out = policy_text(context);
    const bool gives = link->gives && may == MAY_CREATE;
    const bool opens = may == MAY_READ && access_is_possible_by_key(link->model);
    const bool for_all = access_is_for_all(link->target_model) && (!opens || reads_all(link->target_model->key_access));
    text_add_char(out.text, '(');
    access_text_target(&out, link->model, qualified(out.text, link->table, link->own_column),
                       may == MAY_READ ? MAY_READ : MAY_CHANGE);
    if (may == MAY_CREATE || (may == MAY_READ && !for_all)) {
        text_add(out.text, " AND ");
        access_text_target(&out, link->target_model, qualified(out.text, link->table, link->target_column),
                           gives ? MAY_CHANGE : MAY_READ);
    }
    text_add_char(out.text, ')');
    return opens ? finish_for_both(&out) : finish(&out);
}

const char *access_content_policy(const void *context, const struct field *file, const char *table, unsigned may)
{
    struct access_text out = policy_text(context);
    access_text_target(&out, file->model, qualified(out.text, table, "record_id"),
                       may == MAY_READ ? MAY_READ : MAY_CHANGE);
    return finish(&out);
}

const char *access_history_policy(const void *context, const struct schema *schema)
{
    struct access_text out = policy_text(context);
    add_line(&out, schema, "change");
    return finish(&out);
}

const char *access_set_sql(const void *context, const struct access_set *set)
{
    struct access_text out = { .text = text_new(context) };
    access_text_expand(&out, NULL, NULL, set->sql);
    return out.text->data;
}

bool access_set_is_question(const struct access_set *set)
{
    return strstr(set->sql, "{key}") != NULL;
}

/* Asked with the rights of the tables' owner, from whom no policy hides what {read ...} is about: the rules say it. */
const char *access_before_sql(const void *context, const struct model *model, const struct access *rule)
{
    struct access_text out = { .text = text_new(context) };
    text_addf(out.text, "EXISTS (SELECT 1 FROM %s o WHERE o.%s = $1 AND (", sql_quote_name(context, model->table),
              sql_quote_name(context, model->primary_key->name));
    access_text_expand(&out, model, "o", rule->when);
    text_add(out.text, "))");
    return out.text->data;
}

bool access_guards(const struct field *field)
{
    return field->model->access && field->type == FIELD_REFERENCE && field->target && field->target->access;
}

/* Asked as access_before_sql is; a policy that asked a table itself could come back to its own. About text, since a
 * revision may give the column of a reference another type than the key has. */
const char *access_seen_sql(const void *context, const struct model *model)
{
    struct access_text out = { .text = text_new(context) };
    text_addf(out.text, "EXISTS (SELECT 1 FROM %s o WHERE o.%s = $1::%s AND (", sql_quote_name(context, model->table),
              sql_quote_name(context, model->primary_key->name), record_key_type(model));
    access_text_condition(&out, model, "o", MAY_READ);
    text_add(out.text, "))");
    return out.text->data;
}

/* Only of a record that the person may read: the question is no way to guess what others hold. */
const char *access_kept_sql(const void *context, const struct field *field)
{
    const struct model *model = field->model;
    struct access_text out = { .text = text_new(context) };
    text_addf(out.text, "EXISTS (SELECT 1 FROM %s o WHERE o.%s = $1::%s AND o.%s::text = $2 AND (",
              sql_quote_name(context, model->table), sql_quote_name(context, model->primary_key->name),
              record_key_type(model), sql_quote_name(context, field->name));
    access_text_condition(&out, model, "o", MAY_READ);
    text_add(out.text, "))");
    return out.text->data;
}

/* No set has such names: those begin with a letter. */
const char *access_seen_function(const void *context, const struct model *model)
{
    return access_set_function(context, model->table, "_seen");
}

const char *access_kept_function(const void *context, const struct field *field)
{
    return access_set_function(context, field->model->table, memory_printf(context, "_kept_%s", field->name));
}

const char *access_set_function(const void *context, const char *table, const char *set)
{
    return sql_quote_name(context, ddl_cut_name(context, memory_printf(context, "roster_%s_%s", table, set)));
}

/* --- What a models file can get wrong ----------------------------------------------------------------------------- */

static const struct access_set *find_set(const struct schema *schema, const char *name)
{
    const size_t table = strcspn(name, ".");
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        if (strlen(model->table) != table || strncmp(model->table, name, table) != 0)
            continue;
        for (const struct access_set *set = model->sets; set && set->name; set++)
            if (name[table] == '.' && strcmp(set->name, name + table + 1) == 0)
                return set;
    }
    return NULL;
}

static bool leads_back(const struct model *from, const struct model *to, int depth);

/* Whether a rule of from asks about a table whose rules ask about to again. */
static bool asks_back(const struct model *from, const struct model *to, const char *rule, int depth)
{
    bool back = false;
    void *scratch = talloc_new(NULL);
    for (const char *at = rule ? strchr(rule, '{') : NULL; at && !back; at = strchr(at + 1, '{')) {
        struct access_words words;
        if (access_text_placeholder(scratch, at, &words) == 0 || words.count < 2 || strchr(words.word[0], '.'))
            continue;
        const struct field *field = words.count == 2 ? model_field(from, words.word[1]) : NULL;
        const struct model *other = words.count == 3 ? schema_by_table(from->schema, words.word[1])
                                    : field          ? field->target
                                                     : NULL;
        back = other && (other == to || leads_back(other, to, depth + 1));
    }
    talloc_free(scratch);
    return back;
}

static bool rules_lead_back(const struct access *rules, const struct model *from, const struct model *to, int depth)
{
    for (const struct access *rule = rules; rule && rule->may; rule++)
        if (depth > 16 || asks_back(from, to, rule->when, depth) || asks_back(from, to, rule->becomes, depth))
            return true;
    return false;
}

static bool leads_back(const struct model *from, const struct model *to, int depth)
{
    return rules_lead_back(from->access, from, to, depth) || rules_lead_back(from->key_access, from, to, depth);
}

static const char *set_fault(const void *context, const struct schema *schema, const struct model *model,
                             const struct access_words *words)
{
    const struct access_set *set = find_set(schema, words->word[0]);
    if (!set)
        return memory_printf(context, "{%s} is no model's set: declare it in .sets", words->word[0]);
    if (access_set_is_question(set) != (words->count == 2))
        return memory_printf(context, words->count == 2 ? "{%s %s}: a set that is asked about a value has {key} in its .sql"
                                                        : "{%s}: this set has {key} in its .sql, so name a field: {%s id}",
                             words->word[0], words->count == 2 ? words->word[1] : words->word[0]);
    if (words->count == 2 && !model_field(model, words->word[1]))
        return memory_printf(context, "{%s %s}: '%s' is none of its fields", words->word[0], words->word[1],
                             words->word[1]);
    return NULL;
}

static const char *placeholder_fault(const void *context, const struct schema *schema, const struct model *model,
                                     const struct access_words *words)
{
    const char *first = words->word[0];
    const struct field *field = words->count == 2 ? model_field(model, words->word[1]) : NULL;
    if (words->count < 3 && strchr(first, '.'))
        return set_fault(context, schema, model, words);
    if (words->count == 1 && (strcmp(first, "me") == 0 || strcmp(first, "row") == 0 || strcmp(first, "key") == 0))
        return NULL;
    if (words->count == 3 && strcmp(first, "read") == 0)
        return schema_by_table(schema, words->word[1])
                   ? NULL
                   : memory_printf(context, "{read %s ...}: '%s' is no model", words->word[1], words->word[1]);
    if (words->count != 2 || (strcmp(first, "read") != 0 && strcmp(first, "change") != 0))
        return memory_printf(context, "{%s...} is none of {row}, {me}, {table.set}, {read field}, {change field} and"
                                      " {read table alias}", first);
    if (!field || !field->target)
        return memory_printf(context, "{%s %s}: '%s' is no reference of this model", first, words->word[1],
                             words->word[1]);
    return NULL;
}

/* Nobody is signed in: there is no {me}, and no set of theirs. */
static const char *key_placeholder_fault(const void *context, const struct schema *schema, const struct model *model,
                                         const struct access_words *words)
{
    const char *first = words->word[0];
    if (words->count == 1 && (strcmp(first, "opened") == 0 || strcmp(first, "row") == 0))
        return NULL;
    if (words->count == 2 && strcmp(first, "read") == 0)
        return placeholder_fault(context, schema, model, words);
    return memory_printf(context, "{%s...} is none of {row}, {opened} and {read field}", first);
}

static const char *rule_fault(const void *context, const struct schema *schema, const struct model *model, const char *rule,
                              bool of_key)
{
    if (!rule)
        return of_key ? "a rule needs a .when, such as \"{row}.team_id = {opened}\", or \"true\""
                      : "a rule needs a .when, such as \"{row}.owner_id = {me}\", or \"true\"";
    for (const char *at = strchr(rule, '{'); at; at = strchr(at + 1, '{')) {
        struct access_words words;
        const char *fault = access_text_placeholder(context, at, &words) == 0 ? NULL
                            : of_key ? key_placeholder_fault(context, schema, model, &words)
                                     : placeholder_fault(context, schema, model, &words);
        if (fault)
            return fault;
    }
    if (leads_back(model, model, 0))
        return "its rules ask about a table whose rules ask about this one again: ask in a set";
    return NULL;
}

const char *access_fault(const void *context, const struct schema *schema, const struct model *model, const char *rule)
{
    return rule_fault(context, schema, model, rule, false);
}

const char *access_key_fault(const void *context, const struct schema *schema, const struct model *model, const char *rule)
{
    return rule_fault(context, schema, model, rule, true);
}
