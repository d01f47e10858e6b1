/* The accept loop, spoken to in FastCGI (version 1): answers, clients that go away, nonsense, and how it
 * ends. It has handlers of its own here. */
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../cgi/error_pages.h"
#include "../../cgi/listener.h"
#include "../../cgi/router.h"
#include "../../cgi/worker.h"
#include "unit.h"

enum { BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6, KEEP = 1, WAIT_MS = 9000 };

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
    const struct timespec while_sent = { .tv_nsec = 300000000 };
    const char *body = form_get(request->form, "a"), *large;

    if (strcmp(request->path, "/memory") == 0)
        memory_new(request, (size_t)1 << 40, "more than there is");
    if (strcmp(request->path, "/slow") == 0)
        nanosleep(&while_sent, NULL);
    if (strcmp(request->path, "/large") == 0) {
        large = memory_printf(request, "%03000000d", 7);
        response_body(request->response, "text/plain; charset=utf-8", large, 3000000);
        return;
    }
    body = memory_printf(request, "%s a=%s", request->path, body ? body : "none");
    response_body(request->response, "text/plain; charset=utf-8", body, strlen(body));
}

/* --- A worker and its client -------------------------------------------------------------------------------------- */

static const char *folder, *path;
static pid_t worker;

static void start_worker(void)
{
    static const struct settings settings = { .upload_max = 1 << 20, .var = "/tmp" };
    static const struct site site = { .settings = &settings };
    sigset_t stop;
    int listener;

    folder = mkdtemp(memory_copy(context, "/tmp/test_worker.XXXXXX"));
    ck_assert_ptr_nonnull(folder);
    path = memory_printf(context, "%s/socket", folder);
    ck_assert_done(listener_open(context, path, &listener));
    worker = fork();
    ck_assert_int_ge(worker, 0);
    if (worker == 0) {
        unit_tear_down(); /* so that nothing is left when it ends */
        close(STDERR_FILENO);
        sigfillset(&stop);
        sigdelset(&stop, SIGALRM);
        sigprocmask(SIG_BLOCK, &stop, NULL);
        _exit(worker_run(&site, listener));
    }
    close(listener);
}

