/* The verb that looks after the rules of access, and what other verbs do of it. */
#include <stdio.h>

#include "command.h"
#include "connection.h"
#include "memory.h"
#include "rights.h"

struct error *command_apply_access(struct command *command, const struct settings *settings)
{
    struct schema *schema;
    struct rights_report report;
    TRY(command_schema(command, &schema));
    struct connection *connection = connection_new(command->context, settings, CONNECTION_DIRECT, "roster access");
    TRY(rights_apply(connection, settings, schema, &report));
    for (size_t i = 0; i < report.skipped_count; i++)
        fprintf(stderr, "roster: the rules of access do not fit the database yet: %s\n", report.skipped[i]);
    if (report.skipped_count > 0)
        fputs("roster: there the rules stay as they are, and what has none shows nothing to the role that serves; a "
              "revision is missing: roster check says which\n",
              stderr);
    else if (report.changed)
        puts("access   the rules are those of the models");
    talloc_free(connection);
    return NULL;
}

struct error *command_access(struct command *command)
{
    struct settings *settings;
    struct schema *schema;
    TRY(command_schema(command, &schema));
    if (command_option(command, "sql")) {
        fputs(rights_script(command->context, schema), stdout);
        return NULL;
    }
    TRY(command_settings(command, &settings));
    if (command_option(command, "roles")) {
        fputs(rights_roles(command->context, settings), stdout);
        return NULL;
    }
    TRY(command_take_turn(command, command->context, settings, true));
    return command_apply_access(command, settings);
}
