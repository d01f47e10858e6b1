/* Jobs: that they outlive who started them, tell how they are, stop when asked, and exclude one another. */
#include "safety.h"

#include "../../db/job.h"
#include "../../db/turn.h"

static struct safety safety;

static void setup(void)
{
    safety_open(&safety);
}

static void teardown(void)
{
    safety_close(&safety);
}

static struct job *find(const char *id)
{
    struct job *job;
    ck_ok(job_find(safety.context, safety.settings, id, &job));
    return job;
}

/* As somebody at a terminal does it: from another process, which has ended when this returns. */
#define start(...) start_words((const char *const[]){ "job", "start", "--", __VA_ARGS__, NULL })

static const char *start_words(const char *const *words)
{
    ck_assert_int_eq(safety_wait(&safety, safety_start(&safety, words)), 0);
    return memory_copy_length(safety.context, safety.output, strcspn(safety.output, "\n"));
}

static struct job *wait_for(const char *id)
{
    for (int i = 0; i < 12000; i++) {
        struct job *job = find(id);
        if (job->status != JOB_RUNNING)
            return job;
        usleep(5000);
    }
    ck_abort_msg("the job does not end");
    return NULL;
}

static const char *log_of(const char *id)
{
    struct job_log log;
    ck_ok(job_read_log(safety.context, safety.settings, id, 0, 1 << 20, &log));
    return log.text;
}

/* A statement of this session makes the job wait: a dump needs to read the table. */
static struct connection *hold_table(void)
{
    struct connection *holder = safety_connect(&safety);
    ck_ok(connection_execute(holder, "BEGIN; LOCK TABLE team"));
    return holder;
}

static void wait_for_part(const char *id, const char *part)
{
    for (int i = 0; i < 12000 && !strstr(find(id)->part, part); i++)
        usleep(5000);
    ck_assert_ptr_nonnull(strstr(find(id)->part, part));
}

static pid_t number_of(const char *id)
{
    return (pid_t)atoi(safety_file(&safety, job_path(safety.context, safety.settings, id, "lock")));
}

START_TEST(it_runs_alone_and_tells_how_it_ended)
{
    const char *id = start("backup", "--note", "a job");
    struct job *job = wait_for(id);
    ck_assert_msg(job->status == JOB_DONE, "%s", log_of(id));
    ck_assert_int_eq(job->exit_code, 0);
    ck_assert_int_eq(job->percent, 100);
    ck_assert_str_eq(job_words(safety.context, job), "backup --note a job");
    ck_assert_ptr_null(job->next);
    ck_assert_int_ge(job->ended_at, job->started_at);
    ck_assert_ptr_nonnull(strstr(log_of(id), "backed up "));
    ck_assert_int_eq(safety_files(&safety, ".dump"), 1);
}
END_TEST

START_TEST(it_is_nobodys_child_and_in_a_session_of_its_own)
{
    struct connection *holder = hold_table();
    const char *id = start("backup");
    wait_for_part(id, "writing the archive");
    const pid_t process = number_of(id);
    const char *stat = safety_file(&safety, memory_printf(safety.context, "/proc/%d/stat", (int)process));
    int parent, group, session;
    ck_assert_int_eq(sscanf(strrchr(stat, ')') + 4, "%d %d %d", &parent, &group, &session), 3);
    ck_assert_int_ne(parent, (int)getpid());
    ck_assert_int_ne(session, (int)getsid(0));
    /* Nothing of whoever started it is open in it: only the lock, the log, and what tells of its child's end.
     */
    for (int number = 4; number < 20; number++) {
        char target[300] = "";
        const char *path = memory_printf(safety.context, "/proc/%d/fd/%d", (int)process, number);
        if (readlink(path, target, sizeof target - 1) > 0)
            ck_assert_str_eq(target, "anon_inode:[pidfd]");
    }
    ck_assert_int_eq(find(id)->status, JOB_RUNNING);
    talloc_free(holder);
    ck_assert_int_eq(wait_for(id)->status, JOB_DONE);
}
END_TEST

START_TEST(who_starts_it_is_known_to_the_job_and_the_backup)
{
    const char *id;
    const char *const words[] = { "backup", NULL };
    struct backup *backups;
    size_t count;
    const char *program = memory_printf(safety.context, "%s/roster", getenv("BUILD"));
    ck_assert_int_eq(access(program, X_OK), 0);
    /* The test's program lies elsewhere; a link beside it is what a web worker has. */
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    ck_assert_int_gt(length, 0);
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    const char *link = memory_printf(safety.context, "%s/roster", self);
    unlink(link);
    ck_assert_int_eq(symlink(program, link), 0);
    struct error *error = job_start(safety.context, safety.settings, words, "ann@example.com", &id);
    ck_assert_msg(!error, "%s", error ? error->message : "");
    ck_assert_int_eq(wait_for(id)->status, JOB_DONE);
    ck_assert_str_eq(find(id)->who, "ann@example.com");
    ck_ok(backup_list(safety.context, safety.settings, &backups, &count));
    ck_assert_str_eq(backups[0].manifest->who, "ann@example.com");
    unlink(link);
}
END_TEST

