/* The roster command: everything that is done to a site from the outside. One table holds its verbs.
 *
 * Results go to standard output, progress and complaints to standard error, and the exit code says what
 * happened (error.h). */
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "error.h"
#include "job.h"
#include "memory.h"
#include "version.h"

#define JSON { "json", 0, NULL, "print JSON, for a program to read" }
#define SQL { "sql", 0, NULL, "print one script for psql, made without any database" }
#define NO_BACKUP { "no-backup", 0, NULL, "without the backup that is made first when rows would be lost" }
#define DRY_RUN { "dry-run", 0, NULL, "do it on a copy of the database, time each statement, and drop the copy" }

static const struct command_verb verbs[] = {
    { "upgrade", "[TARGET]", 0, 1, "apply revisions",
      "TARGET is head (without one), heads, +N, or a revision's id or its beginning; with --sql also FROM:TO, where\n"
      "FROM is base without one. Run the script with psql -X -v ON_ERROR_STOP=1 -f FILE.\n", command_upgrade,
      { SQL, DRY_RUN, NO_BACKUP, { 0 } } },
    { "downgrade", "TARGET", 1, 1, "undo revisions",
      "TARGET is base, -N, or the revision that shall stay; with --sql it is FROM:TO. What the way back drops is lost.\n",
      command_downgrade,
      { SQL, DRY_RUN, NO_BACKUP, { "allow-destructive", 0, NULL, "undo also what cannot be brought back" }, { 0 } } },
    { "current", "", 0, 0, "say which revision the database has", NULL, command_current,
      { JSON, { "check", 0, NULL, "exit with 3 when revisions are pending" }, { 0 } } },
    { "history", "", 0, 0, "list the revisions, the newest first; * marks the applied ones, ~ one in the middle", NULL,
      command_history, { JSON, { 0 } } },
    { "heads", "", 0, 0, "list the revisions that none follows", NULL, command_heads, { JSON, { 0 } } },
    { "show", "ID", 1, 1, "print one revision", NULL, command_show, { JSON, { 0 } } },
    { "stamp", "TARGET", 1, 1, "write the history without running anything",
      "For a database that has the tables already. TARGET is head, heads, base, a revision, or current: what is\n"
      "applied already, with the files as they are now.\n", command_stamp,
      { { 0 } } },
    { "check", "", 0, 0, "compare the database with the models", "Exits with 4 when they differ and says in what.\n",
      command_check,
      { JSON, { "models", 0, NULL, "only look whether the models file contradicts itself; needs no database" }, { 0 } } },
    { "access", "", 0, 0, "bring the rules of access in the database to those of the models",
      "Row-level security for the role that serves, and what it is granted; upgrade, rescue and restore do it at their\n"
      "end. Exits with 0 when they are right.\n",
      command_access,
      { { "sql", 0, NULL, "only print the policies" },
        { "roles", 0, NULL, "print what makes separate roles for serving, migrating and dumping" }, { 0 } } },
    { "revision", "", 0, 0, "write a new revision file from migrations/template.sql", NULL, command_revision,
      { { "message", 'm', "TEXT", "what changes, in one line" },
        { "autogenerate", 0, NULL, "fill it with what the models and the database differ in" },
        { "offline", 0, NULL, "compare with the revisions instead, in a scratch database on the same server" },
        { "allow-destructive", 0, NULL, "also when columns or tables with their data would go" }, { 0 } } },
    { "verify", "", 0, 0, "prove every revision up, down and up again", "In a database of its own on the same server, with "
      "made-up rows in the tables.\n",
      command_verify, { { 0 } } },
    { "rescue", "", 0, 0, "when migrations cannot run: create what is missing straight from the models",
      "Looks which tables and columns there are, creates those that are missing, writes the history, and sows the seed\n"
      "\"initial\". It never drops or changes what is there, and makes a backup first.\n"
      "Exits with 4 when something was left that differs from the models.\n",
      command_rescue, { { "no-backup", 0, NULL, "without the backup that is made first" }, { 0 } } },
    { "inspect", "[URL]", 0, 1, "print a models file for an existing database",
      "URL is the site's own database without one. Build with it: make MODELS=FILE. A comment \"not said\" stands where\n"
      "the models have no terms for something.\n",
      command_inspect, { { 0 } } },
    { "merge", "[ID ID...]", 0, 16, "write a revision that joins heads; without names, all of them", NULL,
      command_merge, { { "message", 'm', "TEXT", "what is joined, in one line" }, { 0 } } },
    { "seed", "[NAME]", 0, 1, "fill the database with the rows of a seed; without a name, list the seeds", NULL,
      command_seed,
      { { "scale", 0, "N", "how much of a generated seed; 1 is its plan" },
        { "dry-run", 0, NULL, "do everything, count, and undo it" },
        { "quiet", 0, NULL, "print nothing but errors" }, { 0 } } },
    { "user add", "EMAIL", 1, 1, "make an account and print its first password", NULL, command_user_add,
      { { "superuser", 0, NULL, "may manage people and the site itself" },
        { "name", 0, "TEXT", "the full name" }, { 0 } } },
    { "user password", "EMAIL", 1, 1, "give a person a new password, print it, and end their sign-ins", NULL,
      command_user_password, { { 0 } } },
    { "user reset", "EMAIL", 1, 1, "print a link with which a person chooses a new password, once", NULL,
      command_user_reset, { { 0 } } },
    { "user totp-off", "EMAIL", 1, 1, "take the second factor off for somebody who lost it", NULL,
      command_user_totp_off, { { 0 } } },
    { "backup", "", 0, 0, "write a backup to the folder backups of ROSTER_VAR",
      "pg_dump -Fc, with a manifest: SHA-256, size, rows and a digest per table from the same snapshot, revision, versions.\n"
      "One that was restored into a scratch database and compared is called verified; --verify does that at once.\n",
      command_backup,
      { { "verify", 0, NULL, "prove it afterwards, as verify-backup does" },
        { "note", 0, "TEXT", "a line that is shown with it" },
        { "import", 0, "FILE", "take over an archive of this program instead, with FILE.json if there is one" },
        { "schedule", 0, NULL, "print a systemd timer and a cron line that do it every night" },
        { 0 } } },
    { "backups", "", 0, 0, "list the backups, the newest first", NULL, command_backups, { JSON, { 0 } } },
    { "verify-backup", "NAME", 1, 1, "restore a backup into a scratch database and compare", NULL,
      command_verify_backup, { { 0 } } },
    { "restore", "[NAME]", 0, 1, "put a backup in the place of the database",
      "Into a new database, which is compared with the manifest and then swapped in by renaming. Until then nothing changes;\n"
      "after it the earlier database is kept. Everybody has to sign in again. A damaged backup is refused.\n",
      command_restore,
      { { "undo", 0, NULL, "back to the database that the last restore put aside, or to the one of this NAME" },
        { "kept", 0, NULL, "list the databases that were put aside" },
        { "drop-kept", 0, "NAME", "drop one of them" },
        { 0 } } },
    { "prune audit", "", 0, 0, "remove lines of the audit that are older than ROSTER_AUDIT_DAYS",
      "Also sign-ins that have ended and the tokens of forms that were sent more than 30 days ago. The history of records\n"
      "is kept. The audit says how many lines are gone. The site does this once a day.\n",
      command_prune_audit, { { "dry-run", 0, NULL, "only say how many would go" }, { 0 } } },
    { "prune", "", 0, 0, "remove backups that are older than what is kept",
      "Kept are the last ROSTER_KEEP_LAST, and the newest of as many days, weeks and months as ROSTER_KEEP_DAILY, _WEEKLY\n"
      "and _MONTHLY say. At least two stay, and none goes without a newer one that is verified.\n",
      command_prune, { { "dry-run", 0, NULL, "only say what would go, and why" }, { 0 } } },
    { "job start", "-- VERB [ARGUMENTS]", 1, 16, "run a verb in the background; prints the job's id", NULL,
      command_job_start, { { 0 } } },
    { "job list", "", 0, 0, "list jobs, the newest first", NULL, command_job_list, { JSON, { 0 } } },
    { "job show", "ID", 1, 1, "print a job's log and how it ended", NULL, command_job_show,
      { JSON, { "follow", 'f', NULL, "go on until it has ended" }, { 0 } } },
    { "job cancel", "[ID]", 0, 1, "ask a job to stop, which it does where that leaves everything in order", NULL,
      command_job_cancel, { { "all", 0, NULL, "all of them, and wait: the site stops" }, { 0 } } },
    { "job run", "ID", 1, 1, "what a job's own process runs", NULL, command_job_run, { { 0 } } },
    { "doctor", "", 0, 0, "look at settings, database, revisions and disk", NULL, command_doctor, { { 0 } } },
    { 0 },
};

