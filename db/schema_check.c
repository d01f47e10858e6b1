/* The rules that a models file must keep. Each refusal names model and field and says what to write instead; it is
 * ERROR_USAGE, because the models file is configuration. */
#include "schema_check.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define REFUSE(...) return error_new(context, ERROR_USAGE, __VA_ARGS__)

/* Addresses that the site itself uses, and PostgreSQL's system columns (manual, section 5.5). */
static const char *const taken_paths[] = { "admin", "api", "account", "static", "sign-in", "sign-out", "healthz",
                                           "readyz", "metrics", NULL };
static const char *const system_columns[] = { "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", NULL };

static bool is_in(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

/* Lower-case, so that names need no thought about quoting, and at most 63 bytes (PostgreSQL manual, 4.1.1). */
static bool is_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > 63 || name[0] < 'a' || name[0] > 'z')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static bool too_long(const char *name)
{
    return strlen(name) > 63;
}

static struct error *check_field_names(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (!is_name(field->name) || is_in(system_columns, field->name))
            REFUSE("model '%s': '%s' cannot be a field's name: use lower-case letters, digits and _, beginning with a "
                   "letter, and none of PostgreSQL's own column names", model->table, field->name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(model->fields[j].name, field->name) == 0)
                REFUSE("model '%s': field '%s' is declared twice: remove one", model->table, field->name);
    }
    for (size_t i = 0; i < model->link_count; i++) {
        const struct link *link = &model->links[i];
        if (!is_name(link->name))
            REFUSE("model '%s': '%s' cannot be a link's name: use lower-case letters, digits and _", model->table,
                   link->name);
        if (model_field(model, link->name))
            REFUSE("model '%s': '%s' is the name of a field and of a link: rename one", model->table, link->name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(model->links[j].name, link->name) == 0)
                REFUSE("model '%s': link '%s' is declared twice: remove one", model->table, link->name);
    }
    return NULL;
}

struct error *schema_check_names(const void *context, const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        if (!model->table || !is_name(model->table))
            REFUSE("model '%s' (number %zu): a table's name has lower-case letters, digits and _, and begins with a "
                   "letter", model->table ? model->table : "", i + 1);
        if (!model->internal && is_in(taken_paths, model->path))
            REFUSE("model '%s': the address '/%s/' belongs to the site: give the model another .path", model->table,
                   model->path);
        for (size_t j = 0; j < i; j++) {
            const struct model *other = schema->models[j];
            if (strcmp(other->table, model->table) == 0)
                REFUSE("model '%s' is declared twice, or has the name of a table that the program needs: rename it",
                       model->table);
            if (!model->internal && !other->internal && strcmp(other->path, model->path) == 0)
                REFUSE("models '%s' and '%s' have the same address '/%s/': give one another .path", other->table,
                       model->table, model->path);
        }
        TRY(check_field_names(context, model));
    }
    return NULL;
}

static struct error *check_choices(const void *context, const struct field *field)
{
    const char *table = field->model->table;
    if (field->type != FIELD_CHOICE) {
        if (field->choices)
            REFUSE("field '%s.%s' has choices but is no FIELD_CHOICE: change its type or remove them", table,
                   field->name);
        return NULL;
    }
    if (!field->choices || !field->choices[0].value)
        REFUSE("field '%s.%s' is a FIELD_CHOICE without choices: list at least one", table, field->name);
    for (const struct choice *choice = field->choices; choice->value; choice++) {
        if (strlen(choice->value) == 0 || strlen(choice->value) > 63)
            REFUSE("field '%s.%s': a choice has 1 to 63 bytes, unlike '%s'", table, field->name, choice->value);
        if (field_choice(field, choice->value) != choice)
            REFUSE("field '%s.%s': choice '%s' is listed twice: remove one", table, field->name, choice->value);
    }
    return NULL;
}

/* A rename leads from a name that is gone to one that is there; everything else would be a guess. */
static struct error *check_choices_were(const void *context, const struct field *field)
{
    for (const struct choice *choice = field->choices; choice && choice->value; choice++) {
        if (!choice->was)
            continue;
        if (field_choice(field, choice->was))
            REFUSE("field '%s.%s': choice '%s' was '%s', which is a choice still: remove one of them", field->model->table,
                   field->name, choice->value, choice->was);
        for (const struct choice *other = field->choices; other != choice; other++)
            if (other->was && strcmp(other->was, choice->was) == 0)
                REFUSE("field '%s.%s': choices '%s' and '%s' both were '%s': only one can be", field->model->table,
                       field->name, other->value, choice->value, choice->was);
    }
    return NULL;
}