START_TEST(a_failure_says_why)
{
    const char *id = start("restore", "no-such-backup");
    const struct job *job = wait_for(id);
    ck_assert_int_eq(job->status, JOB_FAILED);
    ck_assert_int_eq(job->exit_code, 1);
    ck_assert_str_eq(job->message, "there is no backup \"no-such-backup\"; run: roster backups");
    ck_assert_ptr_nonnull(job->next);
}
END_TEST

START_TEST(what_is_no_job_is_refused)
{
    ck_assert_int_eq(safety_run(&safety, "job", "start", "--", "inspect"), 2);
    safety_said(&safety, "cannot be run as a job");
    ck_assert_int_eq(safety_run(&safety, "job", "show", "20260101-000000-aaaaaa"), 1);
    ck_assert_int_eq(safety_run(&safety, "job", "show", "../../etc/passwd"), 1);
    safety_said(&safety, "there is no job");
    ck_assert_int_eq(safety_run(&safety, "job", "run", start("prune")), 2);
    safety_said(&safety, "use: roster job start");
}
END_TEST

START_TEST(cancelled_it_stops_and_leaves_nothing)
{
    struct connection *holder = hold_table();
    const char *id = start("backup");
    wait_for_part(id, "writing the archive");
    ck_assert_int_eq(safety_run(&safety, "job", "cancel", id), 0);
    const struct job *job = wait_for(id);
    ck_assert_int_eq(job->status, JOB_CANCELLED);
    ck_assert_ptr_nonnull(strstr(job->message, "cancelled by "));
    ck_assert_ptr_nonnull(job->next);
    talloc_free(holder);
    ck_assert_int_eq(safety_files(&safety, ".part"), 0);
    ck_assert_int_eq(safety_files(&safety, ".dump"), 0);
    ck_assert_int_eq(safety_run(&safety, "job", "cancel", id), 7);
    safety_said(&safety, "ended already");
}
END_TEST

START_TEST(the_site_stopping_is_told_as_the_reason)
{
    struct connection *holder = hold_table();
    const char *id = start("backup");
    wait_for_part(id, "writing the archive");
    ck_assert_int_eq(safety_run(&safety, "job", "cancel", "--all"), 0);
    ck_assert_int_eq(find(id)->status, JOB_INTERRUPTED);
    ck_assert_str_eq(find(id)->message, "the site was stopped");
    talloc_free(holder);
}
END_TEST

START_TEST(killed_it_is_shown_as_interrupted)
{
    struct connection *holder = hold_table();
    const char *id = start("backup");
    wait_for_part(id, "writing the archive");
    ck_assert_int_eq(kill(-getpgid(number_of(id)), SIGKILL), 0);
    const struct job *job = wait_for(id);
    ck_assert_int_eq(job->status, JOB_INTERRUPTED);
    ck_assert_ptr_nonnull(strstr(job->next, "make another"));
    talloc_free(holder);
}
END_TEST

START_TEST(its_holder_killed_the_work_stops_too)
{
    struct connection *holder = hold_table();
    const char *id = start("backup");
    wait_for_part(id, "writing the archive");
    ck_assert_int_eq(kill(number_of(id), SIGKILL), 0);
    ck_assert_int_eq(wait_for(id)->status, JOB_INTERRUPTED);
    ck_ok(turn_check(safety.context, safety.settings));
    ck_assert_int_eq(safety_files(&safety, ".part"), 0);
    talloc_free(holder);
}
END_TEST

START_TEST(the_second_is_told_who_is_at_work)
{
    struct connection *holder = hold_table();
    const char *id = start("backup");
    wait_for_part(id, "writing the archive");
    ck_assert_int_eq(safety_run(&safety, "job", "start", "--", "upgrade"), 7);
    safety_said(&safety, memory_printf(safety.context, "job %s", id));
    safety_said(&safety, "backup, by ");
    ck_assert_int_eq(safety_run(&safety, "restore", "some-backup"), 7);
    safety_said(&safety, "is being changed just now: backup");
    ck_assert_int_eq(safety_run(&safety, "downgrade", "base"), 7);
    ck_assert_int_eq(safety_run(&safety, "rescue"), 7);
    /* One that changes nothing may run. */
    ck_assert_int_eq(wait_for(start("prune"))->status, JOB_DONE);
    talloc_free(holder);
    ck_assert_int_eq(wait_for(id)->status, JOB_DONE);
}
END_TEST

