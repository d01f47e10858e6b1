/* A draft as a form: one widget a type. */
#ifndef ROSTER_FORM_VIEW_H
#define ROSTER_FORM_VIEW_H

#include "../db/draft.h"
#include "page.h"

/* Fills the page's main view, and the error summary with what is wrong. */
void form_view_fill(struct page *page, const struct draft *draft);
/* Adds the field for the password of the person signed in (confirm.h); problem is what is wrong with it, or NULL. */
void form_view_add_confirm(struct page *page, const struct draft *draft, const char *problem);
/* Whether the form offers for this reference only what the person may add a record to (access.h). */
bool form_view_narrows(const struct request *request, const struct draft *draft, const struct field *field);
/* Where a form that stands at this address goes: the address itself, encoded, without its query. */
const char *form_view_action(const struct request *request);
/* The id of a field's input on the page. */
const char *form_view_id(const void *context, const char *name);

#endif
