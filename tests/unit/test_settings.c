/* The configuration: where values come from, and how wrong ones are refused. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../db/conninfo.h"
#include "../../db/file.h"
#include "../../db/memory.h"
#include "../../db/settings.h"
#include "../../db/unknown.h"

static void *context;
static char *folder, *home;

/* Each test begins in an empty folder with an empty environment but for a database and a key. */
static void setup(void)
{
    context = talloc_new(NULL);
    home = getcwd(NULL, 0);
    ck_assert_ptr_nonnull(home);
    folder = mkdtemp(memory_copy(context, "/tmp/roster-test-XXXXXX"));
    ck_assert_ptr_nonnull(folder);
    ck_assert_int_eq(chdir(folder), 0);
    clearenv();
    setenv("DATABASE_URL", "postgresql://ann:pw@db.example:6543/roster", 1);
    setenv("SECRET_KEY", "0123456789abcdef0123456789abcdef", 1);
}

static void teardown(void)
{
    static const char *const left[] = {
        ".env",    "other.env", "var/secret_key", "var/admin_key", "var/run/.s.PGSQL.5432", "var/run/.s.PGSQL.6432",
        "var/run", "var"
    };
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        remove(left[i]);
    ck_assert_int_eq(chdir(home), 0);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left behind */
    free(home);
    talloc_free(context);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    ck_assert_int_eq(chmod(path, 0600), 0);
}

static struct settings *open_settings(void)
{
    struct settings *settings = NULL;
    struct error *error = settings_open(context, &settings);
    ck_assert_msg(error == NULL, "%s", error ? error->message : "");
    return settings;
}

static void assert_refused(const char *words)
{
    struct settings *settings = NULL;
    struct error *error = settings_open(context, &settings);
    ck_assert_msg(error != NULL, "not refused: %s", words);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_msg(strstr(error->message, words) != NULL, "\"%s\" is not in: %s", words, error->message);
}

START_TEST(defaults)
{
    const struct settings *settings = open_settings();
    ck_assert_int_eq(settings->port, 8080);
    ck_assert_int_eq(settings->workers, 8);
    ck_assert_uint_eq(settings->upload_max, 32UL * 1024 * 1024);
    ck_assert_int_eq(settings->request_budget_ms, 10000);
    ck_assert_int_eq(settings->statement_timeout_ms, 8000);
    ck_assert_int_eq(settings->lock_timeout_ms, 3000);
    ck_assert_int_eq(settings->page_rows, 25);
    ck_assert_int_eq(settings->session_days, 14);
    ck_assert_int_eq(settings->secure_cookies, 0);
    ck_assert_str_eq(settings->var, "var");
    ck_assert_str_eq(settings->migrations, "migrations");
    ck_assert_str_eq(settings->seeds, "seeds");
    ck_assert_str_eq(settings->time_zone, "UTC");
    ck_assert_str_eq(settings->site_name, "Roster");
    ck_assert_str_eq(settings->first_superuser, "admin@example.com");
    ck_assert_ptr_null(settings->first_superuser_password);
}
END_TEST

START_TEST(the_environment_wins_over_the_file)
{
    write_file(".env", "PORT=9000\nROSTER_WORKERS=3\n");
    setenv("PORT", "9001", 1);
    setenv("ROSTER_WORKERS", "", 1); /* empty is unset */
    const struct settings *settings = open_settings();
    ck_assert_int_eq(settings->port, 9001);
    ck_assert_int_eq(settings->workers, 3);
}
END_TEST

START_TEST(another_file_can_be_named)
{
    write_file(".env", "PORT=9000\n");
    write_file("other.env", "PORT=9002\n");
    setenv("ROSTER_ENV", "other.env", 1);
    ck_assert_int_eq(open_settings()->port, 9002);
    setenv("ROSTER_ENV", "missing.env", 1);
    assert_refused("cannot read \"missing.env\"");
}
END_TEST

