/* Cookies: one is found as the standard says, and what is sealed or signed is only taken when this site has made it. The
 * first line of an input is the Cookie header, the second a sentence to seal, the third says how the sealed one is
 * damaged. */
#include <ctype.h>
#include "../../cgi/cookie.h"
#include "fuzz.h"

static const struct settings settings = { .secret_key = "0123456789abcdef0123456789abcdef",
                                          .admin_key = "fedcba9876543210fedcba9876543210",
                                          .session_days = 14 };
static const struct site site = { .settings = &settings };

static struct request *new_request(const void *context, const char *cookies)
{
    struct request *request = NEW(context, struct request);

    request->site = &site;
    request->cookies = cookies;
    request->host = "example.org";
    request->query = request->form = NEW(request, struct form);
    request->response = response_new(request);
    return request;
}

static bool add_bytes(void *sink, const char *bytes, size_t length)
{
    text_add_bytes(sink, bytes, length);
    return true;
}

/* The value of a cookie that the answer sets, or NULL. */
static const char *cookie_that_was_set(struct request *request, const char *name)
{
    struct text *sent = text_new(request);
    const char *found;

    REQUIRE(response_send(request->response, true, add_bytes, sent));
    found = strstr(sent->data, memory_printf(request, "Set-Cookie: %s=", name));
    if (!found)
        return NULL;
    found = strchr(found, '=') + 1;
    return memory_copy_length(request, found, strcspn(found, ";\r\n"));
}

/* The same rule, written another way: cut at semicolons, trimmed, compared. */
static const char *find_again(void *context, const char *cookies, const char *name)
{
    char *copy = memory_copy(context, cookies), *pair;

    while ((pair = strsep(&copy, ";"))) {
        char *equals = strchr(pair, '=');

        pair += strspn(pair, " \t");
        if (!equals || equals < pair)
            continue;
        *equals = '\0';
        if (strcmp(pair, name) == 0)
            return equals + 1;
    }
    return NULL;
}

static void require_found(void *context, const char *cookies, const char *name)
{
    const char *value = request_cookie(new_request(context, cookies), name);
    const char *expected = find_again(context, cookies, name);

    REQUIRE((value == NULL) == (expected == NULL) && (!value || strcmp(value, expected) == 0));
}

/* Nobody outside can make what this site signs or seals: 2^-128 is never. */
static void require_nothing_proven(void *context, const char *cookies)
{
    struct request *request = new_request(context, cookies);
    const char *text, *key;

    REQUIRE(cookie_key_age(request) == -1);
    REQUIRE(!cookie_csrf_matches(request));
    cookie_take_flash(request, &text, &key);
    REQUIRE(!text && !key);
    REQUIRE(strlen(cookie_csrf(request)) == 64);
}

static void require_sealed(void *context, const char *sentence, const char *damage)
{
    struct request *request = new_request(context, "");
    const char *sealed, *text, *key;

    cookie_set_flash(request, sentence, "key");
    sealed = cookie_that_was_set(request, "roster_flash");
    if (!sealed)
        return; /* too long to travel */
    request = new_request(context, memory_printf(context, "roster_flash=%s", sealed));
    cookie_take_flash(request, &text, &key);
    REQUIRE(text && strcmp(text, sentence) == 0 && strcmp(key, "key") == 0);
    char *damaged = memory_copy(context, sealed);
    for (; *damage && damage[1]; damage += 2) {
        char *place = &damaged[(unsigned char)damage[0] * strlen(sealed) / 256];
        if (isalnum((unsigned char)damage[1]))
            *place = damage[1];
    }
    request = new_request(context, memory_printf(context, "roster_flash=%s", damaged));
    cookie_take_flash(request, &text, &key);
    REQUIRE(!text || strcmp(damaged, sealed) == 0);
}

static void read_cookies(void *context, struct input input)
{
    const char *cookies = take_line(context, &input), *sentence = take_line(context, &input);

    require_found(context, cookies, "a");
    require_found(context, cookies, "roster_session");
    require_nothing_proven(context, cookies);
    if (form_text_is_clean(sentence, strlen(sentence)))
        require_sealed(context, sentence, take_line(context, &input));
}

FUZZ_TARGET(read_cookies)
