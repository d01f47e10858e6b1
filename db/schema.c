/* Opens the declared models: completes them (schema_complete.c), adds the program's own, resolves relations
 * from both sides. Checking is in schema_check.c and runs on the completed models. */
#include "schema.h"

#include <ctype.h>
#include <string.h>

#include "ddl.h"
#include "internal_models.h"
#include "memory.h"
#include "schema_check.h"
#include "schema_complete.h"

static void add_content_models(const void *context, struct model **all, size_t *count)
{
    size_t declared = *count;
    for (size_t i = 0; i < declared; i++)
        for (size_t j = 0; j < all[i]->field_count; j++)
            if (all[i]->fields[j].type == FIELD_FILE)
                all[(*count)++] = schema_content_model(context, &all[i]->fields[j]);
}

static void resolve_fields(const struct schema *schema, struct model *const *all)
{
    for (size_t i = 0; i < schema->count; i++) {
        for (size_t j = 0; j < all[i]->field_count; j++) {
            struct field *field = (struct field *)&all[i]->fields[j]; /* made writable by complete_fields */
            if (field->type == FIELD_REFERENCE && field->references)
                field->target = schema_by_table(schema, field->references);
        }
        for (size_t j = 0; j < all[i]->link_count; j++) {
            struct link *link = (struct link *)&all[i]->links[j]; /* made writable by complete_links */
            if (link->target)
                link->target_model = schema_by_table(schema, link->target);
        }
    }
}

static const char *inverse_label(const void *context, const struct model *from, const char *label)
{
    if (label)
        return label;
    char *plural = memory_copy(context, from->plural);
    plural[0] = (char)toupper((unsigned char)plural[0]);
    return plural;
}

/* Which relations of others lead to this model; those of internal models are not shown anywhere. */
static void resolve_inverses(const void *context, const struct schema *schema, struct model *model)
{
    struct inverse *inverses = NEW_ARRAY(context, struct inverse, 1);
    size_t count = 0;
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *from = schema->models[i];
        for (size_t j = 0; !from->internal && j < from->field_count; j++) {
            if (from->fields[j].target != model)
                continue;
            inverses = GROW_ARRAY(context, struct inverse, inverses, count + 1);
            inverses[count++] =
                (struct inverse){ .field = &from->fields[j],
                                  .label = inverse_label(context, from, from->fields[j].inverse_label) };
        }
        for (size_t j = 0; !from->internal && j < from->link_count; j++) {
            if (from->links[j].target_model != model)
                continue;
            inverses = GROW_ARRAY(context, struct inverse, inverses, count + 1);
            inverses[count++] =
                (struct inverse){ .link = &from->links[j],
                                  .label = inverse_label(context, from, from->links[j].inverse_label) };
        }
    }
    model->inverses = inverses;
    model->inverse_count = count;
}

static size_t count_models(const struct model *const declared[])
{
    size_t count = 0;
    while (declared[count])
        count++;
    return count;
}

/* Of the program's own tables user may be a model of one's own. */
static bool is_redeclared(const struct model *const declared[], const struct model *internal)
{
    for (; *declared; declared++)
        if ((*declared)->table && strcmp((*declared)->table, "user") == 0 &&
            strcmp(internal->table, "user") == 0)
            return true;
    return false;
}

/* Where one of them is a table of somebody else, none of them is wanted: they are of use together only. */
static bool any_ignored(const struct model *const declared[])
{
    for (; *declared; declared++)
        for (const struct model *const *own = internal_models; *own; own++)
            if ((*declared)->ignored && (*declared)->table && strcmp((*declared)->table, (*own)->table) == 0)
                return true;
    return false;
}

struct error *schema_open(const void *context, const struct model *const declared[],
                          const struct panel *overview, struct schema **schema)
{
    size_t own = count_models(declared), internal = count_models(internal_models);
    size_t files = 0, count = 0, ignored_count = 0;
    const char **ignored = NEW_ARRAY(context, const char *, own + 1);
    for (size_t i = 0; i < own; i++)
        if (declared[i]->ignored && declared[i]->table)
            ignored[ignored_count++] = declared[i]->table;
    for (size_t i = 0; i < own; i++)
        for (const struct field *field = declared[i]->fields; field && field->name; field++)
            files += field->type == FIELD_FILE;

    struct model **all = NEW_ARRAY(context, struct model *, own + internal + files + 1);
    for (size_t i = 0; i < own; i++)
        if (!declared[i]->ignored)
            all[count++] = schema_complete_model(context, declared[i]);
    struct schema *result = NEW(context, struct schema);
    result->declared = count;
    for (size_t i = 0; i < internal && !any_ignored(declared); i++)
        if (!is_redeclared(declared, internal_models[i]))
            all[count++] = schema_complete_model(context, internal_models[i]);
    result->brought = count - result->declared;
    add_content_models(context, all, &count);
    result->models = (const struct model *const *)all;
    result->count = count;
    result->ignored = ignored;
    result->overview = overview;
    TRY(schema_check_names(context, result));
    resolve_fields(result, all);
    for (size_t i = 0; i < count; i++)
        all[i]->schema = result;
    TRY(schema_check(context, result));
    for (size_t i = 0; i < count; i++)
        resolve_inverses(context, result, all[i]);
    *schema = result;
    return NULL;
}

