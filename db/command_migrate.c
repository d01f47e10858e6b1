/* The verbs that say where a database stands: current, history, heads, show. */
#include <stdio.h>
#include <string.h>

#include "applied.h"
#include "command.h"
#include "connection.h"
#include "memory.h"
#include "revision_loss.h"
#include "text.h"

static struct error *read_state(struct command *command, struct revisions **revisions,
                                struct applied_state **state)
{
    struct settings *settings;
    TRY(command_settings(command, &settings));
    TRY(revisions_open(command->context, settings->migrations, revisions));
    struct connection *connection = connection_new(command->context, settings, CONNECTION_DIRECT, "roster");
    return applied_read(command->context, connection, *revisions, state);
}

static void add_member(struct text *text, const char *name, const char *value)
{
    text_add(text, text->data[text->length - 1] == '{' ? "" : ", ");
    text_add_json(text, name);
    text_add(text, ": ");
    text_add_json(text, value);
}

static void add_revision(struct text *text, const struct revision *revision, const struct applied *applied)
{
    text_add(text, text->data[text->length - 1] == '[' ? "{" : ", {");
    add_member(text, "id", revision->id);
    add_member(text, "message", revision->message);
    add_member(text, "created", revision->created);
    add_member(text, "file", revision->path);
    text_add(text, ", \"parents\": [");
    for (const char *const *id = revision->parent_ids; *id; id++) {
        text_add(text, id == revision->parent_ids ? "" : ", ");
        text_add_json(text, *id);
    }
    text_addf(text, "], \"head\": %s", revision->is_head ? "true" : "false");
    if (applied) {
        add_member(text, "applied_at", applied->at);
        add_member(text, "applied_by", applied->by);
    }
    text_add_char(text, '}');
}

static void add_unfinished(struct text *text, const struct applied_state *state)
{
    const struct journal *journal = state->on_its_way;
    if (!journal) {
        text_add(text, "null");
        return;
    }
    text_add_char(text, '{');
    add_member(text, "id", journal->id);
    add_member(text, "direction", journal->direction == DIRECTION_UP ? "up" : "down");
    text_addf(text, ", \"statements_done\": %zu", journal_done(journal));
    if (state->unfinished)
        text_addf(text, ", \"statements\": %zu",
                  revision_statements(journal_section(state->unfinished, journal->direction)));
    text_add_char(text, '}');
}

static void print_current_json(struct command *command, const struct applied_state *state)
{
    struct text *text = text_new(command->context);
    text_add(text, "{\"current\": [");
    for (struct revision **head = applied_heads(command->context, state); *head; head++)
        add_revision(text, *head, state->by_position[(*head)->position]);
    text_add(text, "], \"heads\": [");
    for (struct revision **head = revision_heads(command->context, state->revisions); *head; head++) {
        text_add(text, text->data[text->length - 1] == '[' ? "" : ", ");
        text_add_json(text, (*head)->id);
    }
    text_addf(text, "], \"pending\": %zu, \"unfinished\": ", state->revisions->count - state->count);
    add_unfinished(text, state);
    text_add_char(text, '}');
    puts(text->data);
}

static void print_current(struct command *command, const struct applied_state *state)
{
    struct revision **heads = applied_heads(command->context, state);
    const size_t pending = state->revisions->count - state->count;
    if (!heads[0])
        puts("base  (nothing is applied)");
    for (struct revision **head = heads; *head; head++)
        printf("%s%s  %s  (applied %s by %s)\n", (*head)->id, (*head)->is_head ? " (head)" : "",
               (*head)->message, state->by_position[(*head)->position]->at,
               state->by_position[(*head)->position]->by);
    if (state->on_its_way)
        printf("unfinished: %s\n", applied_unfinished(command->context, state));
    if (pending > 0)
        printf("pending: %zu; run: %s\n", pending, revision_upgrade_command(command->context, state->revisions));
}

