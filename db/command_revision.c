/* The verb that starts a new revision file. */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "memory.h"
#include "plan_models.h"
#include "revision_write.h"
#include "text.h"

/* The database says most: what is really there, and how much of it would go. Where there is none yet, the
 * revisions say what ought to be there. */
static struct error *compare(struct command *command, const struct settings *settings,
                             const struct revisions *revisions, struct plan_pair *pair)
{
    struct schema *schema;
    TRY(command_schema(command, &schema));
    if (command_option(command, "offline"))
        return plan_models_offline(command->context, settings, schema, revisions, pair);
    struct error *error = plan_models_online(command->context, settings, schema, revisions, pair);
    if (!error || error->code != ERROR_UNAVAILABLE ||
        (strcmp(error->sqlstate, "3D000") != 0 && revisions->count > 0))
        return error;
    fprintf(stderr, "roster: %s; comparing with the revisions instead\n", error->message);
    return plan_models_offline(command->context, settings, schema, revisions, pair);
}

static struct error *check(struct command *command, const struct schema_plan *plan)
{
    TRY(plan_check_needs(command->context, plan));
    if (command_option(command, "allow-destructive"))
        return NULL;
    struct error *error = plan_check_losses(command->context, plan);
    if (error)
        error->hint =
            "if that is meant, run it again with --allow-destructive; a renamed thing keeps its data when "
            "the models say what it .was";
    return error;
}

static void tell_slow(const struct schema_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        for (size_t j = 0; j < plan->steps[i].count; j++)
            if (plan_is_slow(plan->steps[i].statements[j]))
                fprintf(stderr, "roster: others wait for %s while this runs: %s\n",
                        plan->steps[i].statements[j]->locks->table, plan->steps[i].statements[j]->sql);
}

static struct error *write_plan(struct command *command, const struct revisions *revisions,
                                struct revision_draft *draft, const struct plan_pair *pair)
{
    const char *path;
    TRY(check(command, pair->up));
    draft->up = plan_text(command->context, pair->up);
    draft->down = plan_text(command->context, pair->down);
    draft->losses = plan_header(command->context, pair->up);
    TRY(revision_write(command->context, revisions, draft, &path));
    for (size_t i = 0; i < pair->difference->count; i++)
        fprintf(stderr, "  %s\n", operation_words(command->context, &pair->difference->operations[i]));
    tell_slow(pair->up);
    puts(path);
    return NULL;
}

static struct error *write_empty(struct command *command, const struct revisions *revisions,
                                 const struct revision_draft *draft)
{
    const char *path;
    TRY(revision_write(command->context, revisions, draft, &path));
    puts(path);
    return NULL;
}

static struct error *check_options(const struct command *command)
{
    static const char *const dependent[] = { "offline", "allow-destructive" };
    for (size_t i = 0; i < sizeof dependent / sizeof *dependent; i++)
        if (command_option(command, dependent[i]) && !command_option(command, "autogenerate"))
            return error_new(command->context, ERROR_USAGE, "--%s goes with --autogenerate", dependent[i]);
    if (command_option(command, "message"))
        return NULL;
    return error_new(command->context, ERROR_USAGE,
                     "say what changes: roster revision -m \"teams have a colour\"");
}

struct error *command_revision(struct command *command)
{
    struct settings *settings;
    struct revisions *revisions;
    struct revision *parents[2] = { NULL };
    struct revision_draft draft = {
        .message = command_option(command, "message"), .parents = parents, .up = "", .down = ""
    };
    struct plan_pair pair;
    TRY(check_options(command));
    TRY(command_option(command, "autogenerate") ? command_settings(command, &settings)
                                                : settings_open_files(command->context, &settings));
    TRY(revisions_open(command->context, settings->migrations, &revisions));
    TRY(revision_head(command->context, revisions, &parents[0]));
    if (!command_option(command, "autogenerate"))
        return write_empty(command, revisions, &draft);
    TRY(compare(command, settings, revisions, &pair));
    if (pair.difference->count > 0)
        return write_plan(command, revisions, &draft, &pair);
    puts("no difference: the models and the database agree; no file was written");
    return NULL;
}
