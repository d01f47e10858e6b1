/* A database of its own on the same server, for trying out what must not happen to the real one. */
#include "trial.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conninfo.h"
#include "databases.h"
#include "memory.h"
#include "query.h"

#define ROWS_LIMIT "268435456" /* bytes */

static int drop(struct trial *trial)
{
    /* What fails here is swept up by the next trial. */
    talloc_free(connection_execute(
        trial->server, memory_printf(trial, "DROP DATABASE IF EXISTS \"%s\" WITH (FORCE)", trial->name)));
    return 0;
}

/* Not through the database itself, which cannot be copied while somebody uses it. */
static struct error *open_server(struct trial *trial, const struct settings *settings)
{
    struct settings *other = NEW(trial, struct settings);
    *other = *settings;
    other->direct_url = conninfo_with_database(other, settings->direct_url, "postgres");
    trial->server = connection_new(trial, other, CONNECTION_DIRECT, "roster trial");
    struct error *error = connection_open(trial->server);
    if (!error)
        return NULL;
    talloc_free(error);
    trial->server = connection_new(trial, settings, CONNECTION_DIRECT, "roster trial");
    return connection_open(trial->server);
}

/* Those that a run left which was killed: an hour old, and nobody there. */
static struct error *sweep(struct trial *trial)
{
    struct query *old =
        query_add(trial->server,
                  sql_new(trial->server,
                          "SELECT format('DROP DATABASE %I', datname) AS drop FROM pg_database d"
                          " WHERE datname ~ '^roster_trial_[0-9]+_[0-9]+$'"
                          " AND split_part(datname, '_', 3)::numeric < extract(epoch FROM now()) - 3600"
                          " AND pg_has_role(datdba, 'USAGE')"
                          " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)"));
    TRY(query_run(trial->server));
    for (int row = 0; row < query_rows(old); row++)
        talloc_free(
            connection_execute(trial->server, query_field(old, row, "drop"))); /* another may be quicker */
    return NULL;
}

static struct error *start(const void *context, const struct settings *settings, struct trial **out)
{
    struct trial *trial = NEW(context, struct trial);
    *out = trial;
    trial->name = memory_printf(trial, "roster_trial_%ld_%d", (long)time(NULL), (int)getpid());
    trial->settings = NEW(trial, struct settings);
    *trial->settings = *settings;
    trial->settings->direct_url = conninfo_with_database(trial->settings, settings->direct_url, trial->name);
    trial->settings->database_url = trial->settings->direct_url;
    TRY(open_server(trial, settings));
    return sweep(trial);
}

static struct error *create(struct trial *trial, const char *sql)
{
    struct error *error = connection_execute(trial->server, sql);
    if (!error) {
        talloc_set_destructor(trial, drop);
        return NULL;
    }
    if (strcmp(error->sqlstate, "42501") == 0)
        return error_new(
            talloc_parent(trial), ERROR_REFUSED,
            "this role may not create databases, and a trial needs one beside the real one; grant it with: "
            "ALTER ROLE ... CREATEDB");
    return error;
}

static struct error *create_empty(struct trial *trial, const char *source)
{
    const char *sql;
    TRY(databases_make_sql(trial->server, source, trial->name, &sql));
    if (!sql)
        return error_new(talloc_parent(trial), ERROR_UNAVAILABLE, "there is no database \"%s\"", source);
    return create(trial, sql);
}

static const char *database_of(const void *context, const struct settings *settings)
{
    const char *name = conninfo_part(context, settings->direct_url, "dbname");
    return name ? name : conninfo_part(context, settings->direct_url, "user");
}

struct error *trial_new(const void *context, const struct settings *settings, struct trial **trial)
{
    TRY(start(context, settings, trial));
    return create_empty(*trial, database_of(*trial, settings));
}

/* A client program finds the database in its environment, where others do not see a password (manual, 34.15). */
static void set_environment(const char *conninfo)
{
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    for (const PQconninfoOption *option = options; option && option->keyword; option++)
        if (option->envvar && option->val)
            setenv(option->envvar, option->val, 1);
    PQconninfoFree(options);
    setenv("PGAPPNAME", "roster trial", 1);
    setenv("PGCLIENTENCODING", "UTF8", 1);
}

