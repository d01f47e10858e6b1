/* What a supervisor asks: whether this process lives, and whether it can work. */
#include <string.h>

#include "../db/migrate.h"
#include "error_pages.h"
#include "handlers.h"
#include "response.h"

static void say(struct request *request, int status, const char *text)
{
    response_status(request->response, status);
    response_header(request->response, "Cache-Control", "no-store");
    response_body(request->response, "text/plain; charset=utf-8", text, strlen(text));
}

struct error *health_live(struct request *request)
{
    say(request, 200, "ok\n");
    return NULL;
}

/* 503 while the database is away or revisions are pending, without saying more to the world than that. */
struct error *health_ready(struct request *request)
{
    const struct error *error = migrate_ready(request, request->site->settings, request->db);
    if (!error) {
        say(request, 200, "ready\n");
        return NULL;
    }
    response_header(request->response, "Retry-After", "5");
    say(request, 503, error->code == ERROR_UNAVAILABLE ? "the database does not answer\n"
                      : error->code == ERROR_PENDING   ? "revisions are pending\n"
                                                       : "the database and the revision files do not agree\n");
    return NULL;
}
