/* A record's page, with its relations from each side, and the bytes of its files. */
#include <names.h>
#include <string.h>
#include <unistd.h>

#include "../db/access.h"
#include "../db/content.h"
#include "../db/list.h"
#include "../db/memory.h"
#include "../db/panel.h"
#include "../db/record.h"
#include "../db/session.h"
#include "download.h"
#include "form.h"
#include "handlers.h"
#include "page.h"
#include "panel_view.h"
#include "table_view.h"
#include "value_view.h"
#include "words.h"

#define RELATED_ROWS 10
#define LINKS_SHOWN 20

/* Everything that a record's page asks for in its one round trip. */
struct sight {
    struct request *request;
    const struct model *model;
    struct query *record;
    struct query **links;
    struct list **related; /* those of inverses[i] */
    struct query **may_add; /* likewise; NULL where that needs no asking */
    const struct inverse **inverses;
    size_t related_count;
    struct query **panels;
};

/* Whether the form of the other side has this relation at all. */
static bool can_add(const struct model *from, const struct inverse *inverse)
{
    return access_is_possible(from, MAY_CREATE) && (inverse->link || field_on(inverse->field, ON_CREATE));
}

static void queue_related(struct sight *sight, const struct inverse *inverse)
{
    const struct model *from = inverse->field ? inverse->field->model : inverse->link->model;
    struct list *list = list_new(sight->request, from, RELATED_ROWS);
    struct list_filter *filter = list_filter(list, inverse->field ? inverse->field->name : inverse->link->name);
    if (!filter)
        return; /* a relation that is shown nowhere */
    filter->value = sight->request->id;
    list->outer = inverse->field;
    list_queue(sight->request->db, list, true);
    if (from->access && can_add(from, inverse))
        sight->may_add[sight->related_count] =
            inverse->field ? access_queue_add_to(sight->request->db, inverse->field, sight->request->id)
                           : access_queue_offer(sight->request->db, from);
    sight->inverses[sight->related_count] = inverse;
    sight->related[sight->related_count++] = list;
}

static struct sight *look(struct request *request)
{
    const struct model *model = request->model;
    struct sight *sight = NEW(request, struct sight);
    sight->request = request;
    sight->model = model;
    sight->links = NEW_ARRAY(sight, struct query *, model->link_count + 1);
    sight->related = NEW_ARRAY(sight, struct list *, model->inverse_count + 1);
    sight->may_add = NEW_ARRAY(sight, struct query *, model->inverse_count + 1);
    sight->inverses = NEW_ARRAY(sight, const struct inverse *, model->inverse_count + 1);
    sight->panels = NEW_ARRAY(sight, struct query *, model->panel_count + 1);
    sight->record = record_queue_find(request->db, model, request->id, ON_PAGE);
    for (size_t i = 0; i < model->link_count; i++)
        sight->links[i] = record_queue_links(request->db, &model->links[i], request->id, LINKS_SHOWN + 1);
    for (size_t i = 0; i < model->inverse_count; i++)
        queue_related(sight, &model->inverses[i]);
    for (size_t i = 0; i < model->panel_count; i++)
        sight->panels[i] = panel_queue(request->db, request->site->schema, &model->panels[i], request->id);
    return sight;
}

static void add_entries(struct page *page, const struct sight *sight)
{
    for (size_t i = 0; i < sight->model->field_count; i++) {
        const struct field *field = &sight->model->fields[i];
        if (!field_on(field, ON_PAGE) || field->secret)
            continue;
        struct view *entry = view_add(page->main, T_ENTRY);
        view_set(entry, T_LABEL, field->label);
        value_view_fill(sight->request, view_include(entry, T_VALUE, TPL_VALUE), field, sight->record, 0, false);
    }
}

static void add_links(struct page *page, const struct sight *sight, size_t number)
{
    const struct link *link = &sight->model->links[number];
    const struct query *rows = sight->links[number];
    struct view *view = view_add(page->main, T_LINKS);
    view_set(view, T_ID, memory_printf(sight->request, "links-%s", link->name));
    view_set(view, T_LABEL, link->label);
    for (int row = 0; row < query_rows(rows) && row < LINKS_SHOWN; row++) {
        struct view *item = view_add(view, T_ITEM);
        view_set(item, T_TEXT, query_field(rows, row, "@title"));
        view_set(item, T_HREF, value_view_href(sight->request, link->target_model, query_field(rows, row, "@id")));
    }
    if (query_rows(rows) > LINKS_SHOWN) {
        view_set(view, T_MORE, "and more");
        view_set(view, T_MORE_HREF,
                 memory_printf(sight->request, "%s/edit",
                               value_view_href(sight->request, sight->model, sight->request->id)));
    }
}

static const char *related_query(const struct sight *sight, const struct inverse *inverse)
{
    return memory_printf(sight->request, "%s=%s", inverse->field ? inverse->field->name : inverse->link->name,
                         form_encode(sight->request, sight->request->id));
}