static void print_overview(FILE *out)
{
    fputs("usage: roster VERB [ARGUMENTS]\n\n", out);
    for (const struct command_verb *verb = verbs; verb->name; verb++)
        fprintf(out, "  %-14s %-9s %s\n", verb->name, verb->arguments, verb->summary);
    fputs("\nroster VERB --help says more. The database comes from DATABASE_URL or the POSTGRES_ variables,\n"
          "in the environment or in .env; without them it is that of the site that runs in var.\n"
          "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 revisions pending, 4 the database differs from\n"
          "the models, 5 several heads, 6 an applied file was edited, 7 refused without its flag,\n"
          "8 database unreachable.\n",
          out);
}

static void print_verb(const struct command_verb *verb)
{
    printf("usage: roster %s%s%s%s\n\n%s.\n", verb->name, verb->options[0].name ? " [OPTIONS]" : "",
           *verb->arguments ? " " : "", verb->arguments, verb->summary);
    if (verb->details)
        printf("%s", verb->details);
    for (const struct command_option *option = verb->options; option->name; option++) {
        char name[64];
        const char letter[] = { '-', option->letter, ',', '\0' };
        snprintf(name, sizeof name, "%-3s --%s %s", option->letter ? letter : "", option->name,
                 option->value ? option->value : "");
        printf("  %-22s %s\n", name, option->help);
    }
}

