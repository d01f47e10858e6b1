/* The list of a model's records. Everything it shows stands in its address, so that a list can be kept as a bookmark. */
#include <names.h>
#include <string.h>

#include "../db/access.h"
#include "../db/list.h"
#include "../db/memory.h"
#include "../db/value.h"
#include "address.h"
#include "handlers.h"
#include "list_input.h"
#include "page.h"
#include "table_view.h"
#include "words.h"

/* So much of a title says where a page begins and ends. */
#define RANGE_CHARACTERS 24

/* A changed filter or sort order begins at the first page again. */
static const char *const pages[] = { "after", "before", "last", NULL };
static const char *const pages_and_search[] = { "after", "before", "last", "q", NULL };

static const char *own_path(const struct request *request)
{
    return memory_printf(request, "/%s/", request->model->path);
}

static const char *sort_href(void *about, const char *sort)
{
    const struct request *request = about;
    return address_change(request, own_path(request), pages, "sort", sort);
}

static const char *page_href(const struct request *request, const char *name, const char *value)
{
    return address_change(request, own_path(request), pages, name, value);
}

/* The list as it is, less one filter. */
static const char *without_filter(const struct request *request, const char *name)
{
    const char *const names[] = { "after", "before", "last", name, memory_printf(request, "%s.from", name),
                                  memory_printf(request, "%s.to", name), NULL };
    return address_change(request, own_path(request), names, NULL, NULL);
}

/* The list with its sort order and nothing else. */
static const char *cleared(const struct request *request)
{
    const char *sort = form_get(request->query, "sort");
    if (!sort || !*sort)
        return own_path(request);
    return memory_printf(request, "%s?sort=%s", own_path(request), form_encode(request, sort));
}

static void add_option(struct view *select, const char *value, const char *label, bool selected)
{
    struct view *option = view_add(select, T_OPTION);
    view_set(option, T_VALUE, value);
    view_set(option, T_LABEL, label);
    view_show_if(option, T_SELECTED, selected);
}

static void fill_select(struct view *view, const struct list_filter *filter)
{
    struct view *select = view;
    view_show(select, T_SELECT);
    const char *value = filter->value ? filter->value : "";
    add_option(select, "", "Any", !*value);
    for (const struct choice *choice = filter->field->choices; choice && choice->value; choice++)
        add_option(select, choice->value, choice->label, strcmp(choice->value, value) == 0);
    if (filter->field->type == FIELD_BOOLEAN) {
        add_option(select, "true", "Yes", strcmp(value, "true") == 0);
        add_option(select, "false", "No", strcmp(value, "false") == 0);
    }
}

static void fill_dates(struct request *request, struct view *view, const struct list_filter *filter)
{
    struct view *dates = view;
    view_show(dates, T_DATES);
    const char *from = memory_printf(request, "%s.from", filter->field->name);
    const char *to = memory_printf(request, "%s.to", filter->field->name);
    view_set(dates, T_FROM_NAME, from);
    view_set(dates, T_TO_NAME, to);
    view_set(dates, T_FROM, form_get(request->query, from));
    view_set(dates, T_TO, form_get(request->query, to));
    view_set(dates, T_ERROR, list_input_date_problem(request, filter));
}

static void fill_reference(struct request *request, struct view *view, const struct list_filter *filter,
                           const char *name)
{
    struct view *reference = view;
    const struct model *target = filter->link ? filter->link->target_model : filter->field->target;
    view_show(reference, T_REFERENCE);
    view_set(reference, T_VALUE, filter->value);
    if (filter->value)
        view_set(reference, T_CHOSEN, filter->title ? filter->title : filter->value);
    view_set(reference, T_CHOOSE_HREF, memory_printf(request, "/%s/choose/%s", request->model->path, name));
    if (!target->internal && page_may_read(request, target))
        view_set(reference, T_OPTIONS_HREF, memory_printf(request, "/%s/options", target->path));
    view_set(reference, T_CLEAR_HREF, without_filter(request, name));
}

static bool is_set(const struct list_filter *filter)
{
    return filter->value || filter->from || filter->to;
}

static bool is_dated(const struct list_filter *filter)
{
    return filter->field && (filter->field->type == FIELD_DATE || filter->field->type == FIELD_TIMESTAMP);
}

/* "Status: Open" */
static const char *chip_label(const struct request *request, const struct list_filter *filter)
{
    const char *title = filter->title ? filter->title : filter->value;
    if (!filter->field)
        return memory_printf(request, "%s: %s", filter->link->label, title);
    const char *label = filter->field->label;
    if (filter->field->type == FIELD_REFERENCE)
        return memory_printf(request, "%s: %s", label, title);
    if (!is_dated(filter))
        return memory_printf(request, "%s: %s", label, value_for_page(request, filter->field, filter->value));
    if (filter->from && filter->to)
        return memory_printf(request, "%s: %s to %s", label, filter->from, filter->to);
    return memory_printf(request, "%s: %s %s", label, filter->from ? "from" : "to",
                         filter->from ? filter->from : filter->to);
}

static void add_chip(struct page *page, const char *label, const char *href)
{
    struct view *chip = view_add(page->main, T_CHIP);
    view_set(chip, T_LABEL, label);
    view_set(chip, T_HREF, href);
}

static void add_hidden(struct page *page, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    struct view *hidden = view_add(page->main, T_HIDDEN);
    view_set(hidden, T_NAME, name);
    view_set(hidden, T_VALUE, value);
}

