/* Answers: whole, with their length, and with nothing in their head that a person could have put there. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "../../cgi/response.h"
#include "unit.h"

/* Keeps what is written, and goes away after a number of bytes. */
struct sink {
    struct text *text;
    size_t patience;
    int writes;
};

static bool keep(void *argument, const char *bytes, size_t length)
{
    struct sink *sink = argument;

    sink->writes++;
    if (sink->text->length + length > sink->patience)
        return false;
    text_add_bytes(sink->text, bytes, length);
    return true;
}

static const char *send(const struct response *response, bool head)
{
    struct sink sink = { .text = text_new(context), .patience = SIZE_MAX };

    ck_assert(response_send(response, head, keep, &sink));
    return sink.text->data;
}

#define PLAIN "Content-Type: text/plain; charset=utf-8\r\n"

START_TEST(new_answer_is_empty)
{
    struct response *response = response_new(context);

    ck_assert_int_eq(response_get_status(response), 200);
    ck_assert_str_eq(send(response, false), "Status: 200 OK\r\n" PLAIN "Content-Length: 0\r\n\r\n");
}
END_TEST

START_TEST(answer_has_status_headers_and_body)
{
    struct response *response = response_new(context);

    response_status(response, 404);
    response_header(response, "Set-Cookie", "a=1; Path=/");
    response_header(response, "Set-Cookie", "b=2");
    response_body(response, "text/html; charset=utf-8", "replaced", 8);
    response_body(response, "text/html; charset=utf-8", "<p>x", 4);
    ck_assert_int_eq(response_get_status(response), 404);
    ck_assert_str_eq(send(response, false), "Status: 404 Not Found\r\n"
                                            "Set-Cookie: a=1; Path=/\r\n"
                                            "Set-Cookie: b=2\r\n"
                                            "Content-Type: text/html; charset=utf-8\r\n"
                                            "Content-Length: 4\r\n"
                                            "\r\n"
                                            "<p>x");
}
END_TEST

START_TEST(head_has_the_length_but_no_body)
{
    struct response *response = response_new(context);

    response_body(response, "text/plain; charset=utf-8", "body", 4);
    ck_assert_str_eq(send(response, true), "Status: 200 OK\r\n" PLAIN "Content-Length: 4\r\n\r\n");
}
END_TEST

START_TEST(body_may_hold_nuls)
{
    struct sink sink = { .text = text_new(context), .patience = SIZE_MAX };
    struct response *response = response_new(context);

    response_body(response, "application/octet-stream", "a\0b", 3);
    ck_assert(response_send(response, false, keep, &sink));
    ck_assert_mem_eq(sink.text->data + sink.text->length - 3, "a\0b", 3);
}
END_TEST

static const int bodiless[] = { 204, 304 };

START_TEST(some_statuses_have_no_body)
{
    struct response *response = response_new(context);

    response_status(response, bodiless[_i]);
    response_body(response, "text/plain; charset=utf-8", "body", 4);
    ck_assert_ptr_null(strstr(send(response, false), "Content-"));
    ck_assert_ptr_null(strstr(send(response, false), "body"));
}
END_TEST

static const struct {
    const char *name, *value;
} unsafe[] = {
    { "Location", "/\r\nSet-Cookie: a=1" },
    { "Location", "/\nSet-Cookie: a=1" },
    { "Location", "/\r" },
    { "Location", "\x01" },
    { "Location", "\x7f" },
    { "X\r\nY", "1" },
    { "X Y", "1" },
    { "X:", "1" },
    { "", "1" },
    { NULL, "text/html\r\nX: y" }, /* as the body's type */
};

START_TEST(what_could_start_a_line_becomes_500)
{
    struct response *response = response_new(context);
    const char *sent;

    response_header(response, "X-Before", "secret");
    response_body(response, "text/html; charset=utf-8", "<p>secret", 9);
    if (unsafe[_i].name)
        response_header(response, unsafe[_i].name, unsafe[_i].value);
    else
        response_body(response, unsafe[_i].value, "", 0);
    response_header(response, "X-After", "1");
    ck_assert_int_eq(response_get_status(response), 500);
    sent = send(response, false);
    ck_assert_int_eq(strncmp(sent, "Status: 500 Internal Server Error\r\n" PLAIN, 60), 0);
    ck_assert_ptr_null(strstr(sent, "secret"));
    ck_assert_ptr_null(strstr(sent, "Set-Cookie"));
    ck_assert_ptr_null(strstr(send(response, true), "answer"));
}
END_TEST

