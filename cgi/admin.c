/* Who may use the pages below /admin/. */
#include "admin.h"

#include <names.h>
#include <string.h>

#include "../db/conninfo.h"
#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/session.h"
#include "confirm.h"
#include "cookie.h"
#include "form_input.h"
#include "handlers.h"

const struct admin_place admin_places[] = {
    { "/admin/", "State", "How the site is doing, and what to do about it.", true },
    { "/admin/health", "Health", "Versions, settings, connections, disk and workers in detail.", true },
    { "/admin/jobs/", "Jobs", "What runs in the background, how it ended, and what to do when it was cut off.", true },
    { "/admin/backups/", "Backups", "Make, prove, download, restore and remove backups.", true },
    { "/admin/migrations", "Migrations", "What is applied, what is pending, and moving the database forward or back.", true },
    { "/admin/seeds", "Seeds", "Rows that come with the program: what each seed would do, and running it.", true },
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

void admin_enter_by_key(struct request *request)
{
    struct session *session = NEW(request, struct session);
    session->email = "";
    session->name = "By key";
    session->superuser = true;
    request->session = session;
    request->by_key = true;
}

bool admin_is_missing(const struct error *error)
{
    static const char *const missing[] = { "42P01", "42703", "3F000" }; /* a table, a column, a schema */
    for (size_t i = 0; i < sizeof missing / sizeof *missing; i++)
        if (strcmp(error->sqlstate, missing[i]) == 0)
            return true;
    return false;
}

/* PostgreSQL's words for a missing table tell an administrator less than these. */
static struct error *in_words(struct request *request, struct error *error)
{
    if (admin_is_missing(error))
        return error_new(request, ERROR_UNAVAILABLE, "%s", no_tables);
    error->code = ERROR_UNAVAILABLE;
    return error;
}

struct error *admin_probe(struct request *request)
{
    struct error *problem = probe(request);
    return problem ? in_words(request, problem) : NULL;
}

enum admin_trouble admin_trouble(const struct error *problem)
{
    if (strcmp(problem->message, no_tables) == 0)
        return ADMIN_EMPTY;
    if (strcmp(problem->message, no_superuser) == 0)
        return ADMIN_NOBODY;
    return strcmp(problem->sqlstate, "3D000") == 0 ? ADMIN_MISSING : ADMIN_AWAY;
}

const char *admin_public_words(const struct error *problem)
{
    const enum admin_trouble trouble = admin_trouble(problem);
    return trouble == ADMIN_EMPTY || trouble == ADMIN_NOBODY ? problem->message : "it does not answer";
}

/* A pooler says that it cannot connect, and not why: PostgreSQL itself is asked, in bounded time. Only for somebody who
 * has the key: the words name places. */
static struct error *ask_itself(struct request *request, struct error *said)
{
    const struct settings *settings = request->site->settings;
    if (admin_trouble(said) != ADMIN_AWAY || conninfo_same_server(settings->database_url, settings->direct_url))
        return said;
    struct connection *direct = connection_new(request, settings, CONNECTION_DIRECT, "roster admin");
    connection_be_brief(direct);
    struct error *why = connection_open(direct);
    talloc_free(direct);
    return why ? why : error_within(said, "PostgreSQL answers, and the way through its pooler does not");
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
    admin_enter_by_key(request);
    connection_act_for(request->db, NULL, true);
    problem = ask_itself(request, problem);
    if (!away)
        return problem;
    *away = problem;
    return NULL;
}

static struct audit_line line_of(const struct request *request, const char *action, const char *subject)
{
    const struct session *session = request->session;
    return (struct audit_line){ .action = action, .subject = subject, .remote = request->remote,
                                .user_id = session ? session->user_id : NULL,
                                .who = request->by_key ? ADMIN_KEY_WHO : session ? session->email : NULL };
}

/* Who came by the key is known to the log alone: the database is away. */
static bool is_audited(const struct request *request)
{
    return request->audited && !request->by_key;
}

void admin_audit(struct request *request, const char *action, const char *subject)
{
    const struct audit_line line = line_of(request, action, subject);
    if (is_audited(request))
        audit_queue(request->db, &line);
    else
        audit_log(&line);
}

struct error *admin_change(struct request *request, const struct sql *change, const char *action, const char *subject,
                           int *count)
{
    const struct audit_line line = line_of(request, action, subject);
    const struct query *done = is_audited(request) ? audit_queue_change(request->db, &line, change)
                                                   : query_add(request->db, change);
    TRY(query_run(request->db));
    *count = query_rows(done);
    if (*count > 0 && !is_audited(request))
        audit_log(&line);
    return NULL;
}

/* --- The password again ------------------------------------------------------------------------------------------- */

struct error *admin_run_confirmed(struct request *request, const char *what, const struct error **away, bool *asked)
{
    struct query *known = confirm_queue(request);
    *asked = false;
    TRY(admin_run(request, away));
    return confirm_answer(request, known, what, asked);
}

/* The page that a download was offered on, or NULL: a file is saved, and leaves in the window the page that asked. */
static const char *page_of_download(const struct request *request, const char *next)
{
    static const char folder[] = "/admin/backups/", end[] = "/download";
    size_t length = strcspn(next, "?");
    if (strncmp(next, folder, strlen(folder)) != 0 || length <= strlen(folder) + strlen(end))
        return NULL;
    length -= strlen(end);
    return strncmp(next + length, end, strlen(end)) == 0 ? memory_copy_length(request, next, length) : NULL;
}

/* Where a page that asked before it opened goes on. */
struct error *admin_confirm_post(struct request *request)
{
    const char *next = form_get(request->form, "next");
    const char *page = next ? page_of_download(request, next) : NULL;
    const struct error *away; /* a backup is downloaded then, too */
    bool asked;
    TRY(admin_run_confirmed(request, "go on", &away, &asked));
    if (asked)
        return NULL;
    if (page)
        cookie_set_flash(request, request->by_key ? "The key was right: download it now."
                                                  : "Your password was right: download it now.", NULL);
    response_redirect(request->response, page ? page : next ? next : "/admin/");
    return NULL;
}

/* What was copied from a terminal or a file often has some around it; a key has none in it. */
static const char *without_blanks(const struct request *request, const char *key)
{
    static const char blanks[] = " \t\r\n";
    key += strspn(key, blanks);
    size_t length = strlen(key);
    while (length > 0 && strchr(blanks, key[length - 1]))
        length--;
    return memory_copy_length(request, key, length);
}

bool admin_key_matches(const struct request *request, const char *typed)
{
    return token_same(without_blanks(request, typed), request->site->settings->admin_key);
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
