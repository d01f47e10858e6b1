/* The sign-ins of a person, as a table. */
#ifndef ROSTER_SESSION_VIEW_H
#define ROSTER_SESSION_VIEW_H

#include "../db/query.h"
#include "page.h"

/* Includes sessions.tpl at SESSIONS, with the rows of session_queue_list; the form of each goes to action. */
void session_view_fill(struct page *page, const struct query *sessions, const char *action);

#endif
