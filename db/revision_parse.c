/* Reads one revision file: its header, and its sections cut into steps and statements. */
#include "revision.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "memory.h"

enum place { HEADER, UP, DOWN };

struct parser {
    struct revision *revision;
    const char *at;
    const char *end;
    int line;
    enum place place;
    bool has_parents;
    bool seen[DOWN + 1];
    bool outside_transaction; /* of the step being read */
    const char *step_start;
    int step_line;
};

/* A line without its end. */
struct line {
    const char *text;
    size_t length;
};

static struct error *fault(const struct parser *parser, int line, const char *what)
{
    return error_new(talloc_parent(parser->revision), ERROR_USAGE, "%s, line %d: %s", parser->revision->path,
                     line, what);
}

static struct line next_line(struct parser *parser)
{
    struct line line = { .text = parser->at };
    while (parser->at < parser->end && *parser->at != '\n')
        parser->at++;
    line.length = (size_t)(parser->at - line.text);
    while (line.length > 0 && isspace((unsigned char)line.text[line.length - 1]))
        line.length--;
    parser->at += parser->at < parser->end;
    return line;
}

/* What follows the beginning, or NULL. */
static const char *after(const struct parser *parser, struct line line, const char *beginning)
{
    const size_t length = strlen(beginning);
    if (line.length < length || memcmp(line.text, beginning, length) != 0)
        return NULL;
    while (length < line.length && line.text[length] == ' ') {
        line.text++;
        line.length--;
    }
    return memory_copy_length(parser->revision, line.text + length, line.length - length);
}

static bool is_id(const char *id)
{
    const size_t length = strlen(id);
    return length >= 4 && length <= 40 && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") == length &&
           strcmp(id, "head") != 0 && strcmp(id, "heads") != 0 && strcmp(id, "base") != 0;
}

static struct error *bad_id(const struct parser *parser, const char *id)
{
    return fault(parser, parser->line,
                 memory_printf(parser->revision,
                               "\"%s\" is no id; write 4 to 40 of a-z, 0-9 and _, such as 3f9c2b1a", id));
}

static struct error *add_parent(const struct parser *parser, const char *id, size_t count)
{
    struct revision *revision = parser->revision;
    if (!is_id(id))
        return bad_id(parser, id);
    for (size_t i = 0; i < count; i++)
        if (strcmp(revision->parent_ids[i], id) == 0)
            return fault(parser, parser->line, memory_printf(revision, "\"%s\" is named twice", id));
    revision->parent_ids = GROW_ARRAY(revision, const char *, revision->parent_ids, count + 2);
    revision->parent_ids[count] = id;
    revision->parent_ids[count + 1] = NULL;
    return NULL;
}

static struct error *read_parents(struct parser *parser, const char *list)
{
    struct revision *revision = parser->revision;
    parser->has_parents = true;
    revision->parents_line = parser->line;
    revision->parent_ids = NEW_ARRAY(revision, const char *, 1);
    if (strcmp(list, "none") == 0)
        return NULL;
    for (size_t count = 0; *list; count++) {
        const size_t length = strcspn(list, " ");
        TRY(add_parent(parser, memory_copy_length(revision, list, length), count));
        list += length;
        list += strspn(list, " ");
    }
    return NULL;
}

static bool is_moment(const char *created)
{
    static const char pattern[] = "0000-00-00T00:00:00Z";
    for (size_t i = 0; i < sizeof pattern; i++)
        if (pattern[i] == '0' ? !isdigit((unsigned char)created[i]) : created[i] != pattern[i])
            return false;
    return true;
}

static struct error *set_once(const struct parser *parser, const char **target, const char *name,
                              const char *value)
{
    if (*target)
        return fault(parser, parser->line,
                     memory_printf(parser->revision, "\"-- %s:\" stands here again", name));
    if (*value == '\0')
        return fault(parser, parser->line, memory_printf(parser->revision, "\"-- %s:\" says nothing", name));
    *target = value;
    return NULL;
}

static void add_line(struct revision *revision, const char ***lines, const char *value)
{
    size_t count = 0;
    while ((*lines)[count])
        count++;
    *lines = GROW_ARRAY(revision, const char *, *lines, count + 2);
    (*lines)[count] = value;
    (*lines)[count + 1] = NULL;
}

static struct error *read_header(struct parser *parser, struct line line)
{
    struct revision *revision = parser->revision;
    const char *value;
    if ((value = after(parser, line, "-- revision:")) != NULL) {
        TRY(set_once(parser, &revision->id, "revision", value));
        return is_id(value) ? NULL : bad_id(parser, value);
    }
    if ((value = after(parser, line, "-- parents:")) != NULL)
        return parser->has_parents ? fault(parser, parser->line, "\"-- parents:\" stands here again")
                                   : read_parents(parser, value);
    if ((value = after(parser, line, "-- message:")) != NULL)
        return set_once(parser, &revision->message, "message", value);
    if ((value = after(parser, line, "-- created:")) != NULL) {
        TRY(set_once(parser, &revision->created, "created", value));
        return is_moment(value) ? NULL
                                : fault(parser, parser->line, "write the moment as 2026-11-22T10:15:00Z");
    }
    if ((value = after(parser, line, "-- destructive:")) != NULL)
        add_line(revision, &revision->destructive, value);
    else if ((value = after(parser, line, "-- irreversible:")) != NULL)
        add_line(revision, &revision->irreversible, value);
    if (line.length > 0 && strncmp(line.text, "--", 2) != 0)
        return fault(parser, parser->line, "this stands before \"-- +up\"; move it below");
    return NULL;
}

