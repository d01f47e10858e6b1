/* Files that are there whole or not at all, also after a crash. */
#include "durable.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "stop.h"

enum { CHUNK = 256 * 1024 };

static struct error *fault(const void *context, const char *verb, const char *path)
{
    const int reason = errno;
    struct error *error =
        error_new(context, ERROR_FAILED, "cannot %s \"%s\": %s", verb, path, strerror(reason));
    if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
        error->hint = "the disk is full, or a limit is reached: make room, and do the same again";
    return error;
}

static const char *folder_of(const void *context, const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? memory_copy_length(context, path, (size_t)(slash - path)) : ".";
}

void durable_hand_over(const char *path)
{
    struct stat folder;
    void *context = talloc_new(NULL);
    if (geteuid() == 0 && stat(folder_of(context, path), &folder) == 0 && folder.st_uid != 0 &&
        lchown(path, folder.st_uid, folder.st_gid) != 0)
        fprintf(stderr, "roster: cannot hand \"%s\" to the site's user: %s\n", path, strerror(errno));
    talloc_free(context);
}

static struct error *make_folder(const void *context, const char *path)
{
    struct stat there;
    if (mkdir(path, 0700) == 0) {
        durable_hand_over(path);
        return NULL;
    }
    const int reason = errno;
    if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
        return NULL;
    return error_new(context, ERROR_USAGE,
                     "cannot make the folder \"%s\": %s; set ROSTER_VAR to a folder of this user", path,
                     strerror(reason));
}

struct error *durable_folder(const void *context, const struct settings *settings, const char *name,
                             const char **path)
{
    *path = memory_printf(context, "%s/%s", settings->var, name);
    TRY(make_folder(context, settings->var));
    return make_folder(context, *path);
}

struct error *durable_sync_folder(const void *context, const char *path)
{
    struct error *error = NULL;
    int descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return fault(context, "open", path);
    if (fsync(descriptor) != 0)
        error = fault(context, "write", path);
    close(descriptor);
    return error;
}

bool durable_put(int descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(descriptor, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        length -= (size_t)written;
    }
    return fsync(descriptor) == 0;
}

/* What is written aside for the path; closes it. */
static struct error *fill_draft(const void *context, const char *path, const char *draft, int descriptor,
                                const char *bytes, size_t length)
{
    if (descriptor < 0)
        return fault(context, "write", path);
    durable_hand_over(draft);
    struct error *error = durable_put(descriptor, bytes, length) ? NULL : fault(context, "write", path);
    close(descriptor);
    if (error)
        unlink(draft);
    return error;
}

struct error *durable_write(const void *context, const char *path, const char *bytes, size_t length)
{
    struct error *error = NULL;
    char *draft = memory_printf(context, "%s.XXXXXX", path);
    TRY(fill_draft(context, path, draft, mkostemp(draft, O_CLOEXEC), bytes, length));
    if (rename(draft, path) != 0) {
        error = fault(context, "write", path);
        unlink(draft);
    }
    return error ? error : durable_sync_folder(context, folder_of(context, path));
}

struct error *durable_create(const void *context, const char *path, const char *bytes, size_t length)
{
    struct error *error = NULL;
    const char *draft = memory_printf(context, "%s.new", path);
    int descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    TRY(fill_draft(context, path, draft, descriptor, bytes, length));
    if (link(draft, path) != 0) /* unlike rename, never over another file */
        error = fault(context, "write", path);
    unlink(draft);
    return error ? error : durable_sync_folder(context, folder_of(context, path));
}

struct error *durable_rename(const void *context, const char *from, const char *to)
{
    struct error *error = NULL;
    int descriptor = open(from, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fault(context, "open", from);
    if (fsync(descriptor) != 0)
        error = fault(context, "write", from);
    close(descriptor);
    if (!error && rename(from, to) != 0)
        error = fault(context, "rename", from);
    return error ? error : durable_sync_folder(context, folder_of(context, to));
}

static struct error *hash_open_file(const void *context, const char *path, int descriptor,
                                    crypto_hash_sha256_state *state, long long *size)
{
    unsigned char *buffer = NEW_ARRAY(context, unsigned char, CHUNK);
    ssize_t length;
    *size = 0;
    while ((length = read(descriptor, buffer, CHUNK)) != 0) {
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return fault(context, "read", path);
        crypto_hash_sha256_update(state, buffer, (size_t)length);
        *size += length;
        TRY(stop_check(context));
    }
    talloc_free(buffer);
    return NULL;
}

struct error *durable_sha256(const void *context, const char *path, const char **hash, long long *size)
{
    unsigned char bytes[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof bytes + 1];
    crypto_hash_sha256_state state;
    long long length;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fault(context, "read", path);
    crypto_hash_sha256_init(&state);
    struct error *error = hash_open_file(context, path, descriptor, &state, &length);
    close(descriptor);
    crypto_hash_sha256_final(&state, bytes);
    if (hash)
        *hash = memory_copy(context, sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes));
    if (size)
        *size = length;
    return error;
}
