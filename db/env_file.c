/* Reads a .env file into names and values.
 *
 * The grammar is the part that docker compose, systemd's EnvironmentFile and a shell agree on: blank lines,
 * comments, NAME=plain, NAME='as it stands', NAME="with \n \t \" \\ \$". What they would read differently is
 * refused, since a password that means one thing to the database's container and another to this program is
 * hard to find. */
#include "env_file.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "memory.h"
#include "text.h"

enum { FILE_MAX = 64 * 1024 };

struct entry {
    const char *name;
    const char *value;
    int line;
};

struct env_file {
    const char *path;
    bool open; /* to others */
    struct entry *entries;
    size_t count;
};

/* Where the reading stands; the text ends with a NUL. */
struct reader {
    struct env_file *file;
    const char *at;
    int line;
};

static struct error *fault(const struct reader *reader, const char *what)
{
    return error_new(reader->file, ERROR_USAGE, "%s, line %d: %s", reader->file->path, reader->line, what);
}

static void skip_blanks(struct reader *reader)
{
    while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\r')
        reader->at++;
}

static void skip_line(struct reader *reader)
{
    reader->at += strcspn(reader->at, "\n");
}

static char escaped(char character)
{
    switch (character) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case '"':
    case '\\':
    case '$':
        return character;
    default:
        return '\0';
    }
}

static struct error *read_quoted(struct reader *reader, struct text *value)
{
    const char quote = *reader->at++;
    while (*reader->at != quote) {
        if (*reader->at == '\0' || *reader->at == '\n')
            return fault(reader, "the quote is not closed on this line");
        if (quote == '"' && *reader->at == '$')
            return fault(reader, "write a dollar sign as \\$ in double quotes, or use single quotes");
        if (quote == '"' && *reader->at == '\\') {
            char character = escaped(*++reader->at);
            if (character == '\0')
                return fault(reader,
                             "after a backslash in double quotes only n, t, \", $ and a backslash can stand");
            text_add_char(value, character);
        } else {
            text_add_char(value, *reader->at);
        }
        reader->at++;
    }
    reader->at++;
    skip_blanks(reader);
    if (*reader->at != '\0' && *reader->at != '\n' && *reader->at != '#')
        return fault(reader, "there is something after the closing quote");
    return NULL;
}

/* A comment after a plain value needs a blank before its #, so that a password may contain one. */
static struct error *read_plain(struct reader *reader, struct text *value)
{
    const char *start = reader->at;
    const char *end = start;
    while (*reader->at != '\0' && *reader->at != '\n') {
        const char character = *reader->at;
        if (character == '#' && isblank((unsigned char)reader->at[-1]))
            break;
        if (strchr("\"'`\\$", character))
            return fault(reader, "put a value with quotes, backslashes or dollar signs into single quotes");
        reader->at++;
        if (!isspace((unsigned char)character))
            end = reader->at;
    }
    text_add_bytes(value, start, (size_t)(end - start));
    return NULL;
}

static struct error *read_name(struct reader *reader, const char **name)
{
    if (strncmp(reader->at, "export ", 7) == 0)
        reader->at += 7;
    const char *start = reader->at;
    while (isalnum((unsigned char)*reader->at) || *reader->at == '_')
        reader->at++;
    if (reader->at == start || isdigit((unsigned char)*start) || *reader->at != '=')
        return fault(reader, "write NAME=VALUE, with no blanks around the equals sign");
    *name = memory_copy_length(reader->file, start, (size_t)(reader->at - start));
    reader->at++;
    return NULL;
}

static const struct entry *find(const struct env_file *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->entries[i].name, name) == 0)
            return &file->entries[i];
    return NULL;
}

static struct error *read_entry(struct reader *reader)
{
    struct env_file *file = reader->file;
    struct entry entry = { .line = reader->line };
    TRY(read_name(reader, &entry.name));
    const struct entry *earlier = find(file, entry.name);
    if (earlier)
        return error_new(file, ERROR_USAGE,
                         "%s, line %d: \"%s\" was already given on line %d; keep one of them", file->path,
                         reader->line, entry.name, earlier->line);
    struct text *value = text_new(file);
    if (isblank((unsigned char)*reader->at)) {
        skip_blanks(reader);
        if (!strchr("#\n", *reader->at)) /* which holds the NUL, too */
            return fault(reader, "write NAME=VALUE, with no blanks around the equals sign");
    }
    if (*reader->at == '"' || *reader->at == '\'')
        TRY(read_quoted(reader, value));
    else
        TRY(read_plain(reader, value));
    skip_line(reader);
    entry.value = value->data;
    file->entries = GROW_ARRAY(file, struct entry, file->entries, file->count + 1);
    file->entries[file->count++] = entry;
    return NULL;
}

static struct error *read_lines(struct env_file *file, const char *text)
{
    struct reader reader = { .file = file, .at = text, .line = 1 };
    for (; *reader.at; reader.line++) {
        skip_blanks(&reader);
        if (*reader.at == '#')
            skip_line(&reader);
        else if (*reader.at != '\n' && *reader.at != '\0')
            TRY(read_entry(&reader));
        if (*reader.at == '\n')
            reader.at++;
    }
    return NULL;
}

struct error *env_file_open(const void *context, const char *path, bool required, struct env_file **out)
{
    struct env_file *file = NEW(context, struct env_file);
    *out = file;
    file->path = memory_copy(file, path);
    if (!required && file_access(path, F_OK) != 0 && errno == ENOENT)
        return NULL;
    struct text *text;
    struct stat status;
    TRY(file_read(context, path, FILE_MAX, &text));
    file->open = stat(path, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & (S_IRWXO | S_IWGRP)) != 0;
    if (memchr(text->data, '\0', text->length))
        return error_new(context, ERROR_USAGE, "\"%s\" contains a NUL byte; save it as plain text", path);
    return read_lines(file, text->data);
}

bool env_file_is_open(const struct env_file *file)
{
    return file->open;
}

const char *env_file_name(const struct env_file *file, size_t number)
{
    return number < file->count ? file->entries[number].name : NULL;
}

const char *env_file_path(const struct env_file *file)
{
    return file->path;
}

const char *env_file_value(const struct env_file *file, const char *name)
{
    const struct entry *entry = find(file, name);
    return entry ? entry->value : NULL;
}
