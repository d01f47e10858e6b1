/* The verb that proves the revisions on a database made for that. */
#include <stdio.h>

#include "command.h"
#include "verify.h"

static void tell(void *argument, const struct verify_news *news)
{
    int *count = argument;
    ++*count;
    printf("ok  %s  %s  (", news->revision->id, news->revision->message);
    if (news->irreversible)
        puts("its shape; the header says that rows do not come back)");
    else if (news->rows > 0)
        printf("rows kept: %lld)\n", news->rows);
    else
        puts("without rows)");
    fflush(stdout);
}

struct error *command_verify(struct command *command)
{
    struct settings *settings;
    int count = 0;
    const struct verify_options options = { .tell = tell, .argument = &count };
    TRY(command_settings(command, &settings));
    TRY(verify_run(command->context, settings, &options));
    printf("verified: %d, each up, down and up again\n", count);
    return NULL;
}
