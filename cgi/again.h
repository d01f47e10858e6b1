/* A form that was sent after its sign-in had ended: it travels through the sign-in page, so that nothing typed is lost.
 *
 * Its values are carried as hidden inputs under "_again.NAME", its address as "_again_path". Passwords are not. */
#ifndef ROSTER_AGAIN_H
#define ROSTER_AGAIN_H

#include "request.h"
#include "view.h"

/* Answers a form whose token is of an earlier sign-in, while the person is signed in now: its values, to be sent once
 * more with a token of today. Only for a form that a page of this site sent (cookie_form_is_ours). */
struct error *again_offer(struct request *request) MUST_USE;
/* Whether this post is such a form, or a sign-in that carries one. */
bool again_is_needed(const struct request *request);
/* Adds what is carried to the sign-in page. */
void again_carry(const struct request *request, struct view *view);
/* Answers a successful sign-in with the page that sends the form once more; token is the new session's. */
struct error *again_send(struct request *request, const char *token) MUST_USE;

#endif
