/* The page of two sides: somebody else saved while this form was open. */
#ifndef ROSTER_CONFLICT_VIEW_H
#define ROSTER_CONFLICT_VIEW_H

#include "../db/draft.h"
#include "request.h"

/* Answers 409 (RFC 9110 section 15.5.10) with what was, what is, and what was typed, field by field. What is sent from
 * there is based on the record as it is now. */
struct error *conflict_view_send(struct request *request, struct draft *draft) MUST_USE;

#endif
