/* Requests: from what a web server passes to checked values, and what is refused on the way. */
#include "../../cgi/request.h"
#include "../../db/text.h"
#include "unit.h"

/* The meta-variables and the body of a request, as NAME, value, NAME, value, ..., NULL. */
struct sent {
    const char *const *variables;
    const char *body;
    size_t at, length;
};

static const char *get_variable(void *source, const char *name)
{
    const struct sent *sent = source;

    for (size_t i = 0; sent->variables[i]; i += 2)
        if (strcmp(sent->variables[i], name) == 0)
            return sent->variables[i + 1];
    return NULL;
}

/* Seven bytes at a time. */
static ssize_t read_body(void *source, void *buffer, size_t size)
{
    struct sent *sent = source;
    size_t left = sent->length - sent->at;

    if (size > 7)
        size = 7;
    if (size > left)
        size = left;
    memcpy(buffer, sent->body + sent->at, size);
    sent->at += size;
    return (ssize_t)size;
}

static struct error *read_all(const char *const *variables, const char *body, struct request **request)
{
    static const struct settings settings = { .upload_max = (size_t)5 * 1024 * 1024, .var = "/tmp" };
    static const struct site site = { .settings = &settings };
    struct sent sent = { .variables = variables, .body = body, .length = strlen(body) };
    const struct request_source source = { .parameter = get_variable, .read = read_body, .source = &sent };
    struct error *failed = request_read(context, &site, &source, request);

    /* an error can be answered: all that a page needs is there */
    ck_assert_ptr_nonnull(*request);
    ck_assert_ptr_nonnull((*request)->response);
    ck_assert_ptr_nonnull((*request)->query);
    ck_assert_ptr_nonnull((*request)->form);
    ck_assert_int_eq((*request)->path[0], '/');
    ck_assert_int_eq((*request)->address[0], '/');
    return failed;
}

#define VARIABLES(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(everything_is_taken_over)
{
    struct request *request;

    ck_assert_done(read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/teams/4%32?q=a+b&s[]=1&s[]=2",
                                      "QUERY_STRING", "q=a+b&s[]=1&s[]=2", "REMOTE_ADDR", "::1", "HTTP_HOST",
                                      "[::1]:8080", "HTTP_ORIGIN", "http://[::1]:8080", "HTTP_COOKIE", "a=1"),
                            "", &request));
    ck_assert_int_eq(request->method, METHOD_GET);
    ck_assert(!request->head);
    ck_assert_str_eq(request->path, "/teams/42");
    ck_assert_str_eq(request->address, "/teams/4%32?q=a+b&s[]=1&s[]=2");
    ck_assert_str_eq(request->query_string, "q=a+b&s[]=1&s[]=2");
    ck_assert_str_eq(form_get(request->query, "q"), "a b");
    ck_assert_str_eq(request->remote, "::1");
    ck_assert_str_eq(request->host, "[::1]:8080");
    ck_assert_str_eq(request->origin, "http://[::1]:8080");
    ck_assert_str_eq(request->cookies, "a=1");
    ck_assert_uint_eq(request->form->value_count, 0);
    ck_assert_ptr_nonnull(request->db);
}
END_TEST

START_TEST(what_is_absent_is_empty)
{
    struct request *request;

    ck_assert_done(read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/"), "", &request));
    ck_assert_str_eq(request->query_string, "");
    ck_assert_str_eq(request->remote, "");
    ck_assert_str_eq(request->host, "");
    ck_assert_str_eq(request->cookies, "");
    ck_assert_ptr_null(request->origin);
    ck_assert(!request->wants_json);
    ck_assert_uint_eq(request->query->value_count, 0);
}
END_TEST

static const struct {
    const char *sent;
    bool taken;
} numbers[] = {
    { "0123456789abcdef0123456789abcdef", true },
    { "A-1", true },
    { "0123456789012345678901234567890123456789", true },
    { "01234567890123456789012345678901234567890", false }, /* too long for application_name */
    { "", false },
    { "a b", false },
    { "a'b", false },
    { "a\nb", false },
    { "\xc3\xa9", false },
};

START_TEST(a_request_has_a_number_of_its_own)
{
    struct request *request;

    ck_assert_done(read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "REQUEST_ID", numbers[_i].sent), "",
                            &request));
    ck_assert_int_eq(strcmp(request->number, numbers[_i].sent) == 0, numbers[_i].taken);
    if (!numbers[_i].taken) {
        ck_assert_uint_eq(strlen(request->number), 32);
        ck_assert_uint_eq(strspn(request->number, "0123456789abcdef"), 32);
    }
    ck_assert(request_milliseconds(request) >= 0 && request_milliseconds(request) < 60000);
}
END_TEST

