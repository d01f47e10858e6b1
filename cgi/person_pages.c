/* What a superuser may do about somebody's ways in: end their sign-ins, make a reset link, take a second factor off. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/record.h"
#include "../db/reset.h"
#include "../db/second_factor.h"
#include "../db/session.h"
#include "admin.h"
#include "confirm.h"
#include "cookie.h"
#include "handlers.h"
#include "session_view.h"
#include "value_view.h"
#include "words.h"

struct sight {
    const struct model *user;
    struct query *person, *factor, *sessions, *reset;
};

static struct error *not_found(const struct request *request)
{
    return error_new(request, ERROR_NOT_FOUND, "there is no account '%s'", request->id);
}

static const struct model *user_model(const struct request *request)
{
    return schema_by_table(request->site->schema, "user");
}

/* Everything that the page shows, in the second round trip: who may not see it asks for nothing. */
static struct error *look(struct request *request, struct sight *sight)
{
    sight->user = user_model(request);
    sight->person = session_queue_person(request->db, request->id);
    sight->factor = second_factor_queue_find(request->db, request->id);
    sight->sessions = session_queue_list(request->db, request->id, cookie_session(request));
    sight->reset = reset_queue_pending(request->db, request->id);
    TRY(query_run(request->db));
    return query_rows(sight->person) > 0 ? NULL : not_found(request);
}

static const char *href(const struct request *request)
{
    return memory_printf(request, "/admin/accounts/%s", request->id);
}

static struct error *show(struct request *request, const struct sight *sight, const char *token)
{
    struct page *page = page_new(request, TPL_PERSON);
    const char *name = query_field(sight->person, 0, "full_name"), *own = href(request);
    const char *since = query_field(sight->factor, 0, "created_at");
    view_set(page->main, T_LIST_HREF, memory_printf(request, "/%s/", sight->user->path));
    view_set(page->main, T_LIST_LABEL, words_capital(request, sight->user->plural));
    view_set(page->main, T_RECORD_HREF, value_view_href(request, sight->user, request->id));
    view_set(page->main, T_NAME, name);
    view_set(page->main, T_EMAIL, query_field(sight->person, 0, "email"));
    view_show_if(page->main, T_INACTIVE, !query_true(sight->person, 0, "is_active"));
    view_set(page->main, T_FACTOR, since ? memory_printf(request, "On since %s", words_time(request, since)) : "Off");
    view_show_if(page->main, T_FACTOR_ON, since != NULL);
    if (query_rows(sight->reset) > 0)
        view_set(page->main, T_RESET_UNTIL, words_time(request, query_field(sight->reset, 0, "expires_at")));
    if (token)
        view_set(page->main, T_LINK, memory_printf(request, "%s://%s" RESET_PATH "#%s", request->secure ? "https" : "http",
                                                   request->host, token));
    view_set(page->main, T_ACTION, own);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    session_view_fill(page, sight->sessions, memory_printf(request, "%s/end", own));
    return page_send(page, 200, memory_printf(request, "Sign-ins of %s", name));
}

/* Only a number is the key of an account. */
static bool id_is_valid(const struct request *request)
{
    return record_id_is_valid(user_model(request), request->id);
}

struct error *person_page(struct request *request)
{
    struct sight sight;
    TRY(admin_run(request, NULL));
    if (!id_is_valid(request))
        return not_found(request);
    query_read_only(request->db);
    TRY(look(request, &sight));
    return show(request, &sight, NULL);
}

/* For the audit: whose account it was. */
static const char *email_of(const struct sight *sight)
{
    return query_field(sight->person, 0, "email");
}

struct error *person_end_post(struct request *request)
{
    const char *id = form_get(request->form, "id");
    const struct query *person = id_is_valid(request) ? session_queue_person(request->db, request->id) : NULL;
    int count;
    TRY(admin_run(request, NULL));
    if (!person || query_rows(person) == 0)
        return not_found(request);
    TRY(admin_change(request, session_end(request, request->id, id, cookie_session(request)), AUDIT_SESSIONS_ENDED,
                     memory_printf(request, "%s of %s", id ? "one" : "all", query_field(person, 0, "email")), &count));
    const char *gone = id ? "It had ended already." : "They had ended already.";
    cookie_set_flash(request, count == 0 ? gone : id ? "That sign-in has ended." : "The sign-ins have ended.", NULL);
    response_redirect(request->response, href(request));
    return NULL;
}

struct error *person_reset_post(struct request *request)
{
    struct sight sight;
    bool asked;
    TRY(admin_run_confirmed(request, "make a reset link", NULL, &asked));
    if (asked)
        return NULL;
    if (!id_is_valid(request))
        return not_found(request);
    TRY(look(request, &sight));
    if (!query_true(sight.person, 0, "is_active"))
        return error_new(request, ERROR_REFUSED, "the account '%s' is not active: make it active first", email_of(&sight));
    const char *token = token_generate(request);
    reset_queue_make(request->db, request->id, token);
    admin_audit(request, AUDIT_RESET_MADE, email_of(&sight));
    TRY(look(request, &sight));
    return show(request, &sight, token);
}

struct error *person_factor_off_post(struct request *request)
{
    struct sight sight;
    bool asked;
    TRY(admin_run_confirmed(request, "take a second factor off", NULL, &asked));
    if (asked)
        return NULL;
    if (!id_is_valid(request))
        return not_found(request);
    TRY(look(request, &sight));
    second_factor_queue_off(request->db, request->id);
    if (query_rows(sight.factor) > 0)
        admin_audit(request, AUDIT_FACTOR_OFF, email_of(&sight));
    TRY(query_run(request->db));
    cookie_set_flash(request, "The second factor is off: the password alone signs in.", NULL);
    response_redirect(request->response, href(request));
    return NULL;
}
