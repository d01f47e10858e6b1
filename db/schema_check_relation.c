/* References, constraints and indexes, and the names that all of them get in the database. */
#include "schema_check_parts.h"

#include <stdlib.h>
#include <string.h>

#include "catalog.h"
#include "memory.h"

static struct error *check_same(const void *context, const struct field *field)
{
    const struct field *own = model_field(field->model, field->same);
    const struct field *other = model_field(field->target, field->same);
    if (!own || !other || own->type != FIELD_REFERENCE || own->target != other->target || !own->required)
        REFUSE(AT_FIELD(field, "same"),
               ".same '%s' must be a required reference of both '%s' and '%s' to one model", field->same,
               field->model->table, field->references);
    return NULL;
}

static struct error *check_no_reference(const void *context, const struct field *field)
{
    const char *setting = field->references           ? "references"
                          : field->same               ? "same"
                          : field->acyclic            ? "acyclic"
                          : field->current_user       ? "current_user"
                          : field->deferrable         ? "deferrable"
                          : field->initially_deferred ? "initially_deferred"
                          : field->on_delete          ? "on_delete"
                          : field->on_update          ? "on_update"
                          : field->key_name           ? "key_name"
                          : field->no_index           ? "no_index"
                          : field->inverse_label      ? "inverse_label"
                                                      : NULL;
    if (setting)
        REFUSE(AT_FIELD(field, setting),
               "it has .%s, a setting of references, but is no FIELD_REFERENCE: change its type "
               "or remove it",
               setting);
    return NULL;
}

struct error *schema_check_reference(const void *context, const struct field *field)
{
    if (field->type != FIELD_REFERENCE)
        return check_no_reference(context, field);
    if (!field->references)
        REFUSE(AT_FIELD(field, NULL), "it is a FIELD_REFERENCE: say what it .references");
    if (!field->target)
        REFUSE(AT_FIELD(field, "references"),
               "it references '%s', which is no model: declare that model or correct the "
               "name",
               field->references);
    if (field->on_delete == ON_DELETE_SET_NULL && field->required)
        REFUSE(AT_FIELD(field, "on_delete"),
               "it is required, so deleting what it references cannot set it to NULL: use "
               "ON_DELETE_RESTRICT or ON_DELETE_CASCADE, or drop .required");
    if (field->acyclic && field->target != field->model)
        REFUSE(AT_FIELD(field, "acyclic"),
               "it is .acyclic but references another model: only a self-reference can be");
    if (field->current_user && strcmp(field->references, "user") != 0)
        REFUSE(AT_FIELD(field, "current_user"),
               "it is to start with the person signed in but references '%s': only a "
               "reference to 'user' can",
               field->references);
    if (field->initially_deferred && !field->deferrable)
        REFUSE(AT_FIELD(field, "initially_deferred"),
               "it is .initially_deferred, which only a .deferrable one can be");
    if (schema_is_too_long(field->key_name))
        REFUSE(AT_FIELD(field, "key_name"), "'%s' is longer than 63 bytes", field->key_name);
    return field->same ? check_same(context, field) : NULL;
}

static struct error *check_columns(const void *context, const struct model *model, struct place place,
                                   const char *const *names)
{
    for (const char *const *name = names; name && *name; name++) {
        const struct field *field = model_field(model, *name);
        if (!field || !field_has_column(field))
            REFUSE(place, "it names '%s', which is no column of '%s': correct the name or declare that field",
                   *name, model->table);
        for (const char *const *other = names; other < name; other++)
            if (strcmp(*other, *name) == 0)
                REFUSE(place, "it names '%s' twice: remove one", *name);
    }
    return NULL;
}

struct error *schema_check_constraints(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->constraint_count; i++) {
        const struct constraint *constraint = &model->constraints[i];
        if (constraint->kind == CONSTRAINT_CHECK && (!constraint->name || !constraint->expression))
            REFUSE(AT_CONSTRAINT(model, i, NULL), "a CONSTRAINT_CHECK needs a .name and an .expression");
        if (constraint->kind == CONSTRAINT_UNIQUE && (!constraint->fields || !constraint->fields[0]))
            REFUSE(AT_CONSTRAINT(model, i, NULL), "a CONSTRAINT_UNIQUE needs .fields");
        if (constraint->kind == CONSTRAINT_UNIQUE && constraint->expression)
            REFUSE(AT_CONSTRAINT(model, i, "expression"),
                   "a CONSTRAINT_UNIQUE has no .expression: use a unique index");
        if (schema_is_too_long(constraint->name))
            REFUSE(AT_CONSTRAINT(model, i, "name"), "the constraint's name is longer than 63 bytes");
        if (constraint->deferrable && constraint->kind == CONSTRAINT_CHECK)
            REFUSE(AT_CONSTRAINT(model, i, "deferrable"), "it is a CHECK, which cannot be .deferrable");
        if (constraint->initially_deferred && !constraint->deferrable)
            REFUSE(AT_CONSTRAINT(model, i, "initially_deferred"),
                   "it is .initially_deferred, which only a .deferrable one "
                   "can be");
        TRY(check_columns(context, model, AT_CONSTRAINT(model, i, "fields"), constraint->fields));
    }
    return NULL;
}

