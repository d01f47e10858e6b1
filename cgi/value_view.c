/* One stored value as the names of value.tpl. */
#include "value_view.h"

#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/value.h"
#include "form.h"
#include "words.h"

#define CELL_MAX 120

bool value_view_is_number(const struct field *field)
{
    return field->type == FIELD_INTEGER || field->type == FIELD_DECIMAL || field->type == FIELD_FLOAT
           || field->type == FIELD_IDENTITY;
}

const char *value_view_href(const void *context, const struct model *model, const char *id)
{
    return memory_printf(context, "/%s/%s", model->path, form_encode(context, id));
}

/* The beginning of a long text, cut between characters. */
static const char *cut(const void *context, const char *text)
{
    size_t length = strlen(text);
    if (length <= CELL_MAX)
        return text;
    length = CELL_MAX;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--;
    return memory_printf(context, "%.*s…", (int)length, text);
}

static void fill_reference(const void *context, struct view *view, const struct field *field, const struct query *rows,
                           int row, const char *id)
{
    const char *column = memory_printf(context, "%s@title", field->name);
    const bool hidden = query_column(rows, column) >= 0 && !query_field(rows, row, column);
    const char *title = hidden ? "Hidden" : query_field(rows, row, column);
    view_set(view, T_TEXT, title ? title : id);
    if (!field->target->internal && !hidden)
        view_set(view, T_HREF, value_view_href(context, field->target, id));
}

static void fill_time(const void *context, struct view *view, const struct field *field, const char *value)
{
    bool date = field->type == FIELD_DATE;
    /* "infinity", years before Christ and beyond 9999 are no valid time of HTML (2.3.5). */
    if (value[0] < '0' || value[0] > '9' || value[4] != '-' || strstr(value, "BC")) {
        view_set(view, T_TEXT, value);
        return;
    }
    view_set(view, T_TIME, date ? value : words_time(context, value));
    view_set(view, T_DATETIME, date ? value : words_datetime(context, value));
}

static void fill_file(const void *context, struct view *view, const struct field *field, const struct query *rows,
                      int row)
{
    const struct file_columns *file = field->file;
    bool named = file && file->name && query_column(rows, file->name) >= 0;
    const char *name = named ? query_field(rows, row, file->name) : field->label;
    bool sized = file && file->size && query_column(rows, file->size) >= 0;
    view_set(view, T_FILE, name ? name : field->label);
    view_set(view, T_HREF, memory_printf(context, "%s/file/%s",
                                         value_view_href(context, field->model, query_field(rows, row, "@id")),
                                         field->name));
    if (sized && query_field(rows, row, file->size))
        view_set(view, T_SIZE, value_size(context, query_number(rows, row, file->size)));
}

static void fill_bytes(const void *context, struct view *view, const struct field *field, const struct query *rows,
                       int row)
{
    fill_file(context, view, field, rows, row);
    view_set(view, T_SIZE, value_size(context, query_number(rows, row, field->name)));
}

static void fill_text(const void *context, struct view *view, const struct field *field, const char *value, bool cell)
{
    bool lines = field->type == FIELD_LONG_TEXT || field->type == FIELD_JSON;
    if (cell || !lines)
        view_set(view, field->type == FIELD_EMAIL && !cell ? T_EMAIL : T_TEXT, cell ? cut(context, value) : value);
    else
        view_set(view, field->type == FIELD_JSON ? T_CODE : T_LINES, value);
}

void value_view_fill(const void *context, struct view *view, const struct field *field, const struct query *rows,
                     int row, bool cell)
{
    const char *value = query_field(rows, row, field->name);
    if (!value || !*value || (field->type == FIELD_FILE && *value != 't')) {
        view_show(view, T_EMPTY);
        return;
    }
    switch (field->type) {
    case FIELD_FILE:
        fill_file(context, view, field, rows, row);
        break;
    case FIELD_REFERENCE:
        fill_reference(context, view, field, rows, row, value);
        break;
    case FIELD_BOOLEAN:
        view_show(view, *value == 't' ? T_TRUE : T_FALSE);
        break;
    case FIELD_CHOICE:
        view_set(view, T_BADGE, value_for_page(context, field, value));
        view_set(view, T_TONE, "muted");
        break;
    case FIELD_DATE:
    case FIELD_TIMESTAMP:
        fill_time(context, view, field, value);
        break;
    case FIELD_BYTES:
        fill_bytes(context, view, field, rows, row);
        break;
    default:
        fill_text(context, view, field, value, cell);
    }
}
