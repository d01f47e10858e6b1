/* The verbs about backups: backup, backups, verify-backup, prune. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backup.h"
#include "command.h"
#include "env_file.h"
#include "memory.h"
#include "moment.h"
#include "place.h"
#include "retention.h"
#include "stop.h"
#include "text.h"

/* --- backup ------------------------------------------------------------------------------------------------------- */

/* A timer has an environment of its own: what this run found in its environment alone, it does not find. Values may be
 * secrets, and are not printed. */
static struct error *print_missing(struct command *command, const char *folder)
{
    static const char *const names[] = { "DATABASE_URL",      "DATABASE_DIRECT_URL", "DATABASE_DUMP_URL",  "POSTGRES_SERVER",
                                         "POSTGRES_PORT",     "POSTGRES_DB",         "POSTGRES_USER",      "POSTGRES_PASSWORD",
                                         "ROSTER_KEEP_LAST",  "ROSTER_KEEP_DAILY",   "ROSTER_KEEP_WEEKLY", "ROSTER_KEEP_MONTHLY",
                                         "ROSTER_MIGRATIONS", "ROSTER_TIME_ZONE",    "ROSTER_AUDIT_DAYS" };
    const char *given = getenv("ROSTER_ENV"), *path = given && *given ? given : place_find(command->context, "env", ".env");
    struct env_file *file;
    struct text *missing = text_new(command->context);
    TRY(env_file_open(command->context, path, false, &file));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]), *written = env_file_value(file, names[i]);
        if (value && *value && (!written || strcmp(value, written) != 0))
            text_addf(missing, "%s%s", missing->length > 0 ? ", " : "", names[i]);
    }
    if (missing->length > 0)
        printf("# FIRST write into %s%s%s (chmod 600), or what follows fails or backs up another database:\n"
               "# %s, which only the environment of this terminal has\n\n",
               *path == '/' ? "" : folder, *path == '/' ? "" : "/", path, missing->data);
    return NULL;
}

/* The folder and the program as this run found them, so that the unit does what was tried by hand. The audit comes first:
 * whether it could be pruned decides nothing about the backup, and a backup that fails is what the whole reports. */
static struct error *print_schedule(struct command *command, const struct settings *settings)
{
    char *program = realpath("/proc/self/exe", NULL), *folder = getcwd(NULL, 0),
         *var = realpath(settings->var, NULL);
    if (!program || !folder) {
        free(program);
        free(folder);
        free(var);
        return error_new(command->context, ERROR_FAILED, "the program's own folder cannot be found");
    }
    const char *named = getenv("ROSTER_ENV"), *env = named ? named : "";
    const char *env_line = *env ? memory_printf(command->context, "Environment=ROSTER_ENV=%s\n", env) : "",
               *env_word = *env ? memory_printf(command->context, "ROSTER_ENV='%s' ", env) : "";
    struct error *error = print_missing(command, folder);
    printf("# --- systemd: two files, then: systemctl enable --now roster-backup.timer\n"
           "# /etc/systemd/system/roster-backup.service\n"
           "[Unit]\nDescription=Back up Roster, prove the backup, remove old "
           "ones\nAfter=network-online.target\n\n"
           "[Service]\nType=oneshot\nWorkingDirectory=%s\nEnvironment=ROSTER_VAR=%s\n%s"
           "ExecStart=-%s prune audit\nExecStart=%s backup --verify --note scheduled\nExecStart=%s prune\nNice=10\n\n"
           "# /etc/systemd/system/roster-backup.timer\n"
           "[Unit]\nDescription=Back up Roster every night\n\n"
           "[Timer]\nOnCalendar=*-*-* 02:30:00\nRandomizedDelaySec=10min\nPersistent=true\n\n"
           "[Install]\nWantedBy=timers.target\n\n",
           folder, var ? var : settings->var, env_line, program, program, program);
    printf("# --- or cron: one line for crontab -e of the user that the site runs as\n"
           "30 2 * * * cd '%s' && export %sROSTER_VAR='%s' && { '%s' prune audit; '%s' backup --verify --note scheduled && "
           "'%s' prune; }\n",
           folder, env_word, var ? var : settings->var, program, program, program);
    free(program);
    free(folder);
    free(var);
    return error;
}

static struct error *verify(struct command *command, const struct settings *settings, const char *name)
{
    struct backup_proof proof;
    TRY(backup_verify(command->context, settings, name, command_who(command), &proof));
    printf(proof.compared ? "verified %s: %lld rows in %zu tables, restored and compared in %.1f s\n"
                          : "restorable %s: %lld rows in %zu tables, restored in %.1f s; it came without its manifest, so that "
                            "there is nothing to compare them with\n",
           name, proof.rows, proof.tables, proof.seconds);
    return NULL;
}

