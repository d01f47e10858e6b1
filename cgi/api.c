/* Who asks with an API key, and what all of its answers have in common. */
#include "api.h"

#include <string.h>
#include <strings.h>

#include "../db/access.h"
#include "../db/api_key.h"
#include "../db/log.h"
#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "guard.h"

bool api_is_asked(const struct request *request)
{
    return request->path && strncmp(request->path, "/api/", strlen("/api/")) == 0;
}

/* NULL when the request has none. */
static const char *key_of(const struct request *request)
{
    static const char scheme[] = "bearer ";
    const char *given = request->authorization;
    if (!given || strncasecmp(given, scheme, strlen(scheme)) != 0)
        return NULL;
    given += strlen(scheme) + strspn(given + strlen(scheme), " ");
    return *given ? given : NULL;
}

/* What the throttle and the audit call a key: enough of its hash to tell it from others. */
static const char *name_of(const struct request *request, const char *key)
{
    return memory_printf(request, "API key %.12s", token_hash(request, key));
}

static struct error *check_model(const struct request *request)
{
    if (!request->model || access_is_possible_by_key(request->model))
        return NULL;
    return error_new(request, ERROR_FORBIDDEN, "API keys do not open %s", request->model->plural);
}

struct error *api_run(struct request *request)
{
    const char *key = key_of(request);
    if (!schema_key(request->site->schema))
        return error_new(request, ERROR_NOT_FOUND, "these models have no API keys that open anything");
    if (!key)
        return error_new(request, ERROR_SIGN_IN, "send an API key in the header 'Authorization: Bearer KEY'");
    const char *name = name_of(request, key), *refused = guard_refuses(request, name);
    if (refused)
        return error_new(request, ERROR_TOO_OFTEN, "%s", refused);
    struct query *found = api_key_queue_find(request->db, request->site->schema, key);
    query_read_only(request->db);
    struct error *error = query_run(request->db);
    request->api_key = error ? NULL : api_key_load(request, found);
    if (error)
        guard_give_back(request, name);
    TRY(error);
    if (!request->api_key)
        return error_new(request, ERROR_SIGN_IN, "this API key is none, was deleted or has expired: its team's owner makes another");
    guard_right(request, name);
    connection_act_for_key(request->db, request->api_key->opened);
    return check_model(request);
}

void api_mark_use(struct request *request)
{
    if (!request->api_key || !request->api_key->stale)
        return;
    transaction_rollback(request->db);
    api_key_queue_mark(request->db, request->site->schema, key_of(request));
    const struct error *error = query_run(request->db);
    if (error)
        log_event(LOG_WARNING, "use of an API key not written down", error->message);
}

void api_send(struct request *request, const struct text *json)
{
    response_header(request->response, "Cache-Control", "no-store");
    response_body(request->response, "application/json", json->data, json->length);
}

void api_refuse(struct request *request, int status, const char *title, const char *detail)
{
    struct text *json = text_new(request);
    text_add(json, "{\"title\":");
    text_add_json(json, title);
    text_addf(json, ",\"status\":%d,\"detail\":", status);
    text_add_json(json, detail);
    text_add(json, ",\"request\":");
    text_add_json(json, request->number);
    text_add_char(json, '}');
    /* RFC 9110, section 11.6.1 */
    if (status == 401)
        response_header(request->response, "WWW-Authenticate", request->authorization ? "Bearer error=\"invalid_token\"" : "Bearer");
    response_status(request->response, status);
    response_header(request->response, "Cache-Control", "no-store");
    response_body(request->response, "application/problem+json", json->data, json->length);
}
