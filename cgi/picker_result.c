/* What tells two records with the same title apart. */
#include "picker_result.h"

#include <string.h>

#include "../db/memory.h"
#include "../db/value.h"

static const char *text_of(const void *context, const struct list *list, const struct field *field, int row)
{
    if (field->type == FIELD_REFERENCE)
        return query_field(list->rows, row, memory_printf(context, "%s@title", field->name));
    if (field->type == FIELD_BOOLEAN || field->type == FIELD_BYTES)
        return NULL;
    return value_for_page(context, field, query_field(list->rows, row, field->name));
}

const char *picker_result_detail(const void *context, const struct list *list, int row)
{
    const char *detail = NULL;
    int count = 0;
    for (size_t i = 0; i < list->model->field_count && count < 2; i++) {
        const struct field *field = &list->model->fields[i];
        if (!field_on(field, ON_LIST) || !field_has_column(field) || field->secret || field == list->model->title_field)
            continue;
        const char *text = text_of(context, list, field, row);
        if (!text || !*text)
            continue;
        detail = detail ? memory_printf(context, "%s · %s", detail, text) : text;
        count++;
    }
    return detail;
}
