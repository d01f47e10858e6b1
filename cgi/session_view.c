/* The sign-ins of a person, as a table. */
#include "session_view.h"

#include <names.h>

#include "cookie.h"
#include "words.h"

static void add_session(const struct request *request, struct view *table, const struct query *sessions, int row)
{
    const char *began = query_field(sessions, row, "created_at"), *seen = query_field(sessions, row, "last_seen_at");
    const char *browser = query_field(sessions, row, "browser");
    struct view *view = view_add(table, T_SESSION);
    view_show_if(view, T_OWN, query_true(sessions, row, "own"));
    view_set(view, T_ID, query_field(sessions, row, "id"));
    view_set(view, T_BROWSER, browser ? browser : "Unknown browser");
    view_set(view, T_BEGAN, words_time(request, began));
    view_set(view, T_BEGAN_DATETIME, words_datetime(request, began));
    view_set(view, T_SEEN, seen ? words_time(request, seen) : NULL);
    view_set(view, T_SEEN_DATETIME, seen ? words_datetime(request, seen) : NULL);
    view_set(view, T_ADDRESS, query_field(sessions, row, "remote"));
}

void session_view_fill(struct page *page, const struct query *sessions, const char *action)
{
    struct view *table = view_include(page->main, T_SESSIONS, TPL_SESSIONS);
    view_set(table, T_ACTION, action);
    view_set(table, T_CSRF, cookie_csrf(page->request));
    int others = 0;
    for (int row = 0; row < query_rows(sessions); row++) {
        others += !query_true(sessions, row, "own");
        add_session(page->request, table, sessions, row);
    }
    view_show_if(table, T_OTHERS, others > 0);
    view_show_if(table, T_OWN_THERE, others < query_rows(sessions));
}
