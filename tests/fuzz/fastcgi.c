/* FastCGI as it comes from the socket. The first byte says how the input is cut into writes. Each input goes to a worker
 * of its own: libfcgi aborts on some lengths, which the supervisor survives (tests/http/fastcgi.test.mjs), but nothing
 * else may end it, and what it answers is whole records with a whole answer. */
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include "../../cgi/error_pages.h"
#include "../../cgi/listener.h"
#include "../../cgi/router.h"
#include "../../cgi/worker.h"
#include "fuzz.h"

enum { STDOUT = 6, WAIT_MS = 20000, MOST = 60000 };

/* --- The handlers ------------------------------------------------------------------------------------------------- */

int error_pages_status(enum error_code code)
{
    return code == ERROR_TOO_LARGE ? 413 : 400;
}

void error_pages_answer(struct request *request, const struct error *error)
{
    response_status(request->response, error_pages_status(error->code));
    response_body(request->response, "text/plain; charset=utf-8", error->message, strlen(error->message));
}

void router_answer(struct request *request)
{
    response_body(request->response, "text/plain; charset=utf-8", request->path, strlen(request->path));
}

/* --- A worker and its peer ---------------------------------------------------------------------------------------- */

static const char *path(void)
{
    static char name[64];

    if (!*name)
        snprintf(name, sizeof name, "/tmp/roster-fuzz.%d", (int)getpid());
    return name;
}

static int listener(void)
{
    static int descriptor = -1;

    if (descriptor < 0)
        REQUIRE(!listener_open(NULL, path(), &descriptor));
    return descriptor;
}

static pid_t start_worker(void)
{
    static const struct settings settings = { .upload_max = 1 << 20, .var = "/tmp" };
    static const struct site site = { .settings = &settings };
    pid_t worker = fork();

    REQUIRE(worker >= 0);
    if (worker == 0) {
        sigset_t stop;

        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing runs on when an input was found */
        if (!freopen("/dev/null", "w", stderr)) /* libfcgi tells at length why it aborts */
            _exit(2);
        sigemptyset(&stop);
        sigaddset(&stop, SIGTERM);
        sigprocmask(SIG_BLOCK, &stop, NULL);
        signal(SIGABRT, SIG_DFL);
        _exit(worker_run(&site, listener()));
    }
    return worker;
}

static int connect_worker(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int peer = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    REQUIRE(peer >= 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path());
    REQUIRE(connect(peer, (const struct sockaddr *)&address, sizeof address) == 0);
    return peer;
}

/* Whoever is refused in the middle need not hear the rest. */
static void send_pieces(int peer, const struct input *input, size_t size)
{
    for (size_t at = 0; at < input->length && at < MOST; at += size) {
        size_t left = input->length - at;

        if (send(peer, input->bytes + at, left < size ? left : size, MSG_NOSIGNAL) < 0)
            return;
    }
}

static struct text *receive(const void *context, int peer)
{
    struct text *text = text_new(context);
    struct pollfd poller = { .fd = peer, .events = POLLIN };
    char bytes[4096];
    ssize_t got;

    do {
        REQUIRE(poll(&poller, 1, WAIT_MS) == 1);
        got = recv(peer, bytes, sizeof bytes, 0);
        if (got > 0)
            text_add_bytes(text, bytes, (size_t)got);
    } while (got > 0);
    return text;
}

/* The content of standard output, when all records are whole; otherwise only their form was looked at. */
static void require_records(const void *context, const struct text *sent)
{
    struct text *output = text_new(context);
    const unsigned char *bytes = (const unsigned char *)sent->data;
    const char *end;

    for (size_t at = 0; at + 8 <= sent->length;) {
        size_t length = (size_t)bytes[at + 4] << 8 | bytes[at + 5], whole = 8 + length + bytes[at + 6];

        REQUIRE(bytes[at] == 1);
        if (bytes[at + 1] == STDOUT && at + whole <= sent->length)
            text_add_bytes(output, sent->data + at + 8, length);
        at += whole;
    }
    if (output->length == 0)
        return;
    end = strstr(output->data, "\r\n\r\n");
    REQUIRE(end && strncmp(output->data, "Status: ", 8) == 0 && strstr(output->data, "Content-Length: "));
    REQUIRE(strtoul(strstr(output->data, "Content-Length: ") + 16, NULL, 10) == strlen(end + 4));
}

static void stop_worker(pid_t worker)
{
    int status;

    kill(worker, SIGTERM);
    REQUIRE(waitpid(worker, &status, 0) == worker);
    if (WIFSIGNALED(status))
        REQUIRE(WTERMSIG(status) == SIGABRT);
    else
        REQUIRE(WEXITSTATUS(status) == 0);
}

static void speak(void *context, struct input input)
{
    size_t size = take_byte(&input) % 64 * 13 + 1;
    pid_t worker = start_worker();
    int peer = connect_worker();

    send_pieces(peer, &input, size);
    shutdown(peer, SHUT_WR);
    require_records(context, receive(context, peer));
    close(peer);
    stop_worker(worker);
}

static void close_listener(void)
{
    unlink(path());
}

/* libfcgi asks for as much memory as a peer says that it will fill, up to 4 GB; here it is refused that. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "max_allocation_size_mb=256:allocator_may_return_null=1";
}

int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    listener();
    atexit(close_listener);
    return 0;
}

FUZZ_TARGET(speak)
