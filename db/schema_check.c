/* The rules that a models file must keep: names, and what a model says of itself. */
#include "schema_check_parts.h"

#include <string.h>

#include "memory.h"

/* Addresses that the site itself uses, and PostgreSQL's system columns (manual, section 5.5). */
static const char *const taken_paths[] = { "admin",    "api",     "account", "static",  "sign-in",
                                           "sign-out", "healthz", "readyz",  "metrics", "reset", NULL };
static const char *const system_columns[] = { "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", NULL };

static bool is_in(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

/* Lower-case, so that names need no thought about quoting, and at most 63 bytes (PostgreSQL manual, 4.1.1).
 */
bool schema_is_name(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > 63 || name[0] < 'a' || name[0] > 'z')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

bool schema_is_too_long(const char *name)
{
    return name && strlen(name) > 63;
}

/* created_at and updated_at are kept by the program. */
static struct error *check_times(const void *context, const struct field *field)
{
    if ((strcmp(field->name, "created_at") == 0 || strcmp(field->name, "updated_at") == 0) &&
        field->type != FIELD_TIMESTAMP)
        REFUSE(AT_FIELD(field, "type"),
               "every model has a created_at and an updated_at, which are FIELD_TIMESTAMPs: "
               "give this field another name, or that type");
    return NULL;
}

static struct error *check_field_names(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (!schema_is_name(field->name) || is_in(system_columns, field->name))
            REFUSE(AT_FIELD(field, "name"),
                   "'%s' cannot be a field's name: use lower-case letters, digits and _, at most "
                   "63, beginning with a letter, and none of PostgreSQL's own column names",
                   field->name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(model->fields[j].name, field->name) == 0) {
                struct place place = AT_FIELD(field, NULL);
                place.name_again = 1;
                REFUSE(place, "this field is declared twice: remove one");
            }
        TRY(check_times(context, field));
    }
    return NULL;
}

static struct error *check_link_names(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->link_count; i++) {
        const struct link *link = &model->links[i];
        if (!schema_is_name(link->name))
            REFUSE(AT_LINK(link, "name"),
                   "'%s' cannot be a link's name: use lower-case letters, digits and _, at most 63",
                   link->name);
        if (model_field(model, link->name))
            REFUSE(AT_LINK(link, "name"), "'%s' is the name of a field and of a link: rename one",
                   link->name);
        for (size_t j = 0; j < i; j++)
            if (strcmp(model->links[j].name, link->name) == 0) {
                struct place place = AT_LINK(link, NULL);
                place.name_again = 1;
                REFUSE(place, "this link is declared twice: remove one");
            }
    }
    return NULL;
}

static struct error *check_path(const void *context, const struct schema *schema, size_t i)
{
    const struct model *model = schema->models[i];
    const struct place place = AT_MODEL(model, "path");
    if (model->internal)
        return NULL;
    if (!*model->path || model->path[strspn(model->path, "abcdefghijklmnopqrstuvwxyz0123456789-")])
        REFUSE(place,
               "the address '/%s/' is to have lower-case letters, digits and - only: give the model a .path",
               model->path);
    if (is_in(taken_paths, model->path))
        REFUSE(place, "the address '/%s/' belongs to the site: give the model another .path", model->path);
    for (size_t j = 0; j < i; j++)
        if (!schema->models[j]->internal && strcmp(schema->models[j]->path, model->path) == 0)
            REFUSE(place, "this model and '%s' have the same address '/%s/': give one another .path",
                   schema->models[j]->table, model->path);
    return NULL;
}

static struct error *check_table(const void *context, const struct schema *schema, size_t i)
{
    const struct model *model = schema->models[i];
    struct place place = AT_MODEL(model, "table");
    if (!model->table || !schema_is_name(model->table))
        REFUSE(place,
               "model number %zu: a table's name has lower-case letters, digits and _, at most 63, and "
               "begins with "
               "a letter; '%s' is none",
               i + 1, model->table ? model->table : "");
    if (strncmp(model->table, "roster_revision", 15) == 0)
        REFUSE(place, "names that begin with roster_revision are for the history of revisions: give the "
                      "table another name");
    for (const char *const *other = schema->ignored; *other; other++)
        if (strcmp(*other, model->table) == 0)
            REFUSE(place, "this table is declared twice, once as .ignored: remove one");
    for (size_t j = 0; j < i; j++)
        if (strcmp(schema->models[j]->table, model->table) == 0) {
            place.again = model->internal ? 0 : 1;
            REFUSE(place,
                   "this table is declared twice, or has the name of one that the program needs: rename it");
        }
    return NULL;
}

struct error *schema_check_names(const void *context, const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++) {
        TRY(check_table(context, schema, i));
        TRY(check_path(context, schema, i));
        TRY(check_field_names(context, schema->models[i]));
        TRY(check_link_names(context, schema->models[i]));
    }
    return NULL;
}

