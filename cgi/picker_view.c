/* Choosing a related record in the middle of a form. */
#include "picker_view.h"

#include <names.h>
#include <string.h>

#include "../db/list.h"
#include "../db/memory.h"
#include "../db/record.h"
#include "cookie.h"
#include "form_input.h"
#include "form_view.h"
#include "list_input.h"
#include "page.h"
#include "picker_result.h"
#include "words.h"

bool picker_view_wanted(const struct request *request)
{
    return form_get(request->form, "_pick") && !form_get(request->form, "_picked") && !form_get(request->form, "_unpick");
}

/* The boxes that were ticked on this page of the results. */
static void add_picked(const struct request *request, struct draft *draft, struct draft_link *link)
{
    for (size_t i = 0; i < request->form->value_count; i++) {
        const struct form_value *value = &request->form->values[i];
        if (strcmp(value->name, "_picked[]") == 0 && record_id_is_valid(link->link->target_model, value->value))
            draft_item(draft, link, value->value)->chosen = true;
    }
}

bool picker_view_apply(const struct request *request, struct draft *draft)
{
    const char *name = form_get(request->form, "_pick"), *picked = form_get(request->form, "_picked");
    if (!name)
        return false;
    struct draft_field *field = draft_field(draft, name);
    struct draft_link *link = draft_link(draft, name);
    if (field && picked && field->field->type == FIELD_REFERENCE)
        draft_type(field, picked);
    if (link && picked)
        add_picked(request, draft, link);
    return true;
}

/* "after" and "before" in one value, since a button sends only one. */
static struct error *set_page(const struct request *request, struct list *list)
{
    const char *page = form_get(request->form, "_page");
    if (!page || !*page || form_get(request->form, "_search"))
        return NULL;
    return *page == '<' ? list_set_cursor(list, NULL, page + 1) : list_set_cursor(list, page, NULL);
}

/* The field of the form that this one's records must share with it, when it is in the form. */
static const struct draft_field *shared_field(const struct draft *draft, const struct draft_field *field)
{
    return field && field->field->same ? draft_field(draft, field->field->same) : NULL;
}

/* A member reports to a member of the same team: only those are offered, and none before the team is chosen. */
static struct error *keep_same(const struct draft_field *shared, const struct field *field, struct list *list)
{
    struct list_filter *filter = field->same ? list_filter(list, field->same) : NULL;
    if (!shared || !shared->typed || !filter)
        return NULL;
    return list_set_filter(list, filter, shared->typed);
}

static bool chosen_already(const struct draft_field *field, const struct draft_link *link, const char *id)
{
    if (field)
        return field->typed && strcmp(field->typed, id) == 0;
    for (size_t i = 0; i < link->count; i++)
        if (link->items[i].chosen && strcmp(link->items[i].id, id) == 0)
            return true;
    return false;
}

static void fill_results(struct page *page, const struct draft *draft, const struct list *list,
                         const struct draft_field *field, const struct draft_link *link)
{
    struct request *request = page->request;
    const struct draft_field *shared = shared_field(draft, field);
    if (shared && !shared->typed) {
        view_set(page->main, T_FIRST, memory_printf(request, "Choose the %s first.", shared->field->target->label));
        return;
    }
    for (int position = 0; position < list->row_count; position++) {
        int row = list_row(list, position);
        const char *id = query_field(list->rows, row, "@id");
        struct view *result = view_add(page->main, T_RESULT);
        view_set(result, T_ID, memory_printf(request, "result-%d", position));
        view_set(result, T_VALUE, id);
        view_set(result, T_LABEL, query_field(list->rows, row, "@title"));
        view_set(result, T_DETAIL, picker_result_detail(request, list, row));
        view_show_if(result, T_CHOSEN, chosen_already(field, link, id));
    }
    if (list->has_next)
        view_set(page->main, T_NEXT, list_last_cursor(request, list));
    if (list->has_previous && list_first_cursor(request, list))
        view_set(page->main, T_PREVIOUS, memory_printf(request, "<%s", list_first_cursor(request, list)));
}

static struct error *render(struct request *request, struct draft *draft, const struct list *list,
                            const struct draft_field *field, const struct draft_link *link)
{
    struct page *page = page_new(request, TPL_PICKER);
    const char *label = field ? field->field->label : link->link->label;
    const char *heading = memory_printf(request, "%s: choose %s", label, field ? "one" : "what to add");
    view_set(page->main, T_HEADING, heading);
    view_show(page->main, T_POST);
    view_set(page->main, T_ACTION, form_view_action(request));
    view_set(page->main, T_CSRF, cookie_csrf(request));
    form_input_hide_all(request, page->main, draft, field ? field->field->name : NULL);
    if (field)
        form_input_hide(page->main, field->field->name, field->typed);
    form_input_hide(page->main, "_pick", field ? field->field->name : link->link->name);
    view_show_if(page->main, T_MANY, link != NULL);
    view_set(page->main, T_Q, list->search);
    view_set(page->main, T_SEARCH_HINT, list_input_search_hint(request, list->model));
    fill_results(page, draft, list, field, link);
    const char *form = draft->face == ON_CREATE ? memory_printf(request, "New %s", draft->model->label)
                                                : memory_printf(request, "Edit %s %s", draft->model->label, draft->title);
    return page_send(page, 200, memory_printf(request, "%s, %s", heading, form));
}

struct error *picker_view_send(struct request *request, struct draft *draft)
{
    const char *name = form_get(request->form, "_pick");
    const struct draft_field *field = draft_field(draft, name);
    struct draft_link *link = draft_link(draft, name);
    if (!link && (!field || field->field->type != FIELD_REFERENCE))
        return error_new(request, ERROR_BAD_REQUEST, "the form has no relation '%s'", name);
    if (link) /* so that they survive another search or page */
        add_picked(request, draft, link);
    struct list *list = list_new(request, field ? field->field->target : link->link->target_model, PICKER_ROWS);
    list->search = list_input_search(request, form_get(request->form, "_q"));
    if (field && form_view_narrows(request, draft, field->field))
        list->adding = field->field;
    if (field)
        TRY(keep_same(shared_field(draft, field), field->field, list));
    TRY(set_page(request, list));
    struct record_form *form = draft->face == ON_UPDATE ? record_queue_form(request->db, draft, false) : NULL;
    list_queue(request->db, list, false);
    TRY(page_run(request));
    if (form)
        TRY(record_load(form));
    TRY(list_load(request->db, list));
    return render(request, draft, list, field, link);
}
