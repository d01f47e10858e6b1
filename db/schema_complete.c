/* What a model leaves out: implicit fields, labels, addresses, and the names of links, constraints and
 * indexes. */
#include "schema_complete.h"

#include <ctype.h>
#include <string.h>

#include "ddl.h"
#include "memory.h"

static const struct field identity_field = {
    .name = "id", .type = FIELD_IDENTITY, .label = "Number", .required = true, .faces = ON_PAGE
};
static const struct field created_field = { .name = "created_at",
                                            .type = FIELD_TIMESTAMP,
                                            .label = "Created",
                                            .required = true,
                                            .default_sql = "now()",
                                            .faces = ON_PAGE };
static const struct field updated_field = { .name = "updated_at",
                                            .type = FIELD_TIMESTAMP,
                                            .label = "Last changed",
                                            .required = true,
                                            .default_sql = "now()",
                                            .faces = ON_PAGE };

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

static void complete_field(const void *context, const struct model *model, struct field *field,
                           size_t position)
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
        if (!model->fields[i].secret &&
            (model->fields[i].type == FIELD_TEXT || model->fields[i].type == FIELD_EMAIL))
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

struct model *schema_complete_model(const void *context, const struct model *declared)
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

/* The chunks of a FIELD_FILE: a table of their own, so that a list never reads bytes, a file of any size
 * streams, and deleting the record deletes its bytes by the foreign key. */
struct model *schema_content_model(const void *context, const struct field *file)
{
    struct field *fields = NEW_ARRAY(context, struct field, 4);
    fields[0] = (struct field){ .name = "record_id",
                                .type = FIELD_REFERENCE,
                                .required = true,
                                .references = file->model->table,
                                .on_delete = ON_DELETE_CASCADE };
    fields[1] = (struct field){ .name = "position", .type = FIELD_INTEGER, .required = true };
    fields[2] =
        (struct field){ .name = "bytes", .type = FIELD_BYTES, .required = true, .max_length = 256 * 1024 };
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
    return schema_complete_model(context, model);
}
