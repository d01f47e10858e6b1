/* The way out when revisions cannot run, or the database is empty or gone. */
#include <names.h>

#include "admin.h"
#include "cookie.h"
#include "handlers.h"
#include "job_view.h"
#include "page.h"

#define WITHOUT_BACKUP "_without_backup"

/* What it is good for, as things are. */
static const char *purpose(const struct error *away)
{
    if (!away)
        return "For when revisions cannot run. A backup is made first.";
    switch (admin_trouble(away)) {
    case ADMIN_MISSING:
        return "There is no such database: it is made, empty. When there is a backup, restore that instead.";
    case ADMIN_EMPTY:
        return "The database has no tables of users and sessions. When there is a backup, restore that instead. What the "
               "database holds all the same is backed up first.";
    case ADMIN_NOBODY:
        return "No account can sign in as a superuser: the first one is made. A backup is made first.";
    default:
        return "The database does not answer, and a rescue needs it: see on the page Health what is wrong.";
    }
}

static void add_lines(struct page *page)
{
    static const char *const lines[] = {
        "Tables and columns that are missing are created straight from the models.",
        "The history is written as if every revision had been applied, when the database is then as the models want it.",
        "The seed \"initial\" is sown, with a first account when there is no superuser: its password stands in the job's log.",
        "Nothing that is there is dropped or changed.", NULL };
    for (const char *const *line = lines; *line; line++)
        view_set(view_add(page->main, T_LINE), T_TEXT, *line);
}

struct error *rescue_page(struct request *request)
{
    const struct error *away;
    TRY(admin_run(request, &away));
    struct page *page = page_new(request, TPL_SURE);
    view_set(page->main, T_PARENT_HREF, "/admin/migrations");
    view_set(page->main, T_PARENT_LABEL, "Migrations");
    view_set(page->main, T_HEADING, "Rescue this database?");
    view_set(page->main, T_TEXT, purpose(away));
    add_lines(page);
    struct view *box = view_add(page->main, T_BOX);
    view_set(box, T_NAME, WITHOUT_BACKUP);
    view_set(box, T_LABEL, "Without a backup");
    view_set(box, T_HINT, "Only when making one fails: what is wrong may keep the database from being dumped.");
    view_set(page->main, T_ACTION, "/admin/migrations/rescue");
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_BUTTON, "Rescue");
    view_set(page->main, T_CANCEL_HREF, "/admin/migrations");
    return page_send(page, 200, "Rescue");
}

struct error *rescue_post(struct request *request)
{
    const char *words[] = { "rescue", form_get(request->form, WITHOUT_BACKUP) ? "--no-backup" : NULL, NULL };
    const struct error *away;
    bool asked;
    TRY(admin_run_confirmed(request, "rescue the database", &away, &asked));
    return asked ? NULL : job_view_start(request, words);
}
