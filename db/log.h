/* What a service tells whoever runs it: one line of JSON for each event, on standard error (ASVS 16.2, 16.4).
 *
 *     struct log_line line;
 *     log_begin(&line, LOG_ERROR, "request failed");
 *     log_text(&line, "path", request->path);
 *     log_number(&line, "status", 500);
 *     log_end(&line);
 *
 * Every line has time (UTC, RFC 3339, milliseconds), level, program and event. What comes from outside is escaped
 * (RFC 8259, section 7), so that it starts no line of its own (CWE-117), and what is not UTF-8 becomes U+FFFD. Nothing
 * is allocated, so that running out of memory can be told, too. Never give it a query string, a cookie, a token or what
 * somebody typed. */
#ifndef ROSTER_LOG_H
#define ROSTER_LOG_H

#include <stdbool.h>
#include <stddef.h>

/* As much as a pipe takes in one piece (PIPE_BUF, pipe(7)): the lines of several processes never mix. */
enum { LOG_LINE_MAX = 4096 };

enum log_level { LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_line {
    char bytes[LOG_LINE_MAX];
    size_t length;
};

/* The event is a fixed text of the program's own: what to look for. */
void log_begin(struct log_line *line, enum log_level level, const char *event);
/* A part that NULL or "" leaves out. A value longer than a quarter of the line is cut, and ends in "..."; a part for
 * which there is no room is left out. The name is the program's own. */
void log_text(struct log_line *line, const char *name, const char *value);
void log_number(struct log_line *line, const char *name, long long value);
/* Writes the line with one write(2); that it cannot be written is nobody's error. */
void log_end(struct log_line *line);

/* A line with a message alone, which may be NULL. */
void log_event(enum log_level level, const char *event, const char *message);

#endif
