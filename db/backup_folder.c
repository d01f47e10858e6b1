/* The folder of backups: what is in it, and how a new one gets in. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup.h"
#include "durable.h"
#include "file.h"
#include "memory.h"
#include "sealed.h"

#define DUMP ".dump"
#define PART ".dump.part"
#define MANIFEST ".json"
#define CHECKED ".checked.json"

static const char *beside(const void *context, const char *folder, const char *name, const char *ending)
{
    return memory_printf(context, "%s/%s%s", folder, name, ending);
}

/* The name of a file with this ending that can be a backup's, or NULL. */
static const char *name_before(const void *context, const char *file, const char *ending)
{
    const size_t length = strlen(file), after = strlen(ending);
    if (length <= after || strcmp(file + length - after, ending) != 0)
        return NULL;
    const char *name = memory_copy_length(context, file, length - after);
    return manifest_is_name(name) ? name : NULL;
}

/* --- Reading ------------------------------------------------------------------------------------------------------ */

static void set_damaged(struct backup *backup, const char *problem)
{
    backup->state = BACKUP_DAMAGED;
    backup->problem = problem;
}

static void set_unreadable(struct backup *backup, const char *problem)
{
    backup->state = BACKUP_UNREADABLE;
    backup->problem = problem;
}

/* What another user made, root for one. */
static const char *access_advice(const void *context, const char *path)
{
    const struct passwd *user = getpwuid(geteuid());
    return memory_printf(context, "hand it to the user that the site runs as: chown -R %s '%s'",
                         user ? user->pw_name : "USER", path);
}

static const char *reason_words(const void *context, const char *path, int reason)
{
    const char *words = strerror(reason);
    return reason == EACCES                       ? memory_printf(context, "%s; %s", words, access_advice(context, path))
           : reason == ENOSPC || reason == EDQUOT ? memory_printf(context, "%s; make room: roster prune --dry-run", words)
                                                  : words;
}

/* A proof of other bytes proves nothing, nor does one that cannot be read. */
static void read_proof(struct backup *backup, const char *folder)
{
    const json_t *json;
    struct error *error = sealed_read(backup, beside(backup, folder, backup->name, CHECKED), &json);
    if (error || strcmp(sealed_text(json, "sha256"), backup->manifest->sha256) != 0)
        return;
    backup->checked_at = sealed_number(json, "at");
    backup->checked_by = sealed_text(json, "who");
    backup->checked_seconds = (double)sealed_number(json, "milliseconds") / 1000;
    backup->checked_rows = sealed_number(json, "rows");
    backup->state = backup->manifest->content.count > 0 ? BACKUP_VERIFIED : BACKUP_RESTORABLE;
    if (*sealed_text(json, "problem"))
        set_damaged(backup, sealed_text(json, "problem"));
}

/* That a file cannot be opened or read says nothing about what is in it. */
static bool look_at_manifest(struct backup *backup, const char *folder)
{
    struct manifest *manifest;
    const char *path = beside(backup, folder, backup->name, MANIFEST);
    const int reason = file_access(path, R_OK) == 0 ? 0 : errno;
    struct error *error = manifest_read(backup, path, &manifest);
    if (!error)
        backup->manifest = manifest;
    else if (error->code != ERROR_USAGE)
        set_damaged(backup, error->message);
    else
        set_unreadable(backup, reason ? memory_printf(backup, "its manifest: %s", reason_words(backup, path, reason))
                                      : error->message);
    return !error;
}

static void look_at_archive(struct backup *backup)
{
    struct stat status = { 0 };
    const int reason = file_access(backup->path, R_OK) == 0 && stat(backup->path, &status) == 0 ? 0 : errno;
    if (reason == ENOENT)
        set_damaged(backup, "its file is missing");
    else if (reason)
        set_unreadable(backup, memory_printf(backup, "its file: %s", reason_words(backup, backup->path, reason)));
    else if (status.st_size != backup->manifest->size)
        set_damaged(backup, memory_printf(backup, "its file has %lld bytes instead of %lld",
                                          (long long)status.st_size, backup->manifest->size));
}

static void look(struct backup *backup, const char *folder)
{
    backup->path = beside(backup, folder, backup->name, DUMP);
    backup->state = BACKUP_UNVERIFIED;
    if (!look_at_manifest(backup, folder))
        return;
    read_proof(backup, folder);
    if (strcmp(backup->manifest->name, backup->name) != 0)
        set_damaged(backup, memory_printf(backup, "its manifest is that of \"%s\"", backup->manifest->name));
    else
        look_at_archive(backup);
}