static struct error *check_link(const void *context, const struct schema *schema, const struct link *link)
{
    if (!link->target || !link->target_model)
        REFUSE(AT_LINK(link, "target"),
               "it leads to '%s', which is no model: declare that model or correct .target",
               link->target ? link->target : "");
    if (!schema_is_name(link->table) || !schema_is_name(link->own_column) ||
        !schema_is_name(link->target_column))
        REFUSE(AT_LINK(link, "table"),
               "the link's table '%s' and its columns '%s' and '%s' are to have lower-case letters, "
               "digits and _, at most 63: give it a .table, .own_column and .target_column",
               link->table, link->own_column, link->target_column);
    if (strcmp(link->own_column, link->target_column) == 0)
        REFUSE(AT_LINK(link, NULL), "it leads to its own model: give it .own_column and .target_column");
    if (schema_by_table(schema, link->table))
        REFUSE(AT_LINK(link, "table"),
               "the link table '%s' has the name of a model: give the link another .table", link->table);
    for (size_t k = 0; k < schema->count; k++)
        for (size_t j = 0; j < schema->models[k]->link_count; j++) {
            const struct link *other = &schema->models[k]->links[j];
            if (other != link && strcmp(other->table, link->table) == 0)
                REFUSE(AT_LINK(other, "table"),
                       "it uses the same table '%s' as '%s.%s': give one another .table", link->table,
                       link->model->table, link->name);
        }
    return NULL;
}

static struct error *check_panels(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->panel_count; i++) {
        const struct place place = { .table = model->table, .list = "panels", .position = i };
        if (!model->panels[i].sql || !model->panels[i].title)
            REFUSE(place, "a panel needs a .title and an .sql");
    }
    return NULL;
}

/* Whoever signs in is a row of "user": a model of that name must be able to serve. */
static struct error *check_user(const void *context, const struct schema *schema)
{
    static const char *const needed[] = { "email",     "full_name",    "hashed_password",
                                          "is_active", "is_superuser", "must_change_password",
                                          NULL };
    const struct model *user = schema_by_table(schema, "user");
    for (const char *const *name = needed; user && *name; name++)
        if (!model_field(user, *name))
            REFUSE(AT_MODEL(user, "fields"), "model 'user' needs a field '%s' so that people can sign in",
                   *name);
    if (user && user->primary_key->type != FIELD_IDENTITY)
        REFUSE(AT_FIELD(user->primary_key, "type"), "model 'user' needs a FIELD_IDENTITY as its id");
    return NULL;
}

static struct error *check_key(const void *context, const struct model *model)
{
    const struct field *key = model->primary_key;
    if (!key || !field_has_column(key))
        REFUSE(AT_MODEL(model, "key"), ".key '%s' is none of its fields: declare it or correct the name",
               model->key);
    if (key->type != FIELD_IDENTITY && key->type != FIELD_INTEGER && key->type != FIELD_UUID &&
        key->type != FIELD_TEXT)
        REFUSE(AT_FIELD(key, "type"),
               "its id must be a FIELD_IDENTITY, FIELD_INTEGER, FIELD_UUID or FIELD_TEXT");
    /* Longer ones would not fit into the history. */
    if (key->type == FIELD_TEXT && (key->max_length < 1 || key->max_length > 100))
        REFUSE(AT_FIELD(key, "max_length"), "an id that is a FIELD_TEXT needs a .max_length from 1 to 100");
    if (schema_is_too_long(model->key_name))
        REFUSE(AT_MODEL(model, "key_name"), "'%s' is longer than 63 bytes", model->key_name);
    return NULL;
}

static struct error *check_model(const void *context, const struct schema *schema, const struct model *model)
{
    TRY(check_key(context, model));
    for (size_t i = 0; i < model->field_count; i++)
        TRY(schema_check_field(context, &model->fields[i]));
    if (model->title && !model_field(model, model->title))
        REFUSE(AT_MODEL(model, "title"), ".title '%s' is none of its fields", model->title);
    if (model->title_field->secret || !field_has_column(model->title_field))
        REFUSE(AT_MODEL(model, "title"), ".title '%s' is a field that is never shown",
               model->title_field->name);
    const char *sort = model->sort ? model->sort + (*model->sort == '-') : NULL;
    if (sort && (!model_field(model, sort) || !field_sortable(model_field(model, sort))))
        REFUSE(AT_MODEL(model, "sort"), ".sort '%s' must be a field that is .indexed or .unique", sort);
    const struct field *managed = model->managed ? model_field(model, model->managed) : NULL;
    if (model->managed && (!managed || managed->type != FIELD_BOOLEAN))
        REFUSE(AT_MODEL(model, "managed"), ".managed '%s' must be a FIELD_BOOLEAN of it", model->managed);
    TRY(schema_check_constraints(context, model));
    TRY(schema_check_indexes(context, model));
    TRY(schema_check_access(context, schema, model));
    for (size_t i = 0; i < model->link_count; i++)
        TRY(check_link(context, schema, &model->links[i]));
    return check_panels(context, model);
}

struct error *schema_check(const void *context, const struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        TRY(check_model(context, schema, schema->models[i]));
    TRY(schema_check_were(context, schema));
    TRY(check_user(context, schema));
    return schema_check_made(context, schema);
}
