/* Restoring a backup, and the databases that restores put aside. */
#include <names.h>
#include <string.h>

#include "../db/databases.h"
#include "../db/memory.h"
#include "../db/query.h"
#include "../db/revision.h"
#include "../db/text.h"
#include "admin.h"
#include "backup_view.h"
#include "cookie.h"
#include "form_input.h"
#include "handlers.h"
#include "job_view.h"

/* Positions of the revisions that the manifest's heads lead back to; the first that has no file is told. */
static bool *find_applied(const struct request *request, const struct revisions *revisions, const char *heads,
                          const char **unknown)
{
    bool *applied = NEW_ARRAY(request, bool, revisions->count + 1);
    for (const char *id = heads; *id; id += strspn(id, " ")) {
        const char *name = memory_copy_length(request, id, strcspn(id, " "));
        const struct revision *revision = revision_by_id(revisions, name);
        id += strlen(name);
        if (!revision && !*unknown)
            *unknown = name;
        const bool *leads = revision ? revision_ancestors(request, revisions, revision) : NULL;
        for (size_t i = 0; leads && i < revisions->count; i++)
            applied[i] |= leads[i];
    }
    return applied;
}

static void add_pending(struct page *page, const struct revisions *revisions, const bool *applied)
{
    size_t pending = 0;
    struct text *names = text_new(page->request);
    for (size_t i = 0; i < revisions->count; i++) {
        if (applied[i])
            continue;
        text_addf(names, "%s%s \"%s\"", pending++ ? ", " : "", revisions->items[i]->id, revisions->items[i]->message);
    }
    if (pending > 0)
        backup_view_careful(page, memory_printf(page->request, "%zu revision%s pending afterwards: %s. Apply them on the page of "
                                                               "migrations, or by roster upgrade head.",
                                                pending, pending == 1 ? " is" : "s are", names->data));
}

/* Before anything is swapped, and not in the log afterwards alone. */
static void add_revisions(struct page *page, const struct manifest *manifest)
{
    struct request *request = page->request;
    struct revisions *revisions;
    const char *unknown = NULL;
    if (!manifest || !*manifest->revision) {
        backup_view_careful(page, "Nobody knows at which revision it is. Look at the page of migrations afterwards.");
        return;
    }
    if (revisions_open(request, request->site->settings->migrations, &revisions))
        return; /* the page of migrations says what is wrong with them */
    const bool *applied = find_applied(request, revisions, manifest->revision, &unknown);
    if (unknown)
        backup_view_careful(page, memory_printf(request, "Its revision %s is unknown to this program, which is older than the "
                                                         "backup, or lacks the file: the site may not work with it.", unknown));
    else
        add_pending(page, revisions, applied);
}

static struct error *show(struct request *request, const struct backup *backup, const char *problem)
{
    const char *database = backup_view_database(request);
    struct page *page = backup_view_sure(request, memory_printf(request, "Restore %s?", backup->name),
                                         "Restore", backup_view_address(request, backup, "restore"),
                                         backup_view_address(request, backup, ""));
    const bool comparable = backup->manifest && backup->manifest->content.count > 0;
    if (!comparable)
        backup_view_careful(page, "It came without its manifest: there is nothing to compare it with. Nobody knows whether its "
                                  "rows are the right ones, or this site's.");
    else if (backup->state == BACKUP_UNVERIFIED)
        backup_view_line(
            page, "This backup was never verified. It is compared before it takes effect in any case.");
    backup_view_line(page, comparable ? "It is restored into a new database beside the site's, and compared. Until then "
                                        "nothing changes."
                                      : "It is restored into a new database beside the site's. Until then nothing changes.");
    backup_view_line(
        page,
        "Then the two are swapped in a moment. What was saved since the backup is no longer on the site.");
    backup_view_line(
        page,
        memory_printf(request, "The database of now is kept, and can be put back: roster restore --undo, or "
                               "\"Databases put aside\"."));
    backup_view_line(page, "Accounts, passwords and second factors become those of the backup's time.");
    backup_view_line(page, "Everybody has to sign in again, you too: with the password of then.");
    add_revisions(page, backup->manifest);
    admin_typed_fill(page, database, problem);
    return page_send(page, problem ? 422 : 200, memory_printf(request, "Restore %s", backup->name));
}

/* The audit's line that a job was started goes out of use with the database that it is in: the log has it, too. */
static struct error *start(struct request *request, const char *const *words, const char *subject)
{
    const struct audit_line line = { .action = AUDIT_JOB_STARTED,
                                     .subject = memory_printf(request, "restore %s", subject),
                                     .who = job_view_who(request),
                                     .remote = request->remote };
    TRY(job_view_start(request, words));
    if (!request->by_key) /* whose lines are in the log already */
        audit_log(&line);
    return NULL;
}

