/* A page of a list as table.tpl. */
#include "table_view.h"

#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "value_view.h"

struct table {
    const void *context;
    struct view *view;
    const struct list *list;
    table_sort_href sort_href;
    void *about;
};

/* A reference that leads back to the page it is shown on says nothing new. */
static bool has_column(const struct list *list, const struct field *field)
{
    return field_on(field, ON_LIST) && field_has_column(field) && !field->secret && field != list->model->title_field
           && field != list->outer;
}

static void add_column(const struct table *table, const struct field *field)
{
    const struct list *list = table->list;
    struct view *column = view_add(table->view, T_COLUMN);
    view_set(column, T_LABEL, field->label);
    view_show_if(column, T_NUMBER, value_view_is_number(field) && field != list->model->title_field);
    if (!table->sort_href || !field_sortable(field))
        return;
    bool sorted = list->sort == field;
    const char *minus = sorted && !list->descending ? "-" : "";
    view_set(column, T_SORT_HREF,
             table->sort_href(table->about, memory_printf(table->context, "%s%s", minus, field->name)));
    if (sorted)
        view_set(column, T_SORTED, list->descending ? "descending" : "ascending");
}

static void add_row(const struct table *table, int row)
{
    const struct list *list = table->list;
    struct view *view = view_add(table->view, T_ROW);
    struct view *cell = view_add(view, T_CELL);
    view_show(cell, T_HEADER);
    view_set(cell, T_TEXT, query_field(list->rows, row, "@title"));
    view_set(cell, T_HREF, value_view_href(table->context, list->model, query_field(list->rows, row, "@id")));
    for (size_t i = 0; i < list->model->field_count; i++) {
        const struct field *field = &list->model->fields[i];
        if (!has_column(list, field))
            continue;
        cell = view_add(view, T_CELL);
        view_show_if(cell, T_NUMBER, value_view_is_number(field));
        value_view_fill(table->context, cell, field, list->rows, row, true);
    }
}

void table_view_fill(const void *context, struct view *view, const struct list *list, const char *caption,
                     table_sort_href sort_href, void *about)
{
    const struct table table = { context, view, list, sort_href, about };
    view_set(view, T_CAPTION, caption);
    add_column(&table, list->model->title_field);
    for (size_t i = 0; i < list->model->field_count; i++)
        if (has_column(list, &list->model->fields[i]))
            add_column(&table, &list->model->fields[i]);
    for (int position = 0; position < list->row_count; position++)
        add_row(&table, list_row(list, position));
}