static void add_related(struct page *page, const struct sight *sight, size_t number)
{
    const struct inverse *inverse = sight->inverses[number];
    const struct list *list = sight->related[number];
    const struct request *request = sight->request;
    const struct model *from = list->model;
    struct view *view = view_add(page->main, T_RELATED);
    view_set(view, T_ID, memory_printf(request, "related-%zu", number));
    view_set(view, T_LABEL, inverse->label);
    view_set(view, T_COUNT, words_total(request, list));
    if (list->row_count > 0)
        table_view_fill(request, view_include(view, T_TABLE, TPL_TABLE), list, inverse->label, NULL, NULL);
    const char *query = related_query(sight, inverse);
    if (list->has_next) {
        view_set(view, T_ALL_HREF, memory_printf(request, "/%s/?%s", from->path, query));
        view_set(view, T_ALL_LABEL, memory_printf(request, "See all %s", words_count(request, list)));
    }
    const struct query *may_add = sight->may_add[number];
    if (page_may_create(request, from) && can_add(from, inverse) && (!may_add || query_true(may_add, 0, "may"))) {
        view_set(view, T_ADD_HREF, memory_printf(request, "/%s/new?%s", from->path, query));
        view_set(view, T_ADD_LABEL, memory_printf(request, "Add %s", from->label));
    }
}

static void fill_head(struct page *page, const struct sight *sight, const char *title)
{
    const struct request *request = sight->request;
    const struct model *model = sight->model;
    const char *own = value_view_href(request, model, request->id);
    bool managed = model->managed && query_true(sight->record, 0, model->managed);
    view_set(page->main, T_LIST_HREF, memory_printf(request, "/%s/", model->path));
    view_set(page->main, T_LIST_LABEL, words_capital(request, model->plural));
    view_set(page->main, T_HEADING, title);
    view_set(page->main, T_HISTORY_HREF, memory_printf(request, "%s/history", own));
    if (request->session->superuser && model == schema_by_table(request->site->schema, "user"))
        view_set(page->main, T_ACCOUNT_HREF, memory_printf(request, "/admin/accounts/%s", request->id));
    if (managed)
        view_set(page->main, T_NOTE, memory_printf(request, "This %s comes with the program and cannot be changed here.",
                                                   model->label));
    if (managed || !page_may_write(request, model))
        return;
    if (query_true(sight->record, 0, "@change"))
        view_set(page->main, T_EDIT_HREF, memory_printf(request, "%s/edit", own));
    if (query_true(sight->record, 0, "@delete"))
        view_set(page->main, T_DELETE_HREF, memory_printf(request, "%s/delete", own));
}

static struct error *render(const struct sight *sight)
{
    struct page *page = page_new(sight->request, TPL_RECORD);
    const char *title = query_field(sight->record, 0, "@title");
    fill_head(page, sight, title);
    add_entries(page, sight);
    for (size_t i = 0; i < sight->model->link_count; i++)
        add_links(page, sight, i);
    for (size_t i = 0; i < sight->model->panel_count; i++)
        panel_view_fill(sight->request, view_include(page->main, T_PANEL, TPL_PANEL), &sight->model->panels[i],
                        sight->panels[i], (int)i);
    for (size_t i = 0; i < sight->related_count; i++)
        if (page_may_read(sight->request, sight->related[i]->model))
            add_related(page, sight, i);
    return page_send(page, 200, memory_printf(sight->request, "%s, %s", title, sight->model->label));
}

static struct error *not_found(const struct request *request)
{
    return error_new(request, ERROR_NOT_FOUND, "there is no %s '%s'", request->model->label, request->id);
}

struct error *record_page(struct request *request)
{
    if (!record_id_is_valid(request->model, request->id)) {
        TRY(page_run(request));
        return not_found(request);
    }
    struct sight *sight = look(request);
    TRY(page_run(request));
    if (query_rows(sight->record) == 0)
        return not_found(request);
    TRY(list_load_all(request->db, sight->related, sight->related_count));
    return render(sight);
}

struct error *record_file(struct request *request)
{
    const struct field *field = model_field(request->model, request->part);
    bool bytes = field && (field->type == FIELD_FILE || field->type == FIELD_BYTES) && field_on(field, ON_PAGE);
    if (!bytes || !record_id_is_valid(request->model, request->id)) {
        TRY(page_run(request));
        return not_found(request);
    }
    struct query *record = record_queue_find(request->db, request->model, request->id, EVERYWHERE);
    TRY(page_run(request));
    if (query_rows(record) == 0)
        return not_found(request);
    if (field->type == FIELD_FILE && !query_true(record, 0, field->name))
        return error_new(request, ERROR_NOT_FOUND, "there is no file here");
    return download_send(request, field, record);
}
