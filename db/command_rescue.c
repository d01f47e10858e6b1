/* The verb for when migrations cannot run. */
#include <stdio.h>

#include "backup.h"
#include "command.h"
#include "rescue.h"

static void tell(void *argument, enum rescue_event event, const char *text)
{
    static const char *const words[] = {
        [RESCUE_THERE] = "there",   [RESCUE_CREATED] = "created", [RESCUE_LEFT] = "left",
        [RESCUE_STAMPED] = "stamp", [RESCUE_SEEDED] = "seed",     [RESCUE_NOTE] = "note",
    };
    (void)argument;
    printf("%-8s %s\n", words[event], text);
    fflush(stdout);
}

/* Nothing is dropped or changed by a rescue, but it is for a bad day. */
static struct error *back_up_first(struct command *command, const struct settings *settings,
                                   const struct schema *schema, struct rescue_options *options)
{
    bool worth;
    const struct backup_wish wish = { .who = command_who(command),
                                      .origin = "automatic",
                                      .note = "before rescue" };
    if (command_option(command, "no-backup"))
        return NULL;
    TRY(rescue_is_worth_backup(command->context, settings, &worth));
    options->empty = !worth;
    if (!worth)
        return NULL;
    struct error *error = backup_make(command->context, settings, schema, &wish, &options->backup);
    if (error && !error->hint)
        error->hint = "a backup is made first, and it failed; nothing was changed. --no-backup goes without, and so does "
                      "the box \"Without a backup\" on the page";
    return error;
}

struct error *command_rescue(struct command *command)
{
    struct settings *settings;
    struct schema *schema;
    struct rescue_options options = { .tell = tell };
    TRY(command_settings(command, &settings));
    TRY(command_schema(command, &schema));
    TRY(command_take_turn(command, command->context, settings, false));
    TRY(back_up_first(command, settings, schema, &options));
    return rescue_run(command->context, settings, schema, &options);
}
