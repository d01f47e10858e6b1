/* Memory that runs out in the middle of a request, at every single allocation of it: the answer is an error, or the one
 * that there would have been, whole; nothing is left behind, and the next request is answered. */
#include "failing_memory.h"

#include "organisation.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../../cgi/view.h"
#include "../../cgi/worker.h"
#include "../../db/session.h"
#include "../../db/text.h"

enum { WARM_UP = 3 };

#define TOKEN "0123456789012345678901234567890123456789012"
#define KEY "a key of the first team"
#define URLENCODED "application/x-www-form-urlencoded"
#define MULTIPART "multipart/form-data; boundary=b"

struct sent {
    const char *method, *address, *type, *body, *authorization;
    int status; /* of the answer when there is memory */
    size_t at;
};

static struct site site;
static char folder[] = "/tmp/roster-allocation-XXXXXX", throttle_path[64];

/* --- One request --------------------------------------------------------------------------------------------------- */

static const char *get_variable(void *source, const char *name)
{
    static char length[24];
    const struct sent *sent = source;
    const char *query = strchr(sent->address, '?');

    if (strcmp(name, "REQUEST_METHOD") == 0)
        return sent->method;
    if (strcmp(name, "REQUEST_URI") == 0)
        return sent->address;
    if (strcmp(name, "QUERY_STRING") == 0)
        return query ? query + 1 : "";
    if (strcmp(name, "HTTP_COOKIE") == 0)
        return "roster_session=" TOKEN;
    if (strcmp(name, "HTTP_AUTHORIZATION") == 0)
        return sent->authorization;
    if (strcmp(name, "HTTP_HOST") == 0)
        return "localhost";
    if (strcmp(name, "CONTENT_TYPE") == 0)
        return sent->type;
    snprintf(length, sizeof length, "%zu", sent->body ? strlen(sent->body) : 0);
    return strcmp(name, "CONTENT_LENGTH") == 0 && sent->body ? length : NULL;
}

static ssize_t read_body(void *source, void *buffer, size_t size)
{
    struct sent *sent = source;
    size_t left = strlen(sent->body + sent->at);

    if (size > left)
        size = left;
    memcpy(buffer, sent->body + sent->at, size);
    sent->at += size;
    return (ssize_t)size;
}

/* In memory that is no allocation. */
struct answer {
    size_t length;
    char bytes[1 << 20];
};

static bool take_answer(void *sink, const char *bytes, size_t length)
{
    struct answer *answer = sink;

    if (answer->length + length >= sizeof answer->bytes) /* no assertion of Check, which takes memory */
        abort();
    memcpy(answer->bytes + answer->length, bytes, length);
    answer->length += length;
    answer->bytes[answer->length] = '\0';
    return true;
}

static void ask(struct sent sent, struct answer *answer)
{
    const struct request_source source = { .parameter = get_variable, .read = read_body, .source = &sent };

    answer->length = 0;
    worker_answer(&site, &source, take_answer, answer);
}

static int status_of(const struct answer *answer)
{
    return strncmp(answer->bytes, "Status: ", 8) == 0 ? atoi(answer->bytes + 8) : 0;
}

static const char *body_of(const struct answer *answer)
{
    const char *end = strstr(answer->bytes, "\r\n\r\n");

    return end ? end + 4 : "";
}

static bool is_whole(const struct answer *answer)
{
    const char *length = strstr(answer->bytes, "Content-Length: "), *body = body_of(answer);

    return length && strtoul(length + 16, NULL, 10) == answer->length - (size_t)(body - answer->bytes);
}

/* --- One for each allocation, in a process that must not end --------------------------------------------------------------------------------- */

/* What the process that asks tells the one that judges. */
struct shared {
    struct answer expected, answer;
    long allocations; /* of a request that succeeds */
    long number;      /* the one that fails just now */
    long leaks;       /* blocks that were left behind, and after which number for the first time */
    long leaked_at;
    int next_descriptor, left_open_at;
    char wrong[200];  /* what an answer was, that must not be */
};

