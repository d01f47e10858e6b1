/* The throttle before every check of a password, a code or a key. */
#include "guard.h"

#include "../db/audit.h"
#include "../db/memory.h"
#include "../db/query.h"
#include "../db/session.h"
#include "throttle.h"

static struct throttle try_of(const struct request *request, const char *account)
{
    return (struct throttle){ .var = request->site->settings->var, .account = account, .address = request->remote };
}

/* A line for the first of those who are told to wait between two tries: more would let anybody fill the table. */
static void audit(struct request *request, const char *account)
{
    const struct session *session = request->session;
    const struct audit_line line = { .action = AUDIT_THROTTLED, .user_id = session ? session->user_id : NULL,
                                     .who = account, .remote = request->remote };
    transaction_rollback(request->db);
    struct query *kept = request->by_key ? NULL : session_queue_kept(request->db);
    struct error *error = kept ? query_run(request->db) : NULL;
    if (!kept || error || !query_true(kept, 0, "audit")) {
        audit_log(&line);
        return;
    }
    audit_queue(request->db, &line);
    if (query_run(request->db))
        audit_log(&line);
}

static const char *say(const struct request *request, int seconds)
{
    int minutes = (seconds + 59) / 60;
    if (seconds < 100)
        return memory_printf(request, "Too many tries have failed. Wait %d second%s, then try again", seconds,
                             seconds == 1 ? "" : "s");
    return memory_printf(request, "Too many tries have failed. Wait %d minutes, then try again", minutes);
}

const char *guard_refuses(struct request *request, const char *account)
{
    const struct throttle try = try_of(request, account);
    struct throttle_answer answer = throttle_take(&try);
    if (answer.wait == 0)
        return NULL;
    if (answer.first)
        audit(request, account);
    response_header(request->response, "Retry-After", memory_printf(request, "%d", answer.wait));
    if (answer.uncounted)
        return "Passwords and keys cannot be checked just now, as tries cannot be counted: the program's log says why. "
               "Nothing is wrong with yours";
    return say(request, answer.wait);
}

void guard_right(const struct request *request, const char *account)
{
    const struct throttle try = try_of(request, account);
    throttle_right(&try);
}

void guard_give_back(const struct request *request, const char *account)
{
    const struct throttle try = try_of(request, account);
    throttle_give_back(&try);
}

void guard_forget(const struct request *request, const char *account)
{
    const struct throttle try = try_of(request, account);
    throttle_forget(&try);
}
