/* Choosing the record that a list is filtered by, and the options of a combobox as JSON. */
#include <names.h>
#include <string.h>

#include "../db/list.h"
#include "../db/memory.h"
#include "../db/text.h"
#include "address.h"
#include "form_input.h"
#include "handlers.h"
#include "list_input.h"
#include "page.h"
#include "picker_result.h"
#include "words.h"

static const char *const own_names[] = { "_q", "_after", "_before", NULL };

static const char *list_path(const struct request *request)
{
    return memory_printf(request, "/%s/", request->model->path);
}

static void fill_results(struct page *page, const struct list *list, const struct list_filter *filter)
{
    struct request *request = page->request;
    const char *chosen = form_get(request->query, request->part);
    for (int position = 0; position < list->row_count; position++) {
        int row = list_row(list, position);
        const char *id = query_field(list->rows, row, "@id");
        struct view *result = view_add(page->main, T_RESULT);
        view_set(result, T_LABEL, query_field(list->rows, row, "@title"));
        view_set(result, T_DETAIL, picker_result_detail(request, list, row));
        view_set(result, T_HREF, address_change(request, list_path(request), own_names,
                                                filter->field ? filter->field->name : filter->link->name, id));
        view_show_if(result, T_CHOSEN, chosen && strcmp(chosen, id) == 0);
    }
    if (list->has_next)
        view_set(page->main, T_NEXT_HREF,
                 address_change(request, request->path, own_names, "_after", list_last_cursor(request, list)));
    if (list->has_previous && list_first_cursor(request, list))
        view_set(page->main, T_PREVIOUS_HREF,
                 address_change(request, request->path, own_names, "_before", list_first_cursor(request, list)));
}

static void fill_hidden(struct page *page)
{
    const struct form *query = page->request->query;
    for (size_t i = 0; i < query->value_count; i++)
        if (query->values[i].name[0] != '_')
            form_input_hide(page->main, query->values[i].name, query->values[i].value);
}

static struct error *render(struct request *request, const struct list *list, const struct list_filter *filter)
{
    struct page *page = page_new(request, TPL_PICKER);
    const char *label = filter->field ? filter->field->label : filter->link->label;
    const char *heading =
        memory_printf(request, "%s: filter by %s", words_capital(request, request->model->plural), label);
    view_set(page->main, T_HEADING, heading);
    view_show(page->main, T_GET);
    view_set(page->main, T_ACTION, request->path);
    fill_hidden(page);
    view_set(page->main, T_BACK_HREF, address_change(request, list_path(request), own_names, NULL, NULL));
    view_set(page->main, T_Q, list->search);
    view_set(page->main, T_SEARCH_HINT, list_input_search_hint(request, list->model));
    fill_results(page, list, filter);
    /* Told apart in the title, as history and tabs show it (WCAG 2.4.2). */
    return page_send(page, 200, list->search ? memory_printf(request, "%s, Search: %s", heading, list->search) : heading);
}

struct error *picker_page(struct request *request)
{
    const struct list *filtered = list_new(request, request->model, 1);
    const struct list_filter *filter = list_filter(filtered, request->part);
    const struct model *target = !filter ? NULL : filter->link ? filter->link->target_model : filter->field->target;
    if (!target)
        return error_new(request, ERROR_NOT_FOUND, "%s have no relation '%s'", request->model->plural, request->part);
    struct list *list = list_new(request, target, PICKER_ROWS);
    list->search = list_input_search(request, form_get(request->query, "_q"));
    TRY(list_set_cursor(list, form_get(request->query, "_after"), form_get(request->query, "_before")));
    list_queue(request->db, list, false);
    TRY(page_run(request));
    TRY(list_load(request->db, list));
    return render(request, list, filter);
}

static const char *options_json(const struct request *request, const struct list *list)
{
    struct text *json = text_new(request);
    text_add(json, "{\"options\":[");
    for (int position = 0; position < list->row_count; position++) {
        int row = list_row(list, position);
        text_add(json, position ? ",{\"value\":" : "{\"value\":");
        text_add_json(json, query_field(list->rows, row, "@id"));
        text_add(json, ",\"label\":");
        text_add_json(json, query_field(list->rows, row, "@title"));
        text_add(json, ",\"detail\":");
        text_add_json(json, picker_result_detail(request, list, row));
        text_add_char(json, '}');
    }
    text_addf(json, "],\"more\":%s}", list->has_next ? "true" : "false");
    return json->data;
}

/* _for=members.team_id: for that field of a new record, only what the person may add one to. */
static struct error *read_adding(const struct request *request, struct list *list)
{
    const char *adding = form_get(request->query, "_for");
    if (!adding)
        return NULL;
    const size_t path = strcspn(adding, ".");
    const struct model *model = schema_by_path(request->site->schema, memory_copy_length(request, adding, path));
    const struct field *field = model && adding[path] ? model_field(model, adding + path + 1) : NULL;
    if (!field || field->target != list->model)
        return error_new(request, ERROR_BAD_REQUEST, "'%s' is no field that leads to %s", adding, list->model->plural);
    list->adding = field;
    return NULL;
}

/* GET /members/options?q=an&team_id=3: the search, and any filter of the list. */
struct error *picker_options(struct request *request)
{
    struct list *list = list_new(request, request->model, PICKER_ROWS);
    TRY(read_adding(request, list));
    TRY(list_input_read(request, list));
    list_queue(request->db, list, false);
    TRY(page_run(request));
    TRY(list_load(request->db, list));
    const char *json = options_json(request, list);
    response_header(request->response, "Cache-Control", "no-store");
    response_body(request->response, "application/json", json, strlen(json));
    return NULL;
}