static int next_descriptor(void)
{
    int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);

    close(descriptor);
    return descriptor;
}

static void judge(struct shared *shared)
{
    int status = status_of(&shared->answer), expected = status_of(&shared->expected);
    bool same = status == expected && (status != 200 || strcmp(body_of(&shared->answer), body_of(&shared->expected)) == 0);

    if (!*shared->wrong && !(is_whole(&shared->answer) && (status == 500 || status == 503 || same)))
        snprintf(shared->wrong, sizeof shared->wrong, "allocation %ld of %ld: %zu bytes, %.120s", shared->number,
                 shared->allocations, shared->answer.length, shared->answer.bytes);
}

static void fail_one(struct shared *shared, struct sent sent, bool stays)
{
    long live = failing_memory.live;

    (void)unlink(throttle_path); /* a try that had no end counts as one that failed */
    failing_memory_arm(shared->number, stays);
    ask(sent, &shared->answer);
    failing_memory_disarm();
    judge(shared);
    if (failing_memory.live > live) {
        shared->leaks += failing_memory.live - live;
        shared->leaked_at = shared->leaked_at ? shared->leaked_at : shared->number;
    }
    if (next_descriptor() != shared->next_descriptor && !shared->left_open_at)
        shared->left_open_at = (int)shared->number;
}

/* Libraries keep some things from their first use on; that of the log's clock is the first failure. */
static void warm_up(struct shared *shared, struct sent sent)
{
    failing_memory_arm(1, false);
    ask(sent, &shared->expected);
    failing_memory_disarm();
    for (int i = 0; i < WARM_UP; i++) {
        failing_memory_arm(0, false);
        ask(sent, &shared->expected);
        shared->allocations = failing_memory.count;
    }
    shared->next_descriptor = next_descriptor();
}

static void fail_all(struct shared *shared, struct sent sent, bool stays)
{
    warm_up(shared, sent);
    for (shared->number = 1; shared->number <= shared->allocations; shared->number++)
        fail_one(shared, sent, stays);
    failing_memory_arm(0, false);
    ask(sent, &shared->answer);
    judge(shared); /* nothing of all that is remembered */
}

static void fail_in_child(struct sent sent, bool stays)
{
    struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child;
    int status;

    ck_assert_ptr_ne(shared, MAP_FAILED);
    child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(3);
        setvbuf(stderr, NULL, _IONBF, 0); /* its buffer would be a block that stays */
        fail_all(shared, sent, stays);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(status == 0, "%s: allocation %ld of %ld ends the worker with status %d", sent.address, shared->number,
                  shared->allocations, status);
    ck_assert_int_eq(status_of(&shared->expected), sent.status);
    ck_assert_int_gt(shared->allocations, 50);
    ck_assert_msg(!*shared->wrong, "%s: %s", sent.address, shared->wrong);
    ck_assert_msg(shared->leaks == 0, "%s: %ld blocks left behind, first by allocation %ld of %ld", sent.address,
                  shared->leaks, shared->leaked_at, shared->allocations);
    ck_assert_msg(shared->left_open_at == 0, "%s: a file stays open after allocation %d", sent.address, shared->left_open_at);
    munmap(shared, sizeof *shared);
}

/* --- The site, its pages and forms ------------------------------------------------------------------------------------ */

static void open_site(void)
{
    site = (struct site){ .settings = settings, .schema = schema };
    settings->var = mkdtemp(folder);
    ck_assert_ptr_nonnull(settings->var);
    snprintf(throttle_path, sizeof throttle_path, "%s/throttle", folder);
    settings->request_budget_ms = 2000; /* libpq without memory may wait for what it has thrown away */
    ck_ok(view_open(context, "templates"));
    const struct session_start start = { .user_id = "1", .token = TOKEN, .remote = "127.0.0.1", .hash = "$" };
    settings->session_idle_hours = 24;
    run_script("UPDATE \"user\" SET hashed_password = '$' WHERE id = 1");
    session_queue_begin(db, settings, &start, NULL);
    ck_ok(query_run(db));
}

