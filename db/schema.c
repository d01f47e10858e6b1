/* Completes the declared models: implicit fields, labels and addresses, then relations from both sides. Checking is in
 * schema_check.c and runs on the completed models. */
#include "schema.h"

#include <ctype.h>
#include <string.h>

#include "ddl.h"
#include "internal_models.h"
#include "memory.h"
#include "schema_check.h"

static const struct field identity_field = {
    .name = "id", .type = FIELD_IDENTITY, .label = "Number", .required = true, .faces = ON_PAGE
};
static const struct field created_field = {
    .name = "created_at", .type = FIELD_TIMESTAMP, .label = "Created", .required = true, .default_sql = "now()",
    .faces = ON_PAGE
};
static const struct field updated_field = {
    .name = "updated_at", .type = FIELD_TIMESTAMP, .label = "Last changed", .required = true,
    .default_sql = "now()", .faces = ON_PAGE
};

/* "due_on" becomes "Due on"; the _id of a reference is left out. */
static const char *label_from_name(const void *context, const char *name, bool reference)
{
    size_t length = strlen(name);
    if (reference && length > 3 && strcmp(name + length - 3, "_id") == 0)
        length -= 3;
    char *label = memory_copy_length(context, name, length);
    for (char *c = label; *c; c++)
        if (*c == '_')
            *c = ' ';
    label[0] = (char)toupper((unsigned char)label[0]);
    return label;
}

static const char *label_lower(const void *context, const char *name)
{
    char *label = memory_copy(context, name);
    for (char *c = label; *c; c++)
        if (*c == '_')
            *c = ' ';
    return label;
}

static const char *path_from_plural(const void *context, const char *plural)
{
    char *path = memory_copy(context, plural);
    for (char *c = path; *c; c++)
        *c = *c == ' ' || *c == '_' ? '-' : (char)tolower((unsigned char)*c);
    return path;
}

static size_t count_fields(const struct field *fields)
{
    size_t count = 0;
    while (fields && fields[count].name)
        count++;
    return count;
}

