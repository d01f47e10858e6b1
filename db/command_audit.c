/* The verb that removes old lines of the audit: prune audit. */
#include <stdio.h>

#include "audit_prune.h"
#include "command.h"
#include "stop.h"

struct error *command_prune_audit(struct command *command)
{
    struct settings *settings;
    struct audit_pruned pruned;
    const bool dry = command_option(command, "dry-run") != NULL;
    TRY(command_settings(command, &settings));
    stop_listen();
    TRY(audit_prune(command->context, settings, command_who(command), dry, &pruned));
    const char *verb = dry ? "would remove" : "removed";
    if (!pruned.kept) {
        puts("this database keeps no audit yet; run: roster upgrade head");
        return NULL;
    }
    if (pruned.day)
        printf("%s %lld lines of the audit from before %s (ROSTER_AUDIT_DAYS=%d)\n", verb, pruned.lines, pruned.day,
               settings->audit_days);
    else
        puts("all lines of the audit are kept (ROSTER_AUDIT_DAYS=0)");
    printf("%s %lld sign-ins that have ended and %lld tokens of forms that were sent long ago\n", verb, pruned.sessions,
           pruned.tokens);
    return NULL;
}
