/* An archive of pg_dump's, read into a database by pg_restore. */
#include "archive.h"

#include <stdio.h>
#include <string.h>

#include "conninfo.h"
#include "memory.h"
#include "query.h"
#include "text.h"
#include "tool.h"

enum { LISTING_MAX = 16 * 1024 * 1024 };

struct error *archive_list(const void *context, const char *path, const char **listing)
{
    const char *program, *version;
    const char *const words[] = { "--list", path, NULL };
    TRY(tool_find(context, "pg_restore", 0, &program, &version));
    struct tool tool = { .path = program, .words = words, .output_limit = LISTING_MAX };
    TRY(tool_start(context, &tool));
    struct error *error = tool_finish(context, &tool, NULL, NULL, listing);
    if (error && error->code == ERROR_FAILED)
        return error_new(context, ERROR_INVALID, "this is no archive that pg_restore can read: %s",
                         error->message);
    return error;
}

const char *archive_says(const void *context, const char *listing, const char *label)
{
    for (const char *line = listing; *line == ';'; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *text = line + 1 + strspn(line + 1, " ");
        if (strncmp(text, label, strlen(label)) == 0)
            return memory_copy_length(context, text + strlen(label), strcspn(text + strlen(label), "\n"));
    }
    return "";
}

struct error *archive_read_through(const void *context, const char *path)
{
    const char *program, *version;
    const char *const words[] = { "--file=/dev/null", path, NULL };
    TRY(tool_find(context, "pg_restore", 0, &program, &version));
    struct tool tool = { .path = program, .words = words };
    TRY(tool_start(context, &tool));
    struct error *error = tool_finish(context, &tool, NULL, NULL, NULL);
    if (error && error->code == ERROR_FAILED)
        return error_new(context, ERROR_DAMAGED, "the archive cannot be read to its end: %s", error->message);
    return error;
}

/* --- What is taken of it ------------------------------------------------------------------------------------------ */

/* Those that this role may make in this database (manual, 38.17.6: trusted extensions). */
static const char extensions_sql[] =
    "SELECT coalesce(string_agg(' ' || v.name || ' ', ','), '') AS names FROM "
    "pg_available_extension_versions v"
    " WHERE NOT v.superuser OR v.trusted OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)";

/* A line of the listing: "dump id; class object KIND schema name owner". The words after the numbers, or
 * NULL. */
static const char *kind_of(const void *context, const char *line, size_t length)
{
    char *copy = memory_copy_length(context, line, length);
    char *at = strchr(copy, ';');
    if (copy[0] == ';' || !at)
        return NULL;
    for (int blanks = 0; *at && blanks < 3; at++)
        blanks += *at == ' ';
    return at;
}

/* "EXTENSION - pg_trgm " or "COMMENT - EXTENSION pg_trgm ": its name, or NULL for all others. */
static const char *extension_of(const void *context, const char *kind)
{
    static const char *const beginnings[] = { "EXTENSION - ", "COMMENT - EXTENSION " };
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++) {
        const size_t length = strlen(beginnings[i]);
        if (strncmp(kind, beginnings[i], length) == 0)
            return memory_copy_length(context, kind + length, strcspn(kind + length, " "));
    }
    return NULL;
}

static bool may_make(const void *context, const char *allowed, const char *extension)
{
    return strstr(allowed, memory_printf(context, " %s ", extension)) != NULL;
}

struct selection {
    struct text *main;   /* the lines that are restored */
    struct text *rights; /* GRANTs, restored after all else */
};

static void select_line(const void *context, struct selection *selection, const char *allowed,
                        const char *line, size_t length)
{
    const char *kind = kind_of(context, line, length);
    const char *extension = kind ? extension_of(context, kind) : NULL;
    if (!kind)
        return;
    if (extension && !may_make(context, allowed, extension)) {
        if (strncmp(kind, "EXTENSION", strlen("EXTENSION")) == 0)
            printf("left out: the extension %s, which only a superuser may make\n", extension);
        return;
    }
    struct text *text = strncmp(kind, "ACL ", 4) == 0 || strncmp(kind, "DEFAULT ACL ", 12) == 0
                            ? selection->rights
                            : selection->main;
    text_add_bytes(text, line, length);
    text_add_char(text, '\n');
}

static struct error *select_lines(const void *context, struct connection *connection, const char *path,
                                  struct selection *selection)
{
    const char *listing;
    struct query *allowed = query_add(connection, sql_new(connection, extensions_sql));
    TRY(query_run(connection));
    TRY(archive_list(context, path, &listing));
    selection->main = text_new(context);
    selection->rights = text_new(context);
    while (*listing) {
        const size_t length = strcspn(listing, "\n");
        select_line(context, selection, query_field(allowed, 0, "names"), listing, length);
        listing += length + (listing[length] != '\0');
    }
    return NULL;
}

/* --- Restoring ---------------------------------------------------------------------------------------------------- */

/* A connection string in which only the database is named: a bare name with = in it would be taken for one.
 */
static const char *database_option(const void *context, const char *conninfo)
{
    struct text *text = text_new(context);
    const char *name = conninfo_part(context, conninfo, "dbname");
    text_add(text, "--dbname=dbname='");
    for (; name && *name; name++) {
        if (*name == '\'' || *name == '\\')
            text_add_char(text, '\\');
        text_add_char(text, *name);
    }
    text_add_char(text, '\'');
    return text->data;
}

struct error *archive_restore(const void *context, const struct settings *settings,
                              struct connection *connection, const char *path)
{
    PGconn *handle;
    const char *program, *version;
    struct selection selection;
    TRY(connection_handle(connection, &handle));
    TRY(tool_find(context, "pg_restore", PQserverVersion(handle), &program, &version));
    TRY(select_lines(context, connection, path, &selection));
    const char *database = database_option(context, settings->direct_url);
    const char *const words[] = { "--no-owner",
                                  "--no-privileges",
                                  "--no-password",
                                  "--use-list=/dev/stdin",
                                  "--exit-on-error",
                                  "--jobs=2",
                                  database,
                                  path,
                                  NULL };
    struct tool tool = {
        .path = program, .words = words, .conninfo = settings->direct_url, .input = selection.main->data
    };
    TRY(tool_start(context, &tool));
    TRY(tool_finish(context, &tool, NULL, NULL, NULL));
    if (selection.rights->length == 0)
        return NULL;
    const char *const rights[] = { "--no-owner", "--no-password", "--use-list=/dev/stdin", database, path,
                                   NULL };
    struct tool granting = {
        .path = program, .words = rights, .conninfo = settings->direct_url, .input = selection.rights->data
    };
    TRY(tool_start(context, &granting));
    struct error *error = tool_finish(context, &granting, NULL, NULL, NULL);
    if (!error || error->code != ERROR_FAILED)
        return error;
    /* Another machine need not have the same roles. */
    printf("rights of other roles could not all be given again: %s\n", error->message);
    return NULL;
}
