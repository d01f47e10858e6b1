/* Who may use the pages below /admin/. */
#include "admin.h"

#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/session.h"
#include "cookie.h"
#include "form_input.h"
#include "form_view.h"
#include "handlers.h"
#include "throttle.h"

const struct admin_place admin_places[] = {
    { "/admin/", "State", "How the site is doing, and what to do about it.", true },
    { "/admin/health", "Health", "Versions, settings, connections, disk and workers in detail.", true },
    { "/admin/jobs/", "Jobs", "What runs in the background, how it ended, and what to do when it was cut off.", true },
    { "/admin/backups/", "Backups", "Make, prove, download, restore and remove backups.", true },
    { "/admin/migrations", "Migrations", "What is applied, what is pending, and moving the database forward or back.", true },
    { "/admin/seeds", "Seeds", "Rows that come with the program: what each seed would do, and running it.", false },
    { "/admin/schema", "Schema", "Every table against its model, sizes, and the models as a diagram.", false },
    { "/admin/queries", "Queries", "What the database spends its time on, what runs now, and indexes that pay or do not.", false },
    { "/admin/audit", "Audit", "Who did what, when, and from where: sign-ins, changes, administration.", false },
    { NULL, NULL, NULL, false },
};

static const char no_superuser[] = "the database has no superuser who could sign in",
                  no_tables[] = "the database has no tables of users and sessions";

/* NULL when the database can say who is there, and there is somebody to be. */
static struct error *probe(struct request *request)
{
    transaction_rollback(request->db); /* what was queued is not for strangers */
    struct query *found = session_queue_probe(request->db);
    query_read_only(request->db);
    TRY(query_run(request->db));
    if (query_true(found, 0, "somebody"))
        return NULL;
    return error_new(request, ERROR_UNAVAILABLE, "%s", no_superuser);
}

/* What page_run says when it could not find out, and when there is nobody to find. */
static bool is_unknown(const struct request *request, const struct error *error)
{
    return !request->session
           && (error->code == ERROR_SIGN_IN || error->code == ERROR_UNAVAILABLE || error->code == ERROR_FAILED);
}

static struct session *key_session(struct request *request)
{
    struct session *session = NEW(request, struct session);
    session->email = "";
    session->name = "By key";
    session->superuser = true;
    return session;
}

/* PostgreSQL's words for a missing table tell an administrator less than these. */
static struct error *in_words(struct request *request, struct error *error)
{
    static const char *const missing[] = { "42P01", "42703", "3F000" };
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        if (strcmp(error->sqlstate, missing[i]) == 0)
            return error_new(request, ERROR_UNAVAILABLE, "%s", no_tables);
    error->code = ERROR_UNAVAILABLE;
    return error;
}

struct error *admin_probe(struct request *request)
{
    struct error *problem = probe(request);
    return problem ? in_words(request, problem) : NULL;
}

const char *admin_public_words(const struct error *problem)
{
    bool own = strcmp(problem->message, no_superuser) == 0 || strcmp(problem->message, no_tables) == 0;
    return own ? problem->message : "it does not answer";
}

struct error *admin_run(struct request *request, const struct error **away)
{
    if (away)
        *away = NULL;
    struct query *kept = request->method == METHOD_POST ? audit_queue_is_kept(request->db) : NULL;
    struct error *error = page_run(request);
    request->audited = !error && kept && query_true(kept, 0, "kept");
    if (!error || !is_unknown(request, error))
        return error;
    struct error *problem = admin_probe(request);
    if (!problem)
        return error;
    if (cookie_key_age(request) < 0) {
        request->locked_out = true;
        return error_new(request, ERROR_UNAVAILABLE, "%s", admin_public_words(problem));
    }
    request->session = key_session(request);
    request->by_key = true;
    connection_act_for(request->db, NULL, true);
    if (!away)
        return problem;
    *away = problem;
    return NULL;
}

/* Who came by the key is known to the log alone: the database is away. */
void admin_audit(struct request *request, const char *action, const char *subject)
{
    const struct session *session = request->session;
    const struct audit_line line = { .action = action, .subject = subject, .remote = request->remote,
                                     .user_id = session ? session->user_id : NULL,
                                     .who = request->by_key ? "admin key" : session ? session->email : NULL };
    if (request->by_key || !request->audited)
        audit_log(&line);
    else
        audit_queue(request->db, &line);
}

