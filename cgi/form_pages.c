/* New records and edited ones. A post either saves, or is a step on the way (choosing a related record without a
 * script), which keeps everything that was typed. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/record.h"
#include "../db/session.h"
#include "admin.h"
#include "confirm.h"
#include "conflict_view.h"
#include "cookie.h"
#include "error_pages.h"
#include "form_input.h"
#include "form_view.h"
#include "handlers.h"
#include "page.h"
#include "picker_view.h"
#include "value_view.h"
#include "words.h"

static struct draft *draft_of(struct request *request, enum face face)
{
    struct draft *draft = draft_new(request, request->site->schema, request->model, face);
    draft->id = request->id;
    return draft;
}

static struct error *check_id(struct request *request)
{
    if (record_id_is_valid(request->model, request->id))
        return NULL;
    return error_new(request, ERROR_NOT_FOUND, "there is no %s '%s'", request->model->label, request->id);
}

/* The password of the person signed in, as far as this form asks for it. */
struct person {
    struct query *known; /* NULL: it does not ask */
    const char *problem;
};

static struct error *render(struct request *request, struct draft *draft, const struct person *person, int status)
{
    form_input_ask_again(draft);
    struct page *page = page_new(request, TPL_FORM);
    form_view_fill(page, draft);
    if (person->known && (person->problem || !confirm_is_done(request, person->known)))
        form_view_add_confirm(page, draft, person->problem);
    const char *title = draft->face == ON_CREATE
                            ? memory_printf(request, "New %s", draft->model->label)
                            : memory_printf(request, "Edit %s %s", draft->model->label, draft->title);
    return page_send(page, status, title);
}

/* Queues what asking takes, when the form asks. */
static struct person queue_person(struct request *request, const struct draft *draft)
{
    return (struct person){ draft_may_confirm(draft) ? confirm_queue(request) : NULL, NULL };
}

/* Whoever is signed in is where a new record starts, once they are known. */
static void fill_current_user(const struct request *request, struct draft *draft)
{
    for (size_t i = 0; i < draft->field_count; i++) {
        struct draft_field *field = &draft->fields[i];
        if (!field->field->current_user || field->sent)
            continue;
        field->typed = request->session->user_id;
        field->title = request->session->name;
    }
}

struct error *form_new(struct request *request)
{
    struct draft *draft = draft_of(request, ON_CREATE);
    draft_set_defaults(draft);
    TRY(form_input_prefill(request, draft));
    struct record_titles *titles = record_queue_titles(request->db, draft);
    const struct person person = queue_person(request, draft);
    TRY(page_run(request));
    record_load_titles(titles);
    fill_current_user(request, draft);
    return render(request, draft, &person, 200);
}

struct error *form_edit(struct request *request)
{
    TRY(check_id(request));
    struct draft *draft = draft_of(request, ON_UPDATE);
    struct record_form *form = record_queue_form(request->db, draft, false);
    const struct person person = queue_person(request, draft);
    TRY(page_run(request));
    TRY(record_load(form));
    return render(request, draft, &person, 200);
}

/* Where a save leads: back to the form, to an empty one, or to the record. */
static void redirect_after(struct request *request, const struct draft *draft, const char *id)
{
    const char *record = value_view_href(request, draft->model, id);
    if (form_get(request->form, "_continue"))
        response_redirect(request->response, memory_printf(request, "%s/edit", record));
    else if (form_get(request->form, "_addanother"))
        response_redirect(request->response, memory_printf(request, "/%s/new", draft->model->path));
    else
        response_redirect(request->response, record);
}

static const char *saved_title(const struct request *request, const struct draft *draft)
{
    const struct draft_field *title = draft_field(draft, draft->model->title_field->name);
    const char *text = title && title->sent ? title->value : draft->title;
    return text ? memory_printf(request, "%s %s", draft->model->label, text) : draft->model->label;
}

/* Judges the password where the draft needs it: right, it is marked with the save, or by itself when the form comes back
 * for other reasons. *status is what the form is to be answered with, 0 when nothing is wrong. */
static struct error *check_person(struct request *request, const struct draft *draft, struct person *person,
                                  bool comes_back, int *status)
{
    *status = 0;
    if (!person->known || confirm_is_done(request, person->known) || !draft_needs_confirm(draft))
        return NULL;
    if (comes_back)
        transaction_rollback(request->db);
    person->problem = confirm_refuses(request, person->known, status);
    if (person->problem)
        return NULL;
    *status = 0;
    if (!comes_back)
        return NULL;
    person->known = NULL; /* not asked for again */
    return query_run(request->db);
}

