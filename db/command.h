/* One run of the roster command: a verb, its options and arguments. db/roster.c holds the table of verbs. */
#ifndef ROSTER_COMMAND_H
#define ROSTER_COMMAND_H

#include <stdbool.h>
#include "error.h"
#include "schema.h"
#include "settings.h"

enum { COMMAND_OPTIONS = 6 }; /* of one verb, at most */

struct command_option {
    const char *name;  /* without the dashes: "message" */
    char letter;       /* 'm', or 0 */
    const char *value; /* what its value is called in the help; NULL for one that takes none */
    const char *help;
};

struct command;

struct command_verb {
    const char *name;      /* may be two words: "user add" */
    const char *arguments; /* for the help: "[TARGET]" */
    int least, most;       /* how many arguments */
    const char *summary;   /* one line */
    const char *details;   /* more lines for its own help, or NULL */
    struct error *(*run)(struct command *command);
    struct command_option options[COMMAND_OPTIONS + 1]; /* ends with an empty one */
};

struct command {
    void *context; /* everything of this run */
    const struct command_verb *verb;
    const char *const *arguments; /* end with NULL */
    int count;
    const char *values[COMMAND_OPTIONS]; /* as the verb's options; NULL: not given */
};

/* Sorts the words after the program's name. What does not fit the verb is ERROR_USAGE. help is set when it
 * was asked for, and then the rest is not looked at. */
struct error *command_read(struct command *command, const struct command_verb *verbs, int count,
                           char *const *words, bool *help) MUST_USE;
/* The option's value ("" for one that takes none), NULL when it was not given. */
const char *command_option(const struct command *command, const char *name);
/* The first argument, or what to take without one. */
const char *command_argument(const struct command *command, const char *without);
struct error *command_settings(const struct command *command, struct settings **settings) MUST_USE;
/* For verbs that work with files alone: no database need be configured, nor its site run (settings_open_files). */
struct error *command_settings_files(const struct command *command, struct settings **settings) MUST_USE;
struct error *command_schema(const struct command *command, struct schema **schema) MUST_USE;
/* Who runs this: the person who started the job that it is, or else the system's user. */
const char *command_who(const struct command *command);
/* Takes the database's turn until the context is freed (turn.h): waits for it when patient, or is ERROR_REFUSED. */
struct error *command_take_turn(const struct command *command, const void *context, const struct settings *settings,
                                bool patient) MUST_USE;

struct error *command_upgrade(struct command *command) MUST_USE;
struct error *command_downgrade(struct command *command) MUST_USE;
struct error *command_stamp(struct command *command) MUST_USE;
struct error *command_current(struct command *command) MUST_USE;
struct error *command_history(struct command *command) MUST_USE;
struct error *command_heads(struct command *command) MUST_USE;
struct error *command_show(struct command *command) MUST_USE;
struct error *command_check(struct command *command) MUST_USE;
struct error *command_access(struct command *command) MUST_USE;
/* Brings the rules of access to those of the models, at the end of what made or changed tables. */
struct error *command_apply_access(struct command *command, const struct settings *settings) MUST_USE;
struct error *command_revision(struct command *command) MUST_USE;
struct error *command_merge(struct command *command) MUST_USE;
struct error *command_verify(struct command *command) MUST_USE;
struct error *command_rescue(struct command *command) MUST_USE;
struct error *command_inspect(struct command *command) MUST_USE;
struct error *command_seed(struct command *command) MUST_USE;
struct error *command_user_add(struct command *command) MUST_USE;
struct error *command_user_password(struct command *command) MUST_USE;
struct error *command_user_reset(struct command *command) MUST_USE;
struct error *command_user_totp_off(struct command *command) MUST_USE;
struct error *command_backup(struct command *command) MUST_USE;
struct error *command_backups(struct command *command) MUST_USE;
struct error *command_verify_backup(struct command *command) MUST_USE;
struct error *command_prune_audit(struct command *command) MUST_USE;
struct error *command_prune(struct command *command) MUST_USE;
struct error *command_restore(struct command *command) MUST_USE;
struct error *command_job_start(struct command *command) MUST_USE;
struct error *command_job_run(struct command *command) MUST_USE;
struct error *command_job_list(struct command *command) MUST_USE;
struct error *command_job_show(struct command *command) MUST_USE;
struct error *command_job_cancel(struct command *command) MUST_USE;
struct error *command_doctor(struct command *command) MUST_USE;

#endif
