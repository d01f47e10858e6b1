/* The backups: the list, making one, one of them, and removing. */
#include <names.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "../db/health.h"
#include "../db/memory.h"
#include "../db/moment.h"
#include "../db/query.h"
#include "../db/retention.h"
#include "../db/turn.h"
#include "admin.h"
#include "backup_view.h"
#include "cookie.h"
#include "handlers.h"
#include "job_view.h"
#include "words.h"

enum { NOTE_MAX = 200, FRESH_SECONDS = 48 * 3600, DAY_SECONDS = 24 * 3600 };

struct shelf {
    struct backup *backups; /* the newest first */
    struct retention_verdict *verdicts;
    size_t count, surplus; /* surplus: how many would go */
    long long bytes;
};

static struct error *look(struct request *request, struct shelf *shelf)
{
    const struct settings *settings = request->site->settings;
    const struct retention retention = retention_of(settings);
    *shelf = (struct shelf){ .count = 0 };
    TRY(backup_list(request, settings, &shelf->backups, &shelf->count));
    shelf->verdicts = NEW_ARRAY(request, struct retention_verdict, shelf->count + 1);
    retention_judge(request, &retention, shelf->backups, shelf->count, shelf->verdicts);
    for (size_t i = 0; i < shelf->count; i++) {
        shelf->surplus += !shelf->verdicts[i].keep;
        shelf->bytes += shelf->backups[i].manifest ? shelf->backups[i].manifest->size : 0;
    }
    return NULL;
}

/* --- The list ----------------------------------------------------------------------------------------------------- */

static void fill_backup(const struct request *request, struct view *view, const struct backup *backup,
                        const struct retention_verdict *verdict)
{
    const struct manifest *manifest = backup->manifest;
    const char *zone = request->site->settings->time_zone;
    view_set(view, T_NAME, backup->name);
    view_set(view, T_HREF, backup_view_address(request, backup, ""));
    view_set(view, T_KEPT,
             verdict->keep ? verdict->why : memory_printf(request, "would go: %s", verdict->why));
    backup_view_state(view, backup);
    if (!manifest)
        return;
    view_set(view, T_AT, moment_text(request, zone, manifest->at));
    view_set(view, T_AT_DATETIME, moment_stamp(request, manifest->at));
    view_set(view, T_SIZE, moment_size(request, manifest->size));
    if (manifest->content.count > 0)
        view_set_number(view, T_ROWS, fingerprint_rows(&manifest->content));
    view_set(view, T_REVISION, manifest->revision);
    view_set(view, T_WHO, manifest->who);
    view_set(view, T_NOTE, manifest->note);
}

/* The newest that is proved, and how old it is. */
static void fill_verdict(struct page *page, const struct shelf *shelf)
{
    struct request *request = page->request;
    for (size_t i = 0; i < shelf->count; i++) {
        if (!backup_is_proof(&shelf->backups[i]))
            continue;
        const long long age = (long long)time(NULL) - shelf->backups[i].manifest->at;
        view_show_if(page->main, T_GOOD, age < FRESH_SECONDS);
        view_set(page->main, T_VERDICT,
                 memory_printf(request, "The newest backup that is proved to be good is %s old.",
                               age < FRESH_SECONDS ? moment_length(request, age)
                                                   : memory_printf(request, "%lld days", age / DAY_SECONDS)));
        return;
    }
    bool own = false, whole = false;
    for (size_t i = 0; i < shelf->count; i++) {
        own = own || backup_is_own(&shelf->backups[i]);
        whole = whole || (backup_is_own(&shelf->backups[i]) && shelf->backups[i].state == BACKUP_UNVERIFIED);
    }
    view_set(page->main, T_VERDICT,
             whole          ? "None is proved to be good. Open the newest that is not damaged, and verify it."
             : own          ? "What there is is damaged or cannot be read, and cannot be restored. Make another one now."
             : shelf->count ? "What there is was uploaded. There is no backup of this site's own: make one now."
                            : "There is no backup. Make one now.");
}

static void fill_room(struct page *page, const struct shelf *shelf)
{
    struct request *request = page->request;
    struct statvfs disk;
    const char *used = memory_printf(request, "They take %s", moment_size(request, shelf->bytes));
    const char *folder = memory_printf(request, "%s/backups", request->site->settings->var);
    if (statvfs(folder, &disk) == 0 || statvfs(request->site->settings->var, &disk) == 0) /* it may not be there yet */
        used = memory_printf(request, "%s; %s are free in their folder, %s", used,
                             moment_size(request, (long long)disk.f_bavail * (long long)disk.f_frsize), folder);
    view_set(page->main, T_FULL, memory_printf(request, "%s.", used));
}