static void add_filter(struct page *page, const struct list_filter *filter)
{
    struct request *request = page->request;
    const char *name = filter->field ? filter->field->name : filter->link->name;
    struct view *view = view_add(page->main, T_FILTER);
    view_set(view, T_ID, memory_printf(request, "filter-%s", name));
    view_set(view, T_NAME, name);
    view_set(view, T_LABEL, filter->field ? filter->field->label : filter->link->label);
    if (is_dated(filter))
        fill_dates(request, view, filter);
    else if (filter->link || filter->field->type == FIELD_REFERENCE)
        fill_reference(request, view, filter, name);
    else
        fill_select(view, filter);
    if (is_set(filter))
        add_chip(page, chip_label(request, filter), without_filter(request, name));
}

/* The filter that the page was called by is shown open; all errors are in the summary as well. */
static bool fill_filters(struct page *page, const struct list *list)
{
    struct request *request = page->request;
    bool wrong = false;
    for (size_t i = 0; i < list->filter_count; i++) {
        const struct list_filter *filter = &list->filters[i];
        add_filter(page, filter);
        const char *problem = list_input_date_problem(request, filter);
        if (problem)
            page_error(page, problem, memory_printf(request, "filter-%s", filter->field->name));
        wrong |= problem != NULL;
    }
    view_show_if(page->main, T_FILTERS_OPEN, wrong || list_input_filters(list));
    add_hidden(page, "sort", form_get(request->query, "sort"));
    if (list->search)
        add_chip(page, memory_printf(request, "Search: %s", list->search),
                 address_change(request, own_path(request), pages_and_search, NULL, NULL));
    if (list->search || list_input_filters(list))
        view_set(page->main, T_CLEAR_HREF, cleared(request));
    return wrong;
}

/* With cursors pages have no numbers: a page is known by its first and last record. */
static const char *range(const struct request *request, const struct list *list)
{
    if (list->row_count == 0)
        return NULL;
    const char *first = query_field(list->rows, list_row(list, 0), "@title");
    const char *last = query_field(list->rows, list_row(list, list->row_count - 1), "@title");
    return memory_printf(request, "%s to %s", words_short(request, first, RANGE_CHARACTERS),
                         words_short(request, last, RANGE_CHARACTERS));
}

static void fill_pager(struct page *page, const struct list *list)
{
    struct request *request = page->request;
    view_set(page->main, T_RANGE, range(request, list));
    view_show_if(page->main, T_PAGER, list->has_previous || list->has_next);
    if (list->has_previous) {
        view_set(page->main, T_FIRST_HREF, page_href(request, NULL, NULL));
        view_set(page->main, T_PREVIOUS_HREF, page_href(request, "before", list_first_cursor(request, list)));
    }
    if (list->has_next) {
        view_set(page->main, T_NEXT_HREF, page_href(request, "after", list_last_cursor(request, list)));
        view_set(page->main, T_LAST_HREF, page_href(request, "last", "1"));
    }
}

/* Lists and their pages are told apart in the title, as history and tabs show it (WCAG 2.4.2). */
static const char *title_of(const struct request *request, const struct list *list, const char *heading)
{
    const char *title = heading;
    for (size_t i = 0; i < list->filter_count; i++)
        if (is_set(&list->filters[i]))
            title = memory_printf(request, "%s, %s", title, chip_label(request, &list->filters[i]));
    if (list->search)
        title = memory_printf(request, "%s, Search: %s", title, list->search);
    const char *place = list->after || list->before || list->last ? range(request, list) : NULL;
    return place ? memory_printf(request, "%s, %s", title, place) : title;
}

static struct error *render(struct request *request, struct list *list, const struct query *offer)
{
    const struct model *model = request->model;
    struct page *page = page_new(request, TPL_LIST);
    const char *heading = words_capital(request, model->plural);
    view_set(page->main, T_HEADING, heading);
    view_set(page->main, T_HINT, model->hint);
    view_set(page->main, T_COUNT, words_total(request, list));
    view_set(page->main, T_ACTION, own_path(request));
    if (page_may_create(request, model) && (!offer || query_true(offer, 0, "may"))) {
        view_set(page->main, T_NEW_HREF, memory_printf(request, "/%s/new", model->path));
        view_set(page->main, T_NEW_LABEL, memory_printf(request, "New %s", model->label));
    }
    const char *hint = list_input_search_hint(request, model);
    view_show_if(page->main, T_SEARCHABLE, hint != NULL);
    view_set(page->main, T_Q, list->search);
    view_set(page->main, T_SEARCH_HINT, hint);
    bool wrong = fill_filters(page, list);
    if (list->row_count > 0)
        table_view_fill(request, view_include(page->main, T_TABLE, TPL_TABLE), list, heading, sort_href, request);
    else
        view_show_if(page->main, T_EMPTY, !list->search && !list_input_filters(list));
    fill_pager(page, list);
    return page_send(page, wrong ? 422 : 200, title_of(request, list, heading));
}

struct error *list_page(struct request *request)
{
    struct list *list = list_new(request, request->model, request->site->settings->page_rows);
    TRY(list_input_read(request, list));
    list_queue(request->db, list, true);
    list_queue_titles(request->db, list);
    const struct query *offer = access_queue_offer(request->db, request->model);
    struct error *error = page_run(request);
    /* A cursor or filter made by hand may hold what its type cannot read: the address is at fault, not a form. */
    if (error && error->code == ERROR_INVALID)
        error->code = ERROR_BAD_REQUEST;
    TRY(error);
    TRY(list_load(request->db, list));
    return render(request, list, offer);
}