const struct model *schema_by_table(const struct schema *schema, const char *table)
{
    for (size_t i = 0; i < schema->count; i++)
        if (strcmp(schema->models[i]->table, table) == 0)
            return schema->models[i];
    return NULL;
}

const struct model *schema_by_path(const struct schema *schema, const char *path)
{
    for (size_t i = 0; i < schema->count; i++)
        if (!schema->models[i]->internal && strcmp(schema->models[i]->path, path) == 0)
            return schema->models[i];
    return NULL;
}

const struct field *model_field(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (strcmp(model->fields[i].name, name) == 0)
            return &model->fields[i];
    return NULL;
}

const struct link *model_link(const struct model *model, const char *name)
{
    for (size_t i = 0; i < model->link_count; i++)
        if (strcmp(model->links[i].name, name) == 0)
            return &model->links[i];
    return NULL;
}

const struct field *schema_key(const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        for (size_t j = 0; j < schema->models[i]->field_count; j++)
            if (schema->models[i]->fields[j].opens)
                return &schema->models[i]->fields[j];
    return NULL;
}

const struct field *schema_opened(const struct schema *schema)
{
    const struct field *key = schema_key(schema);
    return key ? model_field(key->model, key->opens) : NULL;
}

const char *field_sql_type(const void *context, const struct field *field)
{
    if (field->sql_type)
        return field->type == FIELD_CHOICE ? memory_printf(context, "\"%s\"", field->sql_type)
                                           : field->sql_type;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_EMAIL:
        return field->max_length ? memory_printf(context, "varchar(%d)", field->max_length) : "text";
    case FIELD_INTEGER:
    case FIELD_IDENTITY:
        return "bigint";
    case FIELD_DECIMAL:
        return memory_printf(context, "numeric(%d,%d)", field->precision, field->scale);
    case FIELD_FLOAT:
        return "double precision";
    case FIELD_BOOLEAN:
        return "boolean";
    case FIELD_CHOICE:
        return memory_printf(
            context, "\"%s\"",
            ddl_cut_name(context, memory_printf(context, "%s_%s", field->model->table, field->name)));
    case FIELD_DATE:
        return "date";
    case FIELD_TIMESTAMP:
        return "timestamptz";
    case FIELD_UUID:
        return "uuid";
    case FIELD_JSON:
        return "jsonb";
    case FIELD_BYTES:
        return "bytea";
    case FIELD_REFERENCE:
        return field_sql_type(context, field->target->primary_key);
    case FIELD_LONG_TEXT:
    case FIELD_PASSWORD:
    case FIELD_KEY:
    case FIELD_FILE:
        break;
    }
    return "text";
}

bool field_has_column(const struct field *field)
{
    return field->type != FIELD_FILE;
}

bool field_sortable(const struct field *field)
{
    return field_has_column(field) && !field->secret && field->type != FIELD_JSON &&
           field->type != FIELD_BYTES &&
           (field->indexed || field->unique || field == field->model->primary_key);
}

bool field_on(const struct field *field, unsigned face)
{
    return (field->faces & face) != 0;
}

static bool confirms(const struct field *field, unsigned face)
{
    /* a generated key is on no form, and made with the record */
    return field->confirm && (field->type == FIELD_KEY ? face == ON_CREATE : field_on(field, face));
}

bool model_confirms(const struct model *model, unsigned face)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (confirms(&model->fields[i], face) && !(model->fields[i].current_user && face == ON_CREATE))
            return true;
    return false;
}

bool model_confirms_deletion(const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (confirms(&model->fields[i], ON_UPDATE) && !model->fields[i].current_user)
            return true;
    return false;
}

const struct choice *field_choice(const struct field *field, const char *value)
{
    for (const struct choice *choice = field->choices; choice && choice->value; choice++)
        if (strcmp(choice->value, value) == 0)
            return choice;
    return NULL;
}