/* NULL, too, when the server does not say. */
static const char *earlier_words(struct request *request)
{
    struct health *health = health_new(request, request->site->settings);
    struct query *earlier = health_queue_earlier(request->db, request->site->settings);
    query_read_only(request->db);
    if (query_run(request->db))
        return NULL;
    health_load_earlier(health, earlier);
    return health->earlier_words;
}

static struct error *show_list(struct request *request, const struct error *away, const char *problem)
{
    struct shelf shelf;
    TRY(look(request, &shelf));
    struct page *page = page_new(request, TPL_BACKUPS);
    const struct error *busy = turn_check(request, request->site->settings);
    if (away)
        view_set(page->main, T_AWAY,
                 memory_printf(request, "The database cannot say who is there: %s.", away->message));
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_BUSY,
             busy ? words_capital(request, memory_printf(request, "%s.", busy->message)) : NULL);
    fill_verdict(page, &shelf);
    fill_room(page, &shelf);
    for (size_t i = 0; i < shelf.count; i++)
        fill_backup(request, view_add(page->main, T_BACKUP), &shelf.backups[i], &shelf.verdicts[i]);
    view_set(page->main, T_EARLIER_KEPT, away ? NULL : earlier_words(request));
    view_set(page->main, T_LIMIT, moment_size(request, (long long)request->site->settings->upload_max));
    if (shelf.surplus > 0)
        view_set(page->main, T_PRUNE, memory_printf(request, "Remove old ones: %zu", shelf.surplus));
    if (problem) {
        view_set(page->main, T_NOTE, form_get(request->form, "note"));
        view_set(page->main, T_NOTE_ERROR, problem);
        page_error(page, problem, "note");
    }
    return page_send(page, problem ? 422 : 200, "Backups");
}

struct error *backups_page(struct request *request)
{
    const struct error *away;
    TRY(admin_run(request, &away));
    return show_list(request, away, NULL);
}

/* --- Making one --------------------------------------------------------------------------------------------------- */

struct error *backups_post(struct request *request)
{
    const char *words[5] = { "backup" }, *note = form_get(request->form, "note");
    size_t count = 1;
    const struct error *away;
    TRY(admin_run(request, &away));
    if (note && (strlen(note) > NOTE_MAX || strpbrk(note, "\r\n\t")))
        return show_list(request, away, "Enter one line of up to 200 letters");
    if (form_get(request->form, "verify"))
        words[count++] = "--verify";
    if (note && *note)
        words[count] = memory_printf(request, "--note=%s", note);
    return job_view_start(request, words);
}

/* --- One ---------------------------------------------------------------------------------------------------------- */

static void add_fact(struct page *page, const char *what, const char *text, bool code)
{
    if (!text || !*text)
        return;
    struct view *view = view_add(page->main, T_FACT);
    view_set(view, T_WHAT, what);
    view_set(view, T_TEXT, text);
    view_show_if(view, T_CODE, code);
}

static void add_facts(struct page *page, const struct backup *backup)
{
    struct request *request = page->request;
    const struct manifest *manifest = backup->manifest;
    const char *zone = request->site->settings->time_zone;
    add_fact(page, "Made",
             memory_printf(request, "%s%s%s", moment_text(request, zone, manifest->at),
                           *manifest->who ? " by " : "", manifest->who),
             false);
    add_fact(page, "Note", manifest->note, false);
    add_fact(page, "Origin", manifest->origin, false);
    add_fact(page, "Size", moment_size(request, manifest->size), false);
    if (manifest->content.count > 0)
        add_fact(page, "Rows",
                 memory_printf(request, "%lld in %zu tables", fingerprint_rows(&manifest->content),
                               manifest->content.count),
                 false);
    if (backup->checked_at > 0)
        add_fact(page, "Verified",
                 memory_printf(request, "%s by %s, in %.1f s%s",
                               moment_text(request, zone, backup->checked_at), backup->checked_by,
                               backup->checked_seconds,
                               backup->state == BACKUP_VERIFIED     ? ""
                               : backup->state == BACKUP_RESTORABLE ? ": restored, and not compared"
                                                                    : ": it failed"),
                 false);
    add_fact(page, "Database", manifest->database, false);
    add_fact(page, "Revision", manifest->revision, true);
    add_fact(page, "PostgreSQL", manifest->server_version, false);
    add_fact(page, "pg_dump", manifest->tool_version, false);
    add_fact(page, "SHA-256", manifest->sha256, true);
}

