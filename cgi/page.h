/* A page in the making: the layout with its navigation, and the page's own view inside it. */
#ifndef ROSTER_PAGE_H
#define ROSTER_PAGE_H

#include "request.h"
#include "view.h"

struct page {
    struct request *request;
    struct view *layout;
    struct view *main;   /* what the page's own template is filled with */
    struct view *errors; /* NULL until there is one */
};

/* template_file is a TPL_ constant of names.h. */
struct page *page_new(struct request *request, const char *template_file);
/* Adds a line to the error summary; id is the field's on the page, or NULL. */
void page_error(struct page *page, const char *text, const char *id);
/* Renders and makes it the request's response. The title goes before the site's name. */
struct error *page_send(struct page *page, int status, const char *title) MUST_USE;

/* One round trip with all that is queued, the question who is asking among it: the first in a handler that needs
 * somebody signed in. ERROR_SIGN_IN, ERROR_CHANGE_PASSWORD or ERROR_FORBIDDEN when this person may not use the route.
 * For GET the transaction is READ ONLY. */
struct error *page_run(struct request *request) MUST_USE;
/* Whether the person signed in may do this with the model, or at least with some record of it. */
bool page_may_create(const struct request *request, const struct model *model);
bool page_may_write(const struct request *request, const struct model *model);
bool page_may_read(const struct request *request, const struct model *model);

#endif
