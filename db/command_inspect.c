/* The verb that prints a models file for an existing database. */
#include <stdio.h>

#include "catalog.h"
#include "command.h"
#include "connection.h"
#include "conninfo.h"
#include "inspect.h"
#include "memory.h"

struct error *command_inspect(struct command *command)
{
    struct settings *settings;
    struct catalog *catalog;
    struct text *text = text_new(command->context);
    if (command->count == 0) {
        TRY(command_settings(command, &settings));
    } else {
        TRY(settings_open_files(command->context, &settings));
        TRY(conninfo_read(command->context, "URL", command->arguments[0], &settings->direct_url));
        settings->database_url = settings->direct_url;
    }
    struct connection *connection =
        connection_new(command->context, settings, CONNECTION_DIRECT, "roster inspect");
    TRY(catalog_read(command->context, connection, "public", &catalog));
    const size_t unsaid = inspect_write(text, catalog);
    fputs(text->data, stdout);
    if (unsaid > 0)
        fprintf(stderr, "roster: the models have no terms for %zu things; look for \"not said\"\n", unsaid);
    return NULL;
}
