/* The cookies of the site and what they prove: who is signed in, that a form is ours, what to say after a redirect. */
#ifndef ROSTER_COOKIE_H
#define ROSTER_COOKIE_H

#include <stdbool.h>
#include "request.h"

/* The session's token, or NULL. */
const char *cookie_session(const struct request *request);
/* Whether the session began as a superuser's: a hint that saves PostgreSQL work, and no right. */
bool cookie_says_superuser(const struct request *request);
void cookie_set_session(struct request *request, const char *token);
void cookie_clear_session(struct request *request);

/* The token that every form of this browser carries against cross-site requests: bound to the session, or, before
 * anybody is signed in, to a random cookie that this sets (OWASP: signed double-submit cookie). */
const char *cookie_csrf(struct request *request);
/* The same for a session that begins with this answer. */
const char *cookie_csrf_of(const struct request *request, const char *session_token);
/* Whether a POST comes from one of our own forms: its token is right, and Origin and Sec-Fetch-Site, when there
 * are any, name this site (ASVS 3.5.1). */
bool cookie_csrf_matches(struct request *request);
/* Whether the browser says that the form comes from a page of this site: then one whose token is not right is a page of
 * before a sign-in or sign-out elsewhere, and nobody's forgery. It still changes nothing. */
bool cookie_form_is_ours(const struct request *request);

/* Shows that this browser has given the configuration's admin key: sealed for that key, by this machine's clock, since
 * the database's is away. */
enum { COOKIE_KEY_SECONDS = 1800 };
void cookie_set_key(struct request *request);
/* Ends that, here and on the server, for every browser that has given it. */
struct error *cookie_end_key(struct request *request) MUST_USE;
/* Seconds since the key was given; -1 when it was not, or longer than COOKIE_KEY_SECONDS ago. */
long cookie_key_age(const struct request *request);

/* What the next page says, once: a sentence, and a generated key that must not be seen twice; either may be NULL. It
 * travels sealed (XSalsa20-Poly1305), so that it can be neither read nor made outside, and is good for a minute, for the
 * session that it was set in. */
void cookie_set_flash(struct request *request, const char *text, const char *key);
/* Takes it and clears the cookie; both NULL when there is none. */
void cookie_take_flash(struct request *request, const char **text, const char **key);

#endif
