/* Routes: what a path means, which of several patterns wins, and what is said when only the method is wrong.
 */
#include "../../cgi/router.h"
#include "unit.h"

static struct error *handle(struct request *request)
{
    (void)request;
    return NULL;
}

#define GET(path)                                                                                            \
    {                                                                                                        \
        .method = METHOD_GET, .pattern = (path), .handler = handle                                             \
    }
#define POST(path)                                                                                           \
    {                                                                                                        \
        .method = METHOD_POST, .pattern = (path), .handler = handle                                            \
    }

static const struct route routes[] = {
    GET("/"),
    GET("/{model}/{id}/edit"),
    POST("/{model}/{id}/edit"),
    GET("/{model}/{id}"),
    POST("/{model}/{id}"),
    GET("/{model}/new"),
    GET("/{model}/"),
    GET("/{model}/{id}/{part}"),
    GET("/admin/"),
    GET("/admin/{part}"),
    GET("/api/v1/{model}"),
    POST("/sign-out"),
    GET("/{part}"),
    GET("/x/{model}"),
    GET("/x/{part}"),
};

static struct request *request_for(enum method method, const char *path)
{
    static const struct model team = { .table = "team", .path = "teams" };
    static const struct model user = { .table = "user", .path = "users" };
    static const struct model admin = { .table = "admin", .path = "admin" };
    static const struct model *const models_here[] = { &team, &user, &admin, NULL };
    static const struct schema schema = { .models = models_here, .count = 3 };
    static const struct site site = { .schema = &schema };
    struct request *request = NEW(context, struct request);

    request->site = &site;
    request->method = method;
    request->path = path;
    request->response = response_new(request);
    return request;
}

static const struct {
    const char *path, *pattern, *table, *id, *part;
} found[] = {
    { "/", "/", NULL, NULL, NULL },
    { "/teams/", "/{model}/", "team", NULL, NULL },
    { "/users/", "/{model}/", "user", NULL, NULL },
    { "/teams/42", "/{model}/{id}", "team", "42", NULL },
    { "/teams/new", "/{model}/new", "team", NULL, NULL },
    { "/teams/newer", "/{model}/{id}", "team", "newer", NULL },
    { "/teams/42/edit", "/{model}/{id}/edit", "team", "42", NULL },
    { "/teams/new/edit", "/{model}/{id}/edit", "team", "new", NULL },
    { "/teams/42/history", "/{model}/{id}/{part}", "team", "42", "history" },
    { "/teams/a b\xc3\xa4", "/{model}/{id}", "team", "a b\xc3\xa4", NULL },
    { "/admin/", "/admin/", NULL, NULL, NULL },
    { "/admin/new", "/admin/{part}", NULL, NULL, "new" },
    { "/api/v1/teams", "/api/v1/{model}", "team", NULL, NULL },
    { "/teams", "/{part}", NULL, NULL, "teams" },
    { "/healthz", "/{part}", NULL, NULL, "healthz" },
    { "/x/teams", "/x/{model}", "team", NULL, NULL },
    { "/x/other", "/x/{part}", NULL, NULL, "other" },
};

START_TEST(path_finds_its_route)
{
    struct request *request = request_for(METHOD_GET, found[_i].path);

    ck_assert_done(router_find(request, routes, LENGTH(routes)));
    ck_assert_str_eq(request->route->pattern, found[_i].pattern);
    ck_assert_int_eq(request->route->method, METHOD_GET);
    ck_assert_pstr_eq(request->model ? request->model->table : NULL, found[_i].table);
    ck_assert_pstr_eq(request->id, found[_i].id);
    ck_assert_pstr_eq(request->part, found[_i].part);
}
END_TEST

/* Which route wins does not depend on the order of the table. */
START_TEST(order_of_routes_does_not_matter)
{
    struct request *request = request_for(METHOD_GET, found[_i].path);
    struct route reversed[LENGTH(routes)];

    for (size_t i = 0; i < LENGTH(routes); i++)
        reversed[i] = routes[LENGTH(routes) - 1 - i];
    ck_assert_done(router_find(request, reversed, LENGTH(reversed)));
    ck_assert_str_eq(request->route->pattern, found[_i].pattern);
}
END_TEST

static const struct {
    const char *path;
    bool open;
} closed[] = {
    { "/admin", true },       { "/admin/", true },    { "/admin/jobs/", true }, { "/sign-in", true },  { "/account", true },
    { "/account/password", true }, { "/reset", true }, { "/readyz", true },     { "/", false },        { "/teams/", false },
    { "/accounts/", false },  { "/resets/1", false }, { "/sign-ins/", false },  { "/metricss", false }, { "/administrators/", false },
};

/* A model's address may begin like one of the site's own. */
START_TEST(a_closed_site_is_open_to_whole_components_only)
{
    ck_assert_int_eq(router_is_for_administration(closed[_i].path), closed[_i].open);
}
END_TEST

