/* The verbs that move a database: upgrade, downgrade, stamp; and what they would do, as a script or on a
 * copy. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backup_before.h"
#include "command.h"
#include "memory.h"
#include "migrate.h"
#include "offline.h"
#include "trial.h"

struct teller {
    int count;    /* of revisions */
    bool closely; /* each statement, too */
};

static void say_done(const struct migrate_news *news)
{
    static const char *const verbs[] = {
        [MIGRATE_UP] = "applied", [MIGRATE_DOWN] = "undone", [MIGRATE_STAMPED] = "stamped"
    };
    printf("%-8s %s  %s", verbs[news->event], news->revision->id, news->revision->message);
    if (news->event != MIGRATE_STAMPED)
        printf("  (%ld ms)", news->milliseconds);
    putchar('\n');
    fflush(stdout);
}

/* Results go to standard output; what happens on the way to standard error. */
static void tell(void *argument, const struct migrate_news *news)
{
    struct teller *teller = argument;
    const char *id = news->revision ? news->revision->id : "";
    const int line = news->statement ? news->statement->line : 0;
    switch (news->event) {
    case MIGRATE_WAITING:
        fputs("roster: waiting for another migration to end\n", stderr);
        break;
    case MIGRATE_RESUMED:
        fprintf(stderr, "roster: %s was left in the middle; it goes on at %s\n", id, news->text);
        break;
    case MIGRATE_RETRY:
        fprintf(stderr, "roster: try %ld: %s; trying again\n", news->milliseconds, news->text);
        break;
    case MIGRATE_PROGRESS:
        fprintf(stderr, "roster: %s, line %d: %s, %ld s\n", id, line, news->text, news->milliseconds / 1000);
        break;
    case MIGRATE_STATEMENT:
        if (teller->closely)
            printf("  line %-5d %7ld ms  %s\n", line, news->milliseconds, news->text);
        break;
    case MIGRATE_EVENTS:
        break;
    case MIGRATE_UP:
    case MIGRATE_DOWN:
    case MIGRATE_STAMPED:
        teller->count += news->revision != NULL;
        if (news->revision)
            say_done(news);
    }
}

static struct migrate_options options_of(const struct command *command, struct teller *teller)
{
    return (struct migrate_options){ .tell = tell,
                                     .argument = teller,
                                     .watch = isatty(STDERR_FILENO) != 0,
                                     .allow_destructive = command_option(command, "allow-destructive") };
}

static struct error *move(struct command *command, const struct settings *settings, const char *target,
                          enum direction direction, struct teller *teller)
{
    struct schema *schema;
    struct migrate_options options = options_of(command, teller);
    TRY(command_schema(command, &schema));
    options.schema = schema;
    return direction == DIRECTION_UP ? migrate_upgrade(command->context, settings, target, &options)
                                     : migrate_downgrade(command->context, settings, target, &options);
}

/* The same on a copy, statement by statement. */
static struct error *try_out(struct command *command, const struct settings *settings, const char *target,
                             enum direction direction)
{
    struct trial *trial;
    struct teller *teller = NEW(command->context, struct teller);
    teller->closely = true;
    TRY(trial_copy(command->context, settings, &trial));
    if (!trial->has_rows)
        fputs("roster: the copy has no rows, as there are too many; times are those of empty tables\n",
              stderr);
    struct error *error = move(command, trial->settings, target, direction, teller);
    talloc_free(trial);
    if (!error)
        printf("dry run on a copy, which is gone; the database is as it was; revisions: %d\n", teller->count);
    return error_within(error, "on a copy; the database is as it was");
}

static struct error *print_script(struct command *command, const struct settings *settings, const char *range,
                                  enum direction direction)
{
    const char *script;
    struct schema *schema;
    TRY(command_schema(command, &schema));
    const struct offline_wish wish = { .direction = direction,
                                       .range = range,
                                       .allow_destructive = command_option(command, "allow-destructive"),
                                       .schema = schema };
    TRY(offline_script(command->context, settings, &wish, &script));
    fputs(script, stdout);
    return NULL;
}

/* What would take rows away is not begun before they are in a backup. */
static struct error *back_up_first(struct command *command, const struct settings *settings, const char *target,
                                   enum direction direction)
{
    struct schema *schema;
    const char *name;
    if (command_option(command, "no-backup"))
        return NULL;
    TRY(command_schema(command, &schema));
    TRY(backup_before_move(command->context, settings, schema, target, direction,
                           command_option(command, "allow-destructive") != NULL, command_who(command), &name));
    if (name)
        fprintf(stderr, "roster: this may take rows away, and they are in the backup %s\n", name);
    return NULL;
}

/* Also a run that failed may have applied revisions before; one that was refused has done nothing. */
static struct error *move_and_apply_access(struct command *command, const struct settings *settings,
                                           const char *target, enum direction direction)
{
    struct teller *teller = NEW(command->context, struct teller);
    struct error *error = move(command, settings, target, direction, teller);
    if (error && teller->count == 0 && !error->sqlstate[0])
        return error;
    if (!error && teller->count == 0)
        puts(direction == DIRECTION_UP ? "up to date: nothing to apply" : "nothing to undo");
    struct error *other = command_apply_access(command, settings);
    return error ? error : other;
}

static struct error *move_or_try(struct command *command, const char *target, enum direction direction)
{
    struct settings *settings;
    if (command_option(command, "sql")) {
        TRY(settings_open_files(command->context, &settings));
        return print_script(command, settings, target, direction);
    }
    TRY(command_settings(command, &settings));
    if (strchr(target, ':'))
        return error_new(command->context, ERROR_USAGE,
                         "\"%s\" is a range, and only --sql takes one; the database "
                         "itself knows where it begins",
                         target);
    if (command_option(command, "dry-run"))
        return try_out(command, settings, target, direction);
    TRY(command_take_turn(command, command->context, settings, direction == DIRECTION_UP));
    TRY(back_up_first(command, settings, target, direction));
    return move_and_apply_access(command, settings, target, direction);
}

struct error *command_upgrade(struct command *command)
{
    return move_or_try(command, command_argument(command, "head"), DIRECTION_UP);
}

struct error *command_downgrade(struct command *command)
{
    return move_or_try(command, command_argument(command, NULL), DIRECTION_DOWN);
}

struct error *command_stamp(struct command *command)
{
    struct settings *settings;
    struct teller *teller = NEW(command->context, struct teller);
    TRY(command_settings(command, &settings));
    TRY(command_take_turn(command, command->context, settings, true));
    const struct migrate_options options = options_of(command, teller);
    TRY(migrate_stamp(command->context, settings, command_argument(command, NULL), &options));
    if (teller->count == 0)
        puts("stamped: nothing counts as applied");
    return NULL;
}