/* COPY from or to the client: nobody is at the other end, and in a script psql would take what follows for rows. */
static bool copies(const char *sql)
{
    return strncasecmp(sql, "copy", 4) == 0 && (isspace((unsigned char)sql[4]) || sql[4] == '(')
           && (strcasestr(sql, " stdin") || strcasestr(sql, " stdout"));
}

static struct error *check_copies(const struct parser *parser, const struct revision_step *step)
{
    for (size_t i = 0; i < step->count; i++)
        if (copies(step->statements[i].sql))
            return fault(parser, step->statements[i].line,
                         "COPY has nothing to read from or write to here; write INSERT");
    return NULL;
}

static struct error *end_step(struct parser *parser, const char *end)
{
    struct revision *revision = parser->revision;
    struct revision_section *section = parser->place == UP ? &revision->up : &revision->down;
    struct revision_step step = { .outside_transaction = parser->outside_transaction };
    const struct script script = { .path = revision->path,
                                   .text = parser->step_start,
                                   .length = (size_t)(end - parser->step_start),
                                   .line = parser->step_line };
    if (parser->place == HEADER)
        return NULL;
    TRY(sql_script_cut(revision, &script, &step.statements, &step.count));
    if (step.count == 0)
        return NULL;
    TRY(check_copies(parser, &step));
    section->steps = GROW_ARRAY(revision, struct revision_step, section->steps, section->count + 1);
    section->steps[section->count++] = step;
    return NULL;
}

static struct error *enter(struct parser *parser, enum place place)
{
    if (parser->seen[place])
        return fault(parser, parser->line,
                     place == UP ? "\"-- +up\" stands here again" : "\"-- +down\" stands here again");
    if (place == DOWN && !parser->seen[UP])
        return fault(parser, parser->line, "\"-- +down\" comes before \"-- +up\"; put it after");
    parser->seen[place] = true;
    parser->place = place;
    return NULL;
}

static struct error *read_marker(struct parser *parser, struct line line, const char *name)
{
    TRY(end_step(parser, line.text));
    parser->step_start = parser->at;
    parser->step_line = parser->line + 1;
    parser->outside_transaction = strcmp(name, "no-transaction") == 0;
    if (strcmp(name, "up") == 0)
        return enter(parser, UP);
    if (strcmp(name, "down") == 0)
        return enter(parser, DOWN);
    if (!parser->outside_transaction && strcmp(name, "transaction") != 0 && strcmp(name, "commit") != 0)
        return fault(parser, parser->line,
                     memory_printf(parser->revision,
                                   "\"-- +%s\" is unknown; there are +up, +down, +commit, +no-transaction and "
                                   "+transaction",
                                   name));
    if (parser->place == HEADER)
        return fault(parser, parser->line, "put this below \"-- +up\" or \"-- +down\"");
    return NULL;
}

static struct error *check_whole(const struct parser *parser)
{
    const struct revision *revision = parser->revision;
    static const char *const keys[] = { "-- revision: ID",  "-- parents: none", "-- message: TEXT",
                                        "-- created: TIME", "-- +up",           "-- +down" };
    const bool present[] = { revision->id != NULL,      parser->has_parents, revision->message != NULL,
                             revision->created != NULL, parser->seen[UP],    parser->seen[DOWN] };
    for (size_t i = 0; i < sizeof present; i++)
        if (!present[i])
            return fault(parser, 1, memory_printf(revision, "the file has no line \"%s\"; add it", keys[i]));
    return NULL;
}

static const char *sha256(const void *context, const char *text, size_t length)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    crypto_hash_sha256(hash, (const unsigned char *)text, length);
    return memory_copy(context, sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

static struct error *parse(struct parser *parser)
{
    for (parser->line = 1; parser->at < parser->end; parser->line++) {
        struct line line = next_line(parser);
        const char *marker = after(parser, line, "-- +");
        if (marker)
            TRY(read_marker(parser, line, marker));
        else if (parser->place == HEADER)
            TRY(read_header(parser, line));
    }
    TRY(end_step(parser, parser->end));
    return check_whole(parser);
}

struct error *revision_parse(const void *context, const char *path, const char *text, size_t length,
                             struct revision **out)
{
    struct revision *revision = NEW(context, struct revision);
    revision->path = memory_copy(revision, path);
    if (memchr(text, '\0', length))
        return error_new(context, ERROR_USAGE, "\"%s\" contains a NUL byte; save it as plain text", path);
    revision->text = memory_copy_length(revision, text, length);
    revision->checksum = sha256(revision, text, length);
    revision->destructive = NEW_ARRAY(revision, const char *, 1);
    revision->irreversible = NEW_ARRAY(revision, const char *, 1);
    const bool marked = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0; /* by an editor, as UTF-8 */
    struct parser parser = {
        .revision = revision, .at = revision->text + (marked ? 3 : 0), .end = revision->text + length
    };
    *out = revision;
    return parse(&parser);
}
