/* What goes wrong with backups and restores: bits that flip, files that are cut, disks that fill, runs that
 * are killed, and two at once. In every case the data is as before, or as promised. */
#include "safety.h"

#include <sys/resource.h>

#include "../../db/conninfo.h"
#include "../../db/job.h"
#include "../../db/restore.h"
#include "../../db/turn.h"

enum { PLACES = 100, MOMENTS = 10 };

static struct safety safety;

static void setup(void)
{
    safety_open(&safety);
}

static void teardown(void)
{
    safety_close(&safety);
}

static const char *path_of(const char *name, const char *ending)
{
    return memory_printf(safety.context, "%s/backups/%s%s", safety.folder, name, ending);
}

static struct text *read_bytes(const char *path)
{
    struct text *text = text_new(safety.context);
    char buffer[65536];
    size_t length;
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    while ((length = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_add_bytes(text, buffer, length);
    fclose(file);
    return text;
}

static void write_bytes(const char *path, const char *bytes, size_t length)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

/* Refused before anything was begun, in words about damage. */
static void is_damaged(const char *name, const char *how, size_t place)
{
    struct restore_outcome outcome;
    struct error *error = restore_run(safety.context, safety.settings, name, "tester", &outcome);
    ck_assert_msg(error && error->code == ERROR_DAMAGED, "%s at %zu: %s", how, place,
                  error ? error->message : "restored");
    ck_assert_ptr_nonnull(strstr(error->message, "is damaged"));
}

START_TEST(no_flipped_bit_is_restored)
{
    const char *name = safety_backup(&safety), *path = path_of(name, ".dump");
    struct text *bytes = read_bytes(path);
    const struct fingerprint before = safety_look(&safety);
    for (size_t i = 0; i < PLACES; i++) {
        const size_t place = i * (bytes->length - 1) / (PLACES - 1);
        const char bit = (char)(1 << (i % 8));
        bytes->data[place] ^= bit;
        write_bytes(path, bytes->data, bytes->length);
        is_damaged(name, "a flipped bit", place);
        bytes->data[place] ^= bit;
    }
    safety_same(&safety, &before);
    ck_assert_str_eq(safety_databases(&safety), "0");
    struct backup_proof proof;
    bytes->data[bytes->length / 2] ^= 1;
    write_bytes(path, bytes->data, bytes->length);
    struct error *error = backup_verify(safety.context, safety.settings, name, "tester", &proof);
    ck_assert_int_eq(error->code, ERROR_DAMAGED);
    /* And the list says so from then on. */
    ck_assert_int_eq(safety_run(&safety, "backups"), 0);
    safety_said(&safety, "DAMAGED");
    safety_said(&safety, "SHA-256");
}
END_TEST

START_TEST(no_truncated_archive_is_restored)
{
    struct backup *backup;
    const char *name = safety_backup(&safety), *path = path_of(name, ".dump");
    struct text *bytes = read_bytes(path);
    const struct fingerprint before = safety_look(&safety);
    for (size_t i = 0; i < PLACES; i++) {
        const size_t length = i * (bytes->length - 1) / (PLACES - 1);
        write_bytes(path, bytes->data, length);
        is_damaged(name, "truncated", length);
        ck_ok(backup_find(safety.context, safety.settings, name, &backup));
        ck_assert_int_eq(backup->state, BACKUP_DAMAGED);
    }
    unlink(path);
    is_damaged(name, "gone", 0);
    safety_same(&safety, &before);
    ck_assert_str_eq(safety_databases(&safety), "0");
}
END_TEST

START_TEST(no_changed_manifest_is_believed)
{
    struct restore_outcome outcome;
    const char *name = safety_backup(&safety), *path = path_of(name, ".json");
    struct text *bytes = read_bytes(path);
    for (size_t place = 0; place < bytes->length; place++)
        for (int bit = place % 16 == 0 ? 0 : 7; bit < 8; bit++) {
            bytes->data[place] = (char)(bytes->data[place] ^ (1 << bit));
            write_bytes(path, bytes->data, bytes->length);
            is_damaged(name, "a flipped bit of the manifest", place);
            bytes->data[place] = (char)(bytes->data[place] ^ (1 << bit));
        }
    for (size_t length = 0; length < bytes->length; length += bytes->length / PLACES) {
        write_bytes(path, bytes->data, length);
        is_damaged(name, "a manifest truncated", length);
    }
    write_bytes(path, bytes->data, bytes->length);
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
}
END_TEST

START_TEST(a_changed_proof_proves_nothing)
{
    struct backup *backup;
    struct backup_proof proof;
    const char *name = safety_backup(&safety), *path = path_of(name, ".checked.json");
    ck_ok(backup_verify(safety.context, safety.settings, name, "tester", &proof));
    struct text *bytes = read_bytes(path);
    for (size_t place = 0; place < bytes->length; place++) {
        bytes->data[place] ^= 4;
        write_bytes(path, bytes->data, bytes->length);
        ck_ok(backup_find(safety.context, safety.settings, name, &backup));
        ck_assert_int_eq(backup->state, BACKUP_UNVERIFIED);
        bytes->data[place] ^= 4;
    }
    write_bytes(path, bytes->data, bytes->length);
    ck_ok(backup_find(safety.context, safety.settings, name, &backup));
    ck_assert_int_eq(backup->state, BACKUP_VERIFIED);
}
END_TEST

/* A limit for the size of files is, for whoever writes, a disk that is full: the write that passes it fails,
 * or the writer is killed by SIGXFSZ. Unlike a small file system it needs no rights. */
static int back_up_on_a_full_disk(rlim_t limit, bool killed)
{
    struct rlimit before;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = { .rlim_cur = limit, .rlim_max = before.rlim_max };
    const char *const words[] = { "backup", NULL };
    signal(SIGXFSZ, killed ? SIG_DFL : SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    pid_t child = safety_start(&safety, words);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);
    return safety_wait(&safety, child);
}

START_TEST(a_full_disk_is_said_and_leaves_what_was)
{
    struct backup *backups;
    size_t count;
    const char *name = safety_backup(&safety);
    struct stat whole;
    ck_assert_int_eq(stat(path_of(name, ".dump"), &whole), 0);
    const struct fingerprint before = safety_look(&safety);
    for (int i = 0; i < 6; i++) {
        const rlim_t limit = (rlim_t)(whole.st_size / 4 * (i % 3 + 1));
        ck_assert_int_eq(back_up_on_a_full_disk(limit, i >= 3), 1);
        safety_said(&safety, "pg_dump");
        safety_said(&safety, "make room");
        ck_assert_int_eq(safety_files(&safety, ".part"), 0);
        ck_ok(backup_list(safety.context, safety.settings, &backups, &count));
        ck_assert_uint_eq(count, 1);
        ck_ok(backup_check_bytes(safety.context, &backups[0]));
    }
    safety_same(&safety, &before);
}
END_TEST

/* --- Killed ------------------------------------------------------------------------------------------------------- */

static struct job *look_at(const char *id)
{
    struct job *job;
    ck_ok(job_find(safety.context, safety.settings, id, &job));
    return job;
}

static const char *start_job(const char *const *words)
{
    ck_assert_int_eq(safety_wait(&safety, safety_start(&safety, words)), 0);
    return memory_copy_length(safety.context, safety.output, strcspn(safety.output, "\n"));
}

static struct job *wait_for_end(const char *id)
{
    for (int i = 0; i < 12000 && look_at(id)->status == JOB_RUNNING; i++)
        usleep(5000);
    return look_at(id);
}

/* How long a whole one takes, in milliseconds. */
static long measure(const char *const *words)
{
    const long begin = scratch_milliseconds();
    const struct job *job = wait_for_end(start_job(words));
    ck_assert_msg(job->status == JOB_DONE, "%s", job->message);
    return scratch_milliseconds() - begin;
}

/* Starts it and kills it at this tenth of its time; every other time only the process that holds the lock,
 * whose end the others must notice. It may have been quicker. */
static struct job *kill_at(const char *const *words, long whole, int moment)
{
    const long end = scratch_milliseconds() + whole * moment / MOMENTS;
    const char *id = start_job(words);
    while (scratch_milliseconds() < end)
        usleep(1000);
    const pid_t holder =
        (pid_t)atoi(safety_file(&safety, job_path(safety.context, safety.settings, id, "lock")));
    const pid_t group = holder > 0 ? getpgid(holder) : -1;
    if (group > 1)
        kill(moment % 2 == 0 ? -group : holder, SIGKILL);
    struct job *job = wait_for_end(id);
    ck_assert_msg(job->status == JOB_INTERRUPTED || job->status == JOB_DONE, "moment %d: status %d, %s",
                  moment, (int)job->status, job->message);
    if (job->status == JOB_INTERRUPTED)
        ck_assert_ptr_nonnull(job->next);
    return job;
}

START_TEST(a_killed_backup_is_none)
{
    const char *const words[] = { "job", "start", "--", "backup", NULL };
    const struct fingerprint before = safety_look(&safety);
    const long whole = measure(words);
    int killed = 0;
    for (int moment = 0; moment < MOMENTS; moment++) {
        struct backup *backups;
        size_t count;
        killed += kill_at(words, whole, moment)->status == JOB_INTERRUPTED;
        ck_ok(backup_list(safety.context, safety.settings, &backups, &count));
        for (size_t i = 0; i < count; i++)
            ck_ok(backup_check_bytes(safety.context, &backups[i]));
        safety_same(&safety, &before);
    }
    ck_assert_int_gt(killed, 0);
    measure(words);
    ck_assert_int_eq(safety_files(&safety, ".part"), 0);
    struct backup_proof proof;
    struct backup *backups;
    size_t count;
    ck_ok(backup_list(safety.context, safety.settings, &backups, &count));
    ck_assert_int_eq(safety_files(&safety, ".dump"), (int)count);
    ck_ok(backup_verify(safety.context, safety.settings, backups[0].name, "tester", &proof));
}
END_TEST

START_TEST(a_killed_restore_leaves_the_one_or_the_other)
{
    const char *name = safety_backup(&safety);
    const char *const words[] = { "job", "start", "--", "restore", name, NULL };
    const struct fingerprint then = safety_look(&safety);
    const long whole = measure(words);
    safety_sql(&safety, "DELETE FROM thread");
    const struct fingerprint now = safety_look(&safety);
    int killed = 0;
    for (int moment = 0; moment < MOMENTS; moment++) {
        const struct job *job = kill_at(words, whole, moment);
        killed += job->status == JOB_INTERRUPTED;
        ck_assert_msg(safety_is(&safety, &now) || safety_is(&safety, &then), "moment %d", moment);
        if (job->status == JOB_DONE)
            safety_same(&safety, &then);
        safety_sql(&safety, "DELETE FROM thread");
        safety_same(&safety, &now);
    }
    ck_assert_int_gt(killed, 0);
    measure(words);
    safety_same(&safety, &then);
    ck_assert_str_eq(
        safety_one(&safety, "SELECT count(*) FROM pg_database d WHERE datname ~ '^roster_restore_'"
                            " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)"),
        "0");
}
END_TEST

static struct job *find_job(const char *id)
{
    struct job *job;
    ck_ok(job_find(safety.context, safety.settings, id, &job));
    return job;
}

static const char *what_came_of_it(const char *kept)
{
    const char *words;
    struct connection *connection = safety_connect(&safety);
    ck_ok(restore_tell(safety.context, connection, kept, &words));
    talloc_free(connection);
    return words;
}

static void kill_once_it_says(const char *id, const char *words)
{
    const char *log = job_path(safety.context, safety.settings, id, "log");
    for (int i = 0; i < 5000 && !strstr(safety_file(&safety, log), words); i++)
        usleep(2000);
    ck_assert_ptr_nonnull(strstr(safety_file(&safety, log), words));
    const pid_t holder =
        (pid_t)atoi(safety_file(&safety, job_path(safety.context, safety.settings, id, "lock")));
    ck_assert_int_gt(holder, 1);
    ck_assert_int_eq(kill(holder, SIGKILL), 0);
    ck_assert_int_eq(wait_for_end(id)->status, JOB_INTERRUPTED);
}

/* A session that this role may not end keeps the swap waiting, for 5 seconds at most. */
static struct connection *hold_database(void)
{
    const char *url, *database = conninfo_part(safety.context, safety.settings->direct_url, "dbname");
    struct settings *super = talloc_memdup(safety.context, safety.settings, sizeof *safety.settings);
    ck_ok(conninfo_read(safety.context, "test", getenv("DATABASE_SUPERUSER_URL"), &url));
    super->direct_url = conninfo_with_database(safety.context, url, database);
    struct connection *holder = connection_new(safety.context, super, CONNECTION_DIRECT, "holder");
    ck_ok(connection_open(holder));
    return holder;
}

static const char *count_kept(void)
{
    const char *name = conninfo_part(safety.context, safety.settings->direct_url, "dbname");
    struct connection *beside =
        connection_new(safety.context, databases_settings(safety.context, safety.settings, "postgres"), CONNECTION_DIRECT,
                       "roster test");
    const char *count = memory_copy(
        safety.context, query_text(scratch_query(beside, memory_printf(safety.context, "SELECT count(*) FROM pg_database WHERE"
                                                                       " starts_with(datname, '%s_before_')", name)), 0, 0));
    talloc_free(beside);
    return count;
}

START_TEST(one_that_was_killed_in_its_swap_tells_what_came_of_it)
{
    struct restore_outcome outcome;
    const char *name = safety_backup(&safety);
    const char *const words[] = { "job", "start", "--", "restore", name, NULL };
    struct connection *holder = hold_database();
    const char *id = start_job(words);
    kill_once_it_says(id, RESTORE_SWAPS);
    ck_assert_ptr_nonnull(strstr(find_job(id)->next, "was cut off in its swap"));
    ck_assert_ptr_nonnull(strstr(find_job(id)->swap, "_before_"));
    talloc_free(holder);
    ck_assert_ptr_nonnull(strstr(what_came_of_it("never_there"), "Nothing was changed"));
    ck_ok(restore_run(safety.context, safety.settings, name, "tester", &outcome));
    ck_assert_ptr_nonnull(strstr(what_came_of_it(outcome.kept), "The swap was done all the same"));
    /* Also when the earlier database is gone. */
    ck_ok(restore_drop_kept(safety.context, safety.settings, outcome.kept, "tester"));
    ck_assert_ptr_nonnull(strstr(what_came_of_it(outcome.kept), "The swap was done all the same"));
}
END_TEST

START_TEST(one_that_was_cut_off_before_its_swap_changed_nothing)
{
    const char *const words[] = { "job", "start", "--", "restore", safety_backup(&safety), NULL };
    const char *id = start_job(words);
    kill_once_it_says(id, "restoring \"");
    ck_assert_ptr_null(find_job(id)->swap);
    ck_assert_ptr_nonnull(strstr(find_job(id)->next, "Nothing was changed"));
    ck_assert_str_eq(count_kept(), "0");
}
END_TEST

START_TEST(a_killed_upgrade_goes_on_where_it_stopped)
{
    const char *const words[] = { "job", "start", "--", "upgrade", NULL };
    const char *const down[] = { "downgrade", "-1", "--no-backup", NULL };
    const struct fingerprint there = safety_look(&safety);
    ck_assert_int_eq(safety_wait(&safety, safety_start(&safety, down)), 0);
    const long whole = measure(words);
    for (int moment = 0; moment < MOMENTS; moment++) {
        ck_assert_int_eq(safety_wait(&safety, safety_start(&safety, down)), 0);
        kill_at(words, whole, moment);
        ck_assert_int_eq(safety_run(&safety, "upgrade"), 0);
        ck_assert_int_eq(safety_run(&safety, "check"), 0);
    }
    const struct fingerprint is = safety_look(&safety);
    ck_assert_str_eq(is.shape, there.shape);
}
END_TEST

/* A revision that is half undone is undone whole before anything else; the message says so. */
START_TEST(a_killed_downgrade_says_how_to_go_on)
{
    const char *const words[] = { "job", "start", "--", "downgrade", "1c0ad537", "--no-backup", NULL };
    const struct fingerprint there = safety_look(&safety);
    const long whole = measure(words);
    int killed = 0;
    for (int moment = 0; moment < MOMENTS; moment++) {
        ck_assert_int_eq(safety_run(&safety, "upgrade"), 0);
        killed += kill_at(words, whole, moment)->status == JOB_INTERRUPTED;
        const int code = safety_run(&safety, "upgrade");
        ck_assert_msg(code == 0 || code == 3, "exit %d", code);
        if (code == 3) {
            safety_said(&safety, "roster downgrade -1");
            ck_assert_int_eq(safety_run(&safety, "downgrade", "-1", "--no-backup"), 0);
        }
    }
    ck_assert_int_gt(killed, 0);
    ck_assert_int_eq(safety_run(&safety, "upgrade"), 0);
    ck_assert_int_eq(safety_run(&safety, "check"), 0);
    const struct fingerprint is = safety_look(&safety);
    ck_assert_str_eq(is.shape, there.shape);
}
END_TEST

/* --- Two at once -------------------------------------------------------------------------------------------------- */

/* By whom stands there a moment after the lock. */
static void wait_for_turn_to_be_taken(const char *what)
{
    const struct error *taken = NULL;
    for (int i = 0; i < 4000 && !(taken && strstr(taken->message, what)); i++) {
        usleep(2000);
        taken = turn_check(safety.context, safety.settings);
    }
    ck_assert_ptr_nonnull(taken);
}

START_TEST(of_two_restores_one_is_refused)
{
    const char *name = safety_backup(&safety);
    const char *const words[] = { "restore", name, NULL };
    const struct fingerprint then = safety_look(&safety);
    safety_sql(&safety, "DELETE FROM thread");
    pid_t first = safety_start(&safety, words);
    wait_for_turn_to_be_taken("restore");
    ck_assert_int_eq(kill(first, SIGSTOP), 0); /* however slow this machine is */
    ck_assert_int_eq(safety_run(&safety, "restore", name), 7);
    safety_said(&safety, memory_printf(safety.context, "restore %s, by ", name));
    ck_assert_int_eq(kill(first, SIGCONT), 0);
    ck_assert_int_eq(safety_wait(&safety, first), 0);
    safety_same(&safety, &then);
    ck_assert_str_eq(safety_databases(&safety), "1");
}
END_TEST

START_TEST(a_restore_that_is_asked_to_stop_changes_nothing)
{
    const char *name = safety_backup(&safety);
    const char *const words[] = { "restore", name, NULL };
    safety_sql(&safety, "DELETE FROM thread");
    const struct fingerprint now = safety_look(&safety);
    pid_t child = safety_start(&safety, words);
    wait_for_turn_to_be_taken("restore");
    ck_assert_int_eq(kill(child, SIGTERM), 0);
    ck_assert_int_eq(safety_wait(&safety, child), 7);
    safety_said(&safety, "nothing was changed");
    safety_same(&safety, &now);
    ck_assert_str_eq(safety_databases(&safety), "0");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        no_flipped_bit_is_restored,
        no_truncated_archive_is_restored,
        no_changed_manifest_is_believed,
        a_changed_proof_proves_nothing,
        a_full_disk_is_said_and_leaves_what_was,
        a_killed_backup_is_none,
        a_killed_restore_leaves_the_one_or_the_other,
        one_that_was_killed_in_its_swap_tells_what_came_of_it,
        one_that_was_cut_off_before_its_swap_changed_nothing,
        a_killed_upgrade_goes_on_where_it_stopped,
        a_killed_downgrade_says_how_to_go_on,
        of_two_restores_one_is_refused,
        a_restore_that_is_asked_to_stop_changes_nothing,
        NULL,
    };
    return safety_main("backup faults", setup, teardown, tests);
}
