/* Turns what libpq and PostgreSQL say about failures into errors: codes by SQLSTATE, words without values. */
#include "connection_fault.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "connection_state.h"
#include "conninfo.h"
#include "memory.h"

static bool in_class(const char *sqlstate, const char *class)
{
    return strncmp(sqlstate, class, 2) == 0;
}

/* "FATAL:  28P01: password authentication failed": the part that begins with the SQLSTATE, or NULL. The
 * severity may be in any language, so it is the two blanks that are looked for. */
static const char *find_sqlstate(const char *line)
{
    for (const char *at = line; (at = strstr(at, ":  ")) != NULL;) {
        at += 3;
        size_t length = strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
        if (length == 5 && at[5] == ':' && at[6] == ' ')
            return at;
    }
    return NULL;
}

void connection_fault_read(struct connection_fault *fault, PGconn *handle)
{
    if (fault->time_over)
        return;
    const char *message = PQerrorMessage(handle);
    char line[512];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(message, "\n"), message);
    const char *state = find_sqlstate(line);
    if (state)
        memcpy(fault->sqlstate, state, 5);
    snprintf(fault->text, sizeof fault->text, "%s", state ? state + 7 : line);
    fault->passing = state ? strcmp(fault->sqlstate, "57P03") == 0 || in_class(fault->sqlstate, "53")
                           : !PQconnectionNeedsPassword(handle);
}

/* "postgresql:5432", or the folder of the socket. */
static const char *place(const void *context, const char *conninfo)
{
    const char *host = conninfo_part(context, conninfo, "host");
    const char *port = conninfo_part(context, conninfo, "port");
    return memory_printf(context, "%s%s%s", host ? host : "the local socket", port ? ":" : "",
                         port ? port : "");
}

struct error *connection_fault_error(const void *context, const struct connection_fault *fault)
{
    const struct settings *settings = fault->settings;
    const bool direct = fault->use == CONNECTION_DIRECT && settings->direct_url != settings->database_url;
    const char *conninfo = direct ? settings->direct_url : settings->database_url;
    const char *variable = direct ? "DATABASE_DIRECT_URL" : "DATABASE_URL or the POSTGRES_ variables";
    const char *server = place(context, conninfo);
    struct error *error;
    if (fault->time_over)
        error = error_new(context, ERROR_UNAVAILABLE,
                          "PostgreSQL at \"%s\" does not answer; is it running, and is "
                          "the address right",
                          server);
    else if (in_class(fault->sqlstate, "28"))
        error = error_new(context, ERROR_UNAVAILABLE,
                          "PostgreSQL at \"%s\" refused the sign-in: %s; correct user and "
                          "password in %s",
                          server, fault->text, variable);
    else if (strcmp(fault->sqlstate, "3D000") == 0)
        error = error_new(context, ERROR_UNAVAILABLE,
                          "PostgreSQL at \"%s\": %s; create it, or correct the name in %s", server,
                          fault->text, variable);
    else if (fault->sqlstate[0])
        error = error_new(context, ERROR_UNAVAILABLE, "PostgreSQL at \"%s\": %s", server, fault->text);
    else
        error = error_new(context, ERROR_UNAVAILABLE,
                          "cannot connect to PostgreSQL: %s; start the server, or correct %s", fault->text,
                          variable);
    memcpy(error->sqlstate, fault->sqlstate, sizeof error->sqlstate);
    return error;
}

static enum error_code code_of(const char *sqlstate)
{
    static const struct {
        const char *class;
        enum error_code code;
    } classes[] = {
        { "08", ERROR_UNAVAILABLE }, /* connection; and all that PgBouncer says of its own */
        { "53", ERROR_UNAVAILABLE }, /* out of connections, memory, disk */
        { "57", ERROR_UNAVAILABLE }, /* shutdown, cancelled, statement timeout */
        { "22", ERROR_INVALID },     /* data exceptions */
        { "23", ERROR_INVALID },     /* constraints */
        { "40", ERROR_STALE },       /* serialization, deadlock */
    };
    if (strcmp(sqlstate, "55P03") == 0)
        return ERROR_UNAVAILABLE; /* a lock was not to be had in time */
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (in_class(sqlstate, classes[i].class))
            return classes[i].code;
    return ERROR_FAILED;
}

/* Data exceptions quote the value: invalid input syntax for type bigint: "secret". What stands between the
 * first and the last quote goes. */
static void hide_values(char *message)
{
    char *first = strchr(message, '"');
    char *last = first ? strrchr(message, '"') : NULL;
    if (!last || last - first < 4)
        return;
    memset(first + 1, '.', 3);
    memmove(first + 4, last, strlen(last) + 1);
}

static struct error *lost(const void *context, const struct connection *connection)
{
    const char *message = connection->handle ? PQerrorMessage(connection->handle) : "it is closed";
    bool gone = !connection->handle || PQstatus(connection->handle) == CONNECTION_BAD;
    return error_new(context, gone ? ERROR_UNAVAILABLE : ERROR_FAILED,
                     gone ? "the connection to the database was lost: %.*s" : "libpq: %.*s",
                     (int)strcspn(message, "\n"), message);
}

struct error *connection_setting_error(const struct connection *connection, struct error *error)
{
    if (!error || error->code != ERROR_INVALID)
        return error;
    error->code = ERROR_FAILED;
    return error_within(error, "the database does not take the time zone \"%s\"; correct ROSTER_TIME_ZONE",
                        connection->settings->time_zone);
}

static const char *part(const void *context, const PGresult *result, int code)
{
    return memory_copy(context, PQresultErrorField(result, code));
}

bool connection_fault_is_hasty(const struct error *error)
{
    return strcmp(error->sqlstate, "08P01") == 0 && strstr(error->message, "server login has been failing");
}

struct error *connection_error(const struct connection *connection, const PGresult *result)
{
    const void *context = talloc_parent(connection);
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    if (!sqlstate) /* libpq itself noticed, or the server's process died without a word */
        return lost(context, connection);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    struct error *error =
        error_new(context, code_of(sqlstate), "%s", message ? message : "the database reported an error");
    snprintf(error->sqlstate, sizeof error->sqlstate, "%s", sqlstate);
    if (in_class(sqlstate, "22")) {
        char *copy = memory_copy(error, error->message);
        hide_values(copy);
        error->message = copy;
    }
    if (strcmp(sqlstate, "08P01") == 0)
        error_within(error, "the database cannot be reached through its pooler");
    error->constraint = part(error, result, PG_DIAG_CONSTRAINT_NAME);
    error->table = part(error, result, PG_DIAG_TABLE_NAME);
    error->column = part(error, result, PG_DIAG_COLUMN_NAME);
    error->hint = part(error, result, PG_DIAG_MESSAGE_HINT);
    return error;
}