/* The value of a hidden field. */
static const char *hidden(const struct answer *page, const char *name)
{
    static const char start[] = "value=\"";
    const char *field = strstr(page->bytes, memory_printf(context, "name=\"%s\"", name));
    const char *found = field ? strstr(field, start) : NULL;

    ck_assert_msg(found != NULL, "no field '%s' in %s", name, page->bytes);
    const char *value = found ? found + strlen(start) : "";
    return memory_copy_length(context, value, strcspn(value, "\""));
}

static const char *csrf_of(const char *address)
{
    struct answer *page = NEW(context, struct answer);

    ask((struct sent){ .method = "GET", .address = address }, page);
    ck_assert_int_eq(status_of(page), 200);
    return hidden(page, "csrf");
}

static void fail_both_ways(struct sent sent)
{
    fail_in_child(sent, false);
    fail_in_child(sent, true);
    (void)unlink(throttle_path);
    (void)rmdir(memory_printf(context, "%s/tmp", folder)); /* of uploads */
    ck_assert_int_eq(rmdir(folder), 0);
}

START_TEST(page_of_a_list)
{
    open_site();
    fail_both_ways((struct sent){ .method = "GET", .address = "/teams/?q=c&sort=-name", .status = 200 });
}
END_TEST

START_TEST(page_of_a_record)
{
    open_site();
    fail_both_ways((struct sent){ .method = "GET", .address = "/teams/1", .status = 200 });
}
END_TEST

START_TEST(page_of_an_error)
{
    open_site();
    fail_both_ways((struct sent){ .method = "GET", .address = "/teams/999", .status = 404 });
}
END_TEST

/* ["core", "1"], sealed by nobody; the page behind it is empty. */
START_TEST(page_behind_a_cursor)
{
    open_site();
    fail_both_ways((struct sent){ .method = "GET", .address = "/teams/?after=WyJ6IiwiMSJd", .status = 200 });
}
END_TEST

START_TEST(urlencoded_form)
{
    open_site();
    fail_both_ways((struct sent){
        .method = "POST",
        .address = "/skills/new",
        .type = URLENCODED,
        .status = 422,
        .body = memory_printf(context, "csrf=%s&name=&managed=on", csrf_of("/skills/new")) });
}
END_TEST

static void for_a_program(const char *address, int status)
{
    open_site();
    run_script("INSERT INTO api_key (team_id, description, hashed_key) VALUES (1, 'x', encode(sha256('" KEY "'), 'hex'))");
    fail_both_ways((struct sent){ .method = "GET", .address = address, .authorization = "Bearer " KEY, .status = status });
}

START_TEST(list_for_a_program)
{
    for_a_program("/api/v1/members/?sort=-name", 200);
}
END_TEST

START_TEST(record_for_a_program)
{
    for_a_program("/api/v1/teams/1", 200);
}
END_TEST

START_TEST(refusal_of_a_program)
{
    for_a_program("/api/v1/users/", 403);
}
END_TEST

#define PART(name, more, value) "--b\r\nContent-Disposition: form-data; name=\"" name "\"" more "\r\n\r\n" value "\r\n"

START_TEST(multipart_form)
{
    open_site();
    fail_both_ways((struct sent){
        .method = "POST",
        .address = "/files/new",
        .type = MULTIPART,
        .status = 303,
        .body = memory_printf(context, PART("csrf", "", "%s") PART("name", "", "")
                                  PART("content", "; filename=\"a.txt\"\r\nContent-Type: text/plain", "bytes") "--b--\r\n",
                              csrf_of("/files/new")) });
}
END_TEST

int main(void)
{
    const struct organisation_test tests[] = {
        { page_of_a_list }, { page_of_a_record }, { page_of_an_error }, { page_behind_a_cursor }, { urlencoded_form }, { multipart_form },
        { list_for_a_program }, { record_for_a_program }, { refusal_of_a_program },
    };

    return organisation_run("allocation", tests, sizeof tests / sizeof *tests);
}