static const struct {
    const char *path;
    bool local;
} paths[] = {
    { "/", true },
    { "/teams/42?sort=-name&q=a%20b#top", true },
    { "/?next=//elsewhere", true },
    { "/na\xc3\xafve", true },
    { "", false },
    { "teams", false },
    { "//elsewhere", false },
    { "///elsewhere", false },
    { "/teams//42", false },
    { "/\\elsewhere", false },
    { "\\\\elsewhere", false },
    { "/a\\b", false },
    { "https://elsewhere/", false },
    { "javascript:alert(1)", false },
    { " /", false },
    { "/\r\nSet-Cookie: a=1", false },
    { "/\t/elsewhere", false },
    { "/a\x7f", false },
    { "/?a=\n", false },
};

START_TEST(redirect_stays_on_this_site)
{
    struct response *response = response_new(context);
    const char *location = paths[_i].local ? paths[_i].path : "/";

    ck_assert_int_eq(response_path_is_local(paths[_i].path), paths[_i].local);
    response_body(response, "text/html; charset=utf-8", "old", 3);
    response_redirect(response, paths[_i].path);
    ck_assert_str_eq(send(response, false), memory_printf(context,
                                                          "Status: 303 See Other\r\nLocation: %s\r\n" PLAIN
                                                          "Content-Length: 0\r\n\r\n",
                                                          location));
}
END_TEST

static int file_with(const char *bytes, size_t length)
{
    int descriptor = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, bytes, length), (ssize_t)length);
    return descriptor;
}

static bool is_closed(int descriptor)
{
    return fcntl(descriptor, F_GETFD) == -1 && errno == EBADF;
}

/* The offset of the descriptor does not matter, and the answer can be sent twice. */
START_TEST(file_is_sent_whole_and_closed)
{
    size_t length = 200001;
    char *bytes = NEW_ARRAY(context, char, length);
    struct response *response = response_new(context);
    struct sink sink = { .text = text_new(context), .patience = SIZE_MAX };
    int descriptor;

    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)(i * 7);
    descriptor = file_with(bytes, length);
    response_file(response, "application/octet-stream", descriptor, length);
    ck_assert_str_eq(
        send(response, true),
        "Status: 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 200001\r\n\r\n");
    for (int i = 0; i < 2; i++) {
        sink.text = text_new(context);
        ck_assert(response_send(response, false, keep, &sink));
        ck_assert_mem_eq(sink.text->data + sink.text->length - length, bytes, length);
    }
    ck_assert(!is_closed(descriptor));
    talloc_free(response);
    ck_assert(is_closed(descriptor));
}
END_TEST

START_TEST(body_replaces_a_file)
{
    struct response *response = response_new(context);
    int descriptor = file_with("x", 1);

    response_file(response, "application/octet-stream", descriptor, 1);
    response_body(response, "text/plain; charset=utf-8", "ab", 2);
    ck_assert(is_closed(descriptor));
    ck_assert_str_eq(send(response, false), "Status: 200 OK\r\n" PLAIN "Content-Length: 2\r\n\r\nab");
}
END_TEST

START_TEST(file_shorter_than_promised_is_no_success)
{
    struct response *response = response_new(context);
    struct sink sink = { .text = text_new(context), .patience = SIZE_MAX };

    response_file(response, "application/octet-stream", file_with("abc", 3), 4);
    ck_assert(!response_send(response, false, keep, &sink));
}
END_TEST

START_TEST(peer_that_goes_away_ends_it)
{
    struct response *response = response_new(context);
    struct sink sink = { .text = text_new(context), .patience = 0 };

    response_file(response, "application/octet-stream", file_with("abc", 3), 3);
    ck_assert(!response_send(response, false, keep, &sink));
    ck_assert_int_eq(sink.writes, 1);
    sink.patience = 100; /* the head fits, the body does not */
    response_body(response, "text/plain; charset=utf-8", memory_printf(context, "%100d", 1), 100);
    ck_assert(!response_send(response, false, keep, &sink));
    ck_assert_int_eq(sink.writes, 3);
}
END_TEST

UNIT_MAIN("response", { new_answer_is_empty, 0 }, { answer_has_status_headers_and_body, 0 },
          { head_has_the_length_but_no_body, 0 }, { body_may_hold_nuls, 0 },
          { some_statuses_have_no_body, LENGTH(bodiless) },
          { what_could_start_a_line_becomes_500, LENGTH(unsafe) },
          { redirect_stays_on_this_site, LENGTH(paths) }, { file_is_sent_whole_and_closed, 0 },
          { body_replaces_a_file, 0 }, { file_shorter_than_promised_is_no_success, 0 },
          { peer_that_goes_away_ends_it, 0 })
