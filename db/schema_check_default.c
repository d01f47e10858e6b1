/* Defaults that the field itself would refuse. What is more than a literal only PostgreSQL can judge. */
#include "schema_check_parts.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* The value inside 'it''s' or 'open'::team_state; NULL when the default is anything else. */
static const char *literal(const void *context, const char *sql)
{
    size_t length = 0;
    sql += strspn(sql, " \t\n");
    if (*sql != '\'')
        return NULL;
    char *value = memory_copy(context, sql);
    for (sql++; *sql; sql++) {
        if (*sql == '\'' && *++sql != '\'')
            break;
        value[length++] = *sql;
    }
    value[length] = '\0';
    sql += strspn(sql, " \t\n");
    return *sql == '\0' || strncmp(sql, "::", 2) == 0 ? value : NULL;
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static struct error *check_number(const void *context, const struct field *field, const char *sql)
{
    char *end;
    const double value = strtod(sql, &end);
    if (end == sql || *end)
        return NULL;
    if ((field->minimum && value < strtod(field->minimum, NULL)) ||
        (field->maximum && value > strtod(field->maximum, NULL)))
        REFUSE(AT_FIELD(field, "default_sql"), "its default %s is outside of .minimum and .maximum", sql);
    return NULL;
}

struct error *schema_check_default(const void *context, const struct field *field)
{
    const struct place place = AT_FIELD(field, "default_sql");
    if (!field->default_sql)
        return NULL;
    const char *value = literal(context, field->default_sql);
    if (field->type == FIELD_CHOICE && value && !field_choice(field, value))
        REFUSE(place, "its default '%s' is none of its choices: correct one of them", value);
    if (field->type == FIELD_IDENTITY && strncmp(field->default_sql, "nextval(", 8) != 0)
        REFUSE(place, "a FIELD_IDENTITY is numbered by PostgreSQL: remove its default");
    if ((field->type == FIELD_TEXT || field->type == FIELD_EMAIL || field->type == FIELD_LONG_TEXT) &&
        value && field->max_length > 0 && characters(value) > (size_t)field->max_length)
        REFUSE(place, "its default '%s' is longer than .max_length %d", value, field->max_length);
    if (field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL || field->type == FIELD_FLOAT)
        return check_number(context, field, value ? value : field->default_sql);
    return NULL;
}