/* "roster job --help": the verbs that begin with this word. False when there is none. */
static bool print_group(const char *word)
{
    const size_t length = strlen(word);
    bool any = false;
    for (const struct command_verb *verb = verbs; verb->name; verb++) {
        if (strncmp(verb->name, word, length) != 0 || verb->name[length] != ' ')
            continue;
        if (!any)
            printf("usage: roster %s VERB [ARGUMENTS]\n\n", word);
        any = true;
        printf("  %-16s %-20s %s\n", verb->name, verb->arguments, verb->summary);
    }
    if (any)
        printf("\nroster %s VERB --help says more.\n", word);
    return any;
}

static bool is_verb(const char *word)
{
    for (const struct command_verb *verb = verbs; verb->name; verb++)
        if (strcmp(verb->name, word) == 0)
            return true;
    return false;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

static struct error *run(void *context, int count, char *const *words)
{
    struct command *command = NEW(context, struct command);
    bool help = false;
    if (strcmp(words[0], "--version") == 0) {
        puts("roster " ROSTER_VERSION);
        return NULL;
    }
    const bool asks = asks_for_help(words[0]);
    if (asks && count == 1) {
        print_overview(stdout);
        return NULL;
    }
    const char *group = count != 2 ? NULL : asks ? words[1] : asks_for_help(words[1]) ? words[0] : NULL;
    if (group && !is_verb(group) && print_group(group))
        return NULL;
    command->context = context;
    if (asks) { /* help VERB is VERB --help */
        char **asked = NEW_ARRAY(context, char *, (size_t)count + 1);
        memcpy(asked, words + 1, (size_t)(count - 1) * sizeof *asked);
        asked[count - 1] = memory_copy(context, "--help");
        words = asked;
    }
    TRY(command_read(command, verbs, count, words, &help));
    if (!help)
        return command->verb->run(command);
    print_verb(command->verb);
    return NULL;
}

static int report(const struct error *error)
{
    fflush(stdout); /* so that what was done stands before what went wrong */
    if (!error && ferror(stdout)) {
        fputs("roster: cannot write the output\n", stderr);
        return 1;
    }
    if (!error)
        return 0;
    fprintf(stderr, "roster: %s\n", error->message);
    if (error->hint)
        fprintf(stderr, "roster: hint: %s\n", error->hint);
    return error_exit_code(error);
}

int main(int count, char **words)
{
    if (count < 2) {
        print_overview(stderr);
        return 2;
    }
    job_attach();
    void *context = talloc_new(NULL);
    int code = report(run(context, count - 1, words + 1));
    talloc_free(context);
    return code;
}
