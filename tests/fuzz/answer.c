/* A whole request with its answer, from the web server's variables to the page, while the database is away. Whatever was
 * sent, the answer is one that a web server can read: a status that the program knows, headers without control
 * characters, and as many bytes as they say. */
#include "request_source.h"
#include "../../cgi/view.h"
#include "../../cgi/worker.h"
#include "schema_of_models.h"

#define NOWHERE "host=/nonexistent port=1 dbname=none user=none"

static bool take_answer(void *sink, const char *bytes, size_t length)
{
    text_add_bytes(sink, bytes, length);
    return true;
}

static const struct site *open_site(void)
{
    static struct settings settings = { .database_url = NOWHERE,
                                        .direct_url = NOWHERE,
                                        .secret_key = "0123456789abcdef0123456789abcdef",
                                        .admin_key = "fedcba9876543210fedcba9876543210",
                                        .metrics_key = "00112233445566778899aabbccddeeff",
                                        .var = "/nonexistent",
                                        .migrations = "/nonexistent",
                                        .seeds = "/nonexistent",
                                        .time_zone = "UTC",
                                        .site_name = "Roster",
                                        .upload_max = 100000,
                                        .request_budget_ms = 1,
                                        .page_rows = 25,
                                        .session_days = 14 };
    static struct site site = { .settings = &settings };

    if (!site.schema)
        REQUIRE(!view_open(NULL, "templates"));
    site.schema = schema_of_models();
    return &site;
}

/* The header's value in a head that ends in an empty line, or NULL. */
static const char *find_header(const char *head, const char *name)
{
    for (const char *line = head; *line != '\r'; line = strstr(line, "\r\n") + 2)
        if (strncmp(line, name, strlen(name)) == 0)
            return line + strlen(name);
    return NULL;
}

static void require_answer(const struct text *answer, bool head)
{
    static const int statuses[] = { 200, 303, 400, 401, 403, 404, 405, 413, 422, 500, 503 };
    const char *end = strstr(answer->data, "\r\n\r\n"), *status, *length;
    bool known = false;

    REQUIRE(end && strncmp(answer->data, "Status: ", 8) == 0);
    for (const char *at = answer->data; at < end; at++)
        REQUIRE(((unsigned char)*at >= 0x20 && *at != 0x7f) || (at[0] == '\r' && at[1] == '\n') || (at[-1] == '\r' && at[0] == '\n'));
    status = answer->data + 8;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        known = known || atoi(status) == statuses[i];
    REQUIRE(known);
    length = find_header(answer->data, "Content-Length: ");
    REQUIRE(length && (head || strtoul(length, NULL, 10) == answer->length - (size_t)(end + 4 - answer->data)));
    REQUIRE(find_header(answer->data, "Content-Type: "));
    if (atoi(status) == 303) {
        const char *location = find_header(answer->data, "Location: ");

        REQUIRE(location && location[0] == '/' && location[1] != '/' && location[1] != '\\');
    }
}

static void answer_request(void *context, struct input input)
{
    const struct request_source source = { .parameter = get_variable,
                                           .read = read_sent,
                                           .source = take_request(context, input) };
    const char *method = get_variable(source.source, "REQUEST_METHOD");
    struct text *answer = text_new(context);

    worker_answer(open_site(), &source, take_answer, answer);
    require_answer(answer, method && strcmp(method, "HEAD") == 0);
}

FUZZ_TARGET(answer_request)
