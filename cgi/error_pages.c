/* Errors as pages. */
#include "error_pages.h"

#include <names.h>
#include <string.h>

#include "../db/api_key.h"
#include "../db/log.h"
#include "../db/memory.h"
#include "../db/session.h"
#include "admin.h"
#include "again.h"
#include "api.h"
#include "cookie.h"
#include "form.h"
#include "handlers.h"
#include "page.h"
#include "words.h"

struct meaning {
    enum error_code code;
    int status; /* RFC 9110 section 15; 428 is RFC 6585 section 3 */
    const char *heading;
    const char *text; /* NULL: the error's own message */
};

static const struct meaning meanings[] = {
    { ERROR_BAD_REQUEST, 400, "This request cannot be understood", NULL },
    { ERROR_FORBIDDEN, 403, "You may not do this", NULL },
    { ERROR_NOT_FOUND, 404, "Page not found", NULL },
    { ERROR_METHOD, 405, "This page cannot be used that way", NULL },
    { ERROR_STALE, 409, "Somebody else was faster", NULL },
    { ERROR_REFUSED, 409, "Not now", NULL },
    { ERROR_USAGE, 409, "This cannot be done as things are", NULL },
    { ERROR_PENDING, 409, "Revisions are pending", NULL },
    { ERROR_EDITED, 409, "A revision was edited", NULL },
    { ERROR_SEVERAL_HEADS, 409, "Two revisions come last", NULL },
    { ERROR_TOO_LARGE, 413, "This is too large", NULL },
    { ERROR_INVALID, 422, "This cannot be saved", NULL },
    { ERROR_TOO_OFTEN, 429, "Too many tries have failed", NULL },
    { ERROR_PRECONDITION, 428, "This form does not say what it changes", NULL },
    { ERROR_DAMAGED, 500, "This file is damaged", NULL },
    { ERROR_UNAVAILABLE, 503, "The database does not answer",
      "Nothing was changed, or what you sent was saved whole; look before you send it again." },
};

static const struct meaning failure = {
    ERROR_FAILED, 500, "Something went wrong here", "It is our fault and has been written to the log. Nothing was saved."
};

/* Pages lead to where somebody signs in; a program is told. */
static const struct meaning no_key = { ERROR_SIGN_IN, 401, "An API key is needed", NULL };

/* The database answers; what it needs is held. Such an error has the code of one that is away, as both pass. */
static const struct meaning held = {
    ERROR_UNAVAILABLE, 503, "Somebody else holds these records",
    "Other work keeps them to itself just now, and did not let go in time. Nothing was saved."
};

static bool is_held(const struct error *error)
{
    return strcmp(error->sqlstate, "55P03") == 0; /* lock_not_available */
}

/* The models know a table, column, function or type that the database lacks: a revision is missing, and only that helps. */
static const struct meaning unlike = {
    ERROR_FAILED, 503, "The database is not as the program wants it",
    "What this page needs is missing there: a revision was not made yet, or not applied. Nothing was saved."
};

static bool is_unlike(const struct error *error)
{
    static const char *const missing[] = { "42P01", "42703", "42883", "42704" };
    for (size_t i = 0; error->code == ERROR_FAILED && i < sizeof missing / sizeof *missing; i++)
        if (strcmp(error->sqlstate, missing[i]) == 0)
            return true;
    return false;
}

static const struct meaning *find_meaning(enum error_code code)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].code == code)
            return &meanings[i];
    return &failure;
}

static const struct meaning *meaning_of(const struct request *request, const struct error *error)
{
    if (error->code == ERROR_SIGN_IN && api_is_asked(request))
        return &no_key;
    return is_held(error) ? &held : is_unlike(error) ? &unlike : find_meaning(error->code);
}

int error_pages_status(enum error_code code)
{
    if (code == ERROR_SIGN_IN || code == ERROR_CHANGE_PASSWORD)
        return 303;
    return find_meaning(code)->status;
}

/* "there is no team '9'" becomes a sentence of its own. */
static const char *as_sentence(const struct request *request, const char *message)
{
    return words_capital(request, memory_printf(request, "%s.", message));
}

/* Failures, and refusals of what somebody may not do (ASVS 16.3). The address goes without its query, in which people
 * search for other people. */
void error_pages_log(const struct request *request, const struct error *error)
{
    const int status = meaning_of(request, error)->status;
    static const char *const methods[] = { [METHOD_GET] = "GET", [METHOD_POST] = "POST", [METHOD_OTHER] = "other" };
    struct log_line line;
    log_begin(&line, status >= 500 ? LOG_ERROR : LOG_WARNING, status >= 500 ? "request failed" : "request refused");
    log_text(&line, "request", request->number);
    log_text(&line, "remote", request->remote);
    log_text(&line, "method", request->head ? "HEAD" : methods[request->method]);
    log_text(&line, "path", request->path);
    log_number(&line, "status", status);
    log_number(&line, "ms", request_milliseconds(request));
    log_text(&line, "user", request->session ? request->session->user_id : NULL);
    log_text(&line, "api_key", request->api_key ? request->api_key->id : NULL);
    log_text(&line, "sqlstate", error->sqlstate);
    log_text(&line, "message", error->message);
    log_end(&line);
}

