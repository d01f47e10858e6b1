/* One's own account. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/schema.h"
#include "../db/session.h"
#include "admin.h"
#include "cookie.h"
#include "handlers.h"
#include "page.h"
#include "words.h"

struct error *account_page(struct request *request)
{
    const char *token = cookie_session(request);
    struct query *since = token ? session_queue_since(request->db, token) : NULL;
    TRY(page_run(request));
    const struct session *session = request->session;
    const char *began = query_field(since, 0, "created_at");
    const struct model *user = schema_by_table(request->site->schema, "user");
    struct page *page = page_new(request, TPL_ACCOUNT);
    view_set(page->main, T_NAME, session->name);
    view_set(page->main, T_EMAIL, session->email);
    view_set(page->main, T_ROLE, session->superuser ? "Superuser" : "User");
    view_set(page->main, T_SINCE, words_time(request, began));
    view_set(page->main, T_SINCE_DATETIME, words_datetime(request, began));
    view_set(page->main, T_CSRF, cookie_csrf(request));
    if (page_may_read(request, user))
        view_set(page->main, T_RECORD_HREF, memory_printf(request, "/%s/%s", user->path, session->user_id));
    return page_send(page, 200, "Your account");
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

static struct problems judge(const struct request *request, const char *hash)
{
    const char *current = or_empty(form_get(request->form, "current"));
    const char *new = or_empty(form_get(request->form, "new")), *repeat = or_empty(form_get(request->form, "repeat"));
    struct problems problems = { NULL, NULL, NULL };
    if (!*current)
        problems.current = "Enter your current password";
    else if (!password_verify(hash, current))
        problems.current = "Enter the password that you signed in with";
    problems.new = *new ? password_refuse(request, new) : "Enter a new password";
    if (!problems.new && strcmp(new, current) == 0)
        problems.new = "Enter a password that differs from the current one";
    if (!problems.new && strcmp(new, repeat) != 0)
        problems.repeat = "Enter the new password again, exactly as above";
    return problems;
}

struct error *password_post(struct request *request)
{
    struct query *kept = audit_queue_is_kept(request->db);
    TRY(page_run(request));
    request->audited = query_true(kept, 0, "kept");
    const char *user_id = request->session->user_id, *token = cookie_session(request);
    struct query *own = session_queue_own_credentials(request->db, user_id);
    TRY(query_run(request->db));
    struct problems problems = judge(request, query_rows(own) ? query_field(own, 0, "hashed_password") : NULL);
    if (problems.current || problems.new || problems.repeat)
        return show(request, &problems, 422);
    session_queue_set_password(request->db, user_id, password_hash(request, form_get(request->form, "new")));
    session_queue_end_others(request->db, user_id, token);
    admin_audit(request, AUDIT_PASSWORD_CHANGED, NULL);
    TRY(query_run(request->db));
    cookie_set_flash(request, "Your password has been changed, and other sign-ins of yours have ended.", NULL);
    response_redirect(request->response, "/account");
    return NULL;
}