static const struct field *declared_field(const struct model *model, const char *name)
{
    for (const struct field *field = model->fields; field && field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

static unsigned default_faces(const struct field *field)
{
    if (field->secret && field->type != FIELD_PASSWORD)
        return NOWHERE;
    switch (field->type) {
    case FIELD_PASSWORD:
        return ON_FORMS;
    case FIELD_IDENTITY:
    case FIELD_KEY:
        return NOWHERE;
    case FIELD_LONG_TEXT:
    case FIELD_JSON:
    case FIELD_BYTES:
    case FIELD_FILE:
        return ON_FORMS | ON_PAGE;
    default:
        return EVERYWHERE;
    }
}

static void complete_choices(const void *context, struct field *field)
{
    size_t count = 0;
    while (field->choices[count].value)
        count++;
    struct choice *choices = NEW_ARRAY(context, struct choice, count + 1);
    for (size_t i = 0; i < count; i++) {
        choices[i] = field->choices[i];
        if (!choices[i].label)
            choices[i].label = label_from_name(context, choices[i].value, false);
    }
    field->choices = choices;
}

static void complete_field(const void *context, const struct model *model, struct field *field, size_t position)
{
    field->model = model;
    field->position = position;
    if (field->type == FIELD_PASSWORD || field->type == FIELD_KEY)
        field->secret = true;
    if (!field->faces)
        field->faces = default_faces(field);
    if (field->secret)
        field->faces &= ~(unsigned)SHOWN;
    if (!field->label)
        field->label = label_from_name(context, field->name, field->type == FIELD_REFERENCE);
    if (field->type == FIELD_BOOLEAN) {
        field->required = true;
        if (!field->default_sql && !field->sql_type)
            field->default_sql = "false";
    }
    if (field->type == FIELD_EMAIL && !field->max_length)
        field->max_length = 254; /* RFC 5321 section 4.5.3.1.3, less the angle brackets */
    if (field->type == FIELD_BYTES && !field->max_length)
        field->max_length = 64 * 1024;
    if (field->choices)
        complete_choices(context, field);
}

static void complete_fields(const void *context, struct model *model)
{
    size_t declared = count_fields(model->fields);
    struct field *fields = NEW_ARRAY(context, struct field, declared + 4);
    size_t count = 0;
    const char *key = model->key ? model->key : "id";
    if (!model->key && !declared_field(model, "id"))
        fields[count++] = identity_field;
    for (size_t i = 0; i < declared; i++) {
        fields[count] = model->fields[i];
        if (strcmp(fields[count].name, key) == 0)
            fields[count].required = true;
        count++;
    }
    const bool times = !model->internal && !model->no_times;
    if (times && !declared_field(model, "created_at"))
        fields[count++] = created_field;
    if (times && !declared_field(model, "updated_at"))
        fields[count++] = updated_field;
    for (size_t i = 0; i < count; i++)
        complete_field(context, model, &fields[i], i);
    model->fields = fields;
    model->field_count = count;
    model->primary_key = declared_field(model, key);
}

static const struct field *first_text_field(const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++)
        if (!model->fields[i].secret && (model->fields[i].type == FIELD_TEXT || model->fields[i].type == FIELD_EMAIL))
            return &model->fields[i];
    return model->primary_key;
}

static void complete_links(const void *context, struct model *model)
{
    size_t count = 0;
    while (model->links && model->links[count].name)
        count++;
    struct link *links = NEW_ARRAY(context, struct link, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct link *link = &links[i];
        *link = model->links[i];
        link->model = model;
        if (!link->label)
            link->label = label_from_name(context, link->name, false);
        if (!link->table && link->target)
            link->table = memory_printf(context, "%s_%s", model->table, link->target);
        if (!link->own_column)
            link->own_column = memory_printf(context, "%s_id", model->table);
        if (!link->target_column && link->target)
            link->target_column = memory_printf(context, "%s_id", link->target);
    }
    model->links = links;
    model->link_count = count;
}

static const char *constraint_name(const void *context, const struct model *model, const char *const *fields)
{
    char *name = memory_copy(context, model->table);
    for (; fields && *fields; fields++)
        name = memory_printf(context, "%s_%s", name, *fields);
    return ddl_cut_name(context, memory_printf(context, "%s_key", name));
}

static const char *index_name(const void *context, const struct model *model, const char *const *columns)
{
    char *name = memory_copy(context, model->table);
    for (; columns && *columns; columns++) {
        size_t length = strcspn(*columns, " ");
        char *part = memory_copy_length(context, *columns, length);
        for (char *c = part; *c; c++)
            if (!isalnum((unsigned char)*c))
                *c = '_';
        name = memory_printf(context, "%s_%s", name, part);
    }
    return ddl_cut_name(context, memory_printf(context, "%s_idx", name));
}

static void complete_constraints(const void *context, struct model *model)
{
    size_t count = 0;
    while (model->constraints && model->constraints[count].kind)
        count++;
    struct constraint *constraints = NEW_ARRAY(context, struct constraint, count + 1);
    for (size_t i = 0; i < count; i++) {
        constraints[i] = model->constraints[i];
        if (!constraints[i].name && constraints[i].kind == CONSTRAINT_UNIQUE)
            constraints[i].name = constraint_name(context, model, constraints[i].fields);
    }
    model->constraints = constraints;
    model->constraint_count = count;

    count = 0;
    while (model->indexes && model->indexes[count].columns)
        count++;
    struct index *indexes = NEW_ARRAY(context, struct index, count + 1);
    for (size_t i = 0; i < count; i++) {
        indexes[i] = model->indexes[i];
        if (!indexes[i].name)
            indexes[i].name = index_name(context, model, indexes[i].columns);
    }
    model->indexes = indexes;
    model->index_count = count;
}

static struct model *complete_model(const void *context, const struct model *declared)
{
    struct model *model = NEW(context, struct model);
    *model = *declared;
    if (!model->table)
        return model; /* schema_check names it */
    if (!model->label)
        model->label = label_lower(context, model->table);
    if (!model->plural)
        model->plural = memory_printf(context, "%ss", model->label);
    if (!model->path)
        model->path = path_from_plural(context, model->plural);
    if (model->may_read == ROLE_ANYONE)
        model->may_read = ROLE_USER;
    if (model->may_write == ROLE_ANYONE)
        model->may_write = ROLE_USER;
    complete_fields(context, model);
    complete_links(context, model);
    complete_constraints(context, model);
    while (model->panels && model->panels[model->panel_count].kind)
        model->panel_count++;
    model->title_field = model->title ? declared_field(model, model->title) : first_text_field(model);
    if (!model->title_field)
        model->title_field = model->primary_key;
    return model;
}

/* The chunks of a FIELD_FILE: a table of their own, so that a list never reads bytes, a file of any size streams, and
 * deleting the record deletes its bytes by the foreign key. */
static const struct model *content_model(const void *context, const struct field *file)
{
    struct field *fields = NEW_ARRAY(context, struct field, 4);
    fields[0] = (struct field){ .name = "record_id", .type = FIELD_REFERENCE, .required = true,
                                .references = file->model->table, .on_delete = ON_DELETE_CASCADE };
    fields[1] = (struct field){ .name = "position", .type = FIELD_INTEGER, .required = true };
    fields[2] = (struct field){ .name = "bytes", .type = FIELD_BYTES, .required = true, .max_length = 256 * 1024 };
    const char **key = NEW_ARRAY(context, const char *, 3);
    key[0] = "record_id";
    key[1] = "position";
    struct constraint *constraints = NEW_ARRAY(context, struct constraint, 2);
    constraints[0] = (struct constraint){ .kind = CONSTRAINT_UNIQUE, .fields = key };
    struct model *model = NEW(context, struct model);
    model->table = memory_printf(context, "%s_%s", file->model->table, file->name);
    model->internal = true;
    model->fields = fields;
    model->constraints = constraints;
    return complete_model(context, model);
}

static void add_content_models(const void *context, struct model **all, size_t *count)
{
    size_t declared = *count;
    for (size_t i = 0; i < declared; i++)
        for (size_t j = 0; j < all[i]->field_count; j++)
            if (all[i]->fields[j].type == FIELD_FILE)
                /* complete_model made this one, so that it may be written to while the schema is opened */
                all[(*count)++] = (struct model *)content_model(context, &all[i]->fields[j]);
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
            inverses[count++] = (struct inverse){
                .field = &from->fields[j], .label = inverse_label(context, from, from->fields[j].inverse_label)
            };
        }
        for (size_t j = 0; !from->internal && j < from->link_count; j++) {
            if (from->links[j].target_model != model)
                continue;
            inverses = GROW_ARRAY(context, struct inverse, inverses, count + 1);
            inverses[count++] = (struct inverse){
                .link = &from->links[j], .label = inverse_label(context, from, from->links[j].inverse_label)
            };
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
        if ((*declared)->table && strcmp((*declared)->table, "user") == 0 && strcmp(internal->table, "user") == 0)
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

struct error *schema_open(const void *context, const struct model *const declared[], const struct panel *overview,
                          struct schema **schema)
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
            all[count++] = complete_model(context, declared[i]);
    struct schema *result = NEW(context, struct schema);
    result->declared = count;
    for (size_t i = 0; i < internal && !any_ignored(declared); i++)
        if (!is_redeclared(declared, internal_models[i]))
            all[count++] = complete_model(context, internal_models[i]);
    result->brought = count - result->declared;
    add_content_models(context, all, &count);
    result->models = (const struct model *const *)all;
    result->count = count;
    result->ignored = ignored;
    result->overview = overview;
    TRY(schema_check_names(context, result));
    resolve_fields(result, all);
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

const char *field_sql_type(const void *context, const struct field *field)
{
    if (field->sql_type)
        return field->type == FIELD_CHOICE ? memory_printf(context, "\"%s\"", field->sql_type) : field->sql_type;
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
        return memory_printf(context, "\"%s\"",
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
    return field_has_column(field) && !field->secret && field->type != FIELD_JSON && field->type != FIELD_BYTES
           && (field->indexed || field->unique || field == field->model->primary_key);
}

bool field_on(const struct field *field, unsigned face)
{
    return (field->faces & face) != 0;
}

const struct choice *field_choice(const struct field *field, const char *value)
{
    for (const struct choice *choice = field->choices; choice && choice->value; choice++)
        if (strcmp(choice->value, value) == 0)
            return choice;
    return NULL;
}
