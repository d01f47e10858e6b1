/* Operations in words. */
#include <string.h>

#include "difference.h"
#include "memory.h"
#include "text.h"

static const char *const kind_names[] = {
    [OPERATION_CREATE_EXTENSION] = "create extension",
    [OPERATION_RENAME_ENUM] = "rename enum",
    [OPERATION_CREATE_ENUM] = "create enum",
    [OPERATION_RENAME_VALUE] = "rename value",
    [OPERATION_ADD_VALUE] = "add value",
    [OPERATION_RENAME_TABLE] = "rename table",
    [OPERATION_RENAME_COLUMN] = "rename column",
    [OPERATION_DROP_FOREIGN_KEY] = "drop foreign key",
    [OPERATION_DROP_CONSTRAINT] = "drop constraint",
    [OPERATION_DROP_INDEX] = "drop index",
    [OPERATION_RENAME_CONSTRAINT] = "rename constraint",
    [OPERATION_RENAME_INDEX] = "rename index",
    [OPERATION_REBUILD_ENUM] = "rebuild enum",
    [OPERATION_CREATE_TABLE] = "create table",
    [OPERATION_ADD_COLUMN] = "add column",
    [OPERATION_DROP_IDENTITY] = "drop identity",
    [OPERATION_CHANGE_TYPE] = "change type",
    [OPERATION_CHANGE_DEFAULT] = "change default",
    [OPERATION_SET_REQUIRED] = "set required",
    [OPERATION_DROP_REQUIRED] = "drop required",
    [OPERATION_CHANGE_IDENTITY] = "change identity",
    [OPERATION_ADD_CONSTRAINT] = "add constraint",
    [OPERATION_ADD_FOREIGN_KEY] = "add foreign key",
    [OPERATION_VALIDATE_CONSTRAINT] = "validate constraint",
    [OPERATION_CREATE_INDEX] = "create index",
    [OPERATION_CHANGE_COMMENT] = "change comment",
    [OPERATION_DROP_COLUMN] = "drop column",
    [OPERATION_DROP_TABLE] = "drop table",
    [OPERATION_DROP_ENUM] = "drop enum",
};

const char *operation_kind_name(enum operation_kind kind)
{
    return kind_names[kind];
}

static const char *constraint_words(const struct catalog_constraint *constraint)
{
    switch (constraint->kind) {
    case 'p':
        return "primary key";
    case 'u':
        return "unique key";
    case 'f':
        return "foreign key";
    case 'c':
        return "check";
    default:
        return "exclusion";
    }
}

static const char *default_words(const void *context, const struct operation *operation)
{
    const struct catalog_column *from = operation->from_column, *to = operation->to_column;
    if (from->generated && !to->generated)
        return memory_printf(context, "stop generating %s.%s", operation->table, operation->name);
    if (!to->default_sql)
        return memory_printf(context, "drop default of %s.%s", operation->table, operation->name);
    return memory_printf(context, "set default of %s.%s to %s", operation->table, operation->name, to->default_sql);
}

static const char *identity_words(const void *context, const struct operation *operation)
{
    const bool always = operation->to_column->identity == 'a';
    return memory_printf(context, "generate %s.%s %s as identity", operation->table, operation->name,
                         always ? "always" : "by default");
}

static bool has_value(const struct catalog_enum *type, const char *name)
{
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(type->values[i].name, name) == 0 || (type->values[i].was && strcmp(type->values[i].was, name) == 0))
            return true;
    return false;
}

static const char *rebuild_words(const void *context, const struct operation *operation)
{
    struct text *text = text_new(context);
    const char *separator = " without";
    text_addf(text, "rebuild enum %s", operation->name);
    for (size_t i = 0; i < operation->from_enum->count; i++) {
        const struct catalog_value *value = &operation->from_enum->values[i];
        if (has_value(operation->to_enum, value->name) || (value->was && has_value(operation->to_enum, value->was)))
            continue;
        text_addf(text, "%s '%s'", separator, value->name);
        separator = ",";
    }
    if (*separator == ' ')
        text_add(text, " in another order");
    return text->data;
}

static const char *comment_words(const void *context, const struct operation *operation)
{
    const struct catalog_column *column = operation->to_column;
    const char *verb = (column ? column->comment : operation->to_table->comment) ? "set" : "drop";
    if (!column)
        return memory_printf(context, "%s comment of %s", verb, operation->table);
    return memory_printf(context, "%s comment of %s.%s", verb, operation->table, operation->name);
}