START_TEST(the_file_is_read_as_a_shell_would)
{
    write_file(".env", "# a comment\n"
                       "\n"
                       "  ROSTER_SITE_NAME = not this\n");
    assert_refused(".env, line 3: write NAME=VALUE");
    write_file(".env", "# a comment\r\n"
                       "\r\n"
                       "export ROSTER_SITE_NAME=\"The \\\"Crew\\\" \\$5\" # said so\r\n"
                       "FIRST_SUPERUSER_PASSWORD='a \"b\" $c \\ #d'\r\n"
                       "FIRST_SUPERUSER=#x#y@example.com  # a comment\r\n"
                       "ROSTER_VAR=\n"
                       "ROSTER_SEEDS= # none\n"
                       "PORT=81");
    const struct settings *settings = open_settings();
    ck_assert_str_eq(settings->site_name, "The \"Crew\" $5");
    ck_assert_str_eq(settings->first_superuser_password, "a \"b\" $c \\ #d");
    ck_assert_str_eq(settings->first_superuser, "#x#y@example.com");
    ck_assert_int_eq(settings->port, 81);
}
END_TEST

START_TEST(a_broken_file_is_refused_with_its_line)
{
    static const char *const cases[][2] = {
        { "A=1\nB\n", ".env, line 2: write NAME=VALUE" },
        { "1A=1\n", ".env, line 1: write NAME=VALUE" },
        { "A-B=1\n", ".env, line 1: write NAME=VALUE" },
        { "=1\n", ".env, line 1: write NAME=VALUE" },
        { "A= x\n", ".env, line 1: write NAME=VALUE" },
        { "A=\"x\nB=1\n", ".env, line 1: the quote is not closed" },
        { "A='x", ".env, line 1: the quote is not closed" },
        { "A='x' y\n", ".env, line 1: there is something after the closing quote" },
        { "A=\"\\x\"\n", ".env, line 1: after a backslash" },
        { "A=\"x\\", ".env, line 1: after a backslash" },
        { "A=\"$HOME\"\n", ".env, line 1: write a dollar sign as" },
        { "A=$HOME\n", ".env, line 1: put a value with quotes" },
        { "A=it's\n", ".env, line 1: put a value with quotes" },
        { "A=1\n\nA=2\n", ".env, line 3: \"A\" was already given on line 1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_file(".env", cases[i][0]);
        assert_refused(cases[i][1]);
    }
}
END_TEST

START_TEST(a_file_with_a_nul_or_too_large_is_refused)
{
    FILE *file = fopen(".env", "w");
    fwrite("A=1\0\n", 1, 5, file);
    fclose(file);
    assert_refused("contains a NUL byte");
    file = fopen(".env", "w");
    for (int i = 0; i < 70000; i++)
        fputc('#', file);
    fclose(file);
    assert_refused("is larger than 65536 bytes");
}
END_TEST

START_TEST(a_name_in_the_file_that_nobody_reads_is_told)
{
    write_file(".env", "ROSTER_TIMEZONE=UTC\nOTHER=1\nROSTER_WORKERS=3\nPOSTGRES_SERVR=x\n");
    ck_assert_str_eq(open_settings()->unknown, "ROSTER_TIMEZONE in .env is not known; did you mean ROSTER_TIME_ZONE? "
                                               "POSTGRES_SERVR in .env is not known; did you mean POSTGRES_SERVER?");
    write_file(".env", "ROSTER_TIME_ZONE=UTC\nTIMEZONE=1\n");
    ck_assert_ptr_null(open_settings()->unknown);
    unsetenv("DATABASE_URL");
    write_file(".env", "POSTGRES_SERVR=x\n");
    struct settings *settings = NULL;
    const struct error *error = settings_open(context, &settings);
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error->hint, "POSTGRES_SERVR in .env is not known; did you mean POSTGRES_SERVER?");
}
END_TEST

/* The checkout, where the tests are run. */
static void setup_example(void)
{
    context = talloc_new(NULL);
}

static void teardown_example(void)
{
    talloc_free(context);
}