static int newest_first(const void *a, const void *b)
{
    const struct backup *one = a, *other = b;
    const long long first = one->manifest ? one->manifest->at : 0,
                    second = other->manifest ? other->manifest->at : 0;
    return first != second ? (first < second) - (first > second) : strcmp(other->name, one->name);
}

/* A manifest whose archive is still a draft belongs to a run that is at work, or was killed. */
static bool is_listed(const void *context, const char *folder, const char *name)
{
    return file_access(beside(context, folder, name, PART), F_OK) != 0;
}

struct error *backup_list(const void *context, const struct settings *settings, struct backup **out,
                          size_t *count)
{
    const char *folder = memory_printf(context, "%s/backups", settings->var);
    struct backup *backups = NEW_ARRAY(context, struct backup, 0);
    DIR *directory = opendir(folder);
    *out = backups;
    *count = 0;
    if (!directory && errno == ENOENT)
        return NULL;
    if (!directory && errno == ENOTDIR)
        return error_new(context, ERROR_USAGE, "\"%s\" is no folder: move it away, and it is made anew", folder);
    if (!directory)
        return error_new(context, ERROR_USAGE, "cannot read the folder \"%s\": %s", folder,
                         reason_words(context, folder, errno));
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        const char *name = name_before(backups, entry->d_name, MANIFEST);
        if (!name || !is_listed(context, folder, name))
            continue;
        backups = GROW_ARRAY(context, struct backup, backups, *count + 1);
        backups[*count] = (struct backup){ .name = memory_copy(context, name), .checked_by = "" };
        ++*count;
    }
    closedir(directory);
    for (size_t i = 0; i < *count; i++) {
        struct backup *own = NEW(context, struct backup); /* what it holds hangs on it */
        *own = backups[i];
        look(own, folder);
        backups[i] = *own;
    }
    qsort(backups, *count, sizeof *backups, newest_first);
    *out = backups;
    return NULL;
}

struct error *backup_find(const void *context, const struct settings *settings, const char *name,
                          struct backup **backup)
{
    const char *folder = memory_printf(context, "%s/backups", settings->var);
    if (!manifest_is_name(name) || file_access(beside(context, folder, name, MANIFEST), F_OK) != 0 ||
        !is_listed(context, folder, name))
        return error_new(context, ERROR_NOT_FOUND, "there is no backup \"%s\"; run: roster backups", name);
    *backup = NEW(context, struct backup);
    (*backup)->name = memory_copy(*backup, name);
    (*backup)->checked_by = "";
    look(*backup, folder);
    return NULL;
}

const char *backup_state_word(enum backup_state state)
{
    static const char *const words[] = { [BACKUP_UNVERIFIED] = "unverified",
                                         [BACKUP_VERIFIED] = "verified",
                                         [BACKUP_RESTORABLE] = "restorable",
                                         [BACKUP_DAMAGED] = "damaged",
                                         [BACKUP_UNREADABLE] = "unreadable" };
    return words[state];
}

bool backup_is_own(const struct backup *backup)
{
    return !backup->manifest || strcmp(backup->manifest->origin, "imported") != 0;
}

bool backup_is_proof(const struct backup *backup)
{
    return backup->state == BACKUP_VERIFIED && backup_is_own(backup);
}

struct error *backup_check_usable(const void *context, const struct backup *backup)
{
    if (backup->state == BACKUP_UNREADABLE)
        return error_new(context, ERROR_USAGE, "the backup \"%s\" cannot be read: %s", backup->name, backup->problem);
    if (backup->state == BACKUP_DAMAGED)
        return error_new(context, ERROR_DAMAGED, "the backup \"%s\" is damaged: %s", backup->name, backup->problem);
    return NULL;
}

/* Damage that was found before stands; but bytes count more than an old proof of them. */
struct error *backup_check_bytes(const void *context, const struct backup *backup)
{
    const char *hash;
    TRY(backup_check_usable(context, backup));
    TRY(durable_sha256(context, backup->path, &hash, NULL));
    if (strcmp(hash, backup->manifest->sha256) != 0)
        return error_new(
            context, ERROR_DAMAGED,
            "the backup \"%s\" is damaged: the bytes of its file are not those that were written (their "
            "SHA-256 differs)",
            backup->name);
    return NULL;
}