START_TEST(only_the_web_server_says_that_it_is_secure)
{
    struct request *request;

    ck_assert_done(read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTPS", "on"), "", &request));
    ck_assert(request->secure);
    ck_assert_done(read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTPS", "off",
                                      "HTTP_X_FORWARDED_PROTO", "https", "HTTP_HTTPS", "on"), "", &request));
    ck_assert(!request->secure);
}
END_TEST

static const struct {
    const char *name;
    enum method method;
    bool head;
} methods[] = {
    { "GET", METHOD_GET, false },      { "HEAD", METHOD_GET, true },     { "POST", METHOD_POST, false },
    { "PUT", METHOD_OTHER, false },    { "get", METHOD_OTHER, false },   { "OPTIONS", METHOD_OTHER, false },
    { "DELETE", METHOD_OTHER, false }, { "POSTS", METHOD_OTHER, false },
};

START_TEST(method_is_told)
{
    struct request *request;

    ck_assert_done(read_all(VARIABLES("REQUEST_METHOD", methods[_i].name, "REQUEST_URI", "/"), "", &request));
    ck_assert_int_eq(request->method, methods[_i].method);
    ck_assert_int_eq(request->head, methods[_i].head);
}
END_TEST

START_TEST(missing_method_is_refused)
{
    struct request *request;

    ck_assert_refused(read_all(VARIABLES("REQUEST_URI", "/"), "", &request), ERROR_BAD_REQUEST, "no method");
}
END_TEST

static const struct {
    const char *sent, *path; /* or the words of the refusal */
    bool good;
} addresses[] = {
    { "/", "/", true },
    { "/teams/", "/teams/", true },
    { "/a%20b", "/a b", true },
    { "/a+b", "/a+b", true },
    { "/na%C3%AFve", "/na\xc3\xafve", true },
    { "/na\xc3\xafve", "/na\xc3\xafve", true },
    { "/a%252e", "/a%2e", true },
    { "/%5C", "/\\", true },
    { "/...", "/...", true },
    { "/.a", "/.a", true },
    { "/..a/b..", "/..a/b..", true },
    { "/a?b=/../", "/a", true },
    { "", "does not start", false },
    { "teams", "does not start", false },
    { "?a=1", "does not start", false },
    { "http://elsewhere/", "does not start", false },
    { "//elsewhere/", "two slashes", false },
    { "/\\elsewhere", "must be encoded", false },
    { "/a b", "must be encoded", false },
    { "/a\rb", "must be encoded", false },
    { "/a\nb", "must be encoded", false },
    { "/a?b\"", "must be encoded", false },
    { "/a?b=<", "must be encoded", false },
    { "/a%", "hexadecimal", false },
    { "/a%4", "hexadecimal", false },
    { "/a%4?a=1", "hexadecimal", false },
    { "/a%zz", "hexadecimal", false },
    { "/a%00b", "control characters", false },
    { "/a%0d%0ab", "control characters", false },
    { "/a%09", "control characters", false },
    { "/a%7f", "control characters", false },
    { "/a%ff", "not UTF-8", false },
    { "/a\xff", "not UTF-8", false },
    { "/a%C0%AF", "not UTF-8", false },
    { "/a%2fb", "encoded slash", false },
    { "/a%2Fb", "encoded slash", false },
    { "/..", "'..'", false },
    { "/../etc", "'..'", false },
    { "/a/%2e%2e/b", "'..'", false },
    { "/a/.%2E", "'..'", false },
    { "/a/./b", "'.'", false },
    { "/.", "'.'", false },
};

START_TEST(address_is_decoded_once_and_checked)
{
    const char *query = strchr(addresses[_i].sent, '?');
    struct request *request;
    struct error *failed = read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", addresses[_i].sent,
                                              "QUERY_STRING", query ? query + 1 : ""),
                                    "", &request);

    if (!addresses[_i].good) {
        ck_assert_refused(failed, ERROR_BAD_REQUEST, addresses[_i].path);
        return;
    }
    ck_assert_done(failed);
    ck_assert_str_eq(request->path, addresses[_i].path);
    ck_assert_str_eq(request->address, addresses[_i].sent);
}
END_TEST

static const struct {
    const char *document, *info, *script, *path, *address;
} decoded[] = {
    { "/a b", "", "", "/a b", "/a%20b?x=1" },
    { "/teams/42/", "/other", "/script", "/teams/42/", "/teams/42/?x=1" },
    { NULL, "/\xc3\xa4/", "/roster.cgi", "/\xc3\xa4/", "/%C3%A4/?x=1" },
    { NULL, NULL, "/teams", "/teams", "/teams?x=1" },
    { "/a?b", NULL, NULL, "/a?b", "/a%3Fb?x=1" },
};

