/* From rows to JSON. */
#include "api_value.h"

#include <string.h>

#include "../db/memory.h"

static void add_raw(struct text *json, const char *value)
{
    text_add(json, value ? value : "null");
}

/* A key, as a number where it is one. */
static void add_key(struct text *json, const struct model *model, const char *key)
{
    const enum field_type type = model->primary_key->type;
    if (type == FIELD_UUID || type == FIELD_TEXT)
        text_add_json(json, key);
    else
        add_raw(json, key);
}

void api_value_name(struct text *json, const struct model *model, const struct query *rows, int row)
{
    text_add(json, "\"id\":");
    add_key(json, model, query_field(rows, row, "@id"));
    text_add(json, ",\"title\":");
    text_add_json(json, query_field(rows, row, "@title"));
}

/* One that the key does not open says only that it is there. */
static void add_reference(struct text *json, const struct field *field, const struct query *rows, int row)
{
    const char *key = query_field(rows, row, field->name);
    const char *title = query_field(rows, row, memory_printf(json, "%s@title", field->name));
    if (!key) {
        text_add(json, "null");
    } else if (!title) {
        text_add(json, "{\"hidden\":true}");
    } else {
        text_add(json, "{\"id\":");
        add_key(json, field->target, key);
        text_add(json, ",\"title\":");
        text_add_json(json, title);
        text_add_char(json, '}');
    }
}

/* "2026-01-02 03:04:05.678+00" becomes "2026-01-02T03:04:05.678+00:00" (RFC 3339); "infinity" and years before Christ have
 * no such form, and stay. */
static void add_time(struct text *json, const char *value)
{
    if (!value || value[0] < '0' || value[0] > '9' || strlen(value) < 19 || value[10] != ' ' || strstr(value, "BC")) {
        text_add_json(json, value);
        return;
    }
    char *time = memory_copy(json, value);
    time[10] = 'T';
    const char *zone = strpbrk(time + 19, "+-");
    text_add_json(json, memory_printf(json, "%s%s", time, zone && strlen(zone) == 3 ? ":00" : ""));
}

static void add_value(struct text *json, const struct field *field, const struct query *rows, int row)
{
    const char *value = query_field(rows, row, field->name);
    switch (field->type) {
    case FIELD_REFERENCE:
        add_reference(json, field, rows, row);
        break;
    case FIELD_IDENTITY:
    case FIELD_INTEGER:
    case FIELD_BYTES: /* how many */
    case FIELD_JSON:
        add_raw(json, value);
        break;
    case FIELD_BOOLEAN:
    case FIELD_FILE: /* whether there is one */
        add_raw(json, !value ? NULL : *value == 't' ? "true" : "false");
        break;
    case FIELD_TIMESTAMP:
        add_time(json, value);
        break;
    case FIELD_FLOAT:
        if (value && strpbrk(value, "Nn")) { /* NaN and Infinity are no numbers of JSON */
            text_add_json(json, value);
            break;
        }
        add_raw(json, value);
        break;
    default: /* decimals, too: a number of JSON would be read as a binary fraction */
        text_add_json(json, value);
    }
}

void api_value_fields(struct text *json, const struct model *model, unsigned faces, const struct query *rows, int row)
{
    for (size_t i = 0; i < model->field_count; i++) {
        const struct field *field = &model->fields[i];
        if (!field_on(field, faces) || field->secret || field->own || field == model->primary_key)
            continue;
        text_add_char(json, ',');
        text_add_json(json, field->name);
        text_add_char(json, ':');
        add_value(json, field, rows, row);
    }
}
