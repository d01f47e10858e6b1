/* The admin key: a way in while the database cannot say who is there, and no way in otherwise. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "admin.h"
#include "cookie.h"
#include "handlers.h"
#include "throttle.h"

static struct error *show(struct request *request, const struct error *reason, const char *problem)
{
    struct page *page = page_new(request, TPL_KEY);
    view_set(page->main, T_REASON, reason ? memory_printf(request, "The database cannot say who is there: %s.",
                                                          admin_public_words(reason)) : NULL);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_KEY_ERROR, problem);
    if (problem)
        page_error(page, problem, "key");
    return page_send(page, problem ? 422 : 200, reason ? "Admin key" : "The key is not needed");
}

struct error *key_page(struct request *request)
{
    return show(request, admin_probe(request), NULL);
}

static const char *judge(const struct request *request, const char *key)
{
    const char *var = request->site->settings->var, *name = memory_printf(request, "key %s", request->remote);
    if (!key || !*key)
        return "Enter the key";
    if (!throttle_allows(var, name))
        return "Wait five minutes before you try again: too many tries have failed";
    if (admin_key_matches(request, key))
        return NULL;
    throttle_fail(var, name);
    return "Enter the key of the configuration";
}

struct error *key_post(struct request *request)
{
    const struct error *reason = admin_probe(request);
    if (!reason)
        return show(request, NULL, NULL);
    const char *problem = judge(request, form_get(request->form, "key"));
    const struct audit_line line = { .action = problem ? AUDIT_CONFIRM_FAILED : AUDIT_KEY_USED, .who = "admin key",
                                     .remote = request->remote };
    audit_log(&line);
    if (problem)
        return show(request, reason, problem);
    cookie_set_key(request);
    response_redirect(request->response, "/admin/");
    return NULL;
}

struct error *key_end_post(struct request *request)
{
    cookie_clear_key(request);
    response_redirect(request->response, "/admin/key");
    return NULL;
}