struct program {
    const char *conninfo;
    int in, out; /* -1: nothing */
    const char *const *words;
};

static pid_t begin(const struct program *program)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(program->in >= 0 ? program->in : nothing, STDIN_FILENO);
    dup2(program->out >= 0 ? program->out : nothing, STDOUT_FILENO);
    set_environment(program->conninfo);
    execvp(program->words[0], (char *const *)(const void *)program->words);
    _exit(127);
}

static struct error *finish(const struct trial *trial, pid_t child, const char *name)
{
    int status;
    if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return NULL;
    return error_new(
        talloc_parent(trial), ERROR_FAILED,
        "the database could not be copied: \"%s\" failed; it belongs to PostgreSQL's client programs", name);
}

static struct error *pipe_through(const struct trial *trial, const struct settings *settings,
                                  const char *const *dump_words)
{
    static const char *const load_words[] = { "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", NULL };
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_new(talloc_parent(trial), ERROR_FAILED, "no pipe could be made");
    const struct program dump = { settings->direct_url, -1, ends[1], dump_words };
    const struct program load = { trial->settings->direct_url, ends[0], -1, load_words };
    pid_t from = begin(&dump), to = begin(&load);
    close(ends[0]);
    close(ends[1]);
    struct error *first = finish(trial, from, "pg_dump"), *second = finish(trial, to, "psql");
    return first ? first : second;
}

static struct error *is_small(struct trial *trial, const char *source, bool *small)
{
    struct sql *sql = sql_new(trial, "SELECT pg_database_size(");
    sql_value(sql, source, "name");
    sql_add(sql, ") < " ROWS_LIMIT " AS small");
    struct query *query = query_add(trial->server, sql);
    TRY(query_run(trial->server));
    *small = query_true(query, 0, "small");
    return NULL;
}

static struct error *copy_by_dump(struct trial *trial, const struct settings *settings, const char *source)
{
    static const char *const all[] = { "pg_dump", "--no-owner", "--no-privileges", NULL };
    static const char *const shape[] = { "pg_dump", "--no-owner", "--no-privileges", "--schema-only", NULL };
    static const char *const history[] = { "pg_dump", "--data-only", "--table=public.roster_revision*",
                                           NULL };
    TRY(create_empty(trial, source));
    TRY(is_small(trial, source, &trial->has_rows));
    if (trial->has_rows)
        return pipe_through(trial, settings, all);
    TRY(pipe_through(trial, settings, shape));
    return pipe_through(trial, settings, history);
}

struct error *trial_copy(const void *context, const struct settings *settings, struct trial **out)
{
    TRY(start(context, settings, out));
    struct trial *trial = *out;
    const char *source = database_of(trial, settings);
    struct error *error = create(trial, memory_printf(trial, "CREATE DATABASE \"%s\" TEMPLATE %s",
                                                      trial->name, sql_quote_name(trial, source)));
    trial->has_rows = true;
    if (!error || strcmp(error->sqlstate, "55006") != 0) /* somebody uses it */
        return error;
    talloc_free(error);
    return copy_by_dump(trial, settings, source);
}

struct error *trial_explain(struct error *error)
{
    if (!error || !strstr(error->message, "CREATE EXTENSION"))
        return error;
    if (strcmp(error->sqlstate, "42501") == 0)
        error->hint =
            "PostgreSQL lets only a superuser make this extension, and a trial database is new: let this "
            "verb "
            "connect as one, on a server for trials (DATABASE_URL=... roster verify), or, where that is "
            "acceptable, make the extension a trusted one (\"trusted = true\" in its control file)";
    else if (strcmp(error->sqlstate, "0A000") == 0 || strcmp(error->sqlstate, "58P01") == 0)
        error->hint = "the extension's files are not on this server: install its package there, on Debian "
                      "postgresql-contrib or postgresql-NN-NAME";
    return error;
}
