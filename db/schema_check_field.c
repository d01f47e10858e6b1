/* What a field may say of itself, by its type. */
#include "schema_check_parts.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static bool is_number(enum field_type type)
{
    return type == FIELD_INTEGER || type == FIELD_DECIMAL || type == FIELD_FLOAT;
}

static bool is_text(enum field_type type)
{
    return type == FIELD_TEXT || type == FIELD_LONG_TEXT || type == FIELD_EMAIL;
}

static struct error *check_choices(const void *context, const struct field *field)
{
    if (field->type != FIELD_CHOICE) {
        if (field->choices)
            REFUSE(AT_FIELD(field, "choices"),
                   "it has choices but is no FIELD_CHOICE: change its type or remove them");
        return NULL;
    }
    if (!field->choices || !field->choices[0].value)
        REFUSE(AT_FIELD(field, "choices"), "it is a FIELD_CHOICE without choices: list at least one");
    for (const struct choice *choice = field->choices; choice->value; choice++) {
        if (strlen(choice->value) == 0 || strlen(choice->value) > 63)
            REFUSE(AT_CHOICE(field, choice->value), "a choice has 1 to 63 bytes, unlike '%s'", choice->value);
        if (field_choice(field, choice->value) != choice)
            REFUSE(AT_CHOICE(field, choice->value), "choice '%s' is listed twice: remove one", choice->value);
    }
    return NULL;
}

/* As SQL writes it, too: strtod also takes inf and 0x10. */
static struct error *check_number(const void *context, const struct field *field, const char *what,
                                  const char *text)
{
    char *end = NULL;
    if (!text)
        return NULL;
    strtod(text, &end);
    if (!*text || *end || text[strspn(text, "+-.0123456789eE")])
        REFUSE(AT_FIELD(field, what), ".%s is '%s', which is no number", what, text);
    return NULL;
}

static struct error *check_range(const void *context, const struct field *field)
{
    if ((field->minimum || field->maximum) && !is_number(field->type))
        REFUSE(AT_FIELD(field, field->minimum ? "minimum" : "maximum"),
               ".minimum and .maximum are for numbers");
    TRY(check_number(context, field, "minimum", field->minimum));
    TRY(check_number(context, field, "maximum", field->maximum));
    if (field->minimum && field->maximum && strtod(field->minimum, NULL) > strtod(field->maximum, NULL))
        REFUSE(AT_FIELD(field, "minimum"), ".minimum %s is above .maximum %s", field->minimum,
               field->maximum);
    if (field->type == FIELD_DECIMAL && !field->sql_type &&
        (field->precision < 1 || field->precision > 1000 || field->scale < 0 ||
         field->scale > field->precision))
        REFUSE(AT_FIELD(field, "precision"),
               "a FIELD_DECIMAL needs .precision from 1 to 1000 and .scale from 0 to it");
    if (field->type != FIELD_DECIMAL && (field->precision || field->scale))
        REFUSE(AT_FIELD(field, field->precision ? "precision" : "scale"),
               ".precision and .scale are for a FIELD_DECIMAL");
    return NULL;
}

static struct error *check_length(const void *context, const struct field *field)
{
    const char *setting = field->min_length ? "min_length" : "max_length";
    if ((field->min_length || field->max_length) && !is_text(field->type) && field->type != FIELD_BYTES)
        REFUSE(AT_FIELD(field, setting), ".min_length and .max_length are for text and FIELD_BYTES");
    if (field->min_length < 0 || field->max_length < 0 || field->max_length > 10485760 ||
        (field->max_length && field->min_length > field->max_length))
        REFUSE(AT_FIELD(field, setting),
               ".min_length and .max_length must be 0 to 10485760, the first not above the "
               "second");
    if (!field->pattern)
        return NULL;
    regex_t expression;
    if (!is_text(field->type))
        REFUSE(AT_FIELD(field, "pattern"), "only text can have a .pattern");
    if (regcomp(&expression, field->pattern, REG_EXTENDED | REG_NOSUB) != 0)
        REFUSE(AT_FIELD(field, "pattern"), ".pattern '%s' is no regular expression", field->pattern);
    regfree(&expression);
    return NULL;
}

static struct error *check_key_field(const void *context, const struct field *field)
{
    const struct field *kept = field->short_field ? model_field(field->model, field->short_field) : NULL;
    if (field->short_field && field->type != FIELD_KEY)
        REFUSE(AT_FIELD(field, "short_field"), "only a FIELD_KEY has a .short_field");
    if (field->short_field && !kept)
        REFUSE(AT_FIELD(field, "short_field"), ".short_field '%s' is no field of '%s'", field->short_field,
               field->model->table);
    if (kept && kept->type != FIELD_TEXT)
        REFUSE(AT_FIELD(field, "short_field"), ".short_field '%s' must be a FIELD_TEXT", field->short_field);
    return NULL;
}

static struct error *check_moment_of_key(const void *context, const struct field *field, const char *setting, const char *name)
{
    const struct field *moment = name ? model_field(field->model, name) : NULL;
    if (name && field->type != FIELD_KEY)
        REFUSE(AT_FIELD(field, setting), "only a FIELD_KEY has .%s", setting);
    if (name && (!moment || moment->type != FIELD_TIMESTAMP))
        REFUSE(AT_FIELD(field, setting), ".%s '%s' must be a FIELD_TIMESTAMP of '%s'", setting, name, field->model->table);
    return NULL;
}

