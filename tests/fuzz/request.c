/* The request reader and the routes: every path that is taken over is a clean local one, and leads to at most one route
 * with parts of its own. Errors leave a request that can be answered. */
#include "request_source.h"
#include "../../cgi/router.h"
#include "schema_of_models.h"

static struct error *handle(struct request *request)
{
    (void)request;
    return NULL;
}

static const struct route routes[] = {
    { METHOD_GET, ROLE_USER, "/", handle, false, false },
    { METHOD_GET, ROLE_ANYONE, "/sign-in", handle, false, false },
    { METHOD_POST, ROLE_ANYONE, "/sign-in", handle, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/", handle, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/new", handle, false, false },
    { METHOD_POST, ROLE_USER, "/{model}/new", handle, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/{id}", handle, false, false },
    { METHOD_GET, ROLE_USER, "/{model}/{id}/file/{part}", handle, false, false },
};

static const struct site *open_site(void)
{
    static struct settings settings = { .upload_max = 100000, .var = "/tmp" };
    static struct site site = { .settings = &settings };

    site.schema = schema_of_models();
    return &site;
}

static void require_address(const struct request *request)
{
    const char *path = request->path;

    REQUIRE(path[0] == '/' && path[1] != '/' && form_text_is_clean(path, strlen(path)) && !strpbrk(path, "\t\r\n"));
    REQUIRE(!strstr(path, "/../") && !strstr(path, "/./"));
    REQUIRE(strlen(path) < 3 || strcmp(path + strlen(path) - 3, "/..") != 0);
    REQUIRE(request->address[0] == '/' && request->address[1] != '/' && request->address[1] != '\\');
    for (const char *at = request->address; *at; at++)
        REQUIRE((unsigned char)*at > 0x20 && *at != 0x7f && !strchr("\\\"<>", *at));
}

static void require_form(const struct form *form)
{
    for (size_t i = 0; i < form->value_count; i++) {
        const struct form_value *value = &form->values[i];

        REQUIRE(*value->name && strlen(value->name) <= 128 && form_text_is_clean(value->name, strlen(value->name)));
        REQUIRE(strlen(value->value) == value->length && form_text_is_clean(value->value, value->length));
    }
}

static bool is_component(const char *path, const char *component)
{
    const char *found = strstr(path, component);

    for (; found; found = strstr(found + 1, component))
        if (found[-1] == '/' && strchr("/", found[strlen(component)]))
            return true;
    return false;
}

static void find_route(struct request *request)
{
    struct error *failed = router_find(request, routes, sizeof routes / sizeof *routes);

    if (failed) {
        REQUIRE(is_refusal(failed, ERROR_NOT_FOUND) || is_refusal(failed, ERROR_METHOD));
        return;
    }
    REQUIRE(request->route->method == request->method);
    REQUIRE((request->model != NULL) == (strncmp(request->route->pattern, "/{model}", 8) == 0));
    REQUIRE(!request->id || (*request->id && !strchr(request->id, '/') && is_component(request->path, request->id)));
    REQUIRE(!request->part || (*request->part && is_component(request->path, request->part)));
}

static void read_request(void *context, struct input input)
{
    const struct request_source source = { .parameter = get_variable,
                                           .read = read_sent,
                                           .source = take_request(context, input) };
    struct request *request = NULL;
    struct error *failed = request_read(context, open_site(), &source, &request);

    REQUIRE(request && request->response && request->query && request->form && request->cookies && request->host);
    REQUIRE(request->path[0] == '/' && request->address[0] == '/');
    REQUIRE(strspn(request->host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]") == strlen(request->host));
    if (failed) {
        REQUIRE(is_refusal(failed, ERROR_BAD_REQUEST) || is_refusal(failed, ERROR_TOO_LARGE));
        return;
    }
    require_address(request);
    require_form(request->query);
    require_form(request->form);
    REQUIRE(request->method == METHOD_POST || (request->form->value_count == 0 && request->form->file_count == 0));
    find_route(request);
}

FUZZ_TARGET(read_request)
