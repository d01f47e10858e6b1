/* The verb that puts a backup in the place of the site's database, and its way back. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "databases.h"
#include "restore.h"
#include "stop.h"

static struct error *list_kept(struct command *command, const struct settings *settings)
{
    struct databases *databases;
    struct databases_kept *kept;
    size_t count;
    TRY(databases_open(command->context, settings, CONNECTION_DIRECT, &databases));
    TRY(databases_list_kept(databases, &kept, &count));
    if (count == 0)
        puts("no earlier database is kept");
    for (size_t i = 0; i < count; i++)
        printf("%-44s put aside %s UTC  %s\n", kept[i].name, kept[i].at, kept[i].size);
    return NULL;
}

static void report(const struct restore_outcome *outcome, const char *what)
{
    printf("%s\n", what);
    if (outcome->kept)
        printf("the earlier database is kept as %s; back to it: roster restore --undo\n", outcome->kept);
    if (outcome->advice)
        printf("note: %s\n", outcome->advice);
}

struct error *command_restore(struct command *command)
{
    struct settings *settings;
    struct restore_outcome outcome;
    const bool undo = command_option(command, "undo") != NULL;
    const char *drop = command_option(command, "drop-kept");
    TRY(command_settings(command, &settings));
    if (command_option(command, "kept"))
        return list_kept(command, settings);
    if (drop) {
        TRY(restore_drop_kept(command->context, settings, drop, command_who(command)));
        printf("dropped %s\n", drop);
        return NULL;
    }
    if (!undo && command->count == 0)
        return error_new(command->context, ERROR_USAGE, "which backup? Run: roster backups");
    stop_listen();
    TRY(command_take_turn(command, command->context, settings, false));
    if (undo) {
        TRY(restore_undo(command->context, settings, command_argument(command, NULL), command_who(command), &outcome));
        puts("the earlier database is back");
        report(&outcome, "everybody has to sign in again");
        return NULL;
    }
    TRY(restore_run(command->context, settings, command->arguments[0], command_who(command), &outcome));
    printf("restored %lld rows%s\n", outcome.rows,
           outcome.compared ? "" : "; its manifest told nothing to compare them with: look at the data");
    report(&outcome, "everybody has to sign in again");
    return NULL;
}
