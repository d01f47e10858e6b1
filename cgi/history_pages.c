/* What happened to a record. */
#include <names.h>
#include <string.h>

#include "../db/history.h"
#include "../db/memory.h"
#include "../db/record.h"
#include "../db/value.h"
#include "handlers.h"
#include "page.h"
#include "value_view.h"
#include "words.h"

#define CHANGES_SHOWN 20

static const char *verb(const char *action)
{
    return strcmp(action, "created") == 0 ? "added" : action;
}

static void add_difference(struct view *entry, const struct request *request, const struct history_difference *difference)
{
    const struct field *field = model_field(request->model, difference->name);
    const struct link *link = model_link(request->model, difference->name);
    struct view *view = view_add(entry, T_DIFFERENCE);
    view_set(view, T_LABEL, field ? field->label : link ? link->label : difference->name);
    const char *before = difference->before, *after = difference->after;
    if (field && field->type == FIELD_CHOICE) {
        before = before ? value_for_page(request, field, before) : NULL;
        after = after ? value_for_page(request, field, after) : NULL;
    }
    view_set(view, T_BEFORE, before);
    view_set(view, T_AFTER, after);
}

static void add_entry(struct page *page, const struct query *changes, int row)
{
    struct request *request = page->request;
    const char *who = query_field(changes, row, "who");
    struct view *entry = view_add(page->main, T_ENTRY);
    view_set(entry, T_ID, memory_printf(request, "change-%s", query_field(changes, row, "id")));
    view_set(entry, T_TIME, words_time(request, query_field(changes, row, "at")));
    view_set(entry, T_DATETIME, words_datetime(request, query_field(changes, row, "at")));
    view_set(entry, T_WHO, who ? who : "Somebody");
    view_set(entry, T_VERB, verb(query_field(changes, row, "action")));
    const struct history_difference *differences = history_differences(
        request, request->model, query_field(changes, row, "before"), query_field(changes, row, "after"));
    for (; differences->name; differences++)
        add_difference(entry, request, differences);
}

static struct error *render(struct request *request, const struct query *record, const struct query *changes)
{
    const struct model *model = request->model;
    const char *own = value_view_href(request, model, request->id);
    const char *older_than = form_get(request->query, "older");
    bool exists = query_rows(record) > 0;
    const char *title = exists ? query_field(record, 0, "@title") : query_field(changes, 0, "title");
    struct page *page = page_new(request, TPL_HISTORY);
    const char *heading = memory_printf(request, "History of %s %s", model->label, title ? title : request->id);
    view_set(page->main, T_HEADING, heading);
    view_set(page->main, T_LIST_HREF, memory_printf(request, "/%s/", model->path));
    view_set(page->main, T_LIST_LABEL, words_capital(request, model->plural));
    view_set(page->main, T_RECORD_HREF, exists ? own : NULL);
    view_set(page->main, T_RECORD_LABEL, title ? title : request->id);
    for (int row = 0; row < query_rows(changes) && row < CHANGES_SHOWN; row++)
        add_entry(page, changes, row);
    bool more = query_rows(changes) > CHANGES_SHOWN;
    view_show_if(page->main, T_PAGER, more || older_than);
    if (older_than)
        view_set(page->main, T_NEWER_HREF, memory_printf(request, "%s/history", own));
    if (more)
        view_set(page->main, T_OLDER_HREF, memory_printf(request, "%s/history?older=%s", own,
                                                         query_field(changes, CHANGES_SHOWN - 1, "id")));
    return page_send(page, 200, heading);
}

struct error *history_page(struct request *request)
{
    const char *older_than = form_get(request->query, "older");
    if (older_than && (strspn(older_than, "0123456789") != strlen(older_than) || strlen(older_than) > 18))
        return error_new(request, ERROR_BAD_REQUEST, "this address does not name a page of the history");
    if (!record_id_is_valid(request->model, request->id))
        return error_new(request, ERROR_NOT_FOUND, "there is no %s '%s'", request->model->label, request->id);
    struct query *record = record_queue_find(request->db, request->model, request->id, NOWHERE);
    struct query *changes =
        history_queue_record(request->db, request->model, request->id, older_than, CHANGES_SHOWN + 1);
    TRY(page_run(request));
    if (query_rows(record) == 0 && query_rows(changes) == 0)
        return error_new(request, ERROR_NOT_FOUND, "there is no %s '%s'", request->model->label, request->id);
    return render(request, record, changes);
}
