/* The admin key: a way in while the database cannot say who is there, and no way in otherwise. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "admin.h"
#include "cookie.h"
#include "guard.h"
#include "handlers.h"

static struct error *show(struct request *request, const struct error *reason, const char *problem, int status)
{
    struct page *page = page_new(request, TPL_KEY);
    view_set(page->main, T_REASON, reason ? memory_printf(request, "The database cannot say who is there: %s.",
                                                          admin_public_words(reason)) : NULL);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_KEY_ERROR, problem);
    if (problem)
        page_error(page, problem, "key");
    return page_send(page, status, reason ? "Admin key" : "The key is not needed");
}

struct error *key_page(struct request *request)
{
    return show(request, admin_probe(request), NULL, 200);
}

static const char *judge(struct request *request, const char *key, int *status)
{
    *status = 422;
    if (!key || !*key)
        return "Enter the key";
    const char *wait = guard_refuses(request, GUARD_ADMIN_KEY);
    *status = wait ? GUARD_STATUS : *status;
    if (wait)
        return wait;
    if (!admin_key_matches(request, key))
        return "Enter the key of the configuration";
    guard_right(request, GUARD_ADMIN_KEY);
    return NULL;
}

struct error *key_post(struct request *request)
{
    const struct error *reason = admin_probe(request);
    int status;
    if (!reason)
        return show(request, NULL, NULL, 200);
    const char *problem = judge(request, form_get(request->form, "key"), &status);
    const struct audit_line line = { .action = problem ? AUDIT_CONFIRM_FAILED : AUDIT_KEY_USED, .who = ADMIN_KEY_WHO,
                                     .remote = request->remote };
    if (!problem || status == 422)
        audit_log(&line);
    if (problem)
        return show(request, reason, problem, status);
    cookie_set_key(request);
    response_redirect(request->response, "/admin/");
    return NULL;
}

struct error *key_end_post(struct request *request)
{
    TRY(cookie_end_key(request));
    response_redirect(request->response, "/admin/key");
    return NULL;
}