/* kept: what the database keeps of accounts, or NULL when this is none of them. */
static struct error *write_down(struct request *request, struct draft *draft, const struct query *kept)
{
    draft->user_id = request->session->user_id;
    draft->remote = request->remote;
    session_queue_end_changed(request->db, draft, cookie_session(request), kept && query_true(kept, 0, "accounts"));
    if (session_sets_password(draft))
        admin_audit(request, AUDIT_PASSWORD_CHANGED, draft_field(draft, "email")->current);
    return record_save(request->db, draft);
}

/* Of a record that is not there any more, what was typed is: as a form for a new one. */
static struct error *offer_as_new(struct request *request)
{
    struct draft *draft = draft_of(request, ON_CREATE);
    draft->id = NULL;
    TRY(form_input_read(request, draft));
    draft->error = memory_printf(draft,
                                 "This %s is not there any more: it was deleted, or you may not see it now. What you "
                                 "typed is kept here: save it as a new one, or leave it",
                                 draft->model->label);
    transaction_rollback(request->db);
    struct record_titles *titles = record_queue_titles(request->db, draft);
    const struct person person = queue_person(request, draft);
    TRY(query_run(request->db));
    record_load_titles(titles);
    return render(request, draft, &person, 404);
}

static struct error *save(struct request *request, struct draft *draft)
{
    struct person person = queue_person(request, draft);
    struct query *kept = person.known || session_is_account(draft) ? session_queue_kept(request->db) : NULL;
    struct record_checks *checks = record_queue_checks(request->db, draft);
    const char *saved_as = NULL;
    int status;
    TRY(page_run(request));
    request->audited = kept && query_true(kept, 0, "audit");
    struct error *error = record_check(checks, &saved_as);
    if (saved_as) {
        redirect_after(request, draft, saved_as);
        return NULL;
    }
    if (!error || error->code == ERROR_INVALID)
        TRY(check_person(request, draft, &person, error != NULL, &status));
    else
        status = 0;
    if (!error && !status)
        error = write_down(request, draft, kept);
    if (error && error->code == ERROR_NOT_FOUND && page_may_create(request, draft->model))
        return offer_as_new(request);
    if (error && error->code == ERROR_STALE && draft_is_stale(draft))
        return conflict_view_send(request, draft);
    if (error && error->code == ERROR_FORBIDDEN && draft->error) {
        error_pages_log(request, error);
        status = error_pages_status(error->code);
    }
    if (status || (error && error->code == ERROR_INVALID))
        return render(request, draft, &person, status ? status : 422);
    TRY(error);
    const char *verb = draft->face == ON_CREATE ? "added" : "saved";
    cookie_set_flash(request,
                     words_capital(request, memory_printf(request, "%s was %s.", saved_title(request, draft), verb)),
                     draft->new_key);
    redirect_after(request, draft, draft->id);
    return NULL;
}

/* A step that is no save: everything typed stays, and nothing is judged yet. */
static struct error *show_again(struct request *request, struct draft *draft)
{
    struct record_form *form = draft->face == ON_UPDATE ? record_queue_form(request->db, draft, false) : NULL;
    struct record_titles *titles = record_queue_titles(request->db, draft);
    const struct person person = queue_person(request, draft);
    TRY(page_run(request));
    if (form)
        TRY(record_load(form));
    record_load_titles(titles);
    return render(request, draft, &person, 200);
}

static struct error *post(struct request *request, struct draft *draft)
{
    TRY(form_input_read(request, draft));
    const char *clear = form_get(request->form, "_clear");
    if (picker_view_wanted(request))
        return picker_view_send(request, draft);
    if (picker_view_apply(request, draft))
        return show_again(request, draft);
    if (clear) {
        struct draft_field *field = draft_field(draft, clear);
        if (field)
            draft_type(field, NULL);
        return show_again(request, draft);
    }
    draft_read(draft);
    return save(request, draft);
}

struct error *form_new_post(struct request *request)
{
    return post(request, draft_of(request, ON_CREATE));
}

struct error *form_edit_post(struct request *request)
{
    TRY(check_id(request));
    return post(request, draft_of(request, ON_UPDATE));
}
