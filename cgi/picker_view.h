/* Choosing a related record in the middle of a form, without a script. */
#ifndef ROSTER_PICKER_VIEW_H
#define ROSTER_PICKER_VIEW_H

#include "../db/draft.h"
#include "request.h"

/* Whether this post asks for the choice rather than for a save. */
bool picker_view_wanted(const struct request *request);
/* Answers with the page of choices; the whole form travels along in hidden inputs. */
struct error *picker_view_send(struct request *request, struct draft *draft) MUST_USE;
/* Takes over what was chosen. Returns false when the post is not one that comes from the page of choices. */
bool picker_view_apply(const struct request *request, struct draft *draft);

#endif