struct error *command_current(struct command *command)
{
    struct revisions *revisions;
    struct applied_state *state;
    TRY(read_state(command, &revisions, &state));
    if (command_option(command, "json"))
        print_current_json(command, state);
    else
        print_current(command, state);
    TRY(applied_check(command->context, state));
    if (command_option(command, "check") && state->on_its_way)
        return error_new(command->context, ERROR_PENDING, "%s", applied_unfinished(command->context, state));
    if (command_option(command, "check") && state->count < revisions->count)
        return error_new(command->context, ERROR_PENDING, "revisions pending: %zu",
                         revisions->count - state->count);
    return NULL;
}

static void print_line(const struct applied_state *state, const struct revision *revision)
{
    const struct applied *applied = state->by_position[revision->position];
    const bool unfinished = revision == state->unfinished;
    printf("%c %s%s  %s",
           unfinished ? '~'
           : applied  ? '*'
                      : ' ',
           revision->id, revision->is_head ? " (head)" : "", revision->message);
    if (unfinished)
        printf("  (partly %s)", applied ? "undone" : "applied");
    if (revision->parent_ids[0] && revision->parent_ids[1])
        fputs("  (joins", stdout);
    for (const char *const *id = revision->parent_ids;
         revision->parent_ids[0] && revision->parent_ids[1] && *id; id++)
        printf(" %s%s", *id, id[1] ? "" : ")");
    if (applied)
        printf("  (applied %s)", applied->at);
    putchar('\n');
}

/* The newest first, as in a log. */
struct error *command_history(struct command *command)
{
    struct revisions *revisions;
    struct applied_state *state;
    struct text *text = text_new(command->context);
    const bool json = command_option(command, "json") != NULL;
    TRY(read_state(command, &revisions, &state));
    text_add_char(text, '[');
    for (size_t i = revisions->count; i-- > 0;) {
        if (json)
            add_revision(text, revisions->items[i], state->by_position[i]);
        else
            print_line(state, revisions->items[i]);
    }
    if (!json && state->on_its_way)
        printf("unfinished: %s\n", applied_unfinished(command->context, state));
    if (json)
        printf("%s]\n", text->data);
    else if (revisions->count == 0)
        printf("there are no revisions in \"%s\"; run: roster revision --autogenerate -m \"first\"\n",
               revisions->folder);
    return applied_check(command->context, state);
}

static struct error *read_files(struct command *command, struct revisions **revisions)
{
    struct settings *settings;
    TRY(settings_open_files(command->context, &settings));
    return revisions_open(command->context, settings->migrations, revisions);
}

struct error *command_heads(struct command *command)
{
    struct revisions *revisions;
    struct text *text = text_new(command->context);
    TRY(read_files(command, &revisions));
    text_add_char(text, '[');
    for (struct revision **head = revision_heads(command->context, revisions); *head; head++) {
        if (command_option(command, "json"))
            add_revision(text, *head, NULL);
        else
            printf("%s  %s\n", (*head)->id, (*head)->message);
    }
    if (command_option(command, "json"))
        printf("%s]\n", text->data);
    return NULL;
}

/* Comments, so that what is printed stays SQL. */
static void print_losses(struct command *command, const struct revision *revision, enum direction direction)
{
    for (const char **loss = revision_losses(command->context, revision, direction); *loss; loss++)
        printf("-- the way %s takes away: %s\n", direction == DIRECTION_UP ? "up" : "back", *loss);
}

static struct error *show(struct command *command, struct revision *revision)
{
    struct text *text = text_new(command->context);
    if (command_option(command, "json")) {
        text_add_char(text, '[');
        add_revision(text, revision, NULL);
        puts(text->data + 1);
    } else {
        printf("-- file: %s\n", revision->path);
        print_losses(command, revision, DIRECTION_UP);
        print_losses(command, revision, DIRECTION_DOWN);
        fputs(revision->text, stdout);
    }
    return NULL;
}

struct error *command_show(struct command *command)
{
    struct revisions *revisions;
    struct revision *revision;
    const char *name = command_argument(command, NULL);
    TRY(read_files(command, &revisions));
    if (strcmp(name, "head") == 0)
        TRY(revision_head(command->context, revisions, &revision));
    else
        TRY(revision_find(command->context, revisions, name, &revision));
    if (!revision)
        return error_new(command->context, ERROR_USAGE, "there are no revisions in \"%s\"",
                         revisions->folder);
    return show(command, revision);
}
