/* Earlier names: a rename leads from a name that is gone to one that is there; everything else would be a
 * guess. */
#include "schema_check_parts.h"

#include <string.h>

#include "memory.h"

static struct error *check_choices(const void *context, const struct field *field)
{
    for (const struct choice *choice = field->choices; choice && choice->value; choice++) {
        const struct place place = AT_CHOICE(field, choice->value);
        if (!choice->was)
            continue;
        if (field_choice(field, choice->was))
            REFUSE(place, "choice '%s' was '%s', which is a choice still: remove one of them", choice->value,
                   choice->was);
        for (const struct choice *other = field->choices; other != choice; other++)
            if (other->was && strcmp(other->was, choice->was) == 0)
                REFUSE(place, "choices '%s' and '%s' both were '%s': only one can be", other->value,
                       choice->value, choice->was);
    }
    return NULL;
}

static struct error *check_fields(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        const struct place place = AT_FIELD(field, "was");
        TRY(check_choices(context, field));
        if (!field->was)
            continue;
        if (strcmp(field->was, field->name) == 0)
            REFUSE(place, "it was '%s', which it is: remove .was", field->was);
        if (model_field(model, field->was))
            REFUSE(place, "it was '%s', which is a field still: remove one of them", field->was);
        for (size_t j = 0; j < i; j++)
            if (model->fields[j].was && strcmp(model->fields[j].was, field->was) == 0)
                REFUSE(place, "fields '%s' and '%s' both were '%s': only one can be", model->fields[j].name,
                       field->name, field->was);
    }
    return NULL;
}

static bool is_table(const struct schema *schema, const char *name)
{
    if (schema_by_table(schema, name))
        return true;
    for (size_t i = 0; i < schema->count; i++)
        for (size_t j = 0; j < schema->models[i]->link_count; j++)
            if (strcmp(schema->models[i]->links[j].table, name) == 0)
                return true;
    return false;
}

static struct error *check_table(const void *context, const struct schema *schema, struct place place,
                                 const char *table, const char *was)
{
    if (!was)
        return NULL;
    if (is_table(schema, was))
        REFUSE(place, "table '%s' was '%s', which is a table still: remove one of them", table, was);
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        if (strcmp(model->table, table) != 0 && model->was && strcmp(model->was, was) == 0)
            REFUSE(place, "tables '%s' and '%s' both were '%s': only one can be", model->table, table, was);
        for (size_t j = 0; j < model->link_count; j++)
            if (strcmp(model->links[j].table, table) != 0 && model->links[j].was &&
                strcmp(model->links[j].was, was) == 0)
                REFUSE(place, "tables '%s' and '%s' both were '%s': only one can be", model->links[j].table,
                       table, was);
    }
    return NULL;
}

struct error *schema_check_were(const void *context, const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        TRY(check_table(context, schema, AT_MODEL(model, "was"), model->table, model->was));
        TRY(check_fields(context, model));
        for (size_t j = 0; j < model->link_count; j++)
            TRY(check_table(context, schema, AT_LINK(&model->links[j], "was"), model->links[j].table,
                            model->links[j].was));
    }
    return NULL;
}
