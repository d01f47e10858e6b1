/* A key, kept in a file when the configuration has none. */
#include "secret_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "durable.h"
#include "memory.h"

enum { KEY_BYTES = 32, FILE_MAX = 1024 };

static struct error *fault(const void *context, const char *verb, const char *path, const char *variable)
{
    return error_new(context, ERROR_USAGE, "cannot %s \"%s\": %s; set %s, or ROSTER_VAR to a folder of this user",
                     verb, path, strerror(errno), variable);
}

static struct error *key_read(const void *context, const char *path, int descriptor, const char *variable,
                              const char **key)
{
    struct stat status;
    char bytes[FILE_MAX];
    if (fstat(descriptor, &status) != 0)
        return fault(context, "read", path, variable);
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return error_new(context, ERROR_USAGE, "\"%s\" is open to others; run: chmod 600 %s", path, path);
    ssize_t length = read(descriptor, bytes, sizeof bytes);
    if (length < 0)
        return fault(context, "read", path, variable);
    while (length > 0 && strchr(" \r\n\t", bytes[length - 1]))
        length--;
    if (length < SECRET_KEY_MIN || length == FILE_MAX || memchr(bytes, '\0', (size_t)length))
        return error_new(context, ERROR_USAGE,
                         "\"%s\" holds no key of at least %d characters; delete the file to have one "
                         "generated, or set %s",
                         path, SECRET_KEY_MIN, variable);
    *key = memory_copy_length(context, bytes, (size_t)length);
    sodium_memzero(bytes, sizeof bytes);
    return NULL;
}

/* The file appears whole under its name, and the first of several processes wins. */
static struct error *key_create(const void *context, const char *folder, const char *path, const char *variable)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return fault(context, "make the folder", folder, variable);
    char *draft = memory_printf(context, "%s.XXXXXX", path);
    int descriptor = mkostemp(draft, O_CLOEXEC);
    if (descriptor < 0)
        return fault(context, "write", path, variable);
    unsigned char random[KEY_BYTES];
    char line[2 * KEY_BYTES + 1];
    randombytes_buf(random, sizeof random);
    sodium_bin2hex(line, sizeof line, random, sizeof random);
    line[sizeof line - 1] = '\n';
    bool done = durable_put(descriptor, line, sizeof line) && (link(draft, path) == 0 || errno == EEXIST);
    struct error *error = done ? NULL : fault(context, "write", path, variable);
    close(descriptor);
    unlink(draft);
    return error;
}

struct error *secret_key_open(const void *context, const char *folder, const char *name, const char *variable,
                              const char **key)
{
    char *path = memory_printf(context, "%s/%s", folder, name);
    if (sodium_init() < 0)
        return error_new(context, ERROR_FAILED, "the system has no source of random numbers");
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) {
        TRY(key_create(context, folder, path, variable));
        descriptor = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (descriptor < 0)
        return fault(context, "read", path, variable);
    struct error *error = key_read(context, path, descriptor, variable, key);
    close(descriptor);
    return error;
}
