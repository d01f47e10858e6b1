/* The second factor of a sign-in, asked for after the right password only. */
#include <names.h>
#include <stdio.h>
#include <string.h>

#include "../db/audit.h"
#include "../db/log.h"
#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/second_factor.h"
#include "guard.h"
#include "handlers.h"
#include "sign_in.h"

/* Everything that a code is judged by. */
struct attempt {
    const char *sealed; /* the ticket */
    struct sign_in_ticket ticket;
    struct query *person, *factor, *kept;
};

static struct error *from_the_beginning(struct request *request)
{
    return sign_in_show(request, "Start again with your password: it is too long since you entered it", NULL, 422);
}

/* The ticket is good for some minutes, and for the password that it was given for. */
static bool is_current(const struct request *request, const struct attempt *attempt)
{
    if (query_rows(attempt->person) == 0)
        return false;
    long long age = query_number(attempt->factor, 0, "now") - attempt->ticket.now;
    return age >= 0 && age < SIGN_IN_TICKET_SECONDS
           && strcmp(attempt->ticket.mark, sign_in_mark(request, query_field(attempt->person, 0, "hashed_password"))) == 0;
}

/* The condition that uses the typed code up; NULL when it is none. */
static struct sql *use(const struct request *request, const struct attempt *attempt, const char *plain)
{
    const char *user_id = attempt->ticket.user_id, *sealed = query_field(attempt->factor, 0, "sealed_secret");
    const struct settings *settings = request->site->settings;
    if (!second_factor_is_code(plain))
        return second_factor_use_recovery(request, settings, user_id, plain);
    const char *secret = sealed ? second_factor_open(request, settings, user_id, sealed) : NULL;
    if (sealed && !secret)
        log_event(LOG_ERROR, "second factor cannot be read",
                  "SECRET_KEY is another one than before; `roster user totp-off` lets its person in");
    long long step = secret ? second_factor_step(secret, query_number(attempt->factor, 0, "now"), plain) : -1;
    return step >= 0 ? second_factor_use_step(request, user_id, step) : NULL;
}

static struct error *refuse(struct request *request, const struct attempt *attempt)
{
    sign_in_audit(request, attempt->kept, AUDIT_CODE_FAILED, attempt->ticket.user_id,
                  query_field(attempt->person, 0, "email"), NULL);
    TRY(query_run(request->db));
    return sign_in_code_show(request, attempt->sealed,
                             "Enter the code that your authenticator shows now, or a recovery code; each is good once", 422);
}

static struct error *judge(struct request *request, const struct attempt *attempt, const char *typed)
{
    const char *email = query_field(attempt->person, 0, "email"), *token = sign_in_token(request, attempt->person);
    const char *wait = guard_refuses(request, email);
    if (wait)
        return sign_in_code_show(request, attempt->sealed, wait, GUARD_STATUS);
    const char *plain = second_factor_plain(request, typed);
    const struct sql *condition = use(request, attempt, plain);
    if (!condition)
        return refuse(request, attempt);
    const struct sign_in_proof proof = { token, query_field(attempt->person, 0, "hashed_password") };
    struct query *unchanged, *begun = sign_in_queue(request, attempt->person, attempt->kept, &proof, condition, &unchanged);
    if (!second_factor_is_code(plain))
        sign_in_audit(request, attempt->kept, AUDIT_RECOVERY_USED, attempt->ticket.user_id, email, token);
    TRY(query_run(request->db));
    if (query_rows(unchanged) == 0)
        return from_the_beginning(request);
    return query_rows(begun) > 0 ? sign_in_finish(request, email, token) : refuse(request, attempt);
}

/* The address stands in the browser after a wrong code; asked for by itself it has no ticket, which only a form brings. */
struct error *sign_in_code_page(struct request *request)
{
    response_redirect(request->response, "/sign-in");
    return NULL;
}

struct error *sign_in_code_post(struct request *request)
{
    struct attempt attempt = { .sealed = form_get(request->form, "ticket") };
    const char *typed = form_get(request->form, "code");
    if (!sign_in_ticket_open(request, attempt.sealed, &attempt.ticket))
        return from_the_beginning(request);
    if (!typed || !*typed)
        return sign_in_code_show(request, attempt.sealed, "Enter a code", 422);
    attempt.person = session_queue_own_credentials(request->db, attempt.ticket.user_id);
    attempt.factor = second_factor_queue_find(request->db, attempt.ticket.user_id);
    attempt.kept = session_queue_kept(request->db);
    TRY(query_run(request->db));
    if (!is_current(request, &attempt))
        return from_the_beginning(request);
    return judge(request, &attempt, typed);
}