static const char *const nowhere[] = {
    "/nothing/",     "/nothing/42",     "/teams/42/edit/", "/teams/42/", "/teams//edit",
    "/teams/42/a/b", "/api/v1/nothing", "/api/v2/teams",   "/Teams/",    "/team/",
};

START_TEST(unknown_path_is_not_found)
{
    struct request *request = request_for(METHOD_GET, nowhere[_i]);

    ck_assert_refused(router_find(request, routes, LENGTH(routes)), ERROR_NOT_FOUND, nowhere[_i]);
    ck_assert_ptr_null(request->route);
}
END_TEST

START_TEST(method_chooses_between_equal_patterns)
{
    struct request *request = request_for(METHOD_POST, "/teams/42/edit");

    ck_assert_done(router_find(request, routes, LENGTH(routes)));
    ck_assert_int_eq(request->route->method, METHOD_POST);
    ck_assert_str_eq(request->route->pattern, "/{model}/{id}/edit");
}
END_TEST

static bool keep(void *sink, const char *bytes, size_t length)
{
    text_add_bytes(sink, bytes, length);
    return true;
}

static const struct {
    enum method method;
    const char *path, *allow;
} refused[] = {
    { METHOD_POST, "/teams/", "Allow: GET, HEAD\r\n" },
    { METHOD_GET, "/sign-out", "Allow: POST\r\n" },
    { METHOD_OTHER, "/teams/42", "Allow: GET, HEAD, POST\r\n" },
    { METHOD_OTHER, "/", "Allow: GET, HEAD\r\n" },
    /* not taken for the record "new", which another route would take */
    { METHOD_POST, "/teams/new", "Allow: GET, HEAD\r\n" },
};

START_TEST(wrong_method_is_told_the_right_ones)
{
    struct request *request = request_for(refused[_i].method, refused[_i].path);
    struct text *sent = text_new(context);

    ck_assert_refused(router_find(request, routes, LENGTH(routes)), ERROR_METHOD, refused[_i].path);
    ck_assert(response_send(request->response, false, keep, sent));
    ck_assert_ptr_nonnull(strstr(sent->data, refused[_i].allow));
}
END_TEST

static const struct {
    enum method method;
    const char *path, *address, *location; /* NULL: there is nothing either way */
} slashes[] = {
    { METHOD_GET, "/admin", "/admin", "/admin/" },
    { METHOD_GET, "/admin", "/admin?a=1&b=%2F/", "/admin/?a=1&b=%2F/" },
    { METHOD_GET, "/teams/42/", "/teams/42/?q=a/", "/teams/42?q=a/" },
    { METHOD_GET, "/teams/42/edit/", "/teams/42/edit/", "/teams/42/edit" },
    { METHOD_GET, "/teams/\xc3\xa4/", "/teams/%c3%a4/", "/teams/%c3%a4" },
    { METHOD_GET, "/nothing", "/nothing", NULL },
    { METHOD_GET, "/nothing/42/", "/nothing/42/", NULL },
    { METHOD_GET, "/sign-out/", "/sign-out/", NULL },
    { METHOD_GET, "/teams//", "/teams//", "/teams/" },
    { METHOD_POST, "/admin", "/admin", NULL },
    { METHOD_POST, "/teams/42/edit/", "/teams/42/edit/", NULL },
};

START_TEST(slash_at_the_end_leads_to_the_page)
{
    struct request *request = request_for(slashes[_i].method, slashes[_i].path);
    struct text *sent = text_new(context);
    /* without those that take anything */
    struct route few[LENGTH(routes)];
    size_t count = 0;

    for (size_t i = 0; i < LENGTH(routes); i++)
        if (strcmp(routes[i].pattern, "/{part}") != 0)
            few[count++] = routes[i];
    request->address = slashes[_i].address;
    ck_assert_int_eq(router_mend_slash(request, few, count), slashes[_i].location != NULL);
    ck_assert(response_send(request->response, false, keep, sent));
    if (slashes[_i].location)
        ck_assert_ptr_nonnull(strstr(sent->data, memory_printf(context, "Location: %s\r\n", slashes[_i].location)));
    else
        ck_assert_ptr_null(strstr(sent->data, "Location:"));
}
END_TEST

UNIT_MAIN("router", { path_finds_its_route, LENGTH(found) },
          { order_of_routes_does_not_matter, LENGTH(found) }, { unknown_path_is_not_found, LENGTH(nowhere) },
          { a_closed_site_is_open_to_whole_components_only, LENGTH(closed) },
          { method_chooses_between_equal_patterns, 0 },
          { wrong_method_is_told_the_right_ones, LENGTH(refused) },
          { slash_at_the_end_leads_to_the_page, LENGTH(slashes) })