static const char *enum_words(const void *context, const struct operation *operation)
{
    const char *kind = kind_names[operation->kind];
    switch (operation->kind) {
    case OPERATION_RENAME_ENUM:
        return memory_printf(context, "%s %s to %s", kind, operation->old_name, operation->name);
    case OPERATION_RENAME_VALUE:
        return memory_printf(context, "%s '%s' of enum %s to '%s'", kind, operation->old_name,
                             operation->to_enum->name, operation->name);
    case OPERATION_ADD_VALUE:
        return memory_printf(context, "%s '%s' to enum %s", kind, operation->name, operation->to_enum->name);
    case OPERATION_REBUILD_ENUM:
        return rebuild_words(context, operation);
    default:
        return memory_printf(context, "%s %s", kind, operation->name);
    }
}

static const char *constraint_operation_words(const void *context, const struct operation *operation)
{
    const struct catalog_constraint *from = operation->from_constraint, *to = operation->to_constraint;
    const char *what = constraint_words(from ? from : to);
    switch (operation->kind) {
    case OPERATION_RENAME_CONSTRAINT:
        return memory_printf(context, "rename %s %s of %s to %s", what, operation->old_name, operation->table,
                             operation->name);
    case OPERATION_VALIDATE_CONSTRAINT:
        return memory_printf(context, "validate %s %s of %s", what, operation->name, operation->table);
    case OPERATION_ADD_CONSTRAINT:
    case OPERATION_ADD_FOREIGN_KEY:
        return memory_printf(context, "add %s %s to %s", what, operation->name, operation->table);
    default:
        return memory_printf(context, "drop %s %s of %s", what, operation->name, operation->table);
    }
}

static const char *index_words(const void *context, const struct operation *operation)
{
    const char *kind = kind_names[operation->kind];
    if (operation->kind == OPERATION_RENAME_INDEX)
        return memory_printf(context, "%s %s of %s to %s", kind, operation->old_name, operation->table,
                             operation->name);
    if (operation->kind == OPERATION_DROP_INDEX)
        return memory_printf(context, "%s %s of %s", kind, operation->name, operation->table);
    return memory_printf(context, "%s%s %s on %s%s", operation->to_index->unique ? "create unique" : "create",
                         " index", operation->name, operation->table,
                         operation->from_index ? ", as the one there is invalid" : "");
}

static const char *column_words(const void *context, const struct operation *operation)
{
    const char *kind = kind_names[operation->kind], *table = operation->table, *name = operation->name;
    switch (operation->kind) {
    case OPERATION_RENAME_COLUMN:
        return memory_printf(context, "%s %s.%s to %s", kind, table, operation->old_name, name);
    case OPERATION_CHANGE_TYPE:
        return memory_printf(context, "change type of %s.%s from %s to %s", table, name, operation->from_column->type,
                             operation->to_column->type);
    case OPERATION_CHANGE_DEFAULT:
        return default_words(context, operation);
    case OPERATION_CHANGE_IDENTITY:
        return identity_words(context, operation);
    case OPERATION_DROP_IDENTITY:
        return memory_printf(context, "drop identity of %s.%s", table, name);
    case OPERATION_SET_REQUIRED:
        return memory_printf(context, "require %s.%s", table, name);
    case OPERATION_DROP_REQUIRED:
        return memory_printf(context, "no longer require %s.%s", table, name);
    default:
        return memory_printf(context, "%s %s.%s", kind, table, name);
    }
}

bool operation_is_surplus(const struct operation *operation)
{
    return operation->kind == OPERATION_DROP_COLUMN || operation->kind == OPERATION_DROP_TABLE ||
           operation->kind == OPERATION_DROP_ENUM || operation->kind == OPERATION_DROP_INDEX;
}

const char *operation_words(const void *context, const struct operation *operation)
{
    if (operation->kind == OPERATION_CHANGE_COMMENT)
        return comment_words(context, operation);
    if (operation->kind == OPERATION_RENAME_TABLE)
        return memory_printf(context, "rename table %s to %s", operation->old_name, operation->name);
    if (!operation->table || operation->kind == OPERATION_CREATE_TABLE || operation->kind == OPERATION_DROP_TABLE)
        return enum_words(context, operation);
    if (operation->from_constraint || operation->to_constraint)
        return constraint_operation_words(context, operation);
    if (operation->from_index || operation->to_index)
        return index_words(context, operation);
    return column_words(context, operation);
}
