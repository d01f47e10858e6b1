/* SQL cut into statements: each stands in the text where it is said to, and cut again it is one. */
#include <ctype.h>
#include "../../db/sql_script.h"
#include "fuzz.h"

static struct error *cut(const void *context, const char *text, size_t length, struct statement **statements,
                         size_t *count)
{
    const struct script script = { .path = "file.sql", .text = text, .length = length, .line = 1 };

    *statements = NULL;
    *count = 0;
    return sql_script_cut(context, &script, statements, count);
}

static int line_of(const char *text, const char *at)
{
    int line = 1;

    for (; text < at; text++)
        line += *text == '\n';
    return line;
}

static void require_one(const void *context, const char *sql)
{
    struct statement *statements;
    size_t count;

    REQUIRE(!cut(context, sql, strlen(sql), &statements, &count));
    REQUIRE(count == 1 && strcmp(statements[0].sql, sql) == 0 && statements[0].line == 1);
}

static void cut_script(void *context, struct input input)
{
    const char *text = take_text(context, &input), *from = text;
    struct text *whole = text_new(context);
    struct statement *statements, *again;
    size_t count, count_again;
    struct error *failed = cut(context, text, strlen(text), &statements, &count);

    if (failed) {
        REQUIRE(failed->code == ERROR_USAGE && strstr(failed->message, "file.sql, line "));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *sql = statements[i].sql, *found = strstr(from, sql);

        REQUIRE(*sql && *sql != '\\' && !isspace((unsigned char)*sql) && !isspace((unsigned char)sql[strlen(sql) - 1]));
        while (found && line_of(text, found) < statements[i].line)
            found = strstr(found + 1, sql);
        REQUIRE(found && line_of(text, found) == statements[i].line);
        from = found + strlen(sql);
        require_one(context, sql);
        text_addf(whole, "%s\n;\n", sql);
    }
    if (strcasestr(text, "begin"))
        return; /* the body of a routine that does not end takes what follows, too */
    REQUIRE(!cut(context, whole->data, whole->length, &again, &count_again));
    REQUIRE(count == count_again);
    for (size_t i = 0; i < count; i++)
        REQUIRE(strcmp(statements[i].sql, again[i].sql) == 0);
}

FUZZ_TARGET(cut_script)