static struct error *make(struct command *command, const struct settings *settings, const char **name)
{
    struct schema *schema;
    struct backup *backup;
    void *turn = talloc_new(command->context);
    const struct backup_wish wish = { .who = command_who(command), .note = command_option(command, "note") };
    TRY(command_schema(command, &schema));
    TRY(command_take_turn(command, turn, settings, true));
    TRY(backup_make(command->context, settings, schema, &wish, name));
    talloc_free(turn); /* its proof keeps nobody from changing the database */
    TRY(backup_find(command->context, settings, *name, &backup));
    printf("backed up %lld rows to %s: %s\n", fingerprint_rows(&backup->manifest->content), backup->path,
           moment_size(command->context, backup->manifest->size));
    return NULL;
}

struct error *command_backup(struct command *command)
{
    struct settings *settings;
    const char *name, *file = command_option(command, "import");
    const struct backup_wish wish = { .who = command_who(command), .note = command_option(command, "note") };
    /* On a bad day files are looked at first: what needs no database is done without one. */
    if (command_option(command, "schedule") || (file && !command_option(command, "verify")))
        TRY(command_settings_files(command, &settings));
    else
        TRY(command_settings(command, &settings));
    if (command_option(command, "schedule"))
        return print_schedule(command, settings);
    stop_listen();
    if (file) {
        TRY(backup_import(command->context, settings, file, &wish, &name));
        printf("imported as %s; it is not verified yet\n", name);
    } else {
        TRY(make(command, settings, &name));
    }
    return command_option(command, "verify") ? verify(command, settings, name) : NULL;
}

/* --- backups ------------------------------------------------------------------------------------------------------ */

static json_t *to_json(const struct backup *backup)
{
    const struct manifest *manifest = backup->manifest;
    if (!manifest)
        return json_pack("{s:s, s:s, s:s}", "name", backup->name, "state", backup_state_word(backup->state), "problem",
                         backup->problem);
    return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:I, s:s, s:I, s:s?}", "name", backup->name,
                     "state", backup_state_word(backup->state), "at",
                     (json_int_t)manifest->at, "size", (json_int_t)manifest->size, "sha256", manifest->sha256,
                     "revision", manifest->revision, "who", manifest->who, "note", manifest->note, "rows",
                     (json_int_t)fingerprint_rows(&manifest->content), "origin", manifest->origin,
                     "checked_at", (json_int_t)backup->checked_at, "problem", backup->problem);
}

static void print_json(const struct backup *backups, size_t count)
{
    json_t *all = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(all, to_json(&backups[i]));
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

struct error *command_backups(struct command *command)
{
    struct settings *settings;
    struct backup *backups;
    size_t count;
    TRY(command_settings_files(command, &settings));
    TRY(backup_list(command->context, settings, &backups, &count));
    if (command_option(command, "json")) {
        print_json(backups, count);
        return NULL;
    }
    if (count == 0)
        puts("no backups yet; make one with: roster backup --verify");
    for (size_t i = 0; i < count; i++) {
        const struct manifest *manifest = backups[i].manifest;
        printf("%-36s %-10s ", backups[i].name,
               backups[i].state == BACKUP_DAMAGED ? "DAMAGED" : backup_state_word(backups[i].state));
        if (manifest)
            printf("%s %10s  %-9s %s%s%s", moment_text(command->context, settings->time_zone, manifest->at),
                   moment_size(command->context, manifest->size), manifest->revision, manifest->who,
                   *manifest->note ? ": " : "", manifest->note);
        printf("%s%s\n", backups[i].problem ? "\n    " : "", backups[i].problem ? backups[i].problem : "");
    }
    return NULL;
}

struct error *command_verify_backup(struct command *command)
{
    struct settings *settings;
    TRY(command_settings(command, &settings));
    stop_listen();
    return verify(command, settings, command->arguments[0]);
}

/* --- prune -------------------------------------------------------------------------------------------------------- */

struct error *command_prune(struct command *command)
{
    struct settings *settings;
    struct backup *backups;
    struct error *worst = NULL;
    size_t count, gone = 0;
    const bool dry = command_option(command, "dry-run") != NULL;
    TRY(command_settings_files(command, &settings));
    TRY(backup_list(command->context, settings, &backups, &count));
    const struct retention retention = retention_of(settings);
    struct retention_verdict *verdicts = NEW_ARRAY(command->context, struct retention_verdict, count + 1);
    retention_judge(command->context, &retention, backups, count, verdicts);
    for (size_t i = 0; i < count; i++) {
        const bool goes = !verdicts[i].keep;
        struct error *error = goes && !dry ? backup_delete(command->context, settings, backups[i].name) : NULL;
        printf("%-7s %-36s %s\n", !goes ? "kept" : dry ? "goes" : error ? "stays" : "removed", backups[i].name,
               error ? error->message : verdicts[i].why);
        gone += goes && !error;
        worst = worst ? worst : error;
    }
    printf(dry ? "would remove %zu of %zu\n" : "removed %zu of %zu\n", gone, count);
    return worst ? error_within(worst, "not all could be removed") : NULL;
}
