/* A revision made of the difference between the models and the database. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/password.h"
#include "../db/plan_models.h"
#include "../db/query.h"
#include "../db/revision_write.h"
#include "admin.h"
#include "cookie.h"
#include "handlers.h"
#include "page.h"

enum { MESSAGE_MAX = 200 };

struct proposal {
    struct revisions *revisions;
    struct plan_pair pair;
    const char *up, *down, *digest;
};

struct problems {
    const char *message, *losses;
    const char *file; /* why it was not written */
    bool changed;
};

static struct error *propose(struct request *request, struct proposal *proposal)
{
    const struct settings *settings = request->site->settings;
    TRY(revisions_open(request, settings->migrations, &proposal->revisions));
    TRY(plan_models_online(request, settings, request->site->schema, proposal->revisions, &proposal->pair));
    proposal->up = plan_text(request, proposal->pair.up);
    proposal->down = plan_text(request, proposal->pair.down);
    proposal->digest = token_hash(request, memory_printf(request, "%s\n%s", proposal->up, proposal->down));
    return NULL;
}

static void add_lines(struct page *page, const char *part, const char *const *lines)
{
    for (; lines && *lines; lines++)
        view_set(view_add(page->main, part), T_TEXT, *lines);
}

static struct error *show(struct request *request, const struct proposal *proposal, const struct problems *problems)
{
    const struct difference *difference = proposal->pair.difference;
    struct page *page = page_new(request, TPL_NEW_REVISION);
    view_show_if(page->main, T_NOTHING, difference->count == 0);
    view_show_if(page->main, T_CHANGED, problems->changed);
    view_set(page->main, T_DENIED, revision_write_denied(request, proposal->revisions));
    view_set(page->main, T_FOLDER, proposal->revisions->folder);
    for (size_t i = 0; i < difference->count; i++)
        view_set(view_add(page->main, T_DIFFERENCE), T_TEXT, operation_words(request, &difference->operations[i]));
    add_lines(page, T_DANGER, proposal->pair.up->losses);
    add_lines(page, T_NEED, proposal->pair.up->needs);
    view_show_if(page->main, T_LOSSES, *proposal->pair.up->losses != NULL);
    view_set(page->main, T_UP, proposal->up);
    view_set(page->main, T_DOWN, proposal->down);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_DIGEST, proposal->digest);
    view_set(page->main, T_MESSAGE, form_get(request->form, "message"));
    view_set(page->main, T_MESSAGE_ERROR, problems->message);
    view_set(page->main, T_LOSSES_ERROR, problems->losses);
    if (problems->message)
        page_error(page, problems->message, "message");
    if (problems->losses)
        page_error(page, problems->losses, "losses");
    if (problems->file)
        page_error(page, problems->file, NULL);
    return page_send(page, problems->changed || problems->file           ? 409
                           : problems->message || problems->losses ? 422
                                                                   : 200, "New revision");
}

struct error *new_revision_page(struct request *request)
{
    static const struct problems none = { NULL, NULL, NULL, false };
    struct proposal proposal;
    TRY(admin_run(request, NULL));
    TRY(propose(request, &proposal));
    return show(request, &proposal, &none);
}

static struct problems judge(const struct request *request, const struct proposal *proposal)
{
    const char *message = form_get(request->form, "message"), *digest = form_get(request->form, "digest");
    struct problems problems = { NULL, NULL, NULL, false };
    problems.changed = !digest || strcmp(digest, proposal->digest) != 0;
    if (!message || strspn(message, " ") == strlen(message))
        problems.message = "Enter what changes";
    else if (strlen(message) > MESSAGE_MAX || strpbrk(message, "\r\n"))
        problems.message = "Enter one line of up to 200 letters";
    if (*proposal->pair.up->losses && !form_get(request->form, "losses"))
        problems.losses = "Choose that what is lost may go, or keep it in the models";
    return problems;
}

static struct error *write_file(struct request *request, const struct proposal *proposal)
{
    struct revision *parents[2] = { NULL };
    struct revision_draft draft = { .message = form_get(request->form, "message"), .parents = parents, .up = proposal->up,
                                    .down = proposal->down, .losses = plan_header(request, proposal->pair.up) };
    const char *path;
    TRY(plan_check_needs(request, proposal->pair.up));
    TRY(revision_head(request, proposal->revisions, &parents[0]));
    struct error *error = revision_write(request, proposal->revisions, &draft, &path);
    if (error && error->code == ERROR_FAILED) { /* the folder's rights, or a full disk */
        const struct problems problems = {
            .file = memory_printf(request, "The revision was not written: %s. Try again, or write it in a terminal",
                                  error->message)
        };
        return show(request, proposal, &problems);
    }
    TRY(error);
    admin_audit(request, AUDIT_REVISION_WRITTEN, path);
    TRY(query_run(request->db));
    cookie_set_flash(request, memory_printf(request, "%s was written. It is applied when you say so.", path), NULL);
    response_redirect(request->response, "/admin/migrations");
    return NULL;
}

struct error *new_revision_post(struct request *request)
{
    struct proposal proposal;
    TRY(admin_run(request, NULL));
    TRY(propose(request, &proposal));
    const struct problems problems = judge(request, &proposal);
    if (proposal.pair.difference->count == 0 || problems.changed || problems.message || problems.losses)
        return show(request, &proposal, &problems);
    return write_file(request, &proposal);
}
