/* What a revision file says of its statements. */
#include "revision_notes.h"

#include <ctype.h>
#include <string.h>

#include "memory.h"

static const char note_start[] = "-- lock: ", lost_start[] = "; data lost: ";

static bool starts(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

/* Whether the line begins the section of that name, as db/revision_parse.c reads it. */
static bool begins_section(const char *line, const char *name)
{
    if (!starts(line, "-- +"))
        return false;
    line += strlen("-- +");
    line += strspn(line, " ");
    if (!starts(line, name))
        return false;
    for (line += strlen(name); *line && *line != '\n'; line++)
        if (!isspace((unsigned char)*line))
            return false;
    return true;
}

/* The section's first line, or NULL. */
static const char *find_section(const struct revision *revision, const char *name)
{
    for (const char *line = revision->text; *line; line = next_line(line))
        if (begins_section(line, name))
            return line;
    return NULL;
}

const char *revision_section_text(const void *context, const struct revision *revision, enum direction direction)
{
    const char *up = find_section(revision, "up"), *down = find_section(revision, "down");
    const char *from = direction == DIRECTION_UP ? up : down, *to = direction == DIRECTION_UP ? down : NULL;
    if (!from)
        return "";
    from = next_line(from);
    return memory_copy_length(context, from, to ? (size_t)(to - from) : strlen(from));
}

/* The text from after what it starts with to the line's end, or to where something else begins. */
static const char *part(const void *context, const char *from, const char *until)
{
    const char *end = strpbrk(from, "\r\n"), *stop = until ? strstr(from, until) : NULL;
    size_t length = end ? (size_t)(end - from) : strlen(from);
    if (stop && stop < from + length)
        length = (size_t)(stop - from);
    return memory_copy_length(context, from, length);
}

/* "-- lock: ACCESS EXCLUSIVE on team; no rewrite, no scan; data lost: none" */
static void read_note(const void *context, const char *line, struct revision_note *note)
{
    const char *end = next_line(line), *work = strstr(line, "; "), *lost = strstr(line, lost_start);
    note->lock = part(context, line + strlen(note_start), "; ");
    note->work = work && work < end && work != lost ? part(context, work + 2, lost_start) : "";
    const char *what = lost && lost < end ? part(context, lost + strlen(lost_start), NULL) : "none";
    note->lost = strcmp(what, "none") == 0 ? NULL : what;
    note->blocks = strstr(note->lock, "ACCESS EXCLUSIVE") != NULL;
}

/* The line of that number, from 1. */
static const char *line_at(const char *text, int number)
{
    for (; number > 1 && *text; number--)
        text = next_line(text);
    return text;
}

static const char *loss_words(const void *context, struct statement_loss loss)
{
    static const char *const words[] = {
        [LOSS_NONE] = NULL,
        [LOSS_TABLES] = "all rows of the table",
        [LOSS_COLUMNS] = "the values of the column",
        [LOSS_ROWS] = "rows that are deleted or changed",
        [LOSS_PARTS] = "what hangs on it",
        [LOSS_VALUES] = "what the other type cannot say",
        [LOSS_UNKNOWN] = "only the server knows",
    };
    if (loss.count > 1)
        return memory_printf(context, loss.kind == LOSS_TABLES ? "all rows of %zu tables" : "the values of %zu columns",
                             loss.count);
    return words[loss.kind];
}

/* A statement may begin with the comments above it, or behind them; its note is the nearest one before its own words. */
static struct revision_note read_statement(const void *context, const struct revision *revision,
                                           const struct statement *statement)
{
    struct revision_note note = { 0 };
    const char *start = line_at(revision->text, statement->line), *first = start, *above = start;
    while (starts(first, "--") || *first == '\n') {
        if (starts(first, note_start))
            read_note(context, first, &note);
        first = next_line(first);
    }
    while (!note.lock && above > revision->text) {
        const char *line = above - 1;
        while (line > revision->text && line[-1] != '\n')
            line--;
        if (!starts(line, "--") || starts(line, "-- +"))
            break;
        if (starts(line, note_start))
            read_note(context, line, &note);
        above = line;
    }
    note.statement = part(context, first, NULL);
    note.line = statement->line;
    for (const char *line = start; line < first; line = next_line(line))
        note.line++;
    note.loss = statement_loss(statement->sql);
    note.may_lose = note.lock ? NULL : loss_words(context, note.loss);
    return note;
}

const struct revision_note *revision_notes(const void *context, const struct revision *revision,
                                           enum direction direction)
{
    const struct revision_section *section = journal_section(revision, direction);
    struct revision_note *notes = NEW_ARRAY(context, struct revision_note, revision_statements(section) + 1);
    size_t count = 0;
    for (size_t i = 0; i < section->count; i++)
        for (size_t j = 0; j < section->steps[i].count; j++)
            notes[count++] = read_statement(context, revision, &section->steps[i].statements[j]);
    return notes;
}
