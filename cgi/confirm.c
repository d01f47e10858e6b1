/* The password once more. */
#include "confirm.h"

#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/session.h"
#include "admin.h"
#include "cookie.h"
#include "form_input.h"
#include "form_view.h"
#include "guard.h"
#include "value_view.h"

struct query *confirm_queue(struct request *request)
{
    const char *token = cookie_session(request);
    return token ? session_queue_confirmation(request->db, token) : NULL;
}

bool confirm_is_done(const struct request *request, const struct query *known)
{
    if (request->by_key)
        return cookie_key_age(request) < SESSION_CONFIRMED_MINUTES * 60L;
    return query_rows(known) > 0 && query_true(known, 0, "confirmed");
}

/* What this page adds to the form that it carries. */
static bool is_ours(const char *name)
{
    return strcmp(name, "csrf") == 0 || strcmp(name, CONFIRM_FIELD) == 0 || strcmp(name, "_username") == 0;
}

static struct error *ask(struct request *request, const char *what, const char *problem, int status)
{
    struct page *page = page_new(request, TPL_CONFIRM);
    bool admin = strncmp(request->path, "/admin/", strlen("/admin/")) == 0;
    const char *back = request->model ? value_view_href(request, request->model, request->id) : "/account";
    view_set(page->main, T_WHAT, what);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_ACTION, request->method == METHOD_POST ? form_view_action(request) : "/admin/confirm");
    view_set(page->main, T_CANCEL_HREF, admin ? "/admin/" : back);
    view_set(page->main, T_EMAIL, request->session->email);
    view_show_if(page->main, T_BY_KEY, request->by_key);
    view_set(page->main, T_PASSWORD_ERROR, problem);
    if (request->method == METHOD_GET)
        form_input_hide(page->main, "next", request->address);
    for (size_t i = 0; i < request->form->value_count; i++) {
        const struct form_value *value = &request->form->values[i];
        if (!is_ours(value->name))
            form_input_hide(page->main, value->name, value->value);
    }
    if (problem)
        page_error(page, problem, "password");
    return page_send(page, status, request->by_key ? "Enter the key again" : "Enter your password again");
}

static const char *account_of(const struct request *request)
{
    return request->by_key ? GUARD_ADMIN_KEY : request->session->email;
}

static bool is_right(const struct request *request, const struct query *known, const char *password)
{
    if (request->by_key)
        return admin_key_matches(request, password);
    return password_verify(query_rows(known) ? query_field(known, 0, "hashed_password") : NULL, password);
}

/* What is wrong with the password that came, or NULL. */
static const char *judge(struct request *request, const struct query *known, const char *password, int *status)
{
    *status = 422;
    if (!*password)
        return request->by_key ? "Enter the key" : "Enter your password";
    const char *wait = guard_refuses(request, account_of(request));
    if (wait) {
        *status = GUARD_STATUS;
        return wait;
    }
    if (is_right(request, known, password)) {
        guard_right(request, account_of(request));
        return NULL;
    }
    return request->by_key ? "Enter the key of the configuration" : "Enter the password that you signed in with";
}

static void queue_mark(struct request *request)
{
    session_queue_confirm(request->db, cookie_session(request));
    admin_audit(request, AUDIT_CONFIRMED, NULL);
}

static struct error *keep(struct request *request)
{
    if (request->by_key) {
        cookie_set_key(request);
        return NULL;
    }
    queue_mark(request);
    return query_run(request->db);
}

/* A failure has its line in the audit; having to wait has had its own. */
static struct error *audit_failure(struct request *request, int status)
{
    if (status != 422)
        return NULL;
    transaction_rollback(request->db);
    admin_audit(request, AUDIT_CONFIRM_FAILED, NULL);
    return query_run(request->db);
}

struct error *confirm_answer(struct request *request, const struct query *known, const char *what, bool *asked)
{
    const char *password = form_get(request->form, CONFIRM_FIELD);
    int status;
    *asked = false;
    if (!password && confirm_is_done(request, known))
        return NULL;
    *asked = true;
    if (!password)
        return ask(request, what, NULL, 403);
    const char *problem = judge(request, known, password, &status);
    if (problem && *password)
        TRY(audit_failure(request, status));
    if (problem)
        return ask(request, what, problem, status);
    *asked = false;
    return keep(request);
}

struct error *confirm_run(struct request *request, const char *what, bool *asked)
{
    struct query *known = confirm_queue(request), *kept = audit_queue_is_kept(request->db);
    *asked = false;
    TRY(page_run(request));
    request->audited = query_true(kept, 0, "kept");
    return confirm_answer(request, known, what, asked);
}

const char *confirm_refuses(struct request *request, const struct query *known, int *status)
{
    const char *password = form_get(request->form, CONFIRM_FIELD);
    const char *problem = judge(request, known, password ? password : "", status);
    if (!problem) {
        queue_mark(request);
        return NULL;
    }
    struct error *error = password && *password ? audit_failure(request, *status) : NULL;
    return error ? error->message : problem;
}