/* Whoever sends a key is looked for while nobody is known yet, and its use is written down. */
static struct error *check_opens(const void *context, const struct field *field)
{
    const struct model *model = field->model;
    const struct field *opened = field->opens ? model_field(model, field->opens) : NULL;
    const unsigned before = MAY_READ | MAY_CHANGE;
    TRY(check_moment_of_key(context, field, "expires", field->expires));
    TRY(check_moment_of_key(context, field, "used", field->used));
    if (!field->opens)
        return NULL;
    if (field->type != FIELD_KEY || !field->unique)
        REFUSE(AT_FIELD(field, "opens"), "only a FIELD_KEY that is .unique has .opens");
    if (!opened || opened->type != FIELD_REFERENCE || !opened->required)
        REFUSE(AT_FIELD(field, "opens"), ".opens '%s' must be a .required FIELD_REFERENCE of '%s'", field->opens, model->table);
    if (model->access && (!model->before_sign_in || (model->access->may & before) != before))
        REFUSE(AT_FIELD(field, "opens"), "the model of a key that opens something is .before_sign_in, and its first rule"
                                         " has MAY_READ and MAY_CHANGE");
    return NULL;
}

static struct error *check_file_column(const void *context, const struct field *field, const char *name,
                                       enum field_type type, const char *type_name)
{
    const struct field *column = name ? model_field(field->model, name) : NULL;
    if (name && !column)
        REFUSE(AT_FIELD(field, "file"), ".file names '%s', which is no field of '%s'", name,
               field->model->table);
    if (column && column->type != type)
        REFUSE(AT_FIELD(field, "file"), ".file names '%s', which must be a %s", name, type_name);
    return NULL;
}

static struct error *check_file(const void *context, const struct field *field)
{
    const struct file_columns *file = field->file;
    if (file && field->type != FIELD_FILE)
        REFUSE(AT_FIELD(field, "file"), "only a FIELD_FILE has a .file");
    if (field->type != FIELD_FILE)
        return NULL;
    if (!file)
        REFUSE(AT_FIELD(field, NULL), "it is a FIELD_FILE: say in .file which fields keep its name and size");
    if (field->unique || field->indexed || field->default_sql || field->sql_type)
        REFUSE(AT_FIELD(field, NULL),
               "a FIELD_FILE has no column, so it cannot be .unique or .indexed or have a default");
    TRY(check_file_column(context, field, file->name, FIELD_TEXT, "FIELD_TEXT"));
    TRY(check_file_column(context, field, file->content_type, FIELD_TEXT, "FIELD_TEXT"));
    TRY(check_file_column(context, field, file->size, FIELD_INTEGER, "FIELD_INTEGER"));
    TRY(check_file_column(context, field, file->sha256, FIELD_TEXT, "FIELD_TEXT"));
    TRY(check_file_column(context, field, file->modified, FIELD_TIMESTAMP, "FIELD_TIMESTAMP"));
    TRY(check_file_column(context, field, file->status, FIELD_CHOICE, "FIELD_CHOICE"));
    if (file->status &&
        (!file->status_value || !field_choice(model_field(field->model, file->status), file->status_value)))
        REFUSE(AT_FIELD(field, "file"), ".status_value '%s' is no choice of '%s'",
               file->status_value ? file->status_value : "", file->status);
    return NULL;
}

struct error *schema_check_field(const void *context, const struct field *field)
{
    if (field->type < FIELD_TEXT || field->type > FIELD_FILE)
        REFUSE(AT_FIELD(field, "type"), "it has no type: give it one of model.h's FIELD_ values");
    TRY(check_choices(context, field));
    TRY(check_range(context, field));
    TRY(check_length(context, field));
    TRY(schema_check_reference(context, field));
    if (field->own && (field->searched || field->indexed || field->unique || field == field->model->title_field))
        REFUSE(AT_FIELD(field, "own"), "what is .own is found and sorted by nobody else: it cannot be .searched, .indexed, "
                                       ".unique or the title");
    if (field->own && (field->type == FIELD_REFERENCE || field->type == FIELD_FILE))
        REFUSE(AT_FIELD(field, "own"), "only a plain value can be .own, no reference and no file");
    if (field->searched && !is_text(field->type))
        REFUSE(AT_FIELD(field, "searched"), "only text can be .searched");
    if (field->ignore_case && field->type != FIELD_TEXT && field->type != FIELD_EMAIL)
        REFUSE(AT_FIELD(field, "ignore_case"), "only one-line text can .ignore_case");
    if (field->type == FIELD_IDENTITY && field != field->model->primary_key)
        REFUSE(AT_FIELD(field, "type"),
               "a FIELD_IDENTITY is the primary key: call it 'id', or name it in the model's .key");
    TRY(check_key_field(context, field));
    TRY(check_opens(context, field));
    TRY(check_file(context, field));
    return schema_check_default(context, field);
}