/* --- Holding and deleting ----------------------------------------------------------------------------------------- */

struct held {
    int descriptor;
};

static int let_go(struct held *held)
{
    close(held->descriptor);
    return 0;
}

static struct error *lock(const void *context, const char *path, int how)
{
    struct held *held = NEW(context, struct held);
    held->descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (held->descriptor < 0)
        return error_new(context, ERROR_USAGE, "cannot open \"%s\": %s", path, reason_words(context, path, errno));
    talloc_set_destructor(held, let_go);
    if (flock(held->descriptor, how | LOCK_NB) == 0)
        return NULL;
    return error_new(
        context, ERROR_REFUSED,
        "this backup is being restored, verified, downloaded or deleted just now; try again when that has ended");
}

struct error *backup_hold(const void *context, const struct backup *backup)
{
    return lock(context, backup->path, LOCK_SH);
}

struct error *backup_delete(const void *context, const struct settings *settings, const char *name)
{
    static const char *const endings[] = { DUMP, CHECKED,
                                           MANIFEST }; /* the manifest last: it is what is listed */
    struct backup *backup;
    TRY(backup_find(context, settings, name, &backup));
    const char *folder = memory_printf(context, "%s/backups", settings->var);
    if (file_access(backup->path, F_OK) == 0)
        TRY(lock(backup, backup->path, LOCK_EX));
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        const char *path = beside(context, folder, name, endings[i]);
        if (unlink(path) != 0 && errno != ENOENT)
            return error_new(context, ERROR_FAILED, "cannot delete \"%s\": %s", path, strerror(errno));
    }
    talloc_free(backup);
    return durable_sync_folder(context, folder);
}

/* --- A new one ---------------------------------------------------------------------------------------------------- */

static int discard(struct backup_draft *draft)
{
    if (!draft->kept) {
        unlink(beside(draft, draft->folder, draft->name, MANIFEST));
        unlink(draft->path);
    }
    close(draft->lock);
    return 0;
}

/* A draft whose lock nobody holds was left by a run that was killed. */
static void sweep(const void *context, const char *folder)
{
    DIR *directory = opendir(folder);
    for (const struct dirent *entry; directory && (entry = readdir(directory)) != NULL;) {
        const char *name = name_before(context, entry->d_name, PART);
        int descriptor = name ? open(beside(context, folder, name, PART), O_RDONLY | O_CLOEXEC) : -1;
        if (descriptor < 0)
            continue;
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
            unlink(beside(context, folder, name, MANIFEST));
            unlink(beside(context, folder, name, PART));
        }
        close(descriptor);
    }
    if (directory)
        closedir(directory);
}

static bool is_taken(const void *context, const char *folder, const char *name)
{
    return file_access(beside(context, folder, name, MANIFEST), F_OK) == 0 ||
           file_access(beside(context, folder, name, DUMP), F_OK) == 0;
}

struct error *backup_draft_open(const void *context, const struct settings *settings, const char *name,
                                struct backup_draft **out)
{
    const char *folder;
    TRY(durable_folder(context, settings, "backups", &folder));
    sweep(context, folder);
    struct backup_draft *draft = NEW(context, struct backup_draft);
    draft->folder = folder;
    draft->name = name;
    for (int number = 2;; number++) {
        draft->path = beside(draft, folder, draft->name, PART);
        const bool taken = is_taken(draft, folder, draft->name);
        draft->lock = taken ? -1 : open(draft->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (draft->lock >= 0)
            break;
        if (!taken && errno != EEXIST)
            return error_new(context, ERROR_USAGE, "cannot write in \"%s\": %s", folder, reason_words(context, folder, errno));
        draft->name = memory_printf(draft, "%s-%d", name, number);
    }
    talloc_set_destructor(draft, discard);
    durable_hand_over(draft->path);
    flock(draft->lock, LOCK_EX | LOCK_NB); /* nobody else knows of it yet */
    *out = draft;
    return NULL;
}

struct error *backup_draft_keep(struct backup_draft *draft, struct manifest *manifest)
{
    const void *context = talloc_parent(draft);
    manifest->name = draft->name;
    TRY(durable_sha256(context, draft->path, &manifest->sha256, &manifest->size));
    TRY(manifest_write(context, beside(draft, draft->folder, draft->name, MANIFEST), manifest));
    TRY(durable_rename(context, draft->path, beside(draft, draft->folder, draft->name, DUMP)));
    draft->kept = true;
    return NULL;
}
