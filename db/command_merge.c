/* The verb that joins two lines of revisions. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "memory.h"
#include "revision_write.h"

static struct error *check_heads(struct command *command, const struct revisions *revisions,
                                 struct revision *const *parents)
{
    for (size_t i = 0; parents[i]; i++)
        for (size_t j = 0; parents[j]; j++)
            if (i != j && revision_ancestors(command->context, revisions, parents[i])[parents[j]->position])
                return error_new(command->context, ERROR_USAGE,
                                 "\"%s\" leads to \"%s\" already, so there is nothing to join",
                                 parents[j]->id, parents[i]->id);
    return NULL;
}

/* Without names all heads. */
static struct error *find_parents(struct command *command, const struct revisions *revisions,
                                  struct revision ***parents)
{
    const size_t count = (size_t)command->count;
    if (count == 0) {
        *parents = revision_heads(command->context, revisions);
    } else {
        *parents = NEW_ARRAY(command->context, struct revision *, count + 1);
        for (size_t i = 0; i < count; i++)
            TRY(revision_find(command->context, revisions, command->arguments[i], &(*parents)[i]));
    }
    if (!(*parents)[0] || !(*parents)[1])
        return error_new(command->context, ERROR_USAGE,
                         "there is only one head, so there is nothing to join");
    return check_heads(command, revisions, *parents);
}

struct error *command_merge(struct command *command)
{
    struct settings *settings;
    struct revisions *revisions;
    struct revision **parents;
    const char *path;
    struct revision_draft draft = { .message = command_option(command, "message"), .up = "", .down = "" };
    TRY(settings_open_files(command->context, &settings));
    TRY(revisions_open(command->context, settings->migrations, &revisions));
    TRY(find_parents(command, revisions, &parents));
    if (!draft.message)
        return error_new(command->context, ERROR_USAGE,
                         "say what is joined: roster merge -m \"join both branches\"");
    draft.parents = parents;
    TRY(revision_write(command->context, revisions, &draft, &path));
    puts(path);
    return NULL;
}
