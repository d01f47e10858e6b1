/* Beginning a session. */
#include "sign_in.h"

#include <names.h>
#include <stdlib.h>
#include <string.h>

#include "../db/audit.h"
#include "../db/memory.h"
#include "../db/password.h"
#include "../db/query.h"
#include "../db/vault.h"
#include "again.h"
#include "agent.h"
#include "cookie.h"
#include "form_input.h"
#include "guard.h"

#define PURPOSE "ticket of a sign-in"

struct error *sign_in_code_show(struct request *request, const char *ticket, const char *problem, int status)
{
    struct page *page = page_new(request, TPL_SIGN_IN_CODE);
    const char *next = form_get(request->form, "next");
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_NEXT, next && response_path_is_local(next) ? next : NULL);
    view_set(page->main, T_CODE_ERROR, problem);
    form_input_hide(page->main, "ticket", ticket);
    if (again_is_needed(request))
        again_carry(request, page->main);
    if (problem)
        page_error(page, problem, "code");
    return page_send(page, status, "Enter a code");
}

const char *sign_in_mark(const struct request *request, const char *hash)
{
    return memory_printf(request, "%.16s", token_hash(request, hash ? hash : ""));
}

char *sign_in_ticket_seal(const struct request *request, const struct query *person, const char *hash,
                          const struct query *kept)
{
    const char *text = memory_printf(request, "%s %s %s", query_field(kept, 0, "now"), sign_in_mark(request, hash),
                                     query_field(person, 0, "id"));
    return vault_seal(request, request->site->settings->secret_key, PURPOSE, text);
}

bool sign_in_ticket_open(const struct request *request, const char *sealed, struct sign_in_ticket *ticket)
{
    char *text = sealed ? vault_open(request, request->site->settings->secret_key, PURPOSE, sealed) : NULL;
    char *rest = NULL;
    if (!text)
        return false;
    ticket->now = strtoll(strtok_r(text, " ", &rest), NULL, 10);
    ticket->mark = strtok_r(NULL, " ", &rest);
    ticket->user_id = strtok_r(NULL, " ", &rest);
    return ticket->user_id != NULL;
}

void sign_in_audit(struct request *request, const struct query *kept, const char *action, const char *user_id,
                   const char *who, const char *token)
{
    const struct audit_line line = { .action = action, .user_id = user_id, .who = who, .remote = request->remote };
    if (!query_true(kept, 0, "audit"))
        audit_log(&line);
    else if (token)
        audit_queue_when(request->db, &line, session_exists(request->db, token));
    else
        audit_queue(request->db, &line);
}

const char *sign_in_token(const struct request *request, const struct query *person)
{
    return query_true(person, 0, "is_superuser") ? token_generate_superuser(request) : token_generate(request);
}

struct query *sign_in_queue(struct request *request, const struct query *person, const struct query *kept,
                            const struct sign_in_proof *proof, const struct sql *condition, struct query **unchanged)
{
    const char *token = proof->token;
    const struct session_start start = { .user_id = query_field(person, 0, "id"), .token = token,
                                         .remote = request->remote, .browser = agent_words(request, request->agent),
                                         .hash = proof->hash, .superuser = query_true(person, 0, "is_superuser"),
                                         .accounts = query_true(kept, 0, "accounts") };
    const struct sql *given = condition ? condition : session_without_second_factor(request->db, &start);
    *unchanged = session_queue_unchanged(request->db, &start);
    struct query *begun = session_queue_begin(request->db, request->site->settings, &start, given);
    if (cookie_session(request))
        session_queue_end_for(request->db, cookie_session(request), token);
    sign_in_audit(request, kept, AUDIT_SIGNED_IN, start.user_id, query_field(person, 0, "email"), token);
    return begun;
}

struct error *sign_in_finish(struct request *request, const char *email, const char *token)
{
    guard_right(request, email);
    cookie_set_session(request, token);
    if (again_is_needed(request))
        return again_send(request, token);
    const char *next = form_get(request->form, "next");
    response_redirect(request->response, next ? next : "/");
    return NULL;
}
