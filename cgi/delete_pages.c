/* Deleting a record, after a look at what goes with it. */
#include <names.h>
#include <string.h>

#include "../db/access.h"
#include "../db/audit.h"
#include "../db/memory.h"
#include "../db/record.h"
#include "../db/removal.h"
#include "../db/session.h"
#include "confirm.h"
#include "cookie.h"
#include "form_view.h"
#include "handlers.h"
#include "page.h"
#include "value_view.h"
#include "words.h"

struct look {
    struct query *record;
    struct query *known, *kept; /* what asking for the password takes; NULL where it is not asked for */
    struct removal *removal;
};

static struct error *look_ahead(struct request *request, struct look *look)
{
    const struct model *model = request->model;
    if (!record_id_is_valid(model, request->id))
        return error_new(request, ERROR_NOT_FOUND, "there is no %s '%s'", model->label, request->id);
    look->known = look->kept = NULL;
    /* Whoever may not change a record without their own password may not delete it without, either. */
    if (request->method == METHOD_POST && model_confirms_deletion(model)) {
        look->known = confirm_queue(request);
        look->kept = audit_queue_is_kept(request->db);
    }
    look->record = record_queue_find(request->db, model, request->id, SHOWN);
    look->removal = removal_queue(request->db, model, request->id);
    TRY(page_run(request));
    if (query_rows(look->record) == 0)
        return error_new(request, ERROR_NOT_FOUND, "there is no %s '%s'", model->label, request->id);
    if (model->managed && query_true(look->record, 0, model->managed))
        return error_new(request, ERROR_FORBIDDEN, "'%s' comes with the program and cannot be deleted here",
                         query_field(look->record, 0, "@title"));
    if (!query_true(look->record, 0, "@delete"))
        return access_refusal(request, model, query_field(look->record, 0, "@title"));
    removal_load(look->removal);
    return NULL;
}

static void add_examples(const struct request *request, struct view *view, const struct removal_group *group)
{
    for (int row = 0; row < query_rows(group->examples); row++) {
        struct view *example = view_add(view, T_EXAMPLE);
        view_set(example, T_TEXT, query_field(group->examples, row, "@title"));
        if (!group->model->internal)
            view_set(example, T_HREF,
                     value_view_href(request, group->model, query_field(group->examples, row, "@id")));
    }
    long long more = group->total - query_rows(group->examples);
    if (group->total > REMOVAL_COUNT_MAX)
        view_set(view, T_MORE, "and more");
    else if (more > 0)
        view_set(view, T_MORE, memory_printf(request, "and %s more", words_number(request, more)));
}

static void add_group(struct page *page, const struct removal_group *group)
{
    struct view *view = view_add(page->main, T_GROUP);
    const char *label = group->total == 1 ? group->model->label : group->model->plural;
    view_set(view, T_LABEL,
             group->through ? memory_printf(page->request, "%s (%s)", label, group->through) : label);
    view_set(view, T_COUNT, words_capped(page->request, group->total, REMOVAL_COUNT_MAX));
    view_show_if(view, T_DELETED, group->effect == REMOVAL_DELETES);
    view_show_if(view, T_UNLINKED, group->effect == REMOVAL_UNLINKS);
    view_show_if(view, T_BLOCKS, group->effect == REMOVAL_BLOCKS);
    add_examples(page->request, view, group);
}

static struct error *render(struct request *request, const struct look *look, int status)
{
    const struct model *model = request->model;
    const char *title = query_field(look->record, 0, "@title");
    const char *record = value_view_href(request, model, request->id);
    struct page *page = page_new(request, TPL_DELETE);
    const char *heading = memory_printf(request, "Delete %s %s?", model->label, title);
    view_set(page->main, T_HEADING, heading);
    view_set(page->main, T_LIST_HREF, memory_printf(request, "/%s/", model->path));
    view_set(page->main, T_LIST_LABEL, words_capital(request, model->plural));
    view_set(page->main, T_RECORD_HREF, record);
    view_set(page->main, T_RECORD_LABEL, title);
    view_set(page->main, T_ACTION, form_view_action(request));
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_CANCEL_HREF, record);
    view_set(page->main, T_BUTTON, memory_printf(request, "Delete %s", model->label));
    view_set(page->main, T_TEXT, look->removal->blocked ? NULL : "This cannot be undone.");
    if (look->removal->blocked)
        view_set(page->main, T_BLOCKED, "It cannot be deleted while others need it. Change or delete what is in the "
                                        "way first.");
    for (size_t i = 0; i < look->removal->count; i++)
        add_group(page, &look->removal->groups[i]);
    return page_send(page, status, heading);
}

struct error *delete_page(struct request *request)
{
    struct look look;
    TRY(look_ahead(request, &look));
    return render(request, &look, 200);
}

static struct error *ask(struct request *request, const struct look *look, bool *asked)
{
    *asked = false;
    if (!look->known)
        return NULL;
    request->audited = query_true(look->kept, 0, "kept");
    return confirm_answer(request, look->known, memory_printf(request, "delete this %s", request->model->label), asked);
}

struct error *delete_post(struct request *request)
{
    struct look look;
    const struct model *model = request->model;
    bool asked;
    TRY(look_ahead(request, &look));
    if (look.removal->blocked)
        return render(request, &look, 409);
    TRY(ask(request, &look, &asked));
    if (asked)
        return NULL;
    const char *title = query_field(look.record, 0, "@title");
    const struct query *deleted =
        record_queue_delete(request->db, model, request->id, request->session->user_id, request->remote);
    struct error *error = query_run(request->db);
    if (error && record_breaks_kept(model, error))
        return error_new(request, ERROR_FORBIDDEN, "%s", model->kept_message);
    /* Somebody put something in the way between the look and the deletion. */
    if (error && error->code == ERROR_INVALID)
        return error_new(request, ERROR_STALE, "another record needs this %s now: look again at what is in the way",
                         model->label);
    TRY(error);
    /* Somebody changed it in between, so that this person may not delete it any more, or deleted it. */
    if (query_affected(deleted) == 0)
        return error_new(request, ERROR_STALE, "%s '%s' was changed or deleted in the meantime, and nothing was deleted now: "
                         "look for it in the list and begin again", model->label, title);
    cookie_set_flash(request, words_capital(request, memory_printf(request, "%s %s was deleted.", model->label, title)),
                     NULL);
    response_redirect(request->response, memory_printf(request, "/%s/", model->path));
    return NULL;
}