/* --- The password again ------------------------------------------------------------------------------------------- */

static const char *throttle_name(const struct request *request)
{
    if (request->by_key)
        return memory_printf(request, "key %s", request->remote);
    return memory_printf(request, "confirm %s", request->session->user_id);
}

/* What this page adds to the form that it carries. */
static bool is_ours(const char *name)
{
    return strcmp(name, "csrf") == 0 || strcmp(name, "_password") == 0 || strcmp(name, "_username") == 0;
}

static struct error *ask(struct request *request, const char *what, const char *problem)
{
    struct page *page = page_new(request, TPL_CONFIRM);
    view_set(page->main, T_WHAT, what);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_ACTION, request->method == METHOD_POST ? form_view_action(request) : "/admin/confirm");
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
    return page_send(page, problem ? 422 : 403, request->by_key ? "Enter the key again" : "Enter your password again");
}

bool admin_key_matches(const struct request *request, const char *typed)
{
    return token_same(typed, request->site->settings->admin_key);
}

static bool is_right(const struct request *request, const struct query *known, const char *password)
{
    if (request->by_key)
        return admin_key_matches(request, password);
    return password_verify(query_rows(known) ? query_field(known, 0, "hashed_password") : NULL, password);
}

static struct error *confirm(struct request *request)
{
    if (request->by_key) {
        cookie_set_key(request);
        return NULL;
    }
    session_queue_confirm(request->db, cookie_session(request));
    admin_audit(request, AUDIT_CONFIRMED, NULL);
    return query_run(request->db);
}

static struct error *refuse(struct request *request, const char *what)
{
    throttle_fail(request->site->settings->var, throttle_name(request));
    admin_audit(request, AUDIT_CONFIRM_FAILED, NULL);
    TRY(query_run(request->db));
    return ask(request, what, request->by_key ? "Enter the key of the configuration"
                                              : "Enter the password that you signed in with");
}

static bool is_confirmed(const struct request *request, const struct query *known)
{
    if (request->by_key)
        return cookie_key_age(request) < SESSION_CONFIRMED_MINUTES * 60L;
    return query_rows(known) > 0 && query_true(known, 0, "confirmed");
}

struct error *admin_run_confirmed(struct request *request, const char *what, const struct error **away, bool *asked)
{
    const char *token = cookie_session(request), *password = form_get(request->form, "_password");
    struct query *known = token ? session_queue_confirmation(request->db, token) : NULL;
    *asked = false;
    TRY(admin_run(request, away));
    if (!password && is_confirmed(request, known))
        return NULL;
    *asked = true;
    if (!password)
        return ask(request, what, NULL);
    if (!*password)
        return ask(request, what, request->by_key ? "Enter the key" : "Enter your password");
    if (!throttle_allows(request->site->settings->var, throttle_name(request)))
        return ask(request, what, "Wait five minutes before you try again: too many tries have failed");
    if (!is_right(request, known, password))
        return refuse(request, what);
    *asked = false;
    return confirm(request);
}

/* Where a page that asked before it opened goes on. */
struct error *admin_confirm_post(struct request *request)
{
    const char *next = form_get(request->form, "next");
    bool asked;
    TRY(admin_run_confirmed(request, "go on", NULL, &asked));
    if (!asked)
        response_redirect(request->response, next ? next : "/admin/");
    return NULL;
}

/* --- A name typed -------------------------------------------------------------------------------------------------- */

void admin_typed_fill(struct page *page, const char *name, const char *problem)
{
    struct view *view = view_include(page->main, T_TYPED, TPL_TYPED);
    view_set(view, T_NAME, name);
    view_set(view, T_VALUE, form_get(page->request->form, "_typed"));
    view_set(view, T_ERROR, problem);
    if (problem)
        page_error(page, problem, "typed");
}

const char *admin_typed_problem(const struct request *request, const char *name)
{
    const char *typed = form_get(request->form, "_typed");
    return typed && strcmp(typed, name) == 0 ? NULL : memory_printf(request, "Type %s to confirm", name);
}
