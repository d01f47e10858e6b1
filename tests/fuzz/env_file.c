/* .env files: each value is found again when it is written once more, and errors never hold a value. */
#include "../../db/env_file.h"
#include "fuzz.h"

static struct error *open_bytes(const void *context, const char *bytes, size_t length, struct env_file **file)
{
    char path[32];
    int descriptor = memory_file(bytes, length, path);
    struct error *failed = env_file_open(context, path, true, file);

    close(descriptor);
    return failed;
}

static void add_quoted(struct text *text, const char *name, const char *value)
{
    text_addf(text, "%s=\"", name);
    for (; *value; value++) {
        if (strchr("\"\\$", *value))
            text_add_char(text, '\\');
        text_add(text, *value == '\n' ? "\\n" : (const char[]){ *value, '\0' });
    }
    text_add(text, "\"\n");
}

static void read_file(void *context, struct input input)
{
    static const char *const names[] = { "A", "B", "DATABASE_URL", "_x1" };
    struct text *text = text_new(context);
    struct env_file *file, *again;
    struct error *failed = open_bytes(context, input.bytes, input.length, &file);

    if (failed) {
        REQUIRE(failed->code == ERROR_USAGE);
        REQUIRE(!strstr(failed->message, "SECRET") || memmem(input.bytes, input.length, "SECRET=", 7)); /* a name may be told */
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (env_file_value(file, names[i]))
            add_quoted(text, names[i], env_file_value(file, names[i]));
    if (text->length > 65536)
        return;
    REQUIRE(!open_bytes(context, text->data, text->length, &again));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = env_file_value(file, names[i]), *same = env_file_value(again, names[i]);

        REQUIRE((value == NULL) == (same == NULL) && (!value || strcmp(value, same) == 0));
    }
}

FUZZ_TARGET(read_file)