START_TEST(what_is_safe_at_any_time_waits_for_its_turn)
{
    struct connection *holder = hold_table();
    const char *id = start("backup");
    const char *const words[] = { "upgrade", NULL };
    wait_for_part(id, "writing the archive");
    pid_t second = safety_start(&safety, words);
    const char *path = memory_printf(safety.context, "%s/output", safety.folder);
    for (int i = 0; i < 4000 && !strstr(safety_file(&safety, path), "waiting"); i++)
        usleep(5000);
    talloc_free(holder);
    ck_assert_int_eq(safety_wait(&safety, second), 0);
    safety_said(&safety, "waiting: the database is being changed just now: backup");
    safety_said(&safety, "nothing to apply");
    ck_assert_int_eq(wait_for(id)->status, JOB_DONE);
}
END_TEST

START_TEST(another_database_of_the_same_folder_is_not_held_up)
{
    void *turn = talloc_new(safety.context);
    struct settings *other = databases_settings(safety.context, safety.settings, "another");
    ck_ok(turn_take(turn, safety.settings, "this one", false));
    ck_ok(turn_check(safety.context, other));
    ck_assert_ptr_nonnull(turn_check(safety.context, safety.settings));
    talloc_free(turn);
    ck_ok(turn_check(safety.context, safety.settings));
}
END_TEST

/* Pages look all the time. */
START_TEST(looking_takes_nobodys_turn)
{
    pid_t child = fork();
    if (child == 0) {
        void *context = talloc_new(NULL);
        for (;;)
            talloc_free(turn_check(context, safety.settings));
    }
    for (int i = 0; i < 200; i++) {
        void *turn = talloc_new(safety.context);
        ck_ok(turn_take(turn, safety.settings, "one of many", false));
        talloc_free(turn);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}
END_TEST

START_TEST(a_long_log_is_read_in_pieces)
{
    struct job_log log;
    const char *id = start("prune");
    wait_for(id);
    FILE *file = fopen(job_path(safety.context, safety.settings, id, "log"), "w");
    for (int i = 1; i <= 10000; i++)
        fprintf(file, "line %d of many\n", i);
    fclose(file);
    ck_ok(job_read_log(safety.context, safety.settings, id, -1, 1000, &log));
    ck_assert_int_lt((int)strlen(log.text), 1001);
    ck_assert_int_eq(strncmp(log.text, "line ", 5), 0);
    ck_assert_ptr_nonnull(strstr(log.text, "line 10000 of many\n"));
    ck_assert_int_eq(log.to, log.size);
    long long at = 0;
    int lines = 0;
    do {
        ck_ok(job_read_log(safety.context, safety.settings, id, at, 5000, &log));
        for (const char *c = log.text; *c; c++)
            lines += *c == '\n';
        at = log.to;
    } while (at < log.size);
    ck_assert_int_eq(lines, 10000);
    ck_ok(job_read_log(safety.context, safety.settings, id, at + 100, 5000, &log));
    ck_assert_str_eq(log.text, "");
}
END_TEST

START_TEST(the_history_is_bounded)
{
    struct job *jobs;
    size_t count;
    mkdir(memory_printf(safety.context, "%s/jobs", safety.folder), 0700);
    for (int i = 0; i < 230; i++) {
        const char *folder = memory_printf(safety.context, "%s/jobs/20200101-000000-%06x", safety.folder, i);
        ck_assert_int_eq(mkdir(folder, 0700), 0);
        FILE *file = fopen(memory_printf(safety.context, "%s/job.json", folder), "w");
        fputs("{\"words\": [\"prune\"], \"who\": \"x\", \"status\": \"done\"}", file);
        fclose(file);
    }
    const char *id = start("prune");
    wait_for(id);
    ck_ok(job_list(safety.context, safety.settings, &jobs, &count));
    ck_assert_uint_eq(count, 200);
    ck_assert_str_eq(jobs[0].id, id);
}
END_TEST

/* What is last is asked for: by the page of the state, for one. */
START_TEST(those_of_one_second_are_in_their_order)
{
    const char *before = "";
    for (int i = 0; i < 8; i++) {
        const char *id = start("prune");
        ck_assert_str_gt(id, before);
        before = id;
    }
    wait_for(before);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        it_runs_alone_and_tells_how_it_ended,
        it_is_nobodys_child_and_in_a_session_of_its_own,
        who_starts_it_is_known_to_the_job_and_the_backup,
        a_failure_says_why,
        what_is_no_job_is_refused,
        cancelled_it_stops_and_leaves_nothing,
        the_site_stopping_is_told_as_the_reason,
        killed_it_is_shown_as_interrupted,
        its_holder_killed_the_work_stops_too,
        the_second_is_told_who_is_at_work,
        what_is_safe_at_any_time_waits_for_its_turn,
        another_database_of_the_same_folder_is_not_held_up,
        looking_takes_nobodys_turn,
        a_long_log_is_read_in_pieces,
        the_history_is_bounded,
        those_of_one_second_are_in_their_order,
        NULL,
    };
    return safety_main("job", setup, teardown, tests);
}
