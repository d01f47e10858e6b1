/* Choosing a new password with a reset link. */
#include <names.h>
#include <string.h>

#include "../db/audit.h"
#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/reset.h"
#include "../db/session.h"
#include "cookie.h"
#include "guard.h"
#include "handlers.h"
#include "page.h"

struct problems {
    const char *token, *new, *repeat;
};

static struct error *show(struct request *request, const struct problems *problems, int status)
{
    struct page *page = page_new(request, TPL_RESET);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_TOKEN, form_get(request->form, "token"));
    view_set(page->main, T_TOKEN_ERROR, problems->token);
    view_set(page->main, T_NEW_ERROR, problems->new);
    view_set(page->main, T_REPEAT_ERROR, problems->repeat);
    if (problems->token)
        page_error(page, problems->token, "token");
    if (problems->new)
        page_error(page, problems->new, "new");
    if (problems->repeat)
        page_error(page, problems->repeat, "repeat");
    return page_send(page, status, "Choose a new password");
}

struct error *reset_page(struct request *request)
{
    const struct problems none = { NULL, NULL, NULL };
    return show(request, &none, 200);
}

struct error *reset_show_again(struct request *request)
{
    const struct problems problems = { NULL, "You signed in or out in another window meanwhile, and nothing was done yet: "
                                             "enter the new password once more", NULL };
    return show(request, &problems, 403);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* People copy the whole link, or blanks around it. */
static const char *token_of(const struct request *request)
{
    const char *typed = or_empty(form_get(request->form, "token")), *hash = strchr(typed, '#');
    typed = hash ? hash + 1 : typed;
    typed += strspn(typed, " \t");
    return memory_copy_length(request, typed, strcspn(typed, " \t"));
}

static struct problems judge(const struct request *request, const char *token)
{
    const char *new = or_empty(form_get(request->form, "new")), *repeat = or_empty(form_get(request->form, "repeat"));
    struct problems problems = { *token ? NULL : "Enter the reset code", NULL, NULL };
    problems.new = *new ? password_refuse(request, new, NULL, 0) : "Enter a new password";
    if (!problems.new && strcmp(new, repeat) != 0)
        problems.repeat = "Enter the new password again, exactly as above";
    return problems;
}

static struct error *refuse(struct request *request)
{
    const struct problems problems = { "Enter the code of a link that was not used yet and is not older than a day, or "
                                       "ask for a new one", NULL, NULL };
    return show(request, &problems, 422);
}

/* The password, the end of what the old one began, and the line that tells of it are one transaction. */
static struct error *use(struct request *request, const char *user_id, const char *token)
{
    transaction_begin(request->db);
    session_queue_hold(request->db, user_id);
    struct query *used = reset_queue_use(request->db, token, password_hash(request, form_get(request->form, "new")));
    TRY(query_run(request->db));
    if (query_rows(used) == 0) {
        transaction_rollback(request->db);
        return refuse(request);
    }
    const struct audit_line line = { .action = AUDIT_RESET_USED, .user_id = query_field(used, 0, "id"),
                                     .who = query_field(used, 0, "email"), .remote = request->remote };
    session_queue_end_others(request->db, line.user_id, NULL);
    audit_queue(request->db, &line);
    transaction_commit(request->db);
    TRY(query_run(request->db));
    guard_forget(request, line.who);
    struct page *page = page_new(request, TPL_RESET);
    view_show(page->main, T_DONE);
    return page_send(page, 200, "Your password has been set");
}

struct error *reset_post(struct request *request)
{
    const char *token = token_of(request);
    struct problems problems = judge(request, token);
    if (problems.token || problems.new || problems.repeat)
        return show(request, &problems, 422);
    problems.token = guard_refuses(request, NULL);
    if (problems.token)
        return show(request, &problems, GUARD_STATUS);
    struct query *found = reset_queue_find(request->db, token);
    struct error *away = query_run(request->db);
    if (!away && query_rows(found) == 0)
        return refuse(request);
    guard_give_back(request, NULL); /* right, or nothing was guessed */
    TRY(away);
    const char *const about[] = { query_field(found, 0, "email"), query_field(found, 0, "full_name"),
                                  request->site->settings->site_name };
    problems.new = password_refuse(request, form_get(request->form, "new"), about, 3);
    if (problems.new)
        return show(request, &problems, 422);
    return use(request, query_field(found, 0, "id"), token);
}
