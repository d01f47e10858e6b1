/* Lines of the log: each one JSON, whole, and a line whatever is in it. */
#include "../../db/log.h"

#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/* What a function writes on standard error. */
static const char *written(void (*function)(void))
{
    enum { MOST = 1 << 20 };
    char *text = talloc_zero_size(context, MOST);
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(dup2(fileno(file), STDERR_FILENO), 0);
    function();
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    ck_assert_uint_lt(fread(text, 1, MOST - 1, file), MOST - 1);
    fclose(file);
    return text;
}

static json_t *read_line(const char *text)
{
    json_error_t fault;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
    ck_assert_msg(json != NULL, "%s in %s", fault.text, text);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    return json;
}

static const char *member(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static void write_one(void)
{
    struct log_line line;
    log_begin(&line, LOG_WARNING, "an event");
    log_text(&line, "path", "/teams/");
    log_text(&line, "empty", "");
    log_text(&line, "null", NULL);
    log_number(&line, "status", 403);
    log_number(&line, "least", LLONG_MIN);
    log_end(&line);
}

START_TEST(a_line_has_its_parts)
{
    json_t *json = read_line(written(write_one));
    int year, month, day, hour, minute, second, millisecond, end = 0;
    const char *time = member(json, "time");
    ck_assert_int_eq(sscanf(time, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &year, &month, &day, &hour, &minute, &second,
                            &millisecond, &end), 7);
    ck_assert_int_eq(end, (int)strlen(time));
    ck_assert_str_eq(member(json, "level"), "warning");
    ck_assert_str_eq(member(json, "program"), "test_log");
    ck_assert_str_eq(member(json, "event"), "an event");
    ck_assert_str_eq(member(json, "path"), "/teams/");
    ck_assert_ptr_null(json_object_get(json, "empty"));
    ck_assert_ptr_null(json_object_get(json, "null"));
    ck_assert(json_integer_value(json_object_get(json, "status")) == 403);
    ck_assert(json_integer_value(json_object_get(json, "least")) == LLONG_MIN);
    json_decref(json);
}
END_TEST

/* What comes in, and what is read again. */
static const struct {
    const char *given, *read;
} values[] = {
    { "plain", "plain" },
    { "a\r\nb\tc", "a\r\nb\tc" },
    { "{\"time\":\"x\"}\n{", "{\"time\":\"x\"}\n{" },
    { "back\\slash \"quoted\"", "back\\slash \"quoted\"" },
    { "\x01\x1f\x7f", "\x01\x1f\x7f" },
    { "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x99\x82", "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x99\x82" },
    { "\xe9!", "\xef\xbf\xbd!" },                                       /* Latin-1 */
    { "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd" },                         /* "/" in too many bytes */
    { "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },         /* half of a pair */
    { "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* beyond Unicode */
    { "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd" },                         /* cut off */
    { "\xf0\x9f\x99", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
};

static const char *given;

static void write_given(void)
{
    log_event(LOG_ERROR, "an event", given);
}

START_TEST(a_value_is_read_as_it_was)
{
    given = values[_i].given;
    json_t *json = read_line(written(write_given));
    ck_assert_str_eq(member(json, "message"), values[_i].read);
    json_decref(json);
}
END_TEST

/* Every byte that needs the longest escape. */
static const char fills[] = { 'a', '\n', '"', '\x80' };

static void write_full(void)
{
    struct log_line line;
    log_begin(&line, LOG_INFO, given);
    for (int i = 0; i < 50; i++)
        log_text(&line, (char[]){ 'a', (char)('A' + i % 26), (char)('A' + i / 26), '\0' }, given);
    for (int i = 0; i < 500; i++)
        log_number(&line, (char[]){ 'n', (char)('A' + i % 26), (char)('A' + i / 26), '\0' }, i);
    log_end(&line);
}

START_TEST(a_line_never_outgrows_what_a_pipe_takes_whole)
{
    char *long_value = talloc_zero_size(context, 10001);
    memset(long_value, fills[_i], 10000);
    given = long_value;
    const char *text = written(write_full);
    json_t *json = read_line(text);
    ck_assert_uint_le(strlen(text), LOG_LINE_MAX);
    ck_assert_uint_gt(strlen(text), LOG_LINE_MAX / 2);
    const char *event = member(json, "event");
    ck_assert_str_eq(event + strlen(event) - 3, "...");
    json_decref(json);
}
END_TEST

enum { WRITERS = 8, LINES = 200, ALL = WRITERS * LINES };

static void write_together(void)
{
    for (int i = 0; i < WRITERS; i++)
        if (fork() == 0) {
            for (int j = 0; j < LINES; j++)
                log_event(LOG_INFO, "together", given);
            _exit(0);
        }
    while (wait(NULL) > 0)
        continue;
}

START_TEST(lines_of_several_processes_do_not_mix)
{
    char *value = talloc_zero_size(context, 401), *rest = NULL;
    int lines = 0;
    memset(value, 'x', 400);
    given = value;
    char *text = talloc_strdup(context, written(write_together));
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), lines++) {
        json_t *json = json_loads(line, 0, NULL);
        ck_assert_ptr_nonnull(json);
        ck_assert_str_eq(member(json, "message"), value);
        json_decref(json);
    }
    ck_assert_int_eq(lines, ALL);
}
END_TEST

UNIT_MAIN("log", { a_line_has_its_parts, 0 }, { a_value_is_read_as_it_was, LENGTH(values) },
          { a_line_never_outgrows_what_a_pipe_takes_whole, LENGTH(fills) },
          { lines_of_several_processes_do_not_mix, 0 })
