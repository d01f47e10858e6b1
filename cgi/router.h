/* The one table of routes: method, pattern, who may use it, handler. */
#ifndef ROSTER_ROUTER_H
#define ROSTER_ROUTER_H

#include "../db/error.h"
#include "request.h"

typedef struct error *(*handler)(struct request *request);

struct route {
    enum method method;
    enum role role;      /* ROLE_ANYONE: no sign-in needed */
    /* "/{model}/{id}/edit": {model} is a model's path, {id} and {part} any one component, everything else itself. A
     * literal component wins over a placeholder. */
    const char *pattern;
    handler handler;
    bool writes;         /* needs the model's may_write, not only its may_read */
    bool any_password;   /* usable while the generated first password still has to be changed */
};

/* Finds the route, filling request->route, model, id and part. ERROR_NOT_FOUND, or ERROR_METHOD when only the method
 * does not fit (then the Allow header is set). */
struct error *router_find(struct request *request, const struct route *routes, size_t count) MUST_USE;
/* For a path that has no route: whether a page's address differs from it only by the slash at its end. Then the answer
 * leads there, query string and all. */
bool router_mend_slash(struct request *request, const struct route *routes, size_t count);
/* What stays open while the site is closed: administration, and what leads there. */
bool router_is_for_administration(const char *path);
/* Finds the route, checks who is asking and runs the handler; every error becomes its page. Never fails. */
void router_answer(struct request *request);

#endif
