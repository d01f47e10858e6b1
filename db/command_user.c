/* The verbs that make accounts and give passwords. */
#include <stdio.h>

#include "account.h"
#include "command.h"
#include "connection.h"

static struct error *connect_direct(struct command *command, struct connection **connection)
{
    struct settings *settings;
    TRY(command_settings(command, &settings));
    *connection = connection_new(command->context, settings, CONNECTION_DIRECT, "roster");
    return NULL;
}

static void print_password(const char *email, const char *password)
{
    printf("%s %s\n", email, password);
    fputs("This password is shown once, and must be changed at the first sign-in.\n", stderr);
}

struct error *command_user_add(struct command *command)
{
    struct connection *connection;
    char *password;
    const struct account account = { .email = command_argument(command, NULL),
                                     .name = command_option(command, "name"),
                                     .superuser = command_option(command, "superuser") != NULL };
    TRY(connect_direct(command, &connection));
    TRY(account_create(connection, &account, &password));
    print_password(account.email, password);
    return NULL;
}

struct error *command_user_password(struct command *command)
{
    struct connection *connection;
    char *password;
    const char *email = command_argument(command, NULL);
    TRY(connect_direct(command, &connection));
    TRY(account_set_password(connection, email, NULL, &password));
    print_password(email, password);
    return NULL;
}
