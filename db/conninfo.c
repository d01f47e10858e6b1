/* Connection strings as people write them, made into what libpq takes. */
#include "conninfo.h"

#include <ctype.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "text.h"

static const char example[] = "postgresql://user:password@host:5432/database";

static void add(struct text *text, const char *keyword, const char *value)
{
    if (!value || *value == '\0')
        return;
    if (text->length > 0)
        text_add_char(text, ' ');
    text_addf(text, "%s='", keyword);
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\')
            text_add_char(text, '\\');
        text_add_char(text, *value);
    }
    text_add_char(text, '\'');
}

/* Without a user libpq asks the system for the name behind the user id, at every connection. */
static void add_system_user(struct text *text)
{
    const struct passwd *person = getpwuid(geteuid());
    if (person)
        add(text, "user", person->pw_name);
}

/* postgresql+psycopg://... without the driver's name; NULL when the value is not spelled like that. */
static char *without_driver(const void *context, const char *value)
{
    static const char *const schemes[] = { "postgresql+", "postgres+" };
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        if (strncmp(value, schemes[i], strlen(schemes[i])) != 0)
            continue;
        const char *at = value + strlen(schemes[i]);
        while (isalnum((unsigned char)*at) || *at == '_')
            at++;
        if (strncmp(at, "://", 3) == 0)
            return memory_printf(context, "postgresql%s", at);
    }
    return NULL;
}

/* libpq's own words can quote the value; only the harmless ones are passed on. */
static struct error *unreadable(const void *context, const char *variable, const char *reason)
{
    static const char harmless[] = "invalid URI query parameter";
    if (reason && strncmp(reason, harmless, strlen(harmless)) == 0)
        return error_new(context, ERROR_USAGE,
                         "%s: %.*s; see section 34.1.2 of the PostgreSQL manual for those there are",
                         variable, (int)strcspn(reason, "\n"), reason);
    return error_new(context, ERROR_USAGE,
                     "%s is not a connection string; write %s, with special characters of "
                     "the password as %%XX",
                     variable, example);
}

static bool ports_are_valid(const char *ports)
{
    for (const char *at = ports;; at++) {
        char *end;
        long port = *at == ',' || *at == '\0' ? 5432 : strtol(at, &end, 10);
        if (*at != ',' && *at != '\0') {
            if (!isdigit((unsigned char)*at) || port < 1 || port > 65535)
                return false;
            at = end;
        }
        if (*at == '\0')
            return true;
        if (*at != ',')
            return false;
    }
}

static struct error *check(const void *context, const char *variable, const PQconninfoOption *options)
{
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        if (!option->val)
            continue;
        if (strcmp(option->keyword, "port") == 0 && !ports_are_valid(option->val))
            return error_new(context, ERROR_USAGE, "the port in %s must be a number from 1 to 65535",
                             variable);
        if (strcmp(option->keyword, "service") == 0)
            return error_new(context, ERROR_USAGE,
                             "%s names a service file's entry; write the server's name itself, "
                             "as in %s",
                             variable, example);
    }
    return NULL;
}

struct error *conninfo_read(const void *context, const char *variable, const char *value,
                            const char **conninfo)
{
    char *plain = without_driver(context, value);
    char *reason = NULL;
    PQconninfoOption *options = PQconninfoParse(plain ? plain : value, &reason);
    if (!options) {
        struct error *error = unreadable(context, variable, reason);
        PQfreemem(reason);
        return error;
    }
    struct error *error = check(context, variable, options);
    struct text *text = text_new(context);
    bool has_user = false;
    for (const PQconninfoOption *option = options; option->keyword; option++) {
        add(text, option->keyword, option->val);
        has_user |= strcmp(option->keyword, "user") == 0 && option->val && *option->val;
    }
    PQconninfoFree(options);
    if (!has_user)
        add_system_user(text);
    *conninfo = text->data;
    return error;
}

char *conninfo_from_parts(const void *context, const char *server, const char *port, const char *database,
                          const char *user, const char *password)
{
    struct text *text = text_new(context);
    add(text, "host", server);
    add(text, "port", port);
    add(text, "dbname", database);
    add(text, "user", user);
    add(text, "password", password);
    return text->data;
}

char *conninfo_part(const void *context, const char *conninfo, const char *keyword)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    char *part = NULL;
    for (const PQconninfoOption *option = options; option && option->keyword; option++)
        if (strcmp(option->keyword, keyword) == 0)
            part = memory_copy(context, option->val);
    PQconninfoFree(options);
    return part;
}

char *conninfo_with_database(const void *context, const char *conninfo, const char *database)
{
    struct text *text = text_new(context);
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    for (const PQconninfoOption *option = options; option && option->keyword; option++)
        if (strcmp(option->keyword, "dbname") != 0)
            add(text, option->keyword, option->val);
    PQconninfoFree(options);
    add(text, "dbname", database);
    return text->data;
}

bool conninfo_same_server(const char *one, const char *other)
{
    static const char *const keywords[] = { "host", "hostaddr", "port" };
    void *scratch = talloc_new(NULL);
    bool same = true;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const char *left = conninfo_part(scratch, one, keywords[i]), *right = conninfo_part(scratch, other, keywords[i]);
        same = same && strcmp(left ? left : "", right ? right : "") == 0;
    }
    talloc_free(scratch);
    return same;
}

void conninfo_clear_environment(void)
{
    /* libpq's list of its options, each with the variable that stands for it ... */
    PQconninfoOption *options = PQconninfoParse("", NULL);
    for (const PQconninfoOption *option = options; option && option->keyword; option++)
        if (option->envvar)
            unsetenv(option->envvar);
    PQconninfoFree(options);
    /* ... and those that it reads without having an option for them. */
    static const char *const others[] = { "PGSERVICEFILE", "PGSYSCONFDIR", "PGDATESTYLE", "PGTZ", "PGGEQO" };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        unsetenv(others[i]);
    /* libpq looks a host's name up within PQconnectStart, without looking at connect_timeout, and a resolver that
     * hears nothing tries for 10 seconds and more for each of its servers. Who says something else in the
     * environment means it (resolv.conf(5)). */
    setenv("RES_OPTIONS", "timeout:1 attempts:2", 0);
}
