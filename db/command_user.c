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
                                     .superuser = command_option(command, "superuser") != NULL,
                                     .who = command_who(command) };
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
    TRY(account_set_password(connection, email, NULL, command_who(command), &password));
    print_password(email, password);
    return NULL;
}

struct error *command_user_reset(struct command *command)
{
    struct connection *connection;
    char *path;
    TRY(connect_direct(command, &connection));
    TRY(account_make_reset(connection, command_argument(command, NULL), command_who(command), &path));
    printf("%s\n", path);
    fputs("Put the site's address before it, as in https://roster.example.com/reset#..., and give it to this person.\n"
          "It is shown once, and good once within 24 hours.\n", stderr);
    return NULL;
}

struct error *command_user_totp_off(struct command *command)
{
    struct connection *connection;
    bool was;
    TRY(connect_direct(command, &connection));
    TRY(account_factor_off(connection, command_argument(command, NULL), command_who(command), &was));
    fputs(was ? "The second factor is off: the password alone signs in.\n" : "There was no second factor.\n", stderr);
    return NULL;
}
