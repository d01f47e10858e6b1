/* One request, from the parameters that nginx passes to the answer. Everything it needs hangs below it and is freed
 * with it. */
#ifndef ROSTER_REQUEST_H
#define ROSTER_REQUEST_H

#include <stdbool.h>
#include "../db/connection.h"
#include "../db/error.h"
#include "../db/schema.h"
#include "../db/settings.h"
#include "form.h"
#include "response.h"

enum method { METHOD_GET, METHOD_POST, METHOD_OTHER }; /* HEAD is GET without the body */

/* What every request of a process shares; never changes after the start. */
struct site {
    const struct settings *settings;
    const struct schema *schema;
};

struct api_key;
struct route;
struct session;

struct request {
    const struct site *site;
    enum method method;
    bool head;
    const char *path;         /* decoded, checked; always starts with "/" */
    const char *address;      /* path and query as sent, to come back to */
    const char *query_string; /* as sent, "" when there is none */
    const char *number;       /* what the web server's log and ours call this request: letters, digits, "-" */
    const char *remote;       /* the client's address */
    const char *host;         /* the Host header, "" when absent */
    bool secure;              /* the browser sees https: nginx says so, or the settings, for a proxy in front of it */
    const char *origin;       /* the Origin header, NULL when absent */
    const char *fetch_site;   /* the Sec-Fetch-Site header, NULL when absent */
    const char *authorization; /* the Authorization header, NULL when absent */
    const char *agent;        /* the User-Agent header, "" when absent */
    const char *cookies;      /* the Cookie header, "" when absent */
    bool wants_json;
    struct form *query;       /* never NULL */
    struct form *form;        /* never NULL; empty unless POST */
    struct connection *db;
    struct response *response;
    long long began_us;       /* on the monotonic clock */

    const struct route *route;
    const struct model *model; /* of the route's {model}, else NULL */
    const char *id;            /* of the route's {id}, else NULL */
    const char *part;          /* of the route's {part}, else NULL */
    struct session *session;   /* set by the dispatcher */
    struct api_key *api_key;   /* instead of it, on a route for API keys */
    bool by_key;               /* session is that of whoever has the admin key: nobody who is known (admin.h) */
    bool audited;              /* the database keeps an audit: set by those who write it */
    bool closed;               /* the site is (db/closed.h), and this is a page that is not for administration */
    bool locked_out;           /* the database cannot say who is there, and the admin key was not given yet */
};

/* Where a request comes from: FastCGI's parameters and stream, or a test. */
struct request_source {
    const char *(*parameter)(void *source, const char *name); /* CGI's meta-variables (RFC 3875); NULL when absent */
    form_reader read;
    void *source;
};

/* Reads a request whole: line, headers, query and body. On an error, request->response is there all the same, so
 * that the error can be answered; the body may not have been read to its end. */
struct error *request_read(const void *context, const struct site *site, const struct request_source *source,
                           struct request **request) MUST_USE;
/* Since it was begun to be read. */
long long request_milliseconds(const struct request *request);
/* The value of one cookie, or NULL; of two with the same name the first (RFC 6265 section 5.4). */
const char *request_cookie(const struct request *request, const char *name);

#endif
