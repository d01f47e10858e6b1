/* What all pages have in common. */
#include "page.h"

#include <assets.h>
#include <ctype.h>
#include <names.h>
#include <string.h>

#include "../db/access.h"
#include "../db/memory.h"
#include "../db/query.h"
#include "../db/session.h"
#include "admin.h"
#include "cookie.h"
#include "router.h"
#include "words.h"

static bool may(const struct request *request, enum role role)
{
    return request->session && (role != ROLE_SUPERUSER || request->session->superuser);
}

static bool may_some(const struct request *request, const struct model *model, unsigned what)
{
    return request->session && (request->session->superuser || access_is_possible(model, what));
}

bool page_may_write(const struct request *request, const struct model *model)
{
    return page_may_read(request, model) && may(request, model->may_write) && may_some(request, model, MAY_WRITE);
}

bool page_may_create(const struct request *request, const struct model *model)
{
    return page_may_write(request, model) && may_some(request, model, MAY_CREATE);
}

bool page_may_read(const struct request *request, const struct model *model)
{
    return may(request, model->may_read) && may_some(request, model, MAY_READ);
}

static struct error *check_person(struct request *request)
{
    const struct route *route = request->route;
    if (!request->session)
        return error_new(request, ERROR_SIGN_IN, "nobody is signed in");
    /* Statements were built for a superuser, and this person is none any more. */
    if (cookie_says_superuser(request) && !request->session->superuser)
        return error_new(request, ERROR_SIGN_IN, "the rights of this account have changed");
    if (request->session->must_change_password && !route->any_password)
        return error_new(request, ERROR_CHANGE_PASSWORD, "the password must be changed first");
    bool allowed = may(request, route->role);
    if (request->model)
        allowed &= route->writes ? page_may_write(request, request->model) : page_may_read(request, request->model);
    return allowed ? NULL : error_new(request, ERROR_FORBIDDEN, "only a superuser may do this");
}

struct error *page_run(struct request *request)
{
    const char *token = cookie_session(request);
    if (!token)
        return error_new(request, ERROR_SIGN_IN, "nobody is signed in");
    struct query *session = session_queue_find(request->db, token);
    if (request->method == METHOD_GET)
        query_read_only(request->db);
    TRY(query_run(request->db));
    request->session = session_load(request, session);
    TRY(check_person(request));
    connection_act_for(request->db, request->session->user_id, request->session->superuser);
    return NULL;
}

/* One link while somebody works elsewhere, all of them within. */
static void fill_admin_navigation(struct page *page)
{
    const struct request *request = page->request;
    const bool within = strncmp(request->path, "/admin/", strlen("/admin/")) == 0;
    if (!may(request, ROLE_SUPERUSER))
        return;
    struct view *group = view_add(page->layout, T_NAV_GROUP);
    view_set(group, T_LABEL, within ? "Administration" : NULL);
    for (const struct admin_place *place = admin_places; place->href; place++) {
        if ((!within && place != admin_places) || (request->by_key && !place->without_database))
            continue;
        struct view *item = view_add(group, T_ITEM);
        view_set(item, T_LABEL, within ? place->label : "Administration");
        view_set(item, T_HREF, place->href);
        const char *rest = request->path + strlen("/admin/");
        bool current = place == admin_places ? within && !*rest
                                             : within && strncmp(request->path, place->href, strlen(place->href)) == 0;
        view_show_if(item, T_CURRENT, current);
    }
}

static void fill_navigation(struct page *page)
{
    const struct schema *schema = page->request->site->schema;
    const char *path = page->request->path;
    if (page->request->by_key)
        return;
    struct view *group = view_add(page->layout, T_NAV_GROUP);
    struct view *home = view_add(group, T_ITEM);
    view_set(home, T_LABEL, "Overview");
    view_set(home, T_HREF, "/");
    view_show_if(home, T_CURRENT, strcmp(path, "/") == 0);
    for (size_t i = 0; i < schema->count; i++) {
        const struct model *model = schema->models[i];
        if (model->internal || !page_may_read(page->request, model))
            continue;
        struct view *item = view_add(group, T_ITEM);
        view_set(item, T_LABEL, words_capital(page->request, model->plural));
        view_set(item, T_HREF, memory_printf(page->request, "/%s/", model->path));
        view_show_if(item, T_CURRENT, page->request->model == model);
    }
}

static void fill_person(struct page *page)
{
    struct request *request = page->request;
    const char *flash = NULL, *key = NULL;
    view_show(page->layout, T_SIGNED_IN);
    view_set(page->layout, T_USER, request->session->name);
    view_set(page->layout, T_CSRF, cookie_csrf(request));
    view_show_if(page->layout, T_BY_KEY, request->by_key);
    fill_navigation(page);
    fill_admin_navigation(page);
    cookie_take_flash(request, &flash, &key);
    view_set(page->layout, T_FLASH, flash);
    view_set(page->layout, T_NEW_KEY, key);
}

struct page *page_new(struct request *request, const char *template_file)
{
    struct page *page = NEW(request, struct page);
    page->request = request;
    page->layout = view_new(request);
    view_set(page->layout, T_SITE, request->site->settings->site_name);
    view_set(page->layout, T_ICON, ASSET_ICON_SVG);
    view_set(page->layout, T_STYLESHEET, ASSET_ROSTER_CSS);
    view_set(page->layout, T_SCRIPT, ASSET_ROSTER_JS);
    if (request->session && !request->session->must_change_password)
        fill_person(page);
    page->main = view_include(page->layout, T_MAIN, template_file);
    return page;
}

void page_error(struct page *page, const char *text, const char *id)
{
    if (!page->errors)
        page->errors = view_include(page->layout, T_ERRORS, TPL_ERRORS);
    struct view *line = view_add(page->errors, T_ERROR);
    view_set(line, T_TEXT, text);
    view_set(line, T_HREF, id ? memory_printf(page->request, "#%s", id) : NULL);
}

struct error *page_send(struct page *page, int status, const char *title)
{
    struct request *request = page->request;
    char *text = NULL;
    size_t length = 0;
    view_set(page->layout, T_TITLE, title);
    TRY(view_render(request, page->layout, TPL_LAYOUT, &text, &length));
    response_status(request->response, status);
    response_header(request->response, "Cache-Control", "no-store");
    response_body(request->response, "text/html; charset=utf-8", text, length);
    return NULL;
}
