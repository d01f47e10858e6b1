/* Cuts SQL text into statements.
 *
 * A statement at a time makes it possible to say on which line of the file one failed. The rules are those of
 * PostgreSQL's lexical structure (manual, 4.1); only as much of them as decides whether a semicolon ends
 * something. */
#include "sql_script.h"

#include <ctype.h>
#include <string.h>

#include "memory.h"

enum { WORDS = 4, WORD_LENGTH = 16 };

struct cutter {
    const void *context;
    const struct script *script;
    const char *at;
    const char *end;
    int line;

    const char *start; /* of the statement; NULL between two */
    int start_line;
    int parentheses;
    int blocks;                     /* BEGIN ATOMIC ... END, and CASE ... END within it */
    char words[WORDS][WORD_LENGTH]; /* the statement's first words, in small letters */
    int word_count;

    struct statement *statements;
    size_t count;
};

static struct error *fault(const struct cutter *cutter, int line, const char *what)
{
    return error_new(cutter->context, ERROR_USAGE, "%s, line %d: %s", cutter->script->path, line, what);
}

static bool looking_at(const struct cutter *cutter, const char *text)
{
    const size_t length = strlen(text);
    return (size_t)(cutter->end - cutter->at) >= length && memcmp(cutter->at, text, length) == 0;
}

static void step(struct cutter *cutter, size_t count)
{
    for (; count > 0; count--)
        cutter->line += *cutter->at++ == '\n';
}

static bool in_word(char character)
{
    return isalnum((unsigned char)character) || character == '_' || character == '$' || (character & 0x80);
}

static void skip_line(struct cutter *cutter)
{
    while (cutter->at < cutter->end && *cutter->at != '\n')
        cutter->at++;
}

static struct error *skip_comment(struct cutter *cutter)
{
    const int line = cutter->line;
    int depth = 0;
    do {
        if (cutter->at == cutter->end)
            return fault(cutter, line, "the comment that begins here does not end; write */");
        const bool opens = looking_at(cutter, "/*");
        const bool closes = looking_at(cutter, "*/");
        depth += opens - closes;
        step(cutter, opens || closes ? 2 : 1);
    } while (depth > 0);
    return NULL;
}

/* From the opening quote to the closing one; a doubled quote is two strings in a row, which comes to the
 * same. */
static struct error *skip_quoted(struct cutter *cutter, bool backslashes)
{
    const int line = cutter->line;
    const char quote = *cutter->at;
    step(cutter, 1);
    while (cutter->at < cutter->end && *cutter->at != quote) {
        const bool escape = backslashes && *cutter->at == '\\' && cutter->end - cutter->at > 1;
        step(cutter, escape ? 2 : 1);
    }
    if (cutter->at == cutter->end)
        return fault(cutter, line, "the quote that begins here does not end");
    step(cutter, 1);
    return NULL;
}

/* $tag$ ... $tag$; a dollar sign that begins no quote is left to the caller. */
static struct error *skip_dollars(struct cutter *cutter)
{
    const int line = cutter->line;
    const char *tag_end = cutter->at + 1;
    while (tag_end < cutter->end && *tag_end != '$' && in_word(*tag_end))
        tag_end++;
    if (tag_end == cutter->end || *tag_end != '$' || isdigit((unsigned char)cutter->at[1])) {
        step(cutter, 1);
        return NULL;
    }
    char *tag = memory_copy_length(cutter->context, cutter->at, (size_t)(tag_end + 1 - cutter->at));
    step(cutter, strlen(tag));
    while (cutter->at < cutter->end && !looking_at(cutter, tag))
        step(cutter, 1);
    if (cutter->at == cutter->end)
        return fault(cutter, line, "the dollar quote that begins here does not end");
    step(cutter, strlen(tag));
    return NULL;
}

static bool word_is(const struct cutter *cutter, int position, const char *word)
{
    return position < cutter->word_count && strcmp(cutter->words[position], word) == 0;
}

static bool creates_a_routine(const struct cutter *cutter)
{
    const int at = word_is(cutter, 1, "or") && word_is(cutter, 2, "replace") ? 3 : 1;
    return word_is(cutter, 0, "create") &&
           (word_is(cutter, at, "function") || word_is(cutter, at, "procedure"));
}