START_TEST(decoded_paths_serve_where_there_is_no_other)
{
    const char *variables[12] = { "REQUEST_METHOD", "GET", "QUERY_STRING", "x=1" };
    struct request *request;
    size_t count = 4;

    if (decoded[_i].document)
        variables[count++] = "DOCUMENT_URI", variables[count++] = decoded[_i].document;
    if (decoded[_i].info)
        variables[count++] = "PATH_INFO", variables[count++] = decoded[_i].info;
    if (decoded[_i].script)
        variables[count++] = "SCRIPT_NAME", variables[count++] = decoded[_i].script;
    ck_assert_done(read_all(variables, "", &request));
    ck_assert_str_eq(request->path, decoded[_i].path);
    ck_assert_str_eq(request->address, decoded[_i].address);
}
END_TEST

static const char *const bad_paths[] = { "//elsewhere", "/a\nb", "/\xff", "/../", "a" };

START_TEST(bad_decoded_path_is_refused)
{
    struct request *request;

    ck_assert_refused(read_all(VARIABLES("REQUEST_METHOD", "GET", "PATH_INFO", bad_paths[_i]), "", &request),
                      ERROR_BAD_REQUEST, "the address");
}
END_TEST

static const struct {
    const char *query, *words;
} queries[] = {
    { "a=1&a=2", "in the address: the field 'a' came more than once" },
    { "a=%", "in the address" },
    { "a=%ff", "in the address" },
    { "=", "in the address" },
    { "a=\x01", "must be encoded" },
};

START_TEST(bad_query_is_refused)
{
    struct request *request;

    ck_assert_refused(
        read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "QUERY_STRING", queries[_i].query),
                 "", &request),
        ERROR_BAD_REQUEST, queries[_i].words);
}
END_TEST

static const char *const bad_hosts[] = { "a b", "a/b", "a@b", "a\r\nb", "\xc3\xa4", "a\"" };

START_TEST(bad_host_is_refused)
{
    struct request *request;

    ck_assert_refused(
        read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_HOST", bad_hosts[_i]), "",
                 &request),
        ERROR_BAD_REQUEST, "Host header");
    ck_assert_str_eq(request->host, "");
}
END_TEST

static const struct {
    const char *accept;
    bool json;
} accepts[] = {
    { "application/json", true },
    { "Application/JSON; q=0.9, */*", true },
    { "text/html, application/json", false },
    { "*/*", false },
    { "", false },
};

START_TEST(json_is_wanted_when_it_is_asked_for)
{
    struct request *request;

    ck_assert_done(
        read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_ACCEPT", accepts[_i].accept),
                 "", &request));
    ck_assert_int_eq(request->wants_json, accepts[_i].json);
}
END_TEST

static struct error *post(const char *type, const char *length, const char *body, struct request **request)
{
    return read_all(VARIABLES("REQUEST_METHOD", "POST", "REQUEST_URI", "/x?q=1", "QUERY_STRING", "q=1",
                              "CONTENT_TYPE", type, "CONTENT_LENGTH", length),
                    body, request);
}

#define URLENCODED "application/x-www-form-urlencoded"
#define MULTIPART "multipart/form-data; boundary=XyZ"
#define PART "--XyZ\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XyZ--\r\n"

START_TEST(urlencoded_body_becomes_the_form)
{
    struct request *request;

    ck_assert_done(post(URLENCODED, "14", "name=Ada&b=1+2", &request));
    ck_assert_str_eq(form_get(request->form, "name"), "Ada");
    ck_assert_str_eq(form_get(request->form, "b"), "1 2");
    ck_assert_str_eq(form_get(request->query, "q"), "1");
    ck_assert_ptr_null(form_get(request->form, "q"));
    ck_assert_done(post("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "3", "a=1", &request));
    ck_assert_str_eq(form_get(request->form, "a"), "1");
}
END_TEST

START_TEST(no_more_than_the_length_is_read)
{
    struct request *request;

    ck_assert_done(post(URLENCODED, "3", "a=1234567890", &request));
    ck_assert_str_eq(form_get(request->form, "a"), "1");
    ck_assert_done(post(MULTIPART, memory_printf(context, "%zu", strlen(PART)), PART "more", &request));
    ck_assert_str_eq(form_get(request->form, "a"), "1");
}
END_TEST

START_TEST(body_that_breaks_off_is_refused)
{
    struct request *request;

    ck_assert_refused(post(URLENCODED, "20", "a=1", &request), ERROR_BAD_REQUEST, "broke off");
    ck_assert_refused(post(MULTIPART, "9999", PART, &request), ERROR_BAD_REQUEST, "broke off");
}
END_TEST

START_TEST(empty_body_is_an_empty_form)
{
    struct request *request;

    ck_assert_done(post(URLENCODED, "0", "", &request));
    ck_assert_done(post(URLENCODED, "", "", &request));
    ck_assert_done(post("", "", "", &request));
    ck_assert_uint_eq(request->form->value_count, 0);
    ck_assert_refused(post(MULTIPART, "0", "", &request), ERROR_BAD_REQUEST, "before its last boundary");
}
END_TEST

static const char *const other_types[] = {
    "", "text/plain", "application/json", "application/x-www-form-urlencoded2", "multipart/mixed; boundary=x",
};

START_TEST(other_bodies_are_refused)
{
    struct request *request;

    ck_assert_refused(post(other_types[_i], "3", "a=1", &request), ERROR_BAD_REQUEST, "is sent as");
}
END_TEST

START_TEST(body_of_get_is_no_form)
{
    struct request *request;

    ck_assert_done(read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "CONTENT_TYPE", URLENCODED,
                                      "CONTENT_LENGTH", "3"),
                            "a=1", &request));
    ck_assert_uint_eq(request->form->value_count, 0);
}
END_TEST

