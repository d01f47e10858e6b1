/* The verb that proves the revisions on a database made for that. */
#include <stdio.h>

#include "command.h"
#include "verify.h"

struct told {
    int count, one_way;
};

static void tell(void *argument, const struct verify_news *news)
{
    struct told *told = argument;
    told->count++;
    told->one_way += news->one_way;
    printf("ok  %s  %s  (", news->revision->id, news->revision->message);
    if (news->one_way)
        puts("its way up; the header says that nothing brings it back)");
    else if (news->irreversible)
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
    struct told told = { 0 };
    const struct verify_options options = { .tell = tell, .argument = &told };
    TRY(command_settings(command, &settings));
    TRY(verify_run(command->context, settings, &options));
    printf("verified: %d, each up, down and up again", told.count);
    if (told.one_way > 0)
        printf(", but for %d that are up only", told.one_way);
    putchar('\n');
    return NULL;
}
