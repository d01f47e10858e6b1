/* The verb for when migrations cannot run. */
#include <stdio.h>

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

struct error *command_rescue(struct command *command)
{
    struct settings *settings;
    struct schema *schema;
    const struct rescue_options options = { .tell = tell };
    TRY(command_settings(command, &settings));
    TRY(command_schema(command, &schema));
    TRY(command_take_turn(command, command->context, settings, false));
    return rescue_run(command->context, settings, schema, &options);
}
