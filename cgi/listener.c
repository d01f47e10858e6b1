/* The listening socket. It is opened here and not by libfcgi, which ends the process without a word when it
 * cannot. */
#include "listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096 }; /* what the kernel allows at most (net.core.somaxconn) is less or the same */

static bool somebody_answers(const struct sockaddr_un *address)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool answered = probe >= 0 && (connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
                                   errno == EAGAIN); /* its backlog is full */

    if (probe >= 0)
        close(probe);
    return answered;
}

static struct error *clear_path(const void *context, const struct sockaddr_un *address)
{
    const char *path = address->sun_path;
    struct stat found;

    if (lstat(path, &found) != 0)
        return NULL; /* if that is not because nothing is there, binding tells */
    if (!S_ISSOCK(found.st_mode))
        return error_new(context, ERROR_USAGE, "cannot listen on '%s': there is a file that is not a socket",
                         path);
    if (somebody_answers(address))
        return error_new(context, ERROR_USAGE, "cannot listen on '%s': another process already does", path);
    if (unlink(path) != 0)
        return error_new(context, ERROR_USAGE, "cannot replace the socket '%s': %s", path, strerror(errno));
    return NULL;
}

struct error *listener_open(const void *context, const char *path, int *descriptor)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    mode_t before;
    int failed;

    if (strlen(path) == 0 || strlen(path) >= sizeof(address.sun_path))
        return error_new(context, ERROR_USAGE, "cannot listen on '%s': a socket's path has 1 to %zu bytes",
                         path, sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path));
    TRY(clear_path(context, &address));
    *descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*descriptor < 0)
        return error_new(context, ERROR_FAILED, "cannot make a socket: %s", strerror(errno));
    before = umask(0117);
    failed = bind(*descriptor, (const struct sockaddr *)&address, sizeof(address)) ? errno : 0;
    umask(before);
    if (!failed && listen(*descriptor, BACKLOG) != 0)
        failed = errno;
    if (!failed)
        return NULL;
    close(*descriptor);
    return error_new(context, ERROR_USAGE, "cannot listen on '%s': %s", path, strerror(failed));
}

void listener_close(const char *path, int descriptor)
{
    unlink(path);
    close(descriptor);
}
