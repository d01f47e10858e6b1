/* What the pages of backups share. */
#include "backup_view.h"

#include <names.h>
#include <string.h>

#include "../db/conninfo.h"
#include "../db/memory.h"
#include "cookie.h"

void backup_view_state(struct view *view, const struct backup *backup)
{
    static const char *const tones[] = { [BACKUP_UNVERIFIED] = "warn",
                                         [BACKUP_VERIFIED] = "good",
                                         [BACKUP_RESTORABLE] = "warn",
                                         [BACKUP_DAMAGED] = "bad",
                                         [BACKUP_UNREADABLE] = "bad" };
    view_set(view, T_BADGE, backup_state_word(backup->state));
    view_set(view, T_TONE, tones[backup->state]);
    view_set(view, T_PROBLEM, backup->state == BACKUP_DAMAGED ? backup->problem : NULL);
    view_set(view, T_UNREADABLE, backup->state == BACKUP_UNREADABLE ? backup->problem : NULL);
}

const char *backup_view_address(const struct request *request, const struct backup *backup,
                                const char *action)
{
    return memory_printf(request, "/admin/backups/%s%s%s", backup->name, *action ? "/" : "", action);
}

struct error *backup_view_find(struct request *request, struct backup **backup)
{
    return backup_find(request, request->site->settings, request->id, backup);
}

const char *backup_view_database(const struct request *request)
{
    const char *url = request->site->settings->direct_url;
    const char *name = conninfo_part(request, url, "dbname");
    return name ? name : conninfo_part(request, url, "user");
}

struct page *backup_view_sure(struct request *request, const char *heading, const char *button,
                              const char *action, const char *cancel)
{
    struct page *page = page_new(request, TPL_SURE);
    view_set(page->main, T_PARENT_HREF, "/admin/backups/");
    view_set(page->main, T_PARENT_LABEL, "Backups");
    view_set(page->main, T_HEADING, heading);
    view_set(page->main, T_BUTTON, button);
    view_set(page->main, T_ACTION, action);
    view_set(page->main, T_CANCEL_HREF, cancel);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    return page;
}

void backup_view_line(struct page *page, const char *text)
{
    view_set(view_add(page->main, T_LINE), T_TEXT, text);
}

void backup_view_careful(struct page *page, const char *text)
{
    struct view *view = view_add(page->main, T_LINE);
    view_set(view, T_TEXT, text);
    view_set(view, T_TONE, "warn");
}