/* Every line of the example that can be uncommented, as a file that sets them all. */
START_TEST(every_name_in_the_example_is_known)
{
    struct text *example, *all = text_new(context);
    struct env_file *file;
    char path[] = "/tmp/roster-test-XXXXXX";
    int count = 0;
    ck_assert_ptr_null(file_read(context, ".env.example", 65536, &example));
    for (const char *line = example->data; (line = strstr(line, "\n#")) != NULL; line++) {
        const size_t length = strspn(line + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
        if (length == 0 || line[2 + length] != '=')
            continue;
        text_addf(all, "%.*s=1\n", (int)length, line + 2);
        count++;
    }
    ck_assert_int_gt(count, 30);
    ck_assert_int_eq(close(mkstemp(path)), 0);
    write_file(path, all->data);
    struct error *error = env_file_open(context, path, true, &file);
    remove(path);
    ck_assert_msg(!error, "%s", error ? error->message : "");
    const char *unknown = unknown_names(context, file);
    ck_assert_msg(!unknown, "%s", unknown);
}
END_TEST

START_TEST(numbers_have_ranges)
{
    static const char *const names[] = { "PORT",
                                         "ROSTER_WORKERS",
                                         "ROSTER_PAGE_ROWS",
                                         "ROSTER_SESSION_DAYS",
                                         "ROSTER_REQUEST_BUDGET",
                                         "ROSTER_STATEMENT_TIMEOUT",
                                         "ROSTER_LOCK_TIMEOUT" };
    static const char *const values[] = { "0",   "-1",       "x",
                                          "7x",  " 7",       "+7",
                                          "1e3", "99999999", "99999999999999999999" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (size_t j = 0; j < sizeof values / sizeof *values; j++) {
            setenv(names[i], values[j], 1);
            assert_refused(
                memory_printf(context, "%s is \"%s\"; write a whole number from ", names[i], values[j]));
        }
        unsetenv(names[i]);
    }
}
END_TEST

START_TEST(inner_timeouts_follow_the_budget)
{
    setenv("ROSTER_REQUEST_BUDGET", "1000", 1);
    const struct settings *settings = open_settings();
    ck_assert_int_eq(settings->statement_timeout_ms, 800);
    ck_assert_int_eq(settings->lock_timeout_ms, 400);
    setenv("ROSTER_STATEMENT_TIMEOUT", "1000", 1);
    assert_refused("ROSTER_STATEMENT_TIMEOUT is 1000; write less than ROSTER_REQUEST_BUDGET");
    setenv("ROSTER_STATEMENT_TIMEOUT", "900", 1);
    setenv("ROSTER_LOCK_TIMEOUT", "901", 1);
    assert_refused("ROSTER_LOCK_TIMEOUT is 901; write at most ROSTER_STATEMENT_TIMEOUT");
}
END_TEST

START_TEST(sizes_take_units)
{
    static const struct {
        const char *value;
        size_t size;
    } good[] = { { "65536", 65536 }, { "64k", 65536 }, { "32M", 33554432 }, { "1g", 1073741824 } };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        setenv("ROSTER_UPLOAD_MAX", good[i].value, 1);
        ck_assert_uint_eq(open_settings()->upload_max, good[i].size);
    }
    static const char *const bad[] = { "65535", "2G",   "1T",   "M",
                                       "-32M",  "32MB", "1.5M", "18446744073709551615G" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        setenv("ROSTER_UPLOAD_MAX", bad[i], 1);
        assert_refused("write bytes from 64K to 1G");
    }
}
END_TEST