static struct error *check_fields_were(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        TRY(check_choices_were(context, field));
        if (!field->was)
            continue;
        if (model_field(model, field->was))
            REFUSE("model '%s': field '%s' was '%s', which is a field still: remove one of them", model->table,
                   field->name, field->was);
        for (size_t j = 0; j < i; j++)
            if (model->fields[j].was && strcmp(model->fields[j].was, field->was) == 0)
                REFUSE("model '%s': fields '%s' and '%s' both were '%s': only one can be", model->table,
                       model->fields[j].name, field->name, field->was);
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

static struct error *check_table_was(const void *context, const struct schema *schema, const char *table,
                                     const char *was)
{
    if (!was)
        return NULL;
    if (is_table(schema, was))
        REFUSE("table '%s' was '%s', which is a table still: remove one of them", table, was);
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        if (strcmp(model->table, table) != 0 && model->was && strcmp(model->was, was) == 0)
            REFUSE("tables '%s' and '%s' both were '%s': only one can be", model->table, table, was);
        for (size_t j = 0; j < model->link_count; j++)
            if (strcmp(model->links[j].table, table) != 0 && model->links[j].was
                && strcmp(model->links[j].was, was) == 0)
                REFUSE("tables '%s' and '%s' both were '%s': only one can be", model->links[j].table, table, was);
    }
    return NULL;
}

static struct error *check_were(const void *context, const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        TRY(check_table_was(context, schema, model->table, model->was));
        TRY(check_fields_were(context, model));
        for (size_t j = 0; j < model->link_count; j++)
            TRY(check_table_was(context, schema, model->links[j].table, model->links[j].was));
    }
    return NULL;
}

static struct error *check_number(const void *context, const struct field *field, const char *what, const char *text)
{
    char *end = NULL;
    if (!text)
        return NULL;
    strtod(text, &end);
    if (!*text || *end)
        REFUSE("field '%s.%s': .%s is '%s', which is no number", field->model->table, field->name, what, text);
    return NULL;
}

static struct error *check_limits(const void *context, const struct field *field)
{
    const char *table = field->model->table;
    bool number = field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL || field->type == FIELD_FLOAT;
    if ((field->minimum || field->maximum) && !number)
        REFUSE("field '%s.%s': .minimum and .maximum are for numbers", table, field->name);
    TRY(check_number(context, field, "minimum", field->minimum));
    TRY(check_number(context, field, "maximum", field->maximum));
    if (field->minimum && field->maximum && strtod(field->minimum, NULL) > strtod(field->maximum, NULL))
        REFUSE("field '%s.%s': .minimum %s is above .maximum %s", table, field->name, field->minimum, field->maximum);
    if (field->type == FIELD_DECIMAL
        && (field->precision < 1 || field->precision > 1000 || field->scale < 0 || field->scale > field->precision))
        REFUSE("field '%s.%s': a FIELD_DECIMAL needs .precision from 1 to 1000 and .scale from 0 to it", table,
               field->name);
    if (field->min_length < 0 || field->max_length < 0 || field->max_length > 10485760
        || (field->max_length && field->min_length > field->max_length))
        REFUSE("field '%s.%s': .min_length and .max_length must be 0 to 10485760, the first not above the second",
               table, field->name);
    if (field->pattern) {
        regex_t expression;
        if (regcomp(&expression, field->pattern, REG_EXTENDED | REG_NOSUB) != 0)
            REFUSE("field '%s.%s': .pattern '%s' is no regular expression", table, field->name, field->pattern);
        regfree(&expression);
    }
    return NULL;
}

static struct error *check_reference(const void *context, const struct field *field)
{
    const char *table = field->model->table;
    if (!field->references)
        REFUSE("field '%s.%s' is a FIELD_REFERENCE: say what it .references", table, field->name);
    if (!field->target)
        REFUSE("field '%s.%s' references '%s', which is no model: declare that model or correct the name", table,
               field->name, field->references);
    if (field->on_delete == ON_DELETE_SET_NULL && field->required)
        REFUSE("field '%s.%s' is required, so deleting what it references cannot set it to NULL: use "
               "ON_DELETE_RESTRICT or ON_DELETE_CASCADE, or drop .required", table, field->name);
    if (field->acyclic && field->target != field->model)
        REFUSE("field '%s.%s' is .acyclic but references another model: only a self-reference can be", table,
               field->name);
    if (field->initially_deferred && !field->deferrable)
        REFUSE("field '%s.%s' is .initially_deferred, which only a .deferrable one can be", table, field->name);
    if (!field->same)
        return NULL;
    const struct field *own = model_field(field->model, field->same);
    const struct field *other = model_field(field->target, field->same);
    if (!own || !other || own->type != FIELD_REFERENCE || own->target != other->target || !own->required)
        REFUSE("field '%s.%s': .same '%s' must be a required reference of both '%s' and '%s' to one model", table,
               field->name, field->same, table, field->references);
    return NULL;
}

