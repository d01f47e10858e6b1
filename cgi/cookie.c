/* Setting and reading cookies. */
#include "cookie.h"

#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "../db/memory.h"
#include "../db/parsed.h"
#include "../db/password.h"
#include "../db/text.h"
#include "../db/vault.h"
#include "key_end.h"

#define FLASH_MAX 3000
enum { FLASH_SECONDS = 60 };

/* Over TLS the __Host- prefix makes the browser refuse a cookie that another host or path has planted (RFC 6265bis,
 * section 4.1.3). */
static const char *cookie_name(const struct request *request, const char *name)
{
    return memory_printf(request, "%s%s", request->secure ? "__Host-" : "", name);
}

static void set_cookie(struct request *request, const char *name, const char *value, const char *lifetime)
{
    response_header(request->response, "Set-Cookie",
                    memory_printf(request, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", cookie_name(request, name),
                                  value, request->secure ? "; Secure" : "", lifetime));
}

static const char *get_cookie(const struct request *request, const char *name)
{
    const char *value = request_cookie(request, cookie_name(request, name));
    return value && *value ? value : NULL;
}

const char *cookie_session(const struct request *request)
{
    return get_cookie(request, "roster_session");
}

bool cookie_says_superuser(const struct request *request)
{
    return token_is_superusers(cookie_session(request));
}

/* The cookie outlives the session, so that a form sent too late is still known as ours (again.c). */
void cookie_set_session(struct request *request, const char *token)
{
    const char *lifetime = memory_printf(request, "; Max-Age=%d", (request->site->settings->session_days + 30) * 86400);
    set_cookie(request, "roster_session", token, lifetime);
}

void cookie_clear_session(struct request *request)
{
    set_cookie(request, "roster_session", "", "; Max-Age=0");
}

static void site_key(const struct request *request, const char *purpose, unsigned char key[VAULT_KEY_BYTES])
{
    vault_key(request->site->settings->secret_key, purpose, key);
}

static const char *csrf_for(const struct request *request, const char *bound_to)
{
    unsigned char key[crypto_secretbox_KEYBYTES], mac[32];
    char *text = NEW_ARRAY(request, char, 65);
    site_key(request, "csrf", key);
    crypto_generichash(mac, sizeof mac, (const unsigned char *)bound_to, strlen(bound_to), key, sizeof key);
    return sodium_bin2hex(text, 65, mac, sizeof mac);
}

const char *cookie_csrf(struct request *request)
{
    const char *session = cookie_session(request), *visit = get_cookie(request, "roster_visit");
    if (session)
        return csrf_for(request, session);
    if (!visit) {
        visit = token_generate(request);
        set_cookie(request, "roster_visit", visit, "");
    }
    return csrf_for(request, visit);
}

const char *cookie_csrf_of(const struct request *request, const char *session_token)
{
    return csrf_for(request, session_token);
}

/* What browsers say of where a form comes from, as far as they say it: the Origin header with its scheme (RFC 6454; "null"
 * is nobody's), and Sec-Fetch-Site (W3C Fetch Metadata), in which "none" is a person. A page of another host below the
 * same domain is not ours. Old browsers and programs say neither, and then the token decides alone. */
static bool same_origin(const struct request *request)
{
    const char *ours = memory_printf(request, "%s://%s", request->secure ? "https" : "http", request->host);
    const char *site = request->fetch_site;
    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0)
        return false;
    return !request->origin || (*request->host && strcasecmp(request->origin, ours) == 0);
}

bool cookie_form_is_ours(const struct request *request)
{
    const char *site = request->fetch_site;
    return same_origin(request) && (request->origin || (site && strcmp(site, "same-origin") == 0));
}

bool cookie_csrf_matches(struct request *request)
{
    const char *session = cookie_session(request), *visit = get_cookie(request, "roster_visit");
    const char *sent = form_get(request->form, "csrf");
    const char *bound_to = session ? session : visit;
    if (!sent || !bound_to || strlen(sent) != 64 || !same_origin(request))
        return false;
    return sodium_memcmp(sent, csrf_for(request, bound_to), 64) == 0;
}

