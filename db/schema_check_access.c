/* What a models file can get wrong about who may do what. */
#include <string.h>

#include "access.h"
#include "access_text.h"
#include "memory.h"
#include "schema_check_parts.h"

static bool is_function_of(const void *context, const struct model *model, const struct access_set *not, const char *name)
{
    for (const struct access_set *set = model->sets; set && set->name; set++)
        if (set != not && strcmp(access_set_function(context, model->table, set->name), name) == 0)
            return true;
    for (const struct access *rule = model->access; rule && rule->may; rule++)
        if (strcmp(access_text_before_function(context, model, rule), name) == 0)
            return true;
    return false;
}

/* The set "seen" of "team_member" and "member_seen" of "team" would be one function, and give one's rows to the other. */
static struct error *check_function(const void *context, const struct schema *schema, const struct model *model,
                                    const struct access_set *set)
{
    const char *name = access_set_function(context, model->table, set->name);
    for (size_t i = 0; i < schema->count; i++)
        if (is_function_of(context, schema->models[i], set, name))
            REFUSE(AT_MODEL(model, "sets"), "set '%s' would be the function %s, which '%s' has already; give it another name",
                   set->name, name, schema->models[i]->table);
    return NULL;
}

static struct error *check_sets(const void *context, const struct schema *schema, const struct model *model)
{
    for (const struct access_set *set = model->sets; set && set->name; set++) {
        if (!schema_is_name(set->name) || !set->sql)
            REFUSE(AT_MODEL(model, "sets"),
                   "a set needs a .name of lower-case letters, digits and _, and an .sql that gives keys of '%s'",
                   model->table);
        const char *fault = access_fault(context, schema, model, set->sql);
        if (fault)
            REFUSE(AT_MODEL(model, "sets"), "set '%s': %s", set->name, fault);
        TRY(check_function(context, schema, model, set));
    }
    return NULL;
}

static struct error *check_key_access(const void *context, const struct schema *schema, const struct model *model)
{
    const struct field *key = schema_key(schema);
    for (size_t i = 0; i < model->field_count; i++)
        if (model->fields[i].opens && &model->fields[i] != key)
            REFUSE(AT_FIELD(&model->fields[i], "opens"), "'%s.%s' says what it .opens already; one field does",
                   key->model->table, key->name);
    for (const struct access *rule = model->key_access; rule && rule->may; rule++) {
        const char *fault = access_key_fault(context, schema, model, rule->when);
        if (!fault && (rule->may != MAY_READ || rule->becomes))
            fault = "an API key only reads: .may is MAY_READ, and there is no .becomes";
        if (!fault && !key)
            fault = "no FIELD_KEY of these models says what it .opens";
        if (!fault && (!model->access || key->model == model))
            fault = "a model with .key_access has .access, too, and is not that of the keys";
        if (fault)
            REFUSE(AT_MODEL(model, "key_access"), "rule %zu: %s", (size_t)(rule - model->key_access) + 1, fault);
    }
    return NULL;
}

struct error *schema_check_access(const void *context, const struct schema *schema, const struct model *model)
{
    if (model->may_read == ROLE_KEY || model->may_write == ROLE_KEY)
        REFUSE(AT_MODEL(model, model->may_read == ROLE_KEY ? "may_read" : "may_write"),
               "ROLE_KEY is for routes: say in .key_access what API keys read");
    TRY(check_key_access(context, schema, model));
    for (const struct access *rule = model->access; rule && rule->may; rule++) {
        const char *fault = access_fault(context, schema, model, rule->when);
        if (!fault && rule->becomes)
            fault = access_fault(context, schema, model, rule->becomes);
        if (!fault && (rule->may & ~(unsigned)MAY_ALL))
            fault = "a rule's .may is made of MAY_READ, MAY_CREATE, MAY_CHANGE and MAY_DELETE";
        if (!fault && rule->becomes && !(rule->may & MAY_CHANGE))
            fault = "only a rule with MAY_CHANGE has a .becomes";
        if (fault)
            REFUSE(AT_MODEL(model, "access"), "rule %zu: %s", (size_t)(rule - model->access) + 1, fault);
    }
    return check_sets(context, schema, model);
}
