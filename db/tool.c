/* PostgreSQL's client programs, run by their words. */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "memory.h"
#include "stop.h"
#include "text.h"

enum { TICK_MS = 200, COMPLAINTS = 4096, LINES_SHOWN = 3, KILL_AFTER_TICKS = 50 };

/* --- Finding one -------------------------------------------------------------------------------------------------- */

/* "pg_dump (PostgreSQL) 15.18 (Debian ...)"; NULL when it cannot be run. */
static const char *version_of(const void *context, const char *path)
{
    static const char *const words[] = { "--version", NULL };
    const char *output = "";
    struct tool tool = { .path = path, .words = words, .output_limit = 200 };
    struct error *error = tool_start(context, &tool);
    if (!error)
        error = tool_finish(context, &tool, NULL, NULL, &output);
    if (error)
        return NULL;
    const char *at = strstr(output, ") ");
    return at ? memory_copy_length(context, at + 2, strcspn(at + 2, " \n")) : NULL;
}

static struct error *missing(const void *context, const char *name, int server)
{
    return error_new(
        context, ERROR_USAGE,
        "the program \"%s\" is missing; it belongs to PostgreSQL's client programs: install the package "
        "postgresql-client-%d",
        name, server ? server : 15);
}

struct error *tool_find(const void *context, const char *name, int server_version, const char **path,
                        const char **version)
{
    const int server = server_version / 10000;
    char *own = memory_printf(context, "/usr/lib/postgresql/%d/bin/%s", server, name);
    *version = NULL;
    *path = own;
    if (server > 0 && file_access(own, X_OK) == 0)
        *version = version_of(context, own);
    if (!*version) {
        *path = name;
        *version = version_of(context, name);
    }
    if (!*version)
        return missing(context, name, server);
    if (atoi(*version) < server)
        return error_new(
            context, ERROR_USAGE,
            "%s is version %s and the server is PostgreSQL %d: an older one cannot read it; install the "
            "package postgresql-client-%d. Nothing was begun",
            name, *version, server, server);
    return NULL;
}

/* --- Running one -------------------------------------------------------------------------------------------------- */

/* A part of a connection string that has no variable would be lost; libpq has none for those that Roster
 * takes. */
