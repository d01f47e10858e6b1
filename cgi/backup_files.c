/* The files of backups on their way out and in. */
#include <errno.h>
#include <fcntl.h>
#include <names.h>
#include <string.h>
#include <sys/stat.h>

#include "../db/memory.h"
#include "../db/moment.h"
#include "../db/query.h"
#include "admin.h"
#include "backup_view.h"
#include "cookie.h"
#include "handlers.h"
#include "job_view.h"

/* --- Out ---------------------------------------------------------------------------------------------------------- */

/* In pieces from the file itself; nginx takes them at the disk's speed and serves them at the client's. */
static struct error *send_file(struct request *request, const char *path, const char *name, const char *type)
{
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_new(request, ERROR_FAILED, "cannot read \"%s\": %s", path, strerror(errno));
    if (fstat(descriptor, &status) != 0)
        status.st_size = 0;
    response_header(request->response, "Content-Disposition",
                    memory_printf(request, "attachment; filename=\"%s\"", name));
    response_header(request->response, "Cache-Control", "private, no-store");
    response_file(request->response, type, descriptor, (size_t)status.st_size);
    return NULL;
}

/* Who downloads a backup has everybody's data. Every byte is looked at first: a damaged one is no backup. */
struct error *backup_download(struct request *request)
{
    struct backup *backup;
    const struct error *away;
    bool asked;
    TRY(admin_run_confirmed(request, "download a backup", &away, &asked));
    if (asked)
        return NULL;
    TRY(backup_view_find(request, &backup));
    TRY(backup_check_usable(request, backup));
    TRY(backup_hold(request, backup));
    TRY(backup_check_bytes(request, backup));
    const struct audit_line line = { .action = AUDIT_BACKUP_DOWNLOADED,
                                     .subject = backup->name,
                                     .who = job_view_who(request),
                                     .remote = request->remote };
    audit_log(&line); /* a GET writes nothing into the database */
    return send_file(request, backup->path, memory_printf(request, "%s.dump", backup->name),
                     "application/octet-stream");
}

struct error *backup_manifest(struct request *request)
{
    struct backup *backup;
    const struct error *away;
    TRY(admin_run(request, &away));
    TRY(backup_view_find(request, &backup));
    const char *name = memory_printf(request, "%s.json", backup->name);
    return send_file(request, memory_printf(request, "%s/backups/%s", request->site->settings->var, name),
                     name, "application/json; charset=utf-8");
}

/* --- In ----------------------------------------------------------------------------------------------------------- */

static struct error *show(struct request *request, const char *archive_problem, const char *manifest_problem)
{
    struct page *page = page_new(request, TPL_UPLOAD_BACKUP);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_LIMIT, moment_size(request, (long long)request->site->settings->upload_max));
    view_set(page->main, T_ARCHIVE_ERROR, archive_problem);
    view_set(page->main, T_MANIFEST_ERROR, manifest_problem);
    if (archive_problem)
        page_error(page, archive_problem, "archive");
    if (manifest_problem)
        page_error(page, manifest_problem, "manifest");
    return page_send(page, archive_problem || manifest_problem ? 422 : 200, "Upload a backup");
}

/* Files do not travel through the page that asks for the password, so that it comes before this one. */
struct error *backup_upload_page(struct request *request)
{
    const struct error *away;
    bool asked;
    TRY(admin_run_confirmed(request, "upload a backup", &away, &asked));
    return asked ? NULL : show(request, NULL, NULL);
}

/* The path of an unnamed file, or NULL when none was chosen. */
static const char *path_of(const struct request *request, const char *field)
{
    const struct form_file *file = form_get_file(request->form, field);
    return file && file->descriptor >= 0 && file->size > 0
               ? memory_printf(request, "/proc/self/fd/%d", file->descriptor)
               : NULL;
}

static struct error *import(struct request *request, const char *archive, const char *manifest,
                            const char **name, const char **archive_problem, const char **manifest_problem)
{
    const struct form_file *file = form_get_file(request->form, "archive");
    const struct backup_wish wish = { .who = job_view_who(request),
                                      .note = memory_printf(request, "uploaded as %s", file->file_name),
                                      .manifest = manifest };
    struct manifest *known;
    const struct error *unreadable = manifest ? manifest_read(request, manifest, &known) : NULL;
    if (unreadable) {
        *manifest_problem = "Choose the manifest as it was written: this one is no manifest, or was changed";
        return NULL;
    }
    struct error *error = backup_import(request, request->site->settings, archive, &wish, name);
    if (!error || error->code == ERROR_UNAVAILABLE || error->code == ERROR_REFUSED)
        return error;
    const bool wrong = error->code == ERROR_INVALID || error->code == ERROR_DAMAGED;
    *archive_problem = memory_printf(request, "%s: %s%s%s",
                                     wrong ? "Choose a backup of this program" : "Nothing of it was kept", error->message,
                                     error->hint ? "; " : "", error->hint ? error->hint : "");
    return NULL;
}

struct error *backup_upload_post(struct request *request)
{
    const struct error *away;
    const char *name = NULL, *archive_problem = NULL, *manifest_problem = NULL;
    bool asked;
    TRY(admin_run_confirmed(request, "upload a backup; choose the files once more then", &away, &asked));
    if (asked)
        return NULL;
    const char *archive = path_of(request, "archive");
    if (!archive)
        return show(request, "Choose the archive, a file such as roster-20261125-031502.dump", NULL);
    TRY(import(request, archive, path_of(request, "manifest"), &name, &archive_problem, &manifest_problem));
    if (archive_problem || manifest_problem)
        return show(request, archive_problem, manifest_problem);
    admin_audit(request, AUDIT_BACKUP_UPLOADED, name);
    if (!away)
        TRY(query_run(request->db));
    cookie_set_flash(request, "The backup was taken over. Verify it before you rely on it.", NULL);
    response_redirect(request->response, memory_printf(request, "/admin/backups/%s", name));
    return NULL;
}
