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
#include "guard.h"
#include "handlers.h"
#include "page.h"
#include "sign_in.h"

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

static const char WRONG[] = "Enter an email address and password that belong together";

/* An address that nobody has is kept as it was typed: somebody looks for it. */
static struct error *refuse(struct request *request, const struct query *kept, const struct query *found)
{
    sign_in_audit(request, kept, AUDIT_SIGN_IN_FAILED, query_rows(found) ? query_field(found, 0, "id") : NULL,
                  form_get(request->form, "email"), NULL);
    TRY(query_run(request->db));
    return sign_in_show(request, WRONG, NULL, 422);
}

/* The password is right: a session begins, unless there is a second factor to ask for. */
static struct error *go_on(struct request *request, const struct query *kept, const struct query *found, bool *changed)
{
    const char *email = query_field(found, 0, "email");
    struct sign_in_proof proof = { sign_in_token(request, found), query_field(found, 0, "hashed_password") };
    if (password_is_outdated(proof.hash)) {
        const char *old = proof.hash;
        proof.hash = password_hash(request, form_get(request->form, "password"));
        session_queue_rehash(request->db, query_field(found, 0, "id"), old, proof.hash);
    }
    struct query *unchanged, *begun = sign_in_queue(request, found, kept, &proof, NULL, &unchanged);
    TRY(query_run(request->db));
    if (query_rows(begun) > 0)
        return sign_in_finish(request, email, proof.token);
    guard_give_back(request, email);
    *changed = query_rows(unchanged) == 0;
    if (*changed)
        return NULL;
    return sign_in_code_show(request, sign_in_ticket_seal(request, found, proof.hash, kept), NULL, 200);
}

/* changed: somebody changed the account meanwhile, and nothing is answered yet. */
static struct error *judge(struct request *request, const char *email, const char *password, bool *changed)
{
    *changed = false;
    struct query *found = session_queue_credentials(request->db, email), *kept = session_queue_kept(request->db);
    const struct query *spelling = session_queue_spelling(request->db, email);
    TRY(query_run(request->db));
    const char *wait = guard_refuses(request, query_field(query_rows(found) ? found : spelling, 0, "email"));
    if (wait)
        return sign_in_show(request, wait, NULL, GUARD_STATUS);
    const char *hash = query_rows(found) ? query_field(found, 0, "hashed_password") : NULL;
    return password_verify(hash, password) ? go_on(request, kept, found, changed) : refuse(request, kept, found);
}

/* One text for an unknown address, a wrong password and a disabled account, after the same work (ASVS 6.3.8). Tries are
 * counted by the account, however its address is spelled. */
struct error *sign_in_post(struct request *request)
{
    const char *email = form_get(request->form, "email"), *password = form_get(request->form, "password");
    const char *no_email = email && *email ? NULL : "Enter your email address";
    const char *no_password = password && *password ? NULL : "Enter your password";
    if (no_email || no_password)
        return sign_in_show(request, no_email, no_password, 422);
    bool changed;
    TRY(judge(request, email, password, &changed));
    if (changed) /* the same password may still be right: another sign-in renewed its hash */
        TRY(judge(request, email, password, &changed));
    return changed ? sign_in_show(request, WRONG, NULL, 422) : NULL;
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