static void set_environment(const char *conninfo)
{
    PQconninfoOption *options = conninfo ? PQconninfoParse(conninfo, NULL) : NULL;
    for (const PQconninfoOption *option = options; option && option->keyword; option++)
        if (option->envvar && option->val)
            setenv(option->envvar, option->val, 1);
    PQconninfoFree(options);
    setenv("PGAPPNAME", "roster", 1);
    setenv("PGCLIENTENCODING", "UTF8", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
}

static void become(const struct tool *tool, pid_t parent)
{
    size_t count = 0;
    sigset_t none;
    sigemptyset(&none);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(126);
    dup2(tool->input_descriptor, STDIN_FILENO);
    dup2(tool->output, STDOUT_FILENO);
    dup2(tool->complaints, STDERR_FILENO);
    set_environment(tool->conninfo);
    while (tool->words[count])
        count++;
    const char **words = calloc(count + 2, sizeof *words);
    if (!words)
        _exit(126);
    words[0] = tool->path;
    memcpy(words + 1, tool->words, count * sizeof *words);
    execvp(tool->path, (char *const *)(const void *)words);
    _exit(127);
}

/* Its standard input, from the beginning. */
static int make_input(const char *input)
{
    const size_t length = input ? strlen(input) : 0;
    int descriptor = memfd_create("input", MFD_CLOEXEC);
    if (descriptor >= 0 && pwrite(descriptor, input ? input : "", length, 0) == (ssize_t)length)
        return descriptor;
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

struct error *tool_start(const void *context, struct tool *tool)
{
    const pid_t parent = getpid();
    tool->input_descriptor = make_input(tool->input);
    tool->output = memfd_create("output", MFD_CLOEXEC);
    tool->complaints = memfd_create("complaints", MFD_CLOEXEC);
    fflush(NULL);
    tool->child = tool->input_descriptor < 0 || tool->output < 0 || tool->complaints < 0 ? -1 : fork();
    if (tool->child == 0)
        become(tool, parent);
    tool->pid_descriptor = tool->child > 0 ? pidfd_open(tool->child, 0) : -1;
    if (tool->pid_descriptor >= 0)
        return NULL;
    struct error *error =
        error_new(context, ERROR_FAILED, "\"%s\" could not be started: %s", tool->path, strerror(errno));
    tool_end(tool);
    return error;
}

static void close_all(struct tool *tool)
{
    int *const all[] = { &tool->input_descriptor, &tool->output, &tool->complaints, &tool->pid_descriptor };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (*all[i] >= 0)
            close(*all[i]);
        *all[i] = -1;
    }
}

static int reap(struct tool *tool)
{
    int status = -1;
    while (waitpid(tool->child, &status, 0) < 0 && errno == EINTR)
        continue;
    tool->child = -1;
    return status;
}

void tool_end(struct tool *tool)
{
    if (tool->child > 0) {
        kill(tool->child, SIGTERM);
        struct pollfd end = { .fd = tool->pid_descriptor, .events = POLLIN };
        for (int i = 0; i < KILL_AFTER_TICKS && poll(&end, 1, TICK_MS) <= 0; i++)
            continue;
        kill(tool->child, SIGKILL);
        reap(tool);
    }
    close_all(tool);
}

static const char *read_back(const void *context, int descriptor, size_t limit)
{
    const off_t size = lseek(descriptor, 0, SEEK_END);
    const size_t length = size < 0 ? 0 : (size_t)size < limit ? (size_t)size : limit;
    char *text = NEW_ARRAY(context, char, length + 1);
    /* The end of it, if not all: that is where the reason stands. */
    ssize_t got = pread(descriptor, text, length, size > 0 ? size - (off_t)length : 0);
    text[got < 0 ? 0 : got] = '\0';
    return text;
}

/* The first lines that say what is wrong. */
static const char *in_short(const void *context, const char *complaints)
{
    struct text *text = text_new(context);
    for (int lines = 0; *complaints && lines < LINES_SHOWN; lines++) {
        const size_t length = strcspn(complaints, "\n");
        text_add(text, lines ? "; " : "");
        text_add_bytes(text, complaints, length);
        complaints += length + (complaints[length] != '\0');
    }
    return text->data;
}

static struct error *outcome(const void *context, const struct tool *tool, int status, const char **output)
{
    const char *complaints = read_back(context, tool->complaints, COMPLAINTS);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        fputs(complaints, stderr);
        if (output)
            *output = read_back(context, tool->output, tool->output_limit);
        return NULL;
    }
    const char *slash = strrchr(tool->path, '/');
    const char *name = slash ? slash + 1 : tool->path;
    if (WIFSIGNALED(status) && !*complaints)
        return error_new(context, ERROR_FAILED, "%s was ended by signal %d%s", name, WTERMSIG(status),
                         WTERMSIG(status) == SIGXFSZ ? ": a limit for the size of files is reached" : "");
    return error_new(context, ERROR_FAILED, "%s failed: %s", name, in_short(context, complaints));
}

struct error *tool_finish(const void *context, struct tool *tool, void (*tick)(void *argument),
                          void *argument, const char **output)
{
    struct pollfd end = { .fd = tool->pid_descriptor, .events = POLLIN };
    while (poll(&end, 1, TICK_MS) <= 0) {
        if (stop_wanted()) {
            tool_end(tool);
            return stop_check(context);
        }
        if (tick)
            tick(argument);
    }
    struct error *error = outcome(context, tool, reap(tool), output);
    close_all(tool);
    /* On a terminal Ctrl-C reaches the program, too. */
    return error && stop_wanted() ? stop_check(context) : error;
}