/* And back afterwards, but to an address that is too long for that. */
static void redirect_to_sign_in(struct request *request)
{
    const char *path = memory_printf(request, "/sign-in?next=%s", form_encode(request, request->address));
    response_redirect(request->response, response_path_is_local(path) ? path : "/sign-in");
}

static void answer_redirect(struct request *request, const struct error *error)
{
    if (error->code == ERROR_SIGN_IN && again_is_needed(request) && !sign_in_show(request, NULL, NULL, 403))
        return;
    if (error->code == ERROR_CHANGE_PASSWORD)
        response_redirect(request->response, "/account/password");
    else if (request->method != METHOD_GET || strcmp(request->path, "/") == 0)
        response_redirect(request->response, "/sign-in");
    else
        redirect_to_sign_in(request);
}

/* Below /admin/ the way on is the section that the page is in, or from its own page the first one: "Go to the overview"
 * leads nowhere for somebody who is here by the key. */
static void lead_back(const struct request *request, struct view *view)
{
    const struct admin_place *nearest = admin_places;
    const bool within = strncmp(request->path, "/admin/", strlen("/admin/")) == 0;
    if (!within || !request->session || !request->session->superuser)
        return;
    for (const struct admin_place *place = admin_places; place->href; place++) {
        const size_t length = strlen(place->href);
        if (length > strlen(nearest->href) && strncmp(request->path, place->href, length) == 0 && request->path[length])
            nearest = place;
    }
    view_set(view, T_ACTION_HREF, nearest->href);
    view_set(view, T_ACTION_LABEL, memory_printf(request, "Go to %s", nearest->label));
}

/* The site is closed, to people or altogether. */
static const char closed_text[] = "Its database is being prepared. Nothing was changed; what is saved is kept.";

static void say_closed(struct view *view)
{
    view_set(view, T_TEXT, closed_text);
    view_set(view, T_ACTION_HREF, "/admin/");
    view_set(view, T_ACTION_LABEL, "For administrators");
}

static void say_locked_out(struct request *request, struct view *view, const struct error *error)
{
    view_set(view, T_TEXT, memory_printf(request, "Nobody can sign in now: %s.", error->message));
    view_set(view, T_ACTION_HREF, "/admin/key");
    view_set(view, T_ACTION_LABEL, "Open the admin page with its key");
}

static const char *heading_of(const struct request *request, const struct meaning *meaning, const struct error *error)
{
    if (request->closed)
        return "The site is not open yet";
    if (request->locked_out && admin_trouble(error) != ADMIN_AWAY)
        return "Nobody can sign in now";
    return meaning->heading;
}

static struct error *render(struct request *request, const struct meaning *meaning, const struct error *error)
{
    const char *heading = heading_of(request, meaning, error);
    struct page *page = page_new(request, TPL_ERROR);
    view_set(page->main, T_HEADING, heading);
    view_set(page->main, T_TEXT, meaning->text ? meaning->text : as_sentence(request, error->message));
    /* Waiting helps where something is on its way. */
    if (meaning->status == 503 && meaning != &unlike && !(request->locked_out && admin_trouble(error) != ADMIN_AWAY)) {
        view_set(page->main, T_RETRY, "Try again in a few seconds.");
        view_set(page->main, T_RETRY_HREF, request->method == METHOD_GET ? request->address : "/");
    }
    if (meaning->status >= 500)
        view_set(page->main, T_NUMBER, request->number);
    lead_back(request, page->main);
    if (meaning == &held && cookie_says_superuser(request)) {
        view_set(page->main, T_ACTION_HREF, "/admin/queries");
        view_set(page->main, T_ACTION_LABEL, "See who, on the page Queries");
    }
    if (meaning == &unlike && cookie_says_superuser(request)) {
        view_set(page->main, T_ACTION_HREF, "/admin/migrations");
        view_set(page->main, T_ACTION_LABEL, "See what is missing, on the page Migrations");
    }
    if (request->closed)
        say_closed(page->main);
    if (request->locked_out)
        say_locked_out(request, page->main, error);
    return page_send(page, meaning->status, heading);
}

/* A key that was wrong, and not one that was not sent. */
static bool is_logged(const struct request *request, int status)
{
    return status >= 500 || status == 403 || (status == 401 && request->authorization);
}

static void answer_program(struct request *request, const struct meaning *meaning, const struct error *error)
{
    api_refuse(request, meaning->status, heading_of(request, meaning, error),
               request->closed ? closed_text : meaning->text ? meaning->text : as_sentence(request, error->message));
}

void error_pages_answer(struct request *request, const struct error *error)
{
    const bool program = api_is_asked(request);
    if (!program && error_pages_status(error->code) == 303) {
        answer_redirect(request, error);
        return;
    }
    const struct meaning *meaning = meaning_of(request, error);
    if (is_logged(request, meaning->status))
        error_pages_log(request, error);
    if (meaning->status == 503)
        response_header(request->response, "Retry-After", "5");
    if (program) {
        answer_program(request, meaning, error);
        return;
    }
    struct error *problem = render(request, meaning, error);
    if (problem) {
        const char *text = memory_printf(request, "%s\n", meaning->heading);
        response_status(request->response, meaning->status);
        response_body(request->response, "text/plain; charset=utf-8", text, strlen(text));
    }
}