/* Bound to the admin key as well, so that a new one ends what the old one opened. */
static const char *key_mac(const struct request *request, const char *time)
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    const char *admin_key = request->site->settings->admin_key;
    site_key(request, memory_printf(request, "admin key %s", token_hash(request, admin_key)), key);
    unsigned char mac[32];
    char *text = NEW_ARRAY(request, char, 65);
    crypto_generichash(mac, sizeof mac, (const unsigned char *)time, strlen(time), key, sizeof key);
    return sodium_bin2hex(text, 65, mac, sizeof mac);
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void cookie_set_key(struct request *request)
{
    const char *now = memory_printf(request, "%lld", now_ms());
    set_cookie(request, "roster_key", memory_printf(request, "%s.%s", now, key_mac(request, now)),
               memory_printf(request, "; Max-Age=%d", COOKIE_KEY_SECONDS));
}

struct error *cookie_end_key(struct request *request)
{
    set_cookie(request, "roster_key", "", "; Max-Age=0");
    return cookie_key_age(request) < 0 ? NULL : key_end_all(request, now_ms());
}

long cookie_key_age(const struct request *request)
{
    const char *cookie = get_cookie(request, "roster_key"), *dot = cookie ? strchr(cookie, '.') : NULL;
    if (!dot || dot - cookie > 18 || strlen(dot + 1) != 64)
        return -1;
    const char *given = memory_copy_length(request, cookie, (size_t)(dot - cookie));
    if (sodium_memcmp(dot + 1, key_mac(request, given), 64) != 0)
        return -1;
    long long since = strtoll(given, NULL, 10), age = now_ms() - since;
    return age >= 0 && age < COOKIE_KEY_SECONDS * 1000LL && since > key_end_last(request) ? (long)(age / 1000) : -1;
}

/* Whose browser it is, as far as anybody is signed in. */
static const char *flash_owner(const struct request *request)
{
    const char *session = cookie_session(request);
    return session ? token_hash(request, session) : "";
}

void cookie_set_flash(struct request *request, const char *text, const char *key)
{
    struct text *json = text_new(request);
    text_add(json, "[");
    text_add_json(json, text);
    text_add(json, ",");
    text_add_json(json, key);
    text_addf(json, ",%lld,", (long long)time(NULL));
    text_add_json(json, flash_owner(request));
    text_add(json, "]");
    if (json->length > FLASH_MAX)
        return; /* a cookie has its limits (RFC 6265 section 6.1), and a missing "saved" is no loss */
    unsigned char box_key[crypto_secretbox_KEYBYTES];
    unsigned char box[crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + FLASH_MAX];
    site_key(request, "flash", box_key);
    randombytes_buf(box, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(box + crypto_secretbox_NONCEBYTES, (const unsigned char *)json->data, json->length, box,
                          box_key);
    size_t length = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + json->length;
    size_t size = sodium_base64_ENCODED_LEN(length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *cookie = NEW_ARRAY(request, char, size);
    sodium_bin2base64(cookie, size, box, length, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    set_cookie(request, "roster_flash", cookie, memory_printf(request, "; Max-Age=%d", FLASH_SECONDS));
}

static json_t *open_flash(const struct request *request, const char *cookie)
{
    unsigned char key[crypto_secretbox_KEYBYTES], plain[FLASH_MAX];
    unsigned char box[crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + FLASH_MAX];
    size_t length = 0, head = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    site_key(request, "flash", key);
    if (sodium_base642bin(box, sizeof box, cookie, strlen(cookie), NULL, &length, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING)
            != 0
        || length < head
        || crypto_secretbox_open_easy(plain, box + crypto_secretbox_NONCEBYTES, length - crypto_secretbox_NONCEBYTES,
                                      box, key)
               != 0)
        return NULL;
    return parsed_json(request, (const char *)plain, length - head, 0, NULL);
}

void cookie_take_flash(struct request *request, const char **text, const char **key)
{
    *text = *key = NULL;
    const char *cookie = get_cookie(request, "roster_flash");
    if (!cookie)
        return;
    set_cookie(request, "roster_flash", "", "; Max-Age=0");
    const json_t *json = open_flash(request, cookie);
    const long long age = (long long)time(NULL) - json_integer_value(json_array_get(json, 2));
    const char *owner = json_string_value(json_array_get(json, 3));
    if (age < 0 || age > FLASH_SECONDS || !owner || strcmp(owner, flash_owner(request)) != 0)
        return;
    *text = memory_copy(request, json_string_value(json_array_get(json, 0)));
    *key = memory_copy(request, json_string_value(json_array_get(json, 1)));
}