START_TEST(words_are_checked)
{
    static const char *const cases[][3] = {
        { "ROSTER_SECURE_COOKIES", "maybe", "write 1 when the site is served over TLS" },
        { "ROSTER_TIME_ZONE", "Mars/Olympus'", "ROSTER_TIME_ZONE is \"Mars/Olympus'\"" },
        { "ROSTER_TIME_ZONE", "../../etc/passwd", "write the name of a zone" },
        { "ROSTER_VAR", "a\nb", "ROSTER_VAR is not a path" },
        { "ROSTER_SITE_NAME", "a\tb", "ROSTER_SITE_NAME" },
        { "FIRST_SUPERUSER", "nobody", "write an email address" },
        { "FIRST_SUPERUSER", "a b@example.com", "write an email address" },
        { "FIRST_SUPERUSER_PASSWORD", "short", "FIRST_SUPERUSER_PASSWORD has 5 bytes" },
        { "SECRET_KEY", "0123456789abcdef0123456789abcde", "SECRET_KEY has 31 characters" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *earlier = memory_copy(context, getenv(cases[i][0]));
        setenv(cases[i][0], cases[i][1], 1);
        assert_refused(cases[i][2]);
        if (earlier)
            setenv(cases[i][0], earlier, 1);
        else
            unsetenv(cases[i][0]);
    }
    setenv("ROSTER_SECURE_COOKIES", "Yes", 1);
    setenv("ROSTER_TIME_ZONE", "Europe/Berlin", 1);
    ck_assert_int_eq(open_settings()->secure_cookies, 1);
}
END_TEST

static const char *part(const char *conninfo, const char *keyword)
{
    const char *value = conninfo_part(context, conninfo, keyword);
    return value ? value : "";
}

START_TEST(urls_may_name_a_driver)
{
    static const char *const spellings[] = { "postgresql://", "postgres://", "postgresql+psycopg://",
                                             "postgresql+asyncpg://", "postgres+psycopg2://" };
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        setenv("DATABASE_URL", memory_printf(context, "%sann:p%%27w%%5c@db.example:6543/ro", spellings[i]),
               1);
        const char *conninfo = open_settings()->database_url;
        ck_assert_str_eq(part(conninfo, "host"), "db.example");
        ck_assert_str_eq(part(conninfo, "port"), "6543");
        ck_assert_str_eq(part(conninfo, "dbname"), "ro");
        ck_assert_str_eq(part(conninfo, "user"), "ann");
        ck_assert_str_eq(part(conninfo, "password"), "p'w\\");
    }
}
END_TEST

START_TEST(a_url_that_cannot_be_read_keeps_its_secrets)
{
    static const char *const values[] = {
        "mysql://ann:hush@db/ro",      "roster-hush",    "postgresql://ann:hu%zz@db/hush",
        "postgresql://ann@db/ro?hush", "password='hush", "postgresql+://hush@[::1/x"
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        setenv("DATABASE_URL", values[i], 1);
        struct settings *settings;
        struct error *error = settings_open(context, &settings);
        ck_assert_msg(error != NULL, "%s", values[i]);
        ck_assert_ptr_nonnull(strstr(error->message, "DATABASE_URL"));
        ck_assert_msg(strstr(error->message, "hu") == NULL, "%s", error->message);
    }
    setenv("DATABASE_URL", "postgresql://ann@db/ro?ssl=require", 1);
    assert_refused("DATABASE_URL: invalid URI query parameter: \"ssl\"");
    setenv("DATABASE_URL", "postgresql://ann@db:0/ro", 1);
    assert_refused("the port in DATABASE_URL must be a number from 1 to 65535");
    setenv("DATABASE_URL", "host=db port=5432x", 1);
    assert_refused("the port in DATABASE_URL must be a number from 1 to 65535");
    setenv("DATABASE_URL", "service=other", 1);
    assert_refused("service file");
}
END_TEST

START_TEST(several_servers_may_be_named)
{
    setenv("DATABASE_URL", "postgresql://one:5432,two,three:5434/ro", 1);
    ck_assert_str_eq(part(open_settings()->database_url, "host"), "one,two,three");
}
END_TEST

START_TEST(a_missing_user_is_filled_in)
{
    setenv("DATABASE_URL", "host=/run/postgresql dbname=ro", 1);
    ck_assert_str_ne(part(open_settings()->database_url, "user"), "");
}
END_TEST

