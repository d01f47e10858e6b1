/* From what a browser sent to a draft, and back into hidden inputs. */
#ifndef ROSTER_FORM_INPUT_H
#define ROSTER_FORM_INPUT_H

#include "../db/draft.h"
#include "request.h"
#include "view.h"

/* Fills the draft from the request's form. ERROR_PRECONDITION when an edit does not say what it was based on. */
struct error *form_input_read(struct request *request, struct draft *draft) MUST_USE;
/* Fills the draft of a new record from ?field=value. A name that the form does not have is ERROR_BAD_REQUEST. */
struct error *form_input_prefill(struct request *request, struct draft *draft) MUST_USE;
/* Adds a HIDDEN part for one value. */
void form_input_hide(struct view *view, const char *name, const char *value);
/* Adds HIDDEN parts that carry the whole unfinished form along, less the field of that name (or NULL). */
void form_input_hide_all(const struct request *request, struct view *view, const struct draft *draft,
                         const char *without);

#endif
