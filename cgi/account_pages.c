/* One's own account. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/reset.h"
#include "../db/schema.h"
#include "../db/second_factor.h"
#include "../db/session.h"
#include "admin.h"
#include "cookie.h"
#include "guard.h"
#include "handlers.h"
#include "page.h"
#include "session_view.h"
#include "words.h"

/* Tells it while there is still a way in. */
static const char *judge_codes(const struct request *request, long long codes)
{
    if (codes > 2)
        return NULL;
    return memory_printf(request, "You have %s recovery code%s left: make new ones on the page of the second factor.",
                         codes == 0 ? "no" : codes == 1 ? "one" : "two", codes == 1 ? "" : "s");
}

static void fill_factor(struct page *page, const struct query *factor)
{
    const struct request *request = page->request;
    if (query_field(factor, 0, "sealed_secret")) {
        view_set(page->main, T_FACTOR, memory_printf(request, "On since %s",
                                                     words_time(request, query_field(factor, 0, "created_at"))));
        view_set(page->main, T_CODES_LOW, judge_codes(request, query_number(factor, 0, "codes")));
    } else {
        view_set(page->main, T_FACTOR, "Off");
    }
}

static struct error *show_account(struct request *request, const struct query *sessions, const struct query *factor)
{
    const struct session *session = request->session;
    const struct model *user = schema_by_table(request->site->schema, "user");
    struct page *page = page_new(request, TPL_ACCOUNT);
    view_set(page->main, T_NAME, session->name);
    view_set(page->main, T_EMAIL, session->email);
    view_set(page->main, T_ROLE, session->superuser ? "Superuser" : "User");
    view_set(page->main, T_CSRF, cookie_csrf(request));
    if (page_may_read(request, user))
        view_set(page->main, T_RECORD_HREF, memory_printf(request, "/%s/%s", user->path, session->user_id));
    if (factor)
        fill_factor(page, factor);
    session_view_fill(page, sessions, "/account/sign-ins/end");
    return page_send(page, 200, "Your account");
}

struct error *account_page(struct request *request)
{
    struct query *kept = session_queue_kept(request->db), *factor = NULL;
    TRY(page_run(request));
    struct query *sessions = session_queue_list(request->db, request->session->user_id, cookie_session(request));
    if (query_true(kept, 0, "accounts"))
        factor = second_factor_queue_find(request->db, request->session->user_id);
    query_read_only(request->db);
    TRY(query_run(request->db));
    return show_account(request, sessions, factor);
}

struct error *sign_ins_end_post(struct request *request)
{
    const char *id = form_get(request->form, "id"), *token = cookie_session(request);
    struct query *kept = session_queue_kept(request->db);
    TRY(page_run(request));
    request->audited = query_true(kept, 0, "audit");
    int count;
    TRY(admin_change(request, session_end(request, request->session->user_id, id, token), AUDIT_SESSIONS_ENDED,
                     id ? "one of their own" : "all others of their own", &count));
    const char *gone = id ? "It had ended already." : "They had ended already.";
    const char *done = id ? "That sign-in has ended." : "All other sign-ins of yours have ended.";
    cookie_set_flash(request, count > 0 ? done : gone, NULL);
    response_redirect(request->response, "/account");
    return NULL;
}

struct problems {
    const char *current, *new, *repeat;
};

static struct error *show(struct request *request, const struct problems *problems, int status)
{
    struct page *page = page_new(request, TPL_PASSWORD);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_EMAIL, request->session->email);
    view_show_if(page->main, T_FIRST, request->session->must_change_password);
    view_set(page->main, T_CANCEL_HREF, request->session->must_change_password ? NULL : "/account");
    view_set(page->main, T_CURRENT_ERROR, problems->current);
    view_set(page->main, T_NEW_ERROR, problems->new);
    view_set(page->main, T_REPEAT_ERROR, problems->repeat);
    if (problems->current)
        page_error(page, problems->current, "current");
    if (problems->new)
        page_error(page, problems->new, "new");
    if (problems->repeat)
        page_error(page, problems->repeat, "repeat");
    return page_send(page, status, "Change your password");
}

