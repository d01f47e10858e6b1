/* Signing in and out. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/session.h"
#include "admin.h"
#include "again.h"
#include "cookie.h"
#include "handlers.h"
#include "page.h"

struct error *sign_in_show(struct request *request, const char *email_error, const char *password_error, int status)
{
    struct page *page = page_new(request, TPL_SIGN_IN);
    const char *next = form_get(request->method == METHOD_POST ? request->form : request->query, "next");
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_EMAIL, request->model ? NULL : form_get(request->form, "email"));
    view_set(page->main, T_NEXT, next && response_path_is_local(next) ? next : NULL);
    view_set(page->main, T_EMAIL_ERROR, email_error);
    view_set(page->main, T_PASSWORD_ERROR, password_error);
    if (again_is_needed(request))
        again_carry(request, page->main);
    if (email_error)
        page_error(page, email_error, "email");
    if (password_error)
        page_error(page, password_error, "password");
    return page_send(page, status, "Sign in");
}

struct error *sign_in_page(struct request *request)
{
    return sign_in_show(request, NULL, NULL, 200);
}

/* An address that nobody has is kept as it was typed: somebody looks for it. */
static void audit_attempt(struct request *request, const struct query *kept, const char *action, const char *user_id)
{
    const struct audit_line line = { .action = action, .user_id = user_id, .who = form_get(request->form, "email"),
                                     .remote = request->remote };
    if (query_true(kept, 0, "kept"))
        audit_queue(request->db, &line);
    else
        audit_log(&line);
}

static struct error *refuse(struct request *request, const struct query *kept, const struct query *found)
{
    audit_attempt(request, kept, AUDIT_SIGN_IN_FAILED, query_rows(found) ? query_field(found, 0, "id") : NULL);
    TRY(query_run(request->db));
    return sign_in_show(request, "Enter an email address and password that belong together", NULL, 422);
}

/* One text for an unknown address, a wrong password and a disabled account, after the same work (ASVS 6.3.8). */
struct error *sign_in_post(struct request *request)
{
    const char *email = form_get(request->form, "email"), *password = form_get(request->form, "password");
    const char *no_email = email && *email ? NULL : "Enter your email address";
    const char *no_password = password && *password ? NULL : "Enter your password";
    if (no_email || no_password)
        return sign_in_show(request, no_email, no_password, 422);
    struct query *found = session_queue_credentials(request->db, email), *kept = audit_queue_is_kept(request->db);
    TRY(query_run(request->db));
    const char *hash = query_rows(found) ? query_field(found, 0, "hashed_password") : NULL;
    if (!password_verify(hash, password))
        return refuse(request, kept, found);
    bool superuser = query_true(found, 0, "is_superuser");
    const char *token = superuser ? token_generate_superuser(request) : token_generate(request);
    connection_act_for(request->db, query_field(found, 0, "id"), superuser);
    /* A session that this browser still had ends here, so that a planted one is worth nothing (ASVS 7.2.4). */
    if (cookie_session(request))
        session_queue_end(request->db, cookie_session(request));
    session_queue_begin(request->db, query_field(found, 0, "id"), token, request->site->settings->session_days,
                        request->remote);
    audit_attempt(request, kept, AUDIT_SIGNED_IN, query_field(found, 0, "id"));
    TRY(query_run(request->db));
    cookie_set_session(request, token);
    if (again_is_needed(request))
        return again_send(request, token);
    const char *next = form_get(request->form, "next");
    response_redirect(request->response, next ? next : "/");
    return NULL;
}

struct error *sign_out_post(struct request *request)
{
    struct query *kept = audit_queue_is_kept(request->db);
    TRY(page_run(request));
    request->audited = query_true(kept, 0, "kept");
    admin_audit(request, AUDIT_SIGNED_OUT, NULL);
    session_queue_end(request->db, cookie_session(request));
    TRY(query_run(request->db));
    cookie_clear_session(request);
    response_redirect(request->response, "/sign-in");
    return NULL;
}