static struct error *check_file(const void *context, const struct field *field)
{
    const struct model *model = field->model;
    if (field->type == FIELD_KEY && field->short_field && !model_field(model, field->short_field))
        REFUSE("field '%s.%s': .short_field '%s' is no field of '%s'", model->table, field->name, field->short_field,
               model->table);
    if (field->type != FIELD_FILE)
        return NULL;
    if (!field->file)
        REFUSE("field '%s.%s' is a FIELD_FILE: say in .file which fields keep its name and size", model->table,
               field->name);
    const char *columns[] = { field->file->name, field->file->content_type, field->file->size,  field->file->sha256,
                              field->file->modified, field->file->status };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (columns[i] && !model_field(model, columns[i]))
            REFUSE("field '%s.%s': .file names '%s', which is no field of '%s'", model->table, field->name, columns[i],
                   model->table);
    return NULL;
}

static struct error *check_field(const void *context, const struct field *field)
{
    const char *table = field->model->table;
    if (field->type < FIELD_TEXT || field->type > FIELD_FILE)
        REFUSE("field '%s.%s' has no type: give it one of model.h's FIELD_ values", table, field->name);
    TRY(check_choices(context, field));
    TRY(check_limits(context, field));
    if (field->type == FIELD_REFERENCE)
        TRY(check_reference(context, field));
    else if (field->references || field->same || field->acyclic || field->current_user || field->deferrable)
        REFUSE("field '%s.%s' has settings of a reference but is no FIELD_REFERENCE", table, field->name);
    if (field->searched && field->type != FIELD_TEXT && field->type != FIELD_LONG_TEXT && field->type != FIELD_EMAIL)
        REFUSE("field '%s.%s': only text can be .searched", table, field->name);
    if (field->ignore_case && field->type != FIELD_TEXT && field->type != FIELD_EMAIL)
        REFUSE("field '%s.%s': only one-line text can .ignore_case", table, field->name);
    if (field->type == FIELD_IDENTITY && strcmp(field->name, "id") != 0)
        REFUSE("field '%s.%s': a FIELD_IDENTITY is the primary key and is called 'id'", table, field->name);
    return check_file(context, field);
}

static struct error *check_constraints(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->constraint_count; i++) {
        const struct constraint *constraint = &model->constraints[i];
        if (constraint->kind == CONSTRAINT_CHECK && (!constraint->name || !constraint->expression))
            REFUSE("model '%s': a CONSTRAINT_CHECK needs a .name and an .expression", model->table);
        if (constraint->kind == CONSTRAINT_UNIQUE && (!constraint->fields || !constraint->fields[0]))
            REFUSE("model '%s': a CONSTRAINT_UNIQUE needs .fields", model->table);
        if (too_long(constraint->name))
            REFUSE("model '%s': the constraint's name '%s' is longer than 63 bytes", model->table, constraint->name);
        if (constraint->deferrable && constraint->kind == CONSTRAINT_CHECK)
            REFUSE("model '%s': constraint '%s' is a CHECK, which cannot be .deferrable", model->table,
                   constraint->name);
        if (constraint->initially_deferred && !constraint->deferrable)
            REFUSE("model '%s': constraint '%s' is .initially_deferred, which only a .deferrable one can be",
                   model->table, constraint->name);
        for (const char *const *name = constraint->fields; name && *name; name++) {
            const struct field *field = model_field(model, *name);
            if (!field || !field_has_column(field))
                REFUSE("model '%s': constraint '%s' names '%s', which is no column of it", model->table,
                       constraint->name, *name);
        }
    }
    return NULL;
}

