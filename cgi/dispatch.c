/* The table of routes, and the way of every request through it. */
#include <names.h>
#include <string.h>

#include "../db/closed.h"
#include "../db/connection.h"
#include "../db/log.h"
#include "../db/migrate.h"
#include "../db/query.h"
#include "../db/session.h"
#include "admin.h"
#include "again.h"
#include "api.h"
#include "cookie.h"
#include "error_pages.h"
#include "handlers.h"
#include "page.h"
#include "router.h"

/* Deny by default: a route names the role that it needs, and with {model} the model's own roles count as well. */
static const struct route routes[] = {
    { METHOD_GET, ROLE_USER, "/", overview_page, false, false },
    { METHOD_GET, ROLE_ANYONE, "/healthz", health_live, false, false },
    { METHOD_GET, ROLE_ANYONE, "/readyz", health_ready, false, false },
    { METHOD_GET, ROLE_ANYONE, "/metrics", health_metrics, false, false },
    { METHOD_GET, ROLE_ANYONE, "/sign-in", sign_in_page, false, true },
    { METHOD_POST, ROLE_ANYONE, "/sign-in", sign_in_post, false, true },
    { METHOD_GET, ROLE_ANYONE, "/sign-in/code", sign_in_code_page, false, true },
    { METHOD_POST, ROLE_ANYONE, "/sign-in/code", sign_in_code_post, false, true },
    { METHOD_GET, ROLE_ANYONE, "/reset", reset_page, false, true },
    { METHOD_POST, ROLE_ANYONE, "/reset", reset_post, false, true },
    { METHOD_POST, ROLE_USER, "/sign-out", sign_out_post, false, true },
    { METHOD_GET, ROLE_USER, "/account", account_page, false, false },
    { METHOD_GET, ROLE_USER, "/account/password", password_page, false, true },
    { METHOD_POST, ROLE_USER, "/account/password", password_post, false, true },
    { METHOD_POST, ROLE_USER, "/account/sign-ins/end", sign_ins_end_post, false, false },
    { METHOD_GET, ROLE_USER, "/account/second-factor", factor_page, false, false },
    { METHOD_POST, ROLE_USER, "/account/second-factor/new", factor_new_post, false, false },
    { METHOD_POST, ROLE_USER, "/account/second-factor/on", factor_on_post, false, false },
    { METHOD_POST, ROLE_USER, "/account/second-factor/off", factor_off_post, false, false },
    { METHOD_POST, ROLE_USER, "/account/second-factor/codes", factor_codes_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/accounts/{id}", person_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/accounts/{id}/end", person_end_post, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/accounts/{id}/reset", person_reset_post, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/accounts/{id}/factor-off", person_factor_off_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/", admin_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/confirm", admin_confirm_post, false, false },
    { METHOD_GET, ROLE_ANYONE, "/admin/key", key_page, false, true },
    { METHOD_POST, ROLE_ANYONE, "/admin/key", key_post, false, true },
    { METHOD_POST, ROLE_ANYONE, "/admin/key/end", key_end_post, false, true },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/health", health_page, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/migrations", migrations_page, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/migrations/show/{id}", revision_page, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/migrations/sql", migration_sql, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/migrations/upgrade", upgrade_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/migrations/upgrade", upgrade_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/migrations/downgrade", downgrade_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/migrations/downgrade", downgrade_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/migrations/rescue", rescue_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/migrations/rescue", rescue_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/migrations/new", new_revision_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/migrations/new", new_revision_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/seeds", seeds_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/seeds", seeds_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/jobs/", jobs_page, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/jobs/{id}", job_page, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/jobs/{id}/tail", job_tail, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/jobs/{id}/cancel", job_cancel_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/backups/", backups_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/backups/", backups_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/backups/upload", backup_upload_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/backups/upload", backup_upload_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/backups/prune", backups_prune_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/backups/prune", backups_prune_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/backups/earlier", earlier_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/backups/earlier", earlier_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/backups/{id}", backup_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/backups/{id}/verify", backup_verify_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/backups/{id}/download", backup_download, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/backups/{id}/manifest", backup_manifest, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/backups/{id}/restore", backup_restore_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/backups/{id}/restore", backup_restore_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/backups/{id}/delete", backup_delete_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/backups/{id}/delete", backup_delete_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/schema", schema_page, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/audit", audit_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/audit/export", audit_export_post, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/queries", queries_page, false, false },
    { METHOD_GET, ROLE_SUPERUSER, "/admin/queries/{id}", query_page, false, false },
    { METHOD_POST, ROLE_SUPERUSER, "/admin/queries/cancel", query_cancel_post, false, false },
    { METHOD_GET, ROLE_KEY, "/api/v1/", api_index, false, false },
    { METHOD_GET, ROLE_KEY, "/api/v1/{model}/", api_list, false, false },
    { METHOD_GET, ROLE_KEY, "/api/v1/{model}/{id}", api_record, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/", list_page, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/new", form_new, true, false },
    { METHOD_POST, ROLE_USER, "/{model}/new", form_new_post, true, false },
    { METHOD_GET, ROLE_USER, "/{model}/options", picker_options, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/choose/{part}", picker_page, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/{id}", record_page, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/{id}/edit", form_edit, true, false },
    { METHOD_POST, ROLE_USER, "/{model}/{id}/edit", form_edit_post, true, false },
    { METHOD_GET, ROLE_USER, "/{model}/{id}/delete", delete_page, true, false },
    { METHOD_POST, ROLE_USER, "/{model}/{id}/delete", delete_post, true, false },
    { METHOD_GET, ROLE_USER, "/{model}/{id}/history", history_page, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/{id}/file/{part}", record_file, false, false },
};

/* Whether the handler has asked who is there, and somebody is. */
static bool is_known(const struct request *request)
{
    const enum role role = request->route->role;
    return role == ROLE_ANYONE || (role == ROLE_KEY ? request->api_key != NULL : request->session != NULL);
}

/* A handler may find fault with an address before it has asked who is there. Whoever is not signed in does not learn
 * from that what there is: everything leads them to the sign-in page. */
static struct error *ask_first(struct request *request, struct error *error)
{
    if (!error || is_known(request) || error->code == ERROR_SIGN_IN || error->code == ERROR_TOO_OFTEN ||
        error->code == ERROR_UNAVAILABLE)
        return error;
    TRY(request->route->role == ROLE_KEY ? api_run(request) : page_run(request));
    return error;
}

/* Models and tables may differ then: nobody is to read or write records. */
static struct error *refuse_while_closed(struct request *request)
{
    if (router_is_for_administration(request->path) || !closed_read(request, request->site->settings))
        return NULL;
    request->closed = true;
    return error_new(request, ERROR_UNAVAILABLE, "the site is closed");
}

static struct error *refuse_form(const struct request *request)
{
    bool unaware = !request->secure && request->origin && strncmp(request->origin, "https:", strlen("https:")) == 0;
    return error_new(request, ERROR_FORBIDDEN,
                     "this form does not come from a page of this site that is still valid: %s",
                     unaware ? "the page came by https, which the site knows only with ROSTER_SECURE_COOKIES=1"
                             : "open the page again, and allow cookies");
}

/* A page that was open while its person signed in or out in another window. What was typed is not lost to that. */
static struct error *answer_earlier_form(struct request *request)
{
    if (strcmp(request->path, "/sign-in") == 0 || strcmp(request->path, "/sign-in/code") == 0)
        return sign_in_show(request, "You signed in or out in another window meanwhile: enter your password once more",
                            NULL, 403);
    if (strcmp(request->path, "/reset") == 0)
        return reset_show_again(request);
    if (strcmp(request->path, "/sign-out") == 0 && !cookie_session(request)) {
        response_redirect(request->response, "/sign-in");
        return NULL;
    }
    if (request->route->role == ROLE_ANYONE || !again_is_needed(request))
        return refuse_form(request);
    TRY(page_run(request));
    return again_offer(request);
}

static struct error *answer(struct request *request)
{
    struct error *missing = router_find(request, routes, sizeof routes / sizeof *routes);
    if (missing && missing->code == ERROR_NOT_FOUND && router_mend_slash(request, routes, sizeof routes / sizeof *routes))
        return NULL;
    TRY(missing);
    TRY(refuse_while_closed(request));
    if (request->route->role == ROLE_KEY)
        connection_expect_key(request->db);
    else if (cookie_says_superuser(request))
        connection_expect_superuser(request->db);
    if (request->method == METHOD_POST && !cookie_csrf_matches(request))
        return cookie_form_is_ours(request) ? answer_earlier_form(request) : refuse_form(request);
    TRY(ask_first(request, request->route->handler(request)));
    /* A handler that answered without asking who is there has forgotten something: nothing leaves the house then. */
    if (!is_known(request))
        return error_new(request, ERROR_FAILED, "the route '%s' did not check who is signed in", request->route->pattern);
    return NULL;
}

/* Once in some minutes the use of a session is written down, when the page is made: in a statement of its own, since a
 * GET is READ ONLY. What goes wrong with that is not the page's concern, and the next one tries again. */
static void mark_use(struct request *request)
{
    const char *token = cookie_session(request);
    if (!request->session || !request->session->stale || !token)
        return;
    transaction_rollback(request->db);
    session_queue_mark(request->db, request->site->settings, token);
    const struct error *error = query_run(request->db);
    if (error)
        log_event(LOG_WARNING, "use of a session not written down", error->message);
}

/* A table or column that is missing is the program's fault only in a database that is at head. In an empty one nobody can
 * sign in, and with revisions pending or undone the site is closed. */
static struct error *in_truth(struct request *request, struct error *error)
{
    if (!error || error->code != ERROR_FAILED || request->by_key || !admin_is_missing(error))
        return error;
    struct error *problem = admin_probe(request);
    if (problem && admin_trouble(problem) == ADMIN_EMPTY) {
        request->locked_out = true;
        return problem;
    }
    transaction_rollback(request->db);
    const struct error *behind = problem ? NULL : migrate_ready(request, request->site->settings, request->db);
    request->closed = behind && behind->code == ERROR_PENDING;
    return request->closed ? error_new(request, ERROR_UNAVAILABLE, "%s: %s", behind->message, error->message) : error;
}

void router_answer(struct request *request)
{
    const struct error *error = in_truth(request, answer(request));
    if (error)
        error_pages_answer(request, error);
    mark_use(request);
    api_mark_use(request);
}
