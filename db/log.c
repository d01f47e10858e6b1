/* Writes one line of JSON for each event. */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    VALUE_MAX = LOG_LINE_MAX / 4, /* bytes of one value as they come out */
    END = 2,                      /* of the line: "}\n" */
    ESCAPE_MAX = 6,               /* the longest way to write one character */
};

static bool has_room(const struct log_line *line, size_t length)
{
    return line->length + length + END <= sizeof line->bytes;
}

static void add(struct log_line *line, const char *bytes, size_t length)
{
    memcpy(line->bytes + line->length, bytes, length);
    line->length += length;
}

static bool is_continuation(char byte)
{
    return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Bytes of the UTF-8 character at text (RFC 3629, section 4); 0 when there is none. */
static size_t character_length(const char *text)
{
    const unsigned char first = (unsigned char)text[0], second = (unsigned char)text[1];
    if (first < 0x80)
        return 1;
    if (first < 0xc2 || first > 0xf4 || !is_continuation(text[1]))
        return 0;
    if (first < 0xe0)
        return 2;
    bool too_low = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    bool too_high = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    if (too_low || too_high || !is_continuation(text[2]))
        return 0;
    if (first < 0xf0)
        return 3;
    return is_continuation(text[3]) ? 4 : 0;
}

/* Adds one character as JSON has it and returns how many bytes of the text it was. */
static size_t add_character(struct log_line *line, const char *text)
{
    char escape[ESCAPE_MAX + 1];
    size_t length = character_length(text);
    if (length == 0) {
        add(line, "\\ufffd", ESCAPE_MAX);
        return 1;
    }
    if (length > 1) {
        add(line, text, length);
    } else if (*text == '"' || *text == '\\') {
        add(line, "\\", 1);
        add(line, text, 1);
    } else if ((unsigned char)*text < 0x20 || *text == 0x7f) {
        snprintf(escape, sizeof escape, "\\u%04x", (unsigned)*text);
        add(line, escape, ESCAPE_MAX);
    } else {
        add(line, text, 1);
    }
    return length;
}

static void add_string(struct log_line *line, const char *text)
{
    static const char cut[] = "...";
    const size_t end = line->length + VALUE_MAX;
    add(line, "\"", 1);
    while (*text && line->length + ESCAPE_MAX + sizeof cut <= end)
        text += add_character(line, text);
    if (*text)
        add(line, cut, sizeof cut - 1);
    add(line, "\"", 1);
}

void log_begin(struct log_line *line, enum log_level level, const char *event)
{
    static const char *const levels[] = { [LOG_INFO] = "info", [LOG_WARNING] = "warning", [LOG_ERROR] = "error" };
    struct timespec now;
    struct tm utc;
    char time[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%S", &utc);
    line->length = (size_t)snprintf(line->bytes, sizeof line->bytes, "{\"time\":\"%.20s.%03dZ\",\"level\":\"%s\"", time,
                                    (int)(now.tv_nsec / 1000000), levels[level]);
    log_text(line, "program", program_invocation_short_name);
    log_text(line, "event", event);
}

void log_text(struct log_line *line, const char *name, const char *value)
{
    if (!value || !*value || !has_room(line, strlen(name) + 4 + VALUE_MAX))
        return;
    add(line, ",\"", 2);
    add(line, name, strlen(name));
    add(line, "\":", 2);
    add_string(line, value);
}

void log_number(struct log_line *line, const char *name, long long value)
{
    char part[64];
    const int length = snprintf(part, sizeof part, ",\"%.24s\":%lld", name, value);
    if (has_room(line, (size_t)length))
        add(line, part, (size_t)length);
}

void log_end(struct log_line *line)
{
    ssize_t written;
    add(line, "}\n", END);
    do
        written = write(STDERR_FILENO, line->bytes, line->length);
    while (written < 0 && errno == EINTR);
}

void log_event(enum log_level level, const char *event, const char *message)
{
    struct log_line line;
    log_begin(&line, level, event);
    log_text(&line, "message", message);
    log_end(&line);
}