struct error *backup_restore_page(struct request *request)
{
    struct backup *backup;
    const struct error *away;
    TRY(admin_run(request, &away));
    TRY(backup_view_find(request, &backup));
    TRY(backup_check_usable(request, backup));
    return show(request, backup, NULL);
}

struct error *backup_restore_post(struct request *request)
{
    struct backup *backup;
    const struct error *away;
    bool asked;
    TRY(admin_run_confirmed(request, "restore a backup", &away, &asked));
    if (asked)
        return NULL;
    TRY(backup_view_find(request, &backup));
    const char *problem = admin_typed_problem(request, backup_view_database(request));
    if (problem)
        return show(request, backup, problem);
    const char *const words[] = { "restore", backup->name, NULL };
    return start(request, words, backup->name);
}

/* --- Put aside ---------------------------------------------------------------------------------------------------- */

struct error *earlier_page(struct request *request)
{
    struct databases *databases;
    struct databases_kept *kept;
    size_t count = 0;
    const struct error *away;
    TRY(admin_run(request, &away));
    struct error *error = databases_open(request, request->site->settings, CONNECTION_SERVE, &databases);
    if (!error)
        error = databases_list_kept(databases, &kept, &count);
    struct page *page = page_new(request, TPL_EARLIER);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_DATABASE, backup_view_database(request));
    if (error)
        view_set(page->main, T_AWAY, memory_printf(request, "They cannot be listed now: %s.", error->message));
    for (size_t i = 0; i < count; i++) {
        struct view *view = view_add(page->main, T_EARLIER);
        view_set(view, T_NAME, kept[i].name);
        view_set(view, T_AT, kept[i].at);
        view_set(view, T_SIZE, kept[i].size);
    }
    return page_send(page, error ? 503 : 200, "Databases put aside");
}

/* Only what a restore put aside has a way through here. */
static struct error *find_kept(struct request *request, struct databases *databases, const char **name)
{
    struct databases_kept *kept;
    size_t count;
    const char *wished = form_get(request->form, "database");
    TRY(databases_list_kept(databases, &kept, &count));
    for (size_t i = 0; wished && i < count; i++)
        if (strcmp(kept[i].name, wished) == 0) {
            *name = kept[i].name;
            return NULL;
        }
    return error_new(request, ERROR_NOT_FOUND, "there is no such database that a restore put aside");
}

static struct error *ask(struct request *request, const char *name, bool drop, const char *problem)
{
    struct page *page = backup_view_sure(
        request, memory_printf(request, drop ? "Delete the database %s?" : "Go back to %s?", name),
        drop ? "Delete it" : "Go back", "/admin/backups/earlier", "/admin/backups/earlier");
    view_set(page->main, T_TEXT,
             drop ? "It is dropped with all its rows. There is no way back."
                  : "It takes the place of the site's database, which is put aside in turn.");
    form_input_hide(page->main, "database", name);
    form_input_hide(page->main, drop ? "_drop" : "_back", "1");
    admin_typed_fill(page, name, problem);
    return page_send(page, problem ? 422 : 200, drop ? "Delete a database" : "Go back to a database");
}

/* A large one takes longer than pages wait otherwise. */
static struct error *drop_kept(struct request *request, const char *name, const struct error *away)
{
    struct databases *databases;
    TRY(databases_open(request, request->site->settings, CONNECTION_DIRECT, &databases));
    TRY(databases_drop(databases, name));
    admin_audit(request, AUDIT_DROPPED, name);
    if (!away)
        TRY(query_run(request->db));
    cookie_set_flash(request, memory_printf(request, "The database %s was deleted.", name), NULL);
    response_redirect(request->response, "/admin/backups/earlier");
    return NULL;
}

struct error *earlier_post(struct request *request)
{
    struct databases *databases;
    const struct error *away;
    const char *name;
    const bool drop = form_get(request->form, "_drop") != NULL;
    bool asked;
    TRY(admin_run_confirmed(request, drop ? "delete a database" : "go back to a database", &away, &asked));
    if (asked)
        return NULL;
    TRY(databases_open(request, request->site->settings, CONNECTION_SERVE, &databases));
    TRY(find_kept(request, databases, &name));
    const char *problem = form_get(request->form, "_typed") ? admin_typed_problem(request, name) : NULL;
    if (problem || !form_get(request->form, "_typed"))
        return ask(request, name, drop, problem);
    if (drop)
        return drop_kept(request, name, away);
    const char *const words[] = { "restore", "--undo", name, NULL };
    return start(request, words, memory_printf(request, "--undo %s", name));
}
