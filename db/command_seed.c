/* The verb that fills a database with rows. */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "seed.h"

static struct error *list(struct command *command, const struct settings *settings)
{
    char **names;
    TRY(seed_names(command->context, settings, &names));
    for (; *names; names++)
        puts(*names);
    return NULL;
}

static struct error *read_scale(struct command *command, double *scale)
{
    const char *value = command_option(command, "scale");
    char *end;
    if (!value)
        return NULL;
    *scale = strtod(value, &end);
    if (end == value || *end != '\0' || !(*scale > 0 && *scale <= 1000))
        return error_new(command->context, ERROR_USAGE,
                         "--scale is \"%s\"; write a number above 0 and up to 1000, such as "
                         "0.1",
                         value);
    return NULL;
}

struct error *command_seed(struct command *command)
{
    struct settings *settings;
    struct schema *schema;
    struct seed_options options = { .dry_run = command_option(command, "dry-run") != NULL,
                                    .quiet = command_option(command, "quiet") != NULL };
    TRY(read_scale(command, &options.scale));
    TRY(command_settings(command, &settings));
    if (command->count == 0)
        return list(command, settings);
    TRY(command_schema(command, &schema));
    if (!options.dry_run)
        TRY(command_take_turn(command, command->context, settings, true));
    return seed_run(command->context, settings, schema, command->arguments[0], &options);
}
