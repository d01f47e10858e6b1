/* From what a browser sent to a draft, and back into hidden inputs. */
#ifndef ROSTER_FORM_INPUT_H
#define ROSTER_FORM_INPUT_H

#include "../db/draft.h"
#include "request.h"
#include "view.h"

/* The hidden input that names what a page could not carry along, a value each: files, and secrets. */
#define FORM_UNKEPT "_unkept[]"

/* Fills the draft from the request's form. ERROR_PRECONDITION when an edit does not say what it was based on. */
struct error *form_input_read(struct request *request, struct draft *draft) MUST_USE;
/* Fills the draft of a new record from ?field=value. A name that the form does not have is ERROR_BAD_REQUEST. */
struct error *form_input_prefill(struct request *request, struct draft *draft) MUST_USE;
/* Adds a HIDDEN part for one value. */
void form_input_hide(struct view *view, const char *name, const char *value);
/* Before a form is shown again: asks for what came with it and cannot be on the page. */
void form_input_ask_again(struct draft *draft);
/* Adds HIDDEN parts that carry the whole unfinished form along, less the field of that name (or NULL). What cannot be
 * carried is named, so that form_input_read asks for it and nothing is lost without a word. */
void form_input_hide_all(const struct request *request, struct view *view, const struct draft *draft,
                         const char *without);

#endif