START_TEST(the_database_can_be_given_in_parts)
{
    unsetenv("DATABASE_URL");
    assert_refused("no database is configured");
    setenv("POSTGRES_SERVER", "db.example", 1);
    assert_refused("POSTGRES_DB is not set");
    setenv("POSTGRES_DB", "ro ster", 1);
    setenv("POSTGRES_USER", "o'neil", 1);
    setenv("POSTGRES_PASSWORD", "it's \\ secret", 1);
    setenv("POSTGRES_PORT", "70000", 1);
    assert_refused("POSTGRES_PORT is \"70000\"; write a number from 1 to 65535");
    setenv("POSTGRES_PORT", "6543", 1);
    const char *conninfo = open_settings()->database_url;
    ck_assert_str_eq(part(conninfo, "host"), "db.example");
    ck_assert_str_eq(part(conninfo, "port"), "6543");
    ck_assert_str_eq(part(conninfo, "dbname"), "ro ster");
    ck_assert_str_eq(part(conninfo, "user"), "o'neil");
    ck_assert_str_eq(part(conninfo, "password"), "it's \\ secret");
}
END_TEST

/* A folder whose name is too long for a socket, or has blanks in it, has them elsewhere, and says where. */
START_TEST(the_embedded_site_is_found_where_its_sockets_are)
{
    unsetenv("DATABASE_URL");
    ck_assert_int_eq(mkdir("var", 0700), 0);
    ck_assert_int_eq(mkdir("var/run", 0700), 0);
    ck_assert_int_eq(mkdir("sockets", 0700), 0);
    write_file("var/run/sockets", memory_printf(context, "%s/sockets\n", folder));
    assert_refused("no embedded site runs in \"var\"");
    write_file("sockets/.s.PGSQL.5432", "");
    ck_assert_str_eq(part(open_settings()->direct_url, "host"), memory_printf(context, "%s/sockets", folder));
    ck_assert_int_eq(unlink("var/run/sockets") | unlink("sockets/.s.PGSQL.5432") | rmdir("sockets"), 0);
}
END_TEST

START_TEST(the_embedded_site_is_found)
{
    unsetenv("DATABASE_URL");
    assert_refused("no database is configured, and no embedded site runs in \"var\"");
    ck_assert_int_eq(mkdir("var", 0700), 0);
    ck_assert_int_eq(mkdir("var/run", 0700), 0);
    write_file("var/run/.s.PGSQL.5432", "");
    const struct settings *settings = open_settings();
    ck_assert(conninfo_same_server(settings->database_url, settings->direct_url));
    write_file("var/run/.s.PGSQL.6432", "");
    settings = open_settings();
    ck_assert_str_eq(part(settings->direct_url, "host"), memory_printf(context, "%s/var/run", folder));
    ck_assert_str_eq(part(settings->direct_url, "port"), "5432");
    ck_assert_str_eq(part(settings->direct_url, "dbname"), "roster");
    ck_assert_str_eq(part(settings->database_url, "port"), "6432");
    ck_assert(!conninfo_same_server(settings->database_url, settings->direct_url));
    /* each with a role of its own */
    ck_assert_str_eq(part(settings->database_url, "user"), "roster_web");
    ck_assert_str_eq(part(settings->direct_url, "user"), "roster");
    ck_assert_str_eq(part(settings->dump_url, "user"), "roster_dump");
    ck_assert_str_eq(settings->serving_role, "roster_web");
    ck_assert_str_eq(settings->superuser_role, "roster_web_all");
}
END_TEST

START_TEST(the_direct_url_is_the_same_unless_given)
{
    const struct settings *settings = open_settings();
    ck_assert_str_eq(settings->direct_url, settings->database_url);
    setenv("DATABASE_DIRECT_URL", "host=elsewhere dbname=ro", 1);
    settings = open_settings();
    ck_assert_str_eq(part(settings->direct_url, "host"), "elsewhere");
    ck_assert_str_eq(settings->dump_url, settings->direct_url);
    ck_assert_str_eq(part(settings->database_url, "host"), "db.example");
}
END_TEST