static const struct {
    const char *type, *length;
    enum error_code code;
    const char *words;
} lengths[] = {
    { URLENCODED, "abc", ERROR_BAD_REQUEST, "not a number" },
    { URLENCODED, "-1", ERROR_BAD_REQUEST, "not a number" },
    { URLENCODED, "+1", ERROR_BAD_REQUEST, "not a number" },
    { URLENCODED, "1 ", ERROR_BAD_REQUEST, "not a number" },
    { URLENCODED, "1, 1", ERROR_BAD_REQUEST, "not a number" },
    { URLENCODED, "0x10", ERROR_BAD_REQUEST, "not a number" },
    { URLENCODED, "5242881", ERROR_TOO_LARGE, "larger than 5242880 bytes" },
    { MULTIPART, "5242881", ERROR_TOO_LARGE, "larger than 5242880 bytes" },
    { MULTIPART, "18446744073709551616", ERROR_TOO_LARGE, "larger than 5242880 bytes" },
    { MULTIPART, "99999999999999999999999999999999", ERROR_TOO_LARGE, "larger than 5242880 bytes" },
};

START_TEST(bad_length_is_refused_before_anything_is_read)
{
    struct request *request;

    ck_assert_refused(post(lengths[_i].type, lengths[_i].length, "a=1", &request), lengths[_i].code,
                      lengths[_i].words);
}
END_TEST

static const struct {
    const char *cookies, *name, *value;
} cookies[] = {
    { "", "a", NULL },        { "a=1", "a", "1" },       { "a=1; b=2", "b", "2" },   { "a=1;b=2", "b", "2" },
    { "a=1; a=2", "a", "1" }, { "aa=1; a=2", "a", "2" }, { "b=a=1; a=2", "a", "2" }, { "a=", "a", "" },
    { "a=x=y", "a", "x=y" },  { "a", "a", NULL },        { "a; a=2", "a", "2" },     { "; ;a=1;", "a", "1" },
    { "A=1", "a", NULL },
};

START_TEST(cookie_is_found_by_its_whole_name)
{
    struct request *request;

    ck_assert_done(
        read_all(VARIABLES("REQUEST_METHOD", "GET", "REQUEST_URI", "/", "HTTP_COOKIE", cookies[_i].cookies),
                 "", &request));
    ck_assert_pstr_eq(request_cookie(request, cookies[_i].name), cookies[_i].value);
}
END_TEST

UNIT_MAIN("request", { everything_is_taken_over, 0 }, { what_is_absent_is_empty, 0 },
          { a_request_has_a_number_of_its_own, LENGTH(numbers) }, { only_the_web_server_says_that_it_is_secure, 0 },
          { method_is_told, LENGTH(methods) }, { missing_method_is_refused, 0 },
          { address_is_decoded_once_and_checked, LENGTH(addresses) },
          { decoded_paths_serve_where_there_is_no_other, LENGTH(decoded) },
          { bad_decoded_path_is_refused, LENGTH(bad_paths) }, { bad_query_is_refused, LENGTH(queries) },
          { bad_host_is_refused, LENGTH(bad_hosts) },
          { json_is_wanted_when_it_is_asked_for, LENGTH(accepts) }, { urlencoded_body_becomes_the_form, 0 },
          { no_more_than_the_length_is_read, 0 }, { body_that_breaks_off_is_refused, 0 },
          { empty_body_is_an_empty_form, 0 }, { other_bodies_are_refused, LENGTH(other_types) },
          { body_of_get_is_no_form, 0 }, { bad_length_is_refused_before_anything_is_read, LENGTH(lengths) },
          { cookie_is_found_by_its_whole_name, LENGTH(cookies) })
