/* The accept loop. */
#include "worker.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <unistd.h>
#include "../db/log.h"
#include "../db/memory.h"
#include "error_pages.h"
#include "router.h"

enum {
    PATIENCE_SECONDS = 10, /* with a web server that neither sends nor takes what it should */
    HEAD_PATIENCE_SECONDS = 3, /* with one that does not send its variables, which it does in one piece */
};

/* The way back from wherever memory ran out. */
struct escape {
    jmp_buf jump;
    void *volatile context;
};

static void out_of_memory(void *argument)
{
    struct escape *escape = argument;

    longjmp(escape->jump, 1);
}

/* Made beforehand: there is no memory left to make it with. */
static void send_out_of_memory(response_writer write, void *sink)
{
    static const char answer[] = "Status: 503 Service Unavailable\r\n"
                                 "Retry-After: 5\r\n"
                                 "Cache-Control: no-store\r\n"
                                 "Content-Type: text/plain; charset=utf-8\r\n"
                                 "Content-Length: 56\r\n"
                                 "\r\n"
                                 "There is too much to do at once. Please try again soon.\n";

    log_event(LOG_ERROR, "out of memory", "answered with 503");
    write(sink, answer, sizeof(answer) - 1);
}

static void answer(const void *context, const struct site *site, const struct request_source *source,
                   response_writer write, void *sink)
{
    struct request *request;
    struct error *failed = request_read(context, site, source, &request);

    if (failed)
        error_pages_answer(request, failed);
    else
        router_answer(request);
    response_send(request->response, request->head, write, sink); /* a peer that went away is no error */
}

void worker_answer(const struct site *site, const struct request_source *source, response_writer write,
                   void *sink)
{
    struct escape escape = { .context = NULL };

    if (setjmp(escape.jump) == 0) {
        memory_on_failure(out_of_memory, &escape);
        escape.context = memory_new(NULL, 1, "request");
        answer(escape.context, site, source, write, sink);
    } else {
        send_out_of_memory(write, sink);
    }
    memory_on_failure(NULL, NULL);
    talloc_free(escape.context);
}

static void wake_up(int signal)
{
    (void)signal; /* its work is done: the system call that hung has returned with EINTR */
}

/* Lets no system call of libfcgi hang for longer, and goes on knocking in case the first knock came between
 * two. */
static void set_timer(int seconds)
{
    struct itimerval timer = { .it_value.tv_sec = seconds, .it_interval.tv_sec = seconds ? 1 : 0 };

    setitimer(ITIMER_REAL, &timer, NULL);
}

static int accept_request(FCGX_Request *fastcgi)
{
    int result;

    set_timer(HEAD_PATIENCE_SECONDS);
    result = FCGX_Accept_r(fastcgi);
    set_timer(0);
    return result;
}

/* libfcgi takes variables that broke off for all there are. An answer to the half of a question is none: without the
 * variable behind the break, the request would mean something else. */
static bool is_whole(const FCGX_Request *fastcgi)
{
    return FCGX_GetError(fastcgi->in) == 0;
}

/* The web server's connection is not kept, even if it offers that: it would bind this worker to it while
 * others wait. Closing waits until the other side has closed, so that it has read everything. */
static void finish_request(FCGX_Request *fastcgi)
{
    set_timer(PATIENCE_SECONDS);
    FCGX_Finish_r(fastcgi);
    FCGX_Free(fastcgi, 1);
    set_timer(0);
}

static const char *get_parameter(void *source, const char *name)
{
    const FCGX_Request *fastcgi = source;

    return FCGX_GetParam(name, fastcgi->envp);
}

static ssize_t read_stream(void *source, void *buffer, size_t size)
{
    const FCGX_Request *fastcgi = source;
    int got;

    set_timer(PATIENCE_SECONDS);
    got = FCGX_GetStr(buffer, size < INT_MAX ? (int)size : INT_MAX, fastcgi->in);
    set_timer(0);
    return got == 0 && FCGX_GetError(fastcgi->in) != 0 ? -1 : got;
}

static bool write_stream(void *sink, const char *bytes, size_t length)
{
    const FCGX_Request *fastcgi = sink;
    bool written = true;

    set_timer(PATIENCE_SECONDS);
    while (written && length > 0) {
        int piece = length < INT_MAX ? (int)length : INT_MAX;

        written = FCGX_PutStr(bytes, piece, fastcgi->out) == piece;
        bytes += piece;
        length -= (size_t)piece;
    }
    set_timer(0);
    return written;
}

static bool watch(int epoll, int descriptor, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.fd = descriptor };

    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

/* Signals come in by a descriptor, next to requests: they are never heard in the middle of one. */
static int open_signals(void)
{
    struct sigaction action = { .sa_handler = wake_up }; /* without SA_RESTART */
    sigset_t stop;

    sigaction(SIGALRM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGHUP);
    return signalfd(-1, &stop, SFD_CLOEXEC);
}

/* Of several workers that wait, one is woken (EPOLLEXCLUSIVE). The listener is watched alone, the signals
 * beside it, since the two want different flags. */
static bool wait_request(int epoll, int signals)
{
    struct epoll_event events[2];

    for (;;) {
        int count = epoll_wait(epoll, events, 2, -1);

        for (int i = 0; i < count; i++)
            if (events[i].data.fd == signals)
                return false;
        if (count > 0)
            return true;
        if (count < 0 && errno != EINTR)
            return false;
    }
}

/* Another worker was faster, or the peer is gone already. */
static bool is_passing(int result)
{
    return result == -EAGAIN || result == -EINTR || result == -ECONNABORTED;
}

int worker_run(const struct site *site, int listener)
{
    FCGX_Request fastcgi;
    struct request_source source = { .parameter = get_parameter, .read = read_stream, .source = &fastcgi };
    int epoll = epoll_create1(EPOLL_CLOEXEC), signals = open_signals();

    if (FCGX_Init() != 0 || FCGX_InitRequest(&fastcgi, listener, FCGI_FAIL_ACCEPT_ON_INTR) != 0 ||
        !watch(epoll, listener, EPOLLIN | EPOLLEXCLUSIVE) || !watch(epoll, signals, EPOLLIN)) {
        log_event(LOG_ERROR, "cannot wait for requests", strerror(errno));
        return 1;
    }
    while (wait_request(epoll, signals)) {
        int result = accept_request(&fastcgi);

        if (result == 0) {
            if (is_whole(&fastcgi))
                worker_answer(site, &source, write_stream, &fastcgi);
            finish_request(&fastcgi);
        } else if (!is_passing(result)) {
            log_event(LOG_ERROR, "cannot accept requests", strerror(-result));
            return 1;
        }
    }
    close(epoll);
    close(signals);
    return 0;
}