static void take_word(struct cutter *cutter)
{
    char word[WORD_LENGTH] = "";
    size_t length = 0;
    while (cutter->at < cutter->end && in_word(*cutter->at)) {
        if (length < sizeof word - 1)
            word[length++] = (char)tolower((unsigned char)*cutter->at);
        cutter->at++;
    }
    if (cutter->word_count < WORDS)
        memcpy(cutter->words[cutter->word_count++], word, sizeof word);
    if (cutter->parentheses > 0 || !creates_a_routine(cutter))
        return;
    if (strcmp(word, "begin") == 0 || (cutter->blocks > 0 && strcmp(word, "case") == 0))
        cutter->blocks++;
    else if (cutter->blocks > 0 && strcmp(word, "end") == 0)
        cutter->blocks--;
}

static struct error *check_first_words(const struct cutter *cutter)
{
    static const char *const refused[] = { "begin", "start", "commit", "end", "rollback", "abort" };
    bool is_refused = word_is(cutter, 0, "prepare") && word_is(cutter, 1, "transaction");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        is_refused = is_refused || word_is(cutter, 0, refused[i]);
    if (is_refused)
        return fault(cutter, cutter->start_line,
                     memory_printf(cutter->context, "remove \"%s\": each revision is one transaction already",
                                   cutter->words[0]));
    return NULL;
}

static struct error *finish_statement(struct cutter *cutter)
{
    if (!cutter->start)
        return NULL;
    TRY(check_first_words(cutter));
    const char *end = cutter->at;
    while (end > cutter->start && isspace((unsigned char)end[-1]))
        end--;
    cutter->statements = GROW_ARRAY(cutter->context, struct statement, cutter->statements, cutter->count + 1);
    cutter->statements[cutter->count++] = (struct statement){
        .sql = memory_copy_length(cutter->context, cutter->start, (size_t)(end - cutter->start)),
        .line = cutter->start_line,
    };
    cutter->start = NULL;
    cutter->parentheses = cutter->blocks = cutter->word_count = 0;
    return NULL;
}

/* What is neither blank nor comment: a string, a word, or a single character. */
static struct error *take_token(struct cutter *cutter)
{
    const char character = *cutter->at;
    if (character == '\\') /* wherever it stands: psql would do it, SQL has no such character */
        return fault(cutter, cutter->line, "this is a command of psql; write SQL only");
    if (!cutter->start) {
        cutter->start = cutter->at;
        cutter->start_line = cutter->line;
    }
    if ((character == 'e' || character == 'E') && cutter->end - cutter->at > 1 && cutter->at[1] == '\'') {
        cutter->at++;
        return skip_quoted(cutter, true);
    }
    if (character == '\'' || character == '"')
        return skip_quoted(cutter, false);
    if (character == '$')
        return skip_dollars(cutter);
    if (in_word(character)) {
        take_word(cutter);
        return NULL;
    }
    cutter->parentheses += (character == '(') - (character == ')');
    step(cutter, 1);
    return NULL;
}

static struct error *take(struct cutter *cutter)
{
    if (isspace((unsigned char)*cutter->at)) {
        step(cutter, 1);
        return NULL;
    }
    if (looking_at(cutter, "--")) {
        skip_line(cutter);
        return NULL;
    }
    if (looking_at(cutter, "/*"))
        return skip_comment(cutter);
    if (*cutter->at == ';' && cutter->parentheses <= 0 && cutter->blocks == 0) {
        TRY(finish_statement(cutter));
        step(cutter, 1);
        return NULL;
    }
    return take_token(cutter);
}

struct error *sql_script_cut(const void *context, const struct script *script, struct statement **statements,
                             size_t *count)
{
    struct cutter cutter = { .context = context,
                             .script = script,
                             .at = script->text,
                             .end = script->text + script->length,
                             .line = script->line };
    while (cutter.at < cutter.end)
        TRY(take(&cutter));
    if (cutter.start && cutter.parentheses > 0) /* all semicolons behind it were taken for its own */
        return fault(&cutter, cutter.start_line, "the statement that begins here has a parenthesis that is not closed");
    TRY(finish_statement(&cutter));
    *statements = cutter.statements;
    *count = cutter.count;
    return NULL;
}
