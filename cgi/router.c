/* Finding the route that a path asks for. */
#include "router.h"

#include <string.h>
#include "../db/memory.h"
#include "../db/text.h"

/* A piece of a path between two slashes. */
struct component {
    const char *start;
    size_t length;
};

/* What a pattern found in a path. */
struct match {
    const struct route *route;
    unsigned rank; /* how little of the pattern is literal, the first component counting most */
    const struct model *model;
    struct component id, part;
};

/* The component behind the slash at *at, which then is at the next slash or at the end. */
static struct component next_component(const char **at)
{
    struct component component = { .start = *at + 1 };

    component.length = strcspn(component.start, "/");
    *at = component.start + component.length;
    return component;
}

static bool is(struct component component, const char *text)
{
    return strlen(text) == component.length && memcmp(component.start, text, component.length) == 0;
}

static const struct model *find_model(const struct schema *schema, struct component component)
{
    char path[128];

    if (component.length >= sizeof(path))
        return NULL;
    memcpy(path, component.start, component.length);
    path[component.length] = '\0';
    return schema_by_path(schema, path);
}

/* Whether one component of a path is what the pattern has there. */
static bool match_component(const struct request *request, struct component pattern,
                            struct component component, struct match *match)
{
    unsigned rank = 0;

    if (is(pattern, "{model}")) {
        match->model = find_model(request->site->schema, component);
        rank = match->model ? 1 : 0;
        if (!match->model)
            return false;
    } else if (is(pattern, "{id}") || is(pattern, "{part}")) {
        *(is(pattern, "{id}") ? &match->id : &match->part) = component;
        rank = 2;
        if (component.length == 0)
            return false;
    } else if (pattern.length != component.length ||
               memcmp(pattern.start, component.start, pattern.length) != 0) {
        return false;
    }
    match->rank = match->rank * 3 + rank;
    return true;
}

static bool match_route(const struct request *request, const char *path, const struct route *route,
                        struct match *match)
{
    const char *pattern = route->pattern;

    *match = (struct match){ .route = route };
    while (*pattern && *path) {
        struct component expected = next_component(&pattern), component = next_component(&path);

        if (!match_component(request, expected, component, match))
            return false;
    }
    return !*pattern && !*path;
}

static struct error *refuse_method(struct request *request, const struct route *routes, size_t count,
                                   unsigned rank)
{
    bool get = false, post = false;
    struct match match;

    for (size_t i = 0; i < count; i++)
        if (match_route(request, request->path, &routes[i], &match) && match.rank == rank) {
            get = get || routes[i].method == METHOD_GET;
            post = post || routes[i].method == METHOD_POST;
        }
    response_header(request->response, "Allow", get && post ? "GET, HEAD, POST" : get ? "GET, HEAD" : "POST");
    return error_new(request, ERROR_METHOD, "'%s' does not take this method", request->path);
}

static char *copy_component(const struct request *request, struct component component)
{
    return component.start ? memory_copy_length(request, component.start, component.length) : NULL;
}

struct error *router_find(struct request *request, const struct route *routes, size_t count)
{
    struct match match, best = { 0 };

    for (size_t i = 0; i < count; i++) {
        if (!match_route(request, request->path, &routes[i], &match) || (best.route && match.rank > best.rank))
            continue;
        /* of two that fit equally well, the one that takes the method */
        if (!best.route || match.rank < best.rank || routes[i].method == request->method)
            best = match;
    }
    if (!best.route)
        return error_new(request, ERROR_NOT_FOUND, "there is nothing at '%s'", request->path);
    if (best.route->method != request->method)
        return refuse_method(request, routes, count, best.rank);
    request->route = best.route;
    request->model = best.model;
    request->id = copy_component(request, best.id);
    request->part = copy_component(request, best.part);
    return NULL;
}

/* The path with a final slash when it has none, and without when it has one. */
static char *other_form(const struct request *request, const char *path, size_t length)
{
    if (length > 1 && path[length - 1] == '/')
        return memory_copy_length(request, path, length - 1);
    return memory_printf(request, "%.*s/", (int)length, path);
}

bool router_mend_slash(struct request *request, const struct route *routes, size_t count)
{
    const char *other = other_form(request, request->path, strlen(request->path));
    const size_t sent = strcspn(request->address, "?");
    struct match match;

    for (size_t i = 0; i < count && request->method == METHOD_GET; i++) {
        if (routes[i].method != METHOD_GET || !match_route(request, other, &routes[i], &match))
            continue;
        response_redirect(request->response, memory_printf(request, "%s%s", other_form(request, request->address, sent),
                                                           request->address + sent));
        return true;
    }
    return false;
}

bool router_is_for_administration(const char *path)
{
    static const char *const open[] = { "/admin", "/sign-in", "/sign-out", "/account", "/reset",
                                        "/healthz", "/readyz",  "/metrics" };
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        const size_t length = strlen(open[i]); /* a whole component: /accounts/ is somebody's model */
        if (strncmp(path, open[i], length) == 0 && (path[length] == '\0' || path[length] == '/'))
            return true;
    }
    return false;
}