static void stop_worker(void)
{
    int status;

    ck_assert_int_eq(kill(worker, SIGTERM), 0);
    ck_assert_int_eq(waitpid(worker, &status, 0), worker);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static int connect_worker(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int client = socket(AF_UNIX, SOCK_STREAM, 0);

    ck_assert_int_ge(client, 0);
    memcpy(address.sun_path, path, strlen(path));
    ck_assert_int_eq(connect(client, (const struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

static void add_record(struct text *text, int type, const char *content, size_t length)
{
    const char head[8] = { 1, (char)type, 0, 1, (char)(length >> 8), (char)length, 0, 0 };

    text_add_bytes(text, head, sizeof(head));
    text_add_bytes(text, content, length);
}

static void add_parameter(struct text *text, const char *name, const char *value)
{
    struct text *pair = text_new(text);

    text_add_char(pair, (char)strlen(name));
    text_add_char(pair, (char)strlen(value));
    text_add(pair, name);
    text_add(pair, value);
    add_record(text, PARAMS, pair->data, pair->length);
}

/* A request, whole; body may be NULL. */
static struct text *request_bytes(const char *address, const char *body, char flags)
{
    const char begin[8] = { 0, 1, flags, 0, 0, 0, 0, 0 };
    struct text *text = text_new(context);

    add_record(text, BEGIN, begin, sizeof(begin));
    add_parameter(text, "REQUEST_METHOD", body ? "POST" : "GET");
    add_parameter(text, "REQUEST_URI", address);
    if (body) {
        add_parameter(text, "CONTENT_TYPE", "application/x-www-form-urlencoded");
        add_parameter(text, "CONTENT_LENGTH", memory_printf(context, "%zu", strlen(body)));
    }
    add_record(text, PARAMS, "", 0);
    if (body)
        add_record(text, STDIN, body, strlen(body));
    add_record(text, STDIN, "", 0);
    return text;
}

static void send_bytes(int client, const struct text *bytes)
{
    ck_assert_int_eq(send(client, bytes->data, bytes->length, MSG_NOSIGNAL), (ssize_t)bytes->length);
}

static size_t receive(int client, char *bytes, size_t length)
{
    struct pollfd poller = { .fd = client, .events = POLLIN };
    size_t filled = 0;

    while (filled < length) {
        ssize_t got;

        ck_assert_int_eq(poll(&poller, 1, WAIT_MS), 1);
        got = recv(client, bytes + filled, length - filled, 0);
        if (got <= 0)
            break;
        filled += (size_t)got;
    }
    return filled;
}

/* What comes back until the connection is closed: standard output's content, "" when there was no proper end.
 */
static struct text *receive_answer(int client)
{
    struct text *text = text_new(context);
    unsigned char head[8];
    bool ended = false;

    while (receive(client, (char *)head, sizeof(head)) == sizeof(head)) {
        size_t length = (size_t)head[4] << 8 | head[5], whole = length + head[6];
        char *content = NEW_ARRAY(context, char, whole);

        ck_assert_uint_eq(receive(client, content, whole), whole);
        if (head[1] == STDOUT)
            text_add_bytes(text, content, length);
        ended = ended || head[1] == END;
        talloc_free(content);
    }
    close(client);
    return ended ? text : text_new(context);
}

static const char *ask(const char *address, const char *body, char flags)
{
    int client = connect_worker();

    send_bytes(client, request_bytes(address, body, flags));
    return receive_answer(client)->data;
}

#define ck_assert_ends(text, end)                                                                            \
    ck_assert_msg(strlen(text) >= strlen(end) && strcmp((text) + strlen(text) - strlen(end), (end)) == 0,    \
                  "'%s' does not end with '%s'", (text), (end))

static void assert_serving(void)
{
    const char *answer = ask("/still", NULL, 0);

    ck_assert_ends(answer, "/still a=none");
}

/* --- The tests ---------------------------------------------------------------------------------------------------- */

START_TEST(requests_are_answered_one_after_the_other)
{
    start_worker();
    for (int i = 0; i < 50; i++) {
        const char *address = memory_printf(context, "/%d", i), *body = memory_printf(context, "a=%d", i);
        const char *answer = ask(address, body, 0);

        ck_assert_int_eq(strncmp(answer, "Status: 200 OK\r\n", 16), 0);
        ck_assert_ends(answer, memory_printf(context, "\r\n\r\n%s a=%d", address, i));
    }
    stop_worker();
}
END_TEST

START_TEST(connection_is_closed_even_if_it_could_be_kept)
{
    const char *answer;

    start_worker();
    answer = ask("/x", NULL, KEEP); /* would wait in vain for the end otherwise */
    ck_assert_ends(answer, "/x a=none");
    assert_serving();
    stop_worker();
}
END_TEST

START_TEST(large_answer_is_whole)
{
    const char *answer;

    start_worker();
    answer = ask("/large", NULL, 0);
    ck_assert_uint_gt(strlen(answer), 3000000);
    ck_assert_ends(answer, "00007");
    stop_worker();
}
END_TEST

START_TEST(request_that_cannot_be_read_is_answered)
{
    const char *answer;

    start_worker();
    answer = ask("/%zz", NULL, 0);
    ck_assert_int_eq(strncmp(answer, "Status: 400 Bad Request\r\n", 25), 0);
    answer = ask("/", "a=1&a=2", 0);
    ck_assert_ends(answer, "the field 'a' came more than once");
    stop_worker();
}
END_TEST

START_TEST(running_out_of_memory_is_answered)
{
    start_worker();
    for (int i = 0; i < 3; i++) {
        const char *answer = ask("/memory", NULL, 0), *body = strstr(answer, "\r\n\r\n"), *length;

        ck_assert_int_eq(strncmp(answer, "Status: 503 Service Unavailable\r\n", 33), 0);
        ck_assert_ptr_nonnull(strstr(answer, "Retry-After: "));
        length = strstr(answer, "Content-Length: ");
        ck_assert_uint_eq(strlen(body + 4), strtoul(length + strlen("Content-Length: "), NULL, 10));
        assert_serving();
    }
    stop_worker();
}
END_TEST

/* Cut off anywhere, from the first byte to the last. */
START_TEST(client_that_goes_away_does_no_harm)
{
    struct text *bytes = request_bytes("/x", "a=1", 0);

    start_worker();
    for (size_t cut = 0; cut < bytes->length; cut++) {
        int client = connect_worker();

        ck_assert_int_eq(send(client, bytes->data, cut, MSG_NOSIGNAL), (ssize_t)cut);
        close(client);
    }
    assert_serving();
    stop_worker();
}
END_TEST

/* Every beginning of the variables: as a whole request, some of them would be another one that is in order. */
START_TEST(half_a_question_is_not_answered)
{
    const struct text *bytes = request_bytes("/x", NULL, 0);
    size_t head = bytes->length - 16; /* without the two empty records: the variables' end, and no body */

    start_worker();
    for (size_t cut = 0; cut <= head; cut++) {
        int client = connect_worker();

        ck_assert_int_eq(send(client, bytes->data, cut, MSG_NOSIGNAL), (ssize_t)cut);
        shutdown(client, SHUT_WR);
        ck_assert_str_eq(receive_answer(client)->data, "");
    }
    assert_serving();
    stop_worker();
}
END_TEST

START_TEST(client_that_does_not_take_its_answer_does_no_harm)
{
    start_worker();
    for (int i = 0; i < 5; i++) {
        int client = connect_worker();

        send_bytes(client, request_bytes("/large", NULL, 0));
        close(client);
    }
    assert_serving();
    stop_worker();
}
END_TEST

START_TEST(nonsense_does_no_harm)
{
    static const char versions[] = { 9, 1, 0, 1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0 };
    static const char roles[] = { 1, 1, 0, 1, 0, 8, 0, 0, 0, 99, 0, 0, 0, 0, 0, 0 };
    static const char unknown[] = { 1, 77, 0, 1, 0, 4, 0, 0, 1, 2, 3, 4 };
    static const char web[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    const struct {
        const char *bytes;
        size_t length;
    } nonsense[] = {
        { versions, sizeof(versions) },
        { roles, sizeof(roles) },
        { unknown, sizeof(unknown) },
        { web, sizeof(web) - 1 },
    };

    start_worker();
    for (size_t i = 0; i < LENGTH(nonsense); i++) {
        int client = connect_worker();

        ck_assert_int_eq(send(client, nonsense[i].bytes, nonsense[i].length, MSG_NOSIGNAL),
                         (ssize_t)nonsense[i].length);
        shutdown(client, SHUT_WR);
        receive_answer(client);
        assert_serving();
    }
    stop_worker();
}
END_TEST

/* It stays connected, so only the worker's patience ends this. The other asks in the meantime, and is answered before it
 * would be if the worker waited as long as for a body. */
START_TEST(client_that_falls_silent_is_given_up_soon)
{
    const struct text *bytes = request_bytes("/x", NULL, 0);
    int silent;

    start_worker();
    silent = connect_worker();
    ck_assert_int_eq(send(silent, bytes->data, 20, MSG_NOSIGNAL), 20);
    assert_serving(); /* within WAIT_MS */
    ck_assert_str_eq(receive_answer(silent)->data, "");
    stop_worker();
}
END_TEST

START_TEST(request_that_has_begun_is_finished)
{
    const struct timespec moment = { .tv_nsec = 100000000 };
    int client, status;
    struct text *answer;

    start_worker();
    client = connect_worker();
    send_bytes(client, request_bytes("/slow", "a=1", 0));
    nanosleep(&moment, NULL);
    ck_assert_int_eq(kill(worker, SIGTERM), 0);
    answer = receive_answer(client);
    ck_assert_ends(answer->data, "/slow a=1");
    ck_assert_int_eq(waitpid(worker, &status, 0), worker);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    unlink(path);
    rmdir(folder);
}
END_TEST

UNIT_MAIN("worker", { requests_are_answered_one_after_the_other, 0 },
          { connection_is_closed_even_if_it_could_be_kept, 0 }, { large_answer_is_whole, 0 },
          { request_that_cannot_be_read_is_answered, 0 }, { running_out_of_memory_is_answered, 0 },
          { client_that_goes_away_does_no_harm, 0 }, { half_a_question_is_not_answered, 0 },
          { client_that_does_not_take_its_answer_does_no_harm, 0 },
          { nonsense_does_no_harm, 0 }, { client_that_falls_silent_is_given_up_soon, 0 }, { request_that_has_begun_is_finished, 0 })