static void add_tables(struct page *page, const struct fingerprint *content)
{
    for (size_t i = 0; i < content->count; i++) {
        struct view *view = view_add(page->main, T_TABLE);
        view_set(view, T_NAME, content->tables[i].name);
        view_set_number(view, T_ROWS, content->tables[i].rows);
    }
}

struct error *backup_page(struct request *request)
{
    struct backup *backup;
    const struct error *away;
    TRY(admin_run(request, &away));
    TRY(backup_view_find(request, &backup));
    struct page *page = page_new(request, TPL_BACKUP);
    view_set(page->main, T_NAME, backup->name);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    backup_view_state(page->main, backup);
    view_show_if(page->main, T_USABLE, backup->state != BACKUP_DAMAGED && backup->state != BACKUP_UNREADABLE);
    view_set(page->main, T_VERIFY_ACTION, backup_view_address(request, backup, "verify"));
    view_set(page->main, T_RESTORE_HREF, backup_view_address(request, backup, "restore"));
    view_set(page->main, T_DELETE_HREF, backup_view_address(request, backup, "delete"));
    view_set(page->main, T_DOWNLOAD_HREF, backup_view_address(request, backup, "download"));
    view_set(page->main, T_MANIFEST_HREF, backup_view_address(request, backup, "manifest"));
    if (backup->state == BACKUP_UNVERIFIED)
        view_set(page->main, T_ADVICE, "Nobody knows yet whether it is good: verify it.");
    if (backup->state == BACKUP_RESTORABLE)
        view_set(page->main, T_ADVICE, "It was restored, but it came without its manifest: there is nothing to compare its "
                                       "rows with, so that nobody knows whether they are the right ones.");
    if (backup->manifest) {
        add_facts(page, backup);
        add_tables(page, &backup->manifest->content);
    }
    return page_send(page, 200, backup->name);
}

struct error *backup_verify_post(struct request *request)
{
    struct backup *backup;
    const struct error *away;
    TRY(admin_run(request, &away));
    TRY(backup_view_find(request, &backup));
    const char *const words[] = { "verify-backup", backup->name, NULL };
    return job_view_start(request, words);
}

/* --- Removing ----------------------------------------------------------------------------------------------------- */

struct error *backup_delete_page(struct request *request)
{
    struct backup *backup;
    const struct error *away;
    TRY(admin_run(request, &away));
    TRY(backup_view_find(request, &backup));
    struct page *page = backup_view_sure(
        request, memory_printf(request, "Delete the backup %s?", backup->name), "Delete",
        backup_view_address(request, backup, "delete"), backup_view_address(request, backup, ""));
    view_set(page->main, T_TEXT, "Its file is removed from the disk. There is no way back.");
    return page_send(page, 200, memory_printf(request, "Delete %s", backup->name));
}

struct error *backup_delete_post(struct request *request)
{
    struct backup *backup;
    const struct error *away;
    bool asked;
    TRY(admin_run_confirmed(request, "delete a backup", &away, &asked));
    if (asked)
        return NULL;
    TRY(backup_view_find(request, &backup));
    TRY(backup_delete(request, request->site->settings, backup->name));
    admin_audit(request, AUDIT_BACKUP_DELETED, backup->name);
    if (!away)
        TRY(query_run(request->db));
    cookie_set_flash(request, memory_printf(request, "The backup %s was deleted.", backup->name), NULL);
    response_redirect(request->response, "/admin/backups/");
    return NULL;
}

struct error *backups_prune_page(struct request *request)
{
    struct shelf shelf;
    const struct error *away;
    TRY(admin_run(request, &away));
    TRY(look(request, &shelf));
    struct page *page = backup_view_sure(
        request, memory_printf(request, "Remove old backups: %zu of %zu?", shelf.surplus, shelf.count),
        "Remove them", "/admin/backups/prune", "/admin/backups/");
    view_set(page->main, T_TEXT,
             shelf.surplus ? "These go, as newer ones that are verified stay:" : "None would go just now.");
    for (size_t i = 0; i < shelf.count; i++)
        if (!shelf.verdicts[i].keep)
            backup_view_line(page,
                             memory_printf(request, "%s: %s", shelf.backups[i].name, shelf.verdicts[i].why));
    return page_send(page, 200, "Remove old backups");
}

struct error *backups_prune_post(struct request *request)
{
    static const char *const words[] = { "prune", NULL };
    bool asked;
    TRY(admin_run_confirmed(request, "remove old backups", NULL, &asked));
    return asked ? NULL : job_view_start(request, words);
}
