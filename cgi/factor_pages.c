/* One's own second factor: setting it up, new recovery codes, taking it off. */
#include <names.h>
#include <string.h>

#include "../db/memory.h"
#include "../db/query.h"
#include "../db/second_factor.h"
#include "../db/session.h"
#include "admin.h"
#include "confirm.h"
#include "cookie.h"
#include "form.h"
#include "guard.h"
#include "handlers.h"
#include "page.h"
#include "qr_view.h"
#include "words.h"

#define PAGE "/account/second-factor"

struct error *factor_page(struct request *request)
{
    TRY(page_run(request));
    struct query *factor = second_factor_queue_find(request->db, request->session->user_id);
    query_read_only(request->db);
    TRY(query_run(request->db));
    const char *since = query_field(factor, 0, "created_at");
    struct page *page = page_new(request, TPL_FACTOR);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_SINCE, since ? words_time(request, since) : NULL);
    view_set(page->main, T_SINCE_DATETIME, since ? words_datetime(request, since) : NULL);
    view_set_number(page->main, T_CODES, query_number(factor, 0, "codes"));
    return page_send(page, 200, "Second factor");
}

/* The address that an authenticator reads: otpauth://totp/SITE:EMAIL?secret=...&issuer=SITE (a convention of theirs). */
static const char *address_of(const struct request *request, const char *secret)
{
    const char *site = form_encode(request, request->site->settings->site_name);
    return memory_printf(request, "otpauth://totp/%s:%s?secret=%s&issuer=%s&digits=%d&period=%d", site,
                         form_encode(request, request->session->email), secret, site, SECOND_FACTOR_DIGITS,
                         SECOND_FACTOR_SECONDS);
}

/* In groups of four, as people copy. */
static const char *in_groups(const struct request *request, const char *secret)
{
    struct text *text = text_new(request);
    for (size_t i = 0; secret[i]; i++) {
        if (i > 0 && i % 4 == 0)
            text_add_char(text, ' ');
        text_add_char(text, secret[i]);
    }
    return text->data;
}

/* The secret travels sealed through the page, until a code has proved that it arrived: until then nothing is stored. */
static struct error *show_set_up(struct request *request, const char *secret, const char *problem, int status)
{
    struct page *page = page_new(request, TPL_FACTOR_NEW);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_SETUP, second_factor_seal(request, request->site->settings, request->session->user_id, secret));
    view_set(page->main, T_SECRET, in_groups(request, secret));
    view_set(page->main, T_CODE_ERROR, problem);
    qr_view_fill(request, page->main, address_of(request, secret));
    if (problem)
        page_error(page, problem, "code");
    return page_send(page, status, "Set up a second factor");
}

struct error *factor_new_post(struct request *request)
{
    bool asked;
    TRY(confirm_run(request, "set up a second factor", &asked));
    return asked ? NULL : show_set_up(request, second_factor_new_secret(request), NULL, 200);
}

static struct error *show_codes(struct request *request, const char *const *codes, bool first)
{
    struct page *page = page_new(request, TPL_FACTOR_CODES);
    struct text *all = text_new(request);
    view_show_if(page->main, T_FIRST, first);
    for (; *codes; codes++)
        text_addf(all, "%s%s", all->length ? "\n" : "", *codes);
    view_set(page->main, T_CODES, all->data);
    return page_send(page, 200, "Recovery codes");
}

static struct error *turn_on(struct request *request, const char *secret, long long step)
{
    const struct settings *settings = request->site->settings;
    const char *user_id = request->session->user_id, *const *codes = second_factor_new_codes(request);
    second_factor_queue_on(request->db, user_id, second_factor_seal(request, settings, user_id, secret), step);
    second_factor_queue_codes(request->db, settings, user_id, codes);
    session_queue_end_others(request->db, user_id, cookie_session(request));
    admin_audit(request, AUDIT_FACTOR_ON, NULL);
    transaction_commit(request->db);
    TRY(query_run(request->db));
    return show_codes(request, codes, true);
}

static struct error *judge(struct request *request, const char *secret, long long now)
{
    const char *typed = form_get(request->form, "code");
    if (!typed || !*typed)
        return show_set_up(request, secret, "Enter the six digits that your authenticator shows", 422);
    const char *wait = guard_refuses(request, request->session->email);
    if (wait)
        return show_set_up(request, secret, wait, GUARD_STATUS);
    long long step = second_factor_step(secret, now, second_factor_plain(request, typed));
    if (step < 0)
        return show_set_up(request, secret, "Enter the six digits that your authenticator shows now; if they are, look "
                                            "whether the telephone's clock is right", 422);
    guard_give_back(request, request->session->email);
    return turn_on(request, secret, step);
}

/* Looks at what is set up, which nobody else changes then until the transaction ends. */
static struct error *hold(struct request *request, struct query **factor)
{
    transaction_begin(request->db);
    session_queue_hold(request->db, request->session->user_id);
    *factor = second_factor_queue_find(request->db, request->session->user_id);
    return query_run(request->db);
}

static struct error *back(struct request *request)
{
    transaction_rollback(request->db);
    response_redirect(request->response, PAGE);
    return NULL;
}

struct error *factor_on_post(struct request *request)
{
    const char *sealed = form_get(request->form, "setup");
    bool asked;
    TRY(confirm_run(request, "set up a second factor", &asked));
    if (asked)
        return NULL;
    const char *secret = sealed ? second_factor_open(request, request->site->settings, request->session->user_id, sealed)
                                : NULL;
    struct query *factor;
    TRY(hold(request, &factor));
    if (!secret || query_field(factor, 0, "sealed_secret")) /* sent twice, or from a page of before */
        return back(request);
    return judge(request, secret, query_number(factor, 0, "now"));
}

struct error *factor_off_post(struct request *request)
{
    bool asked;
    TRY(confirm_run(request, "take the second factor off", &asked));
    if (asked)
        return NULL;
    second_factor_queue_off(request->db, request->session->user_id);
    admin_audit(request, AUDIT_FACTOR_OFF, NULL);
    TRY(query_run(request->db));
    cookie_set_flash(request, "The second factor is off: your password alone signs you in.", NULL);
    response_redirect(request->response, PAGE);
    return NULL;
}

struct error *factor_codes_post(struct request *request)
{
    bool asked;
    const char *const *codes = second_factor_new_codes(request);
    TRY(confirm_run(request, "make new recovery codes", &asked));
    if (asked)
        return NULL;
    struct query *factor;
    TRY(hold(request, &factor));
    if (!query_field(factor, 0, "sealed_secret"))
        return back(request);
    second_factor_queue_codes(request->db, request->site->settings, request->session->user_id, codes);
    admin_audit(request, AUDIT_CODES_MADE, NULL);
    transaction_commit(request->db);
    TRY(query_run(request->db));
    return show_codes(request, codes, false);
}