START_TEST(one_source_names_the_whole_database)
{
    write_file(".env", "DATABASE_URL=postgresql://other/one\nDATABASE_DIRECT_URL=postgresql://other/two\n");
    const struct settings *settings = open_settings();
    ck_assert_str_eq(part(settings->direct_url, "host"), "db.example");
    unsetenv("DATABASE_URL");
    settings = open_settings();
    ck_assert_str_eq(part(settings->database_url, "dbname"), "one");
    ck_assert_str_eq(part(settings->direct_url, "dbname"), "two");
    setenv("POSTGRES_SERVER", "third", 1);
    setenv("POSTGRES_DB", "three", 1);
    settings = open_settings();
    ck_assert_str_eq(part(settings->database_url, "host"), "third");
    ck_assert_str_eq(part(settings->direct_url, "host"), "third");
}
END_TEST

START_TEST(libpq_finds_nothing_in_the_environment)
{
    static const char *const names[] = { "PGHOST",
                                         "PGHOSTADDR",
                                         "PGPORT",
                                         "PGDATABASE",
                                         "PGUSER",
                                         "PGPASSWORD",
                                         "PGPASSFILE",
                                         "PGSERVICE",
                                         "PGSERVICEFILE",
                                         "PGSYSCONFDIR",
                                         "PGOPTIONS",
                                         "PGAPPNAME",
                                         "PGSSLMODE",
                                         "PGSSLROOTCERT",
                                         "PGREQUIREPEER",
                                         "PGTZ",
                                         "PGDATESTYLE",
                                         "PGGEQO",
                                         "PGCLIENTENCODING",
                                         "PGCONNECT_TIMEOUT",
                                         "PGTARGETSESSIONATTRS" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        setenv(names[i], "1", 1);
    setenv("PGLIKE", "kept", 1);
    open_settings();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_msg(getenv(names[i]) == NULL, "%s", names[i]);
    ck_assert_str_eq(getenv("PGLIKE"), "kept");
}
END_TEST

START_TEST(a_secret_key_is_made_once)
{
    unsetenv("SECRET_KEY");
    const char *first = open_settings()->secret_key;
    ck_assert_uint_eq(strlen(first), 64);
    ck_assert_str_eq(open_settings()->secret_key, first);
    struct stat status;
    ck_assert_int_eq(stat("var/secret_key", &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0600);
    ck_assert_int_eq(chmod("var/secret_key", 0640), 0);
    assert_refused("\"var/secret_key\" is open to others; run: chmod 600 var/secret_key");
    ck_assert_int_eq(unlink("var/secret_key"), 0);
    ck_assert_str_ne(open_settings()->secret_key, first);
}
END_TEST

START_TEST(a_damaged_secret_key_is_refused)
{
    unsetenv("SECRET_KEY");
    ck_assert_int_eq(mkdir("var", 0700), 0);
    umask(077);
    write_file("var/secret_key", "too short\n");
    assert_refused("\"var/secret_key\" holds no key of at least 32 characters");
}
END_TEST

/* With which modes a file may hold what. */
START_TEST(a_secret_in_a_file_that_is_open_to_others_is_refused)
{
    static const struct {
        const char *text;
        mode_t mode;
        const char *refused; /* NULL: taken */
    } files[] = {
        { "METRICS_KEY=0123456789abcdef0123456789abcdef\n", 0600, NULL },
        { "METRICS_KEY=0123456789abcdef0123456789abcdef\n", 0640, NULL },
        { "METRICS_KEY=0123456789abcdef0123456789abcdef\n", 0644,
          "\".env\" holds METRICS_KEY and is open to others; run: chmod 600 .env" },
        { "METRICS_KEY=0123456789abcdef0123456789abcdef\n", 0660, "holds METRICS_KEY" },
        { "SECRET_KEY=0123456789abcdef0123456789abcdef\n", 0604, "holds SECRET_KEY" },
        { "ADMIN_KEY=0123456789abcdef0123456789abcdef\n", 0644, "holds ADMIN_KEY" },
        { "FIRST_SUPERUSER_PASSWORD=secret-secret\n", 0644, "holds FIRST_SUPERUSER_PASSWORD" },
        { "POSTGRES_PASSWORD=secret-secret\n", 0644, "holds POSTGRES_PASSWORD" },
        { "DATABASE_URL=postgresql+psycopg://ann:secret@db/roster\n", 0644, "holds DATABASE_URL" },
        { "DATABASE_URL='host=db password=secret'\n", 0644, "holds DATABASE_URL" },
        { "DATABASE_DIRECT_URL=postgresql://db/roster?password=secret\n", 0644, "holds DATABASE_DIRECT_URL" },
        { "DATABASE_DUMP_URL=postgresql://dump:secret@db/roster\n", 0644, "holds DATABASE_DUMP_URL" },
        { "DATABASE_URL=postgresql://ann@db:5432/roster\n", 0644, NULL },
        { "PORT=8080\nSECRET_KEY=\n", 0666, NULL },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_file(".env", files[i].text);
        ck_assert_int_eq(chmod(".env", files[i].mode), 0);
        if (files[i].refused)
            assert_refused(files[i].refused);
        else
            open_settings();
    }
}
END_TEST

START_TEST(processes_that_start_together_get_one_key)
{
    enum { COUNT = 12 };
    int ends[2];
    char first[64], other[64];
    unsetenv("SECRET_KEY");
    ck_assert_int_eq(pipe(ends), 0);
    for (int i = 0; i < COUNT; i++)
        if (fork() == 0) {
            const char *key = open_settings()->secret_key;
            _exit(write(ends[1], key, 64) == 64 ? 0 : 1);
        }
    ck_assert_int_eq(read(ends[0], first, 64), 64);
    for (int i = 1; i < COUNT; i++) {
        ck_assert_int_eq(read(ends[0], other, 64), 64);
        ck_assert_mem_eq(first, other, 64);
    }
    while (wait(NULL) > 0)
        continue;
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("settings");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, defaults);
    tcase_add_test(tests, the_environment_wins_over_the_file);
    tcase_add_test(tests, another_file_can_be_named);
    tcase_add_test(tests, the_file_is_read_as_a_shell_would);
    tcase_add_test(tests, a_broken_file_is_refused_with_its_line);
    tcase_add_test(tests, a_file_with_a_nul_or_too_large_is_refused);
    tcase_add_test(tests, a_name_in_the_file_that_nobody_reads_is_told);
    tcase_add_test(tests, numbers_have_ranges);
    tcase_add_test(tests, inner_timeouts_follow_the_budget);
    tcase_add_test(tests, sizes_take_units);
    tcase_add_test(tests, words_are_checked);
    tcase_add_test(tests, urls_may_name_a_driver);
    tcase_add_test(tests, a_url_that_cannot_be_read_keeps_its_secrets);
    tcase_add_test(tests, several_servers_may_be_named);
    tcase_add_test(tests, a_missing_user_is_filled_in);
    tcase_add_test(tests, the_database_can_be_given_in_parts);
    tcase_add_test(tests, the_embedded_site_is_found_where_its_sockets_are);
    tcase_add_test(tests, the_embedded_site_is_found);
    tcase_add_test(tests, the_direct_url_is_the_same_unless_given);
    tcase_add_test(tests, one_source_names_the_whole_database);
    tcase_add_test(tests, libpq_finds_nothing_in_the_environment);
    tcase_add_test(tests, a_secret_key_is_made_once);
    tcase_add_test(tests, a_damaged_secret_key_is_refused);
    tcase_add_test(tests, a_secret_in_a_file_that_is_open_to_others_is_refused);
    tcase_add_test(tests, processes_that_start_together_get_one_key);
    TCase *example = tcase_create("example");
    tcase_add_checked_fixture(example, setup_example, teardown_example);
    tcase_add_test(example, every_name_in_the_example_is_known);
    Suite *suite = suite_create("settings");
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, example);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