/* "created_at DESC" is a column, "lower(name)" and "(a + b)" are expressions. */
static struct error *check_index_column(const void *context, const struct model *model, size_t i,
                                        const char *column)
{
    const size_t length = strcspn(column, " (");
    if (*column == '"' || column[length] == '(')
        return NULL;
    const struct field *field = model_field(model, memory_copy_length(context, column, length));
    if (!field || !field_has_column(field))
        REFUSE(AT_INDEX(model, i, "columns"),
               "it names '%.*s', which is no column of '%s': correct the name, declare that "
               "field, or put an expression into parentheses",
               (int)length, column, model->table);
    return NULL;
}

struct error *schema_check_indexes(const void *context, const struct model *model)
{
    for (size_t i = 0; i < model->index_count; i++) {
        const struct index *index = &model->indexes[i];
        if (schema_is_too_long(index->name))
            REFUSE(AT_INDEX(model, i, "name"), "the index's name is longer than 63 bytes");
        if (!index->columns[0])
            REFUSE(AT_INDEX(model, i, "columns"), "the index has no .columns: name at least one");
        if (index->unique && index->method && strcmp(index->method, "btree") != 0)
            REFUSE(AT_INDEX(model, i, "method"), "only a btree index can be .unique: leave .method out");
        for (const char *const *column = index->columns; *column; column++)
            TRY(check_index_column(context, model, i, *column));
        TRY(check_columns(context, model, AT_INDEX(model, i, "include"), index->include));
    }
    return NULL;
}

/* A name in the database and what it belongs to. */
struct made {
    const char *name, *table, *what;
};

static int compare_made(const void *left, const void *right)
{
    return strcmp(((const struct made *)left)->name, ((const struct made *)right)->name);
}

static struct error *find_twice(const void *context, struct made *made, size_t count)
{
    qsort(made, count, sizeof *made, compare_made);
    for (size_t i = 1; i < count; i++) {
        const struct place place = { .table = made[i].table };
        if (strcmp(made[i - 1].name, made[i].name) == 0)
            REFUSE(place,
                   "the name '%s' would be needed twice in the database, for %s of '%s' and %s of '%s': give "
                   "one a "
                   "name of its own",
                   made[i].name, made[i - 1].what, made[i - 1].table, made[i].what, made[i].table);
    }
    return NULL;
}

/* Constraints have names of their own in each table. */
static struct error *check_table_names(const void *context, const struct catalog_table *table)
{
    for (size_t i = 1; i < table->constraint_count; i++) {
        const struct place place = { .table = table->name,
                                     .list = "constraints",
                                     .name = table->constraints[i].name };
        if (strcmp(table->constraints[i - 1].name, table->constraints[i].name) == 0)
            REFUSE(place, "two constraints would have this name: give one another .name");
    }
    return NULL;
}

/* Tables, the indexes of keys, and indexes share one space of names (PostgreSQL manual, CREATE INDEX); types
 * and tables another (CREATE TYPE). */
struct error *schema_check_made(const void *context, const struct schema *schema)
{
    const struct catalog *catalog = catalog_of_models(context, schema);
    size_t most = catalog->table_count + catalog->enum_count, relations = 0, types = 0;
    for (size_t i = 0; i < catalog->table_count; i++)
        most += catalog->tables[i].constraint_count + catalog->tables[i].index_count;
    struct made *made = NEW_ARRAY(context, struct made, most + 1);
    for (size_t i = 0; i < catalog->table_count; i++) {
        const struct catalog_table *table = &catalog->tables[i];
        TRY(check_table_names(context, table));
        made[relations++] = (struct made){ table->name, table->name, "the table" };
        for (size_t j = 0; j < table->constraint_count; j++)
            if (table->constraints[j].kind == 'p' || table->constraints[j].kind == 'u')
                made[relations++] = (struct made){ table->constraints[j].name, table->name, "a key" };
        for (size_t j = 0; j < table->index_count; j++)
            made[relations++] = (struct made){ table->indexes[j].name, table->name, "an index" };
    }
    TRY(find_twice(context, made, relations));
    for (size_t i = 0; i < catalog->table_count; i++)
        made[types++] = (struct made){ catalog->tables[i].name, catalog->tables[i].name, "the table" };
    for (size_t i = 0; i < catalog->enum_count; i++)
        made[types++] = (struct made){ catalog->enums[i].name, catalog->enums[i].name, "a list of choices" };
    return find_twice(context, made, types);
}