struct error *password_page(struct request *request)
{
    TRY(page_run(request));
    const struct problems none = { NULL, NULL, NULL };
    return show(request, &none, 200);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static const char WRONG_PASSWORD[] = "Enter the password that you signed in with";

static struct problems judge(const struct request *request, const char *hash)
{
    const char *current = or_empty(form_get(request->form, "current"));
    const char *new = or_empty(form_get(request->form, "new")), *repeat = or_empty(form_get(request->form, "repeat"));
    struct problems problems = { NULL, NULL, NULL };
    if (!*current)
        problems.current = "Enter your current password";
    else if (!password_verify(hash, current))
        problems.current = WRONG_PASSWORD;
    const char *const about[] = { request->session->email, request->session->name, request->site->settings->site_name };
    problems.new = *new ? password_refuse(request, new, about, 3) : "Enter a new password";
    if (!problems.new && strcmp(new, current) == 0)
        problems.new = "Enter a password that differs from the current one";
    if (!problems.new && strcmp(new, repeat) != 0)
        problems.repeat = "Enter the new password again, exactly as above";
    return problems;
}

/* Whether the current password may be tried; otherwise *answer is the page that says to wait. */
static bool may_try(struct request *request, struct error **answer)
{
    const char *wait = *or_empty(form_get(request->form, "current"))
                           ? guard_refuses(request, request->session->email) : NULL;
    const struct problems problems = { wait, NULL, NULL };
    *answer = wait ? show(request, &problems, GUARD_STATUS) : NULL;
    return !wait;
}

static struct error *refuse(struct request *request, const struct problems *problems)
{
    if (problems->current == WRONG_PASSWORD) {
        admin_audit(request, AUDIT_CONFIRM_FAILED, NULL);
        TRY(query_run(request->db));
    } else if (!problems->current) {
        guard_right(request, request->session->email);
    }
    return show(request, problems, 422);
}

/* Only while the password is the one that was judged: what a reset link set meanwhile stays. */
static struct error *change(struct request *request, const char *old, bool accounts, bool *changed)
{
    const char *user_id = request->session->user_id;
    transaction_begin(request->db);
    const struct query *set = session_queue_set_password(request->db, user_id, old,
                                                         password_hash(request, form_get(request->form, "new")));
    session_queue_end_others(request->db, user_id, cookie_session(request));
    if (accounts)
        reset_queue_forget(request->db, user_id);
    admin_audit(request, AUDIT_PASSWORD_CHANGED, NULL);
    TRY(query_run(request->db));
    *changed = query_rows(set) > 0;
    if (*changed)
        transaction_commit(request->db);
    else
        transaction_rollback(request->db);
    return query_run(request->db);
}

struct error *password_post(struct request *request)
{
    struct query *kept = session_queue_kept(request->db);
    struct error *answer;
    TRY(page_run(request));
    request->audited = query_true(kept, 0, "audit");
    struct query *own = session_queue_own_credentials(request->db, request->session->user_id);
    TRY(query_run(request->db));
    if (!may_try(request, &answer))
        return answer;
    const char *old = query_rows(own) ? query_field(own, 0, "hashed_password") : NULL;
    struct problems problems = judge(request, old);
    if (problems.current || problems.new || problems.repeat)
        return refuse(request, &problems);
    guard_right(request, request->session->email);
    bool changed;
    TRY(change(request, old, query_true(kept, 0, "accounts"), &changed));
    problems.current = changed ? NULL : "It was changed meanwhile: enter the password that it is now";
    if (!changed)
        return show(request, &problems, 422);
    cookie_set_flash(request, "Your password has been changed, and other sign-ins of yours have ended.", NULL);
    response_redirect(request->response, "/account");
    return NULL;
}