static struct error *check_indexes(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->index_count; i++) {
        const struct index *index = &model->indexes[i];
        if (too_long(index->name))
            REFUSE("model '%s': the index's name '%s' is longer than 63 bytes", model->table, index->name);
        if (!index->columns[0])
            REFUSE("model '%s': index '%s' has no .columns", model->table, index->name);
        for (const char *const *name = index->include; name && *name; name++) {
            const struct field *field = model_field(model, *name);
            if (!field || !field_has_column(field))
                REFUSE("model '%s': index '%s' includes '%s', which is no column of it", model->table, index->name,
                       *name);
        }
    }
    return NULL;
}

static struct error *check_links(const void *context, const struct schema *schema, const struct model *model)
{
    for (size_t i = 0; i < model->link_count; i++) {
        const struct link *link = &model->links[i];
        if (!link->target || !link->target_model)
            REFUSE("model '%s': link '%s' leads to '%s', which is no model: declare that model or correct .target",
                   model->table, link->name, link->target ? link->target : "");
        if (too_long(link->table) || too_long(link->own_column) || too_long(link->target_column))
            REFUSE("model '%s': the table of link '%s', or one of its columns, has a name longer than 63 bytes: give "
                   "it a .table, .own_column and .target_column", model->table, link->name);
        if (strcmp(link->own_column, link->target_column) == 0)
            REFUSE("model '%s': link '%s' leads to its own model: give it .own_column and .target_column",
                   model->table, link->name);
        if (schema_by_table(schema, link->table))
            REFUSE("model '%s': the link table '%s' of '%s' has the name of a model: give the link another .table",
                   model->table, link->table, link->name);
        for (size_t k = 0; k < schema->count; k++)
            for (size_t j = 0; j < schema->models[k]->link_count; j++) {
                const struct link *other = &schema->models[k]->links[j];
                if (other != link && strcmp(other->table, link->table) == 0)
                    REFUSE("links '%s.%s' and '%s.%s' use the same table '%s': give one another .table", model->table,
                           link->name, schema->models[k]->table, other->name, link->table);
            }
    }
    return NULL;
}

/* Whoever signs in is a row of "user": a model of that name must be able to serve. */
static struct error *check_user(const void *context, const struct schema *schema)
{
    static const char *const needed[] = { "email", "full_name", "hashed_password", "is_active", "is_superuser",
                                          "must_change_password", NULL };
    const struct model *user = schema_by_table(schema, "user");
    for (const char *const *name = needed; *name; name++)
        if (!model_field(user, *name))
            REFUSE("model 'user' needs a field '%s' so that people can sign in", *name);
    if (user->primary_key->type != FIELD_IDENTITY)
        REFUSE("model 'user' needs a FIELD_IDENTITY as its id");
    return NULL;
}

static struct error *check_model(const void *context, const struct schema *schema, const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++)
        TRY(check_field(context, &model->fields[i]));
    enum field_type key = model->primary_key->type;
    if (key != FIELD_IDENTITY && key != FIELD_INTEGER && key != FIELD_UUID && key != FIELD_TEXT)
        REFUSE("model '%s': its id must be a FIELD_IDENTITY, FIELD_INTEGER, FIELD_UUID or FIELD_TEXT", model->table);
    /* Longer ones would not fit into the history. */
    if (key == FIELD_TEXT && (model->primary_key->max_length < 1 || model->primary_key->max_length > 100))
        REFUSE("model '%s': an id that is a FIELD_TEXT needs a .max_length from 1 to 100", model->table);
    if (model->title && !model_field(model, model->title))
        REFUSE("model '%s': .title '%s' is none of its fields", model->table, model->title);
    if (model->title_field->secret || !field_has_column(model->title_field))
        REFUSE("model '%s': .title '%s' is a field that is never shown", model->table, model->title_field->name);
    const char *sort = model->sort ? model->sort + (*model->sort == '-') : NULL;
    if (sort && (!model_field(model, sort) || !field_sortable(model_field(model, sort))))
        REFUSE("model '%s': .sort '%s' must be a field that is .indexed or .unique", model->table, sort);
    const struct field *managed = model->managed ? model_field(model, model->managed) : NULL;
    if (model->managed && (!managed || managed->type != FIELD_BOOLEAN))
        REFUSE("model '%s': .managed '%s' must be a FIELD_BOOLEAN of it", model->table, model->managed);
    TRY(check_constraints(context, model));
    TRY(check_indexes(context, model));
    return check_links(context, schema, model);
}

struct error *schema_check(const void *context, const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        TRY(check_model(context, schema, schema->models[i]));
    TRY(check_were(context, schema));
    return check_user(context, schema);
}
