/* Reads the words of a command line into a verb, its options and arguments. */
#include "command.h"

#include <ctype.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "model.h"
#include "turn.h"

struct reader {
    struct command *command;
    char *const *words; /* the rest; ends with NULL */
    const char **arguments;
    bool only_arguments; /* after -- */
    bool help;
};

static struct error *fault(const struct reader *reader, const char *what)
{
    const struct command_verb *verb = reader->command->verb;
    return error_new(reader->command->context, ERROR_USAGE, "%s; run: roster %s --help", what, verb->name);
}

static bool matches(const struct command_verb *verb, char *const *words, int *length)
{
    const char *blank = strchr(verb->name, ' ');
    *length = blank ? 2 : 1;
    if (!blank)
        return strcmp(verb->name, words[0]) == 0;
    return strncmp(verb->name, words[0], (size_t)(blank - verb->name)) == 0 &&
           strlen(words[0]) == (size_t)(blank - verb->name) && words[1] && strcmp(blank + 1, words[1]) == 0;
}

static struct error *find_verb(struct command *command, const struct command_verb *verbs, char *const **words)
{
    for (const struct command_verb *verb = verbs; verb->name; verb++) {
        int length;
        if (!matches(verb, *words, &length))
            continue;
        command->verb = verb;
        *words += length;
        return NULL;
    }
    return error_new(command->context, ERROR_USAGE, "there is no verb \"%s\"; run: roster --help", **words);
}

/* -1 when there is none. The word is --name, --name=value or -m. */
static int find_option(const struct command_verb *verb, const char *word)
{
    const bool is_long = word[1] == '-';
    const size_t length = strcspn(word, "=");
    for (int i = 0; verb->options[i].name; i++) {
        const struct command_option *option = &verb->options[i];
        if (is_long ? strlen(option->name) + 2 == length && strncmp(word + 2, option->name, length - 2) == 0
                    : option->letter && word[1] == option->letter && word[2] == '\0')
            return i;
    }
    return -1;
}

static struct error *read_option(struct reader *reader)
{
    const char *word = *reader->words;
    struct command *command = reader->command;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        reader->help = true;
        return NULL;
    }
    int found = find_option(command->verb, word);
    if (found < 0)
        return fault(reader, memory_printf(command->context, "\"%s\" is no option of \"%s\"", word,
                                           command->verb->name));
    const struct command_option *option = &command->verb->options[found];
    const char *equals = word[1] == '-' ? strchr(word, '=') : NULL;
    const char *value = equals ? equals + 1 : "";
    if (!option->value && equals)
        return fault(reader, memory_printf(command->context, "\"--%s\" takes no value", option->name));
    if (option->value && !equals) {
        value = *++reader->words;
        if (!value)
            return fault(reader,
                         memory_printf(command->context, "\"%s\" needs %s after it", word, option->value));
    }
    if (command->values[found])
        return fault(reader, memory_printf(command->context, "\"--%s\" is given twice", option->name));
    command->values[found] = value;
    return NULL;
}

/* -2 is a target, and - alone no option either. */
static bool is_option(const struct reader *reader, const char *word)
{
    return !reader->only_arguments && word[0] == '-' && word[1] != '\0' && !isdigit((unsigned char)word[1]);
}

static struct error *read_word(struct reader *reader)
{
    struct command *command = reader->command;
    const char *word = *reader->words;
    if (!reader->only_arguments && strcmp(word, "--") == 0)
        reader->only_arguments = true;
    else if (is_option(reader, word))
        return read_option(reader);
    else if (command->count == command->verb->most)
        return fault(reader, memory_printf(command->context, "\"%s\" is one word too many", word));
    else
        reader->arguments[command->count++] = word;
    return NULL;
}

struct error *command_read(struct command *command, const struct command_verb *verbs, int count,
                           char *const *words, bool *help)
{
    struct reader reader = { .command = command };
    TRY(find_verb(command, verbs, &words));
    reader.arguments = NEW_ARRAY(command->context, const char *, (size_t)count + 1);
    command->arguments = reader.arguments;
    for (reader.words = words; *reader.words && !reader.help; reader.words++)
        TRY(read_word(&reader));
    *help = reader.help;
    if (!reader.help && command->count < command->verb->least)
        return fault(&reader, memory_printf(command->context, "\"%s\" needs %s", command->verb->name,
                                            command->verb->arguments));
    return NULL;
}

const char *command_option(const struct command *command, const char *name)
{
    for (int i = 0; command->verb->options[i].name; i++)
        if (strcmp(command->verb->options[i].name, name) == 0)
            return command->values[i];
    return NULL;
}

const char *command_argument(const struct command *command, const char *without)
{
    return command->count > 0 ? command->arguments[0] : without;
}

/* A typing mistake in .env stops nobody. */
static void warn(const struct settings *settings)
{
    if (settings->unknown)
        fprintf(stderr, "roster: warning: %s\n", settings->unknown);
}

struct error *command_settings(const struct command *command, struct settings **settings)
{
    TRY(settings_open(command->context, settings));
    warn(*settings);
    return NULL;
}

struct error *command_settings_files(const struct command *command, struct settings **settings)
{
    TRY(settings_open_files(command->context, settings));
    warn(*settings);
    return NULL;
}

struct error *command_schema(const struct command *command, struct schema **schema)
{
    return schema_open(command->context, models, overview_panels, schema);
}

const char *command_who(const struct command *command)
{
    const char *person = getenv("ROSTER_JOB_WHO"), *before_sudo = getenv("SUDO_USER");
    const struct passwd *entry = getpwuid(getuid());
    if (person && *person)
        return person;
    return memory_copy(command->context, before_sudo && *before_sudo ? before_sudo : entry ? entry->pw_name : "unknown");
}

struct error *command_take_turn(const struct command *command, const void *context, const struct settings *settings,
                                bool patient)
{
    const char *argument = command_argument(command, "");
    const char *what = memory_printf(command->context, "%s%s%s", command->verb->name, *argument ? " " : "", argument);
    return turn_take(context, settings, what, patient);
}
