/* Plans applied while others read and write the same tables: whoever waits, waits no longer than the lock
 * timeout and a bit. What takes long for another reason, such as a busy machine, is known from sessions that
 * do the same to a table that no plan touches: the time that they lost in the same moments does not count. */
#include "plan_cases.h"

#include <stdatomic.h>
#include <sys/mman.h>

#include "../../db/migrate.h"

enum {
    ROWS = 40000,
    TIMEOUT_MS = 100,
    TRIES = 5,
    SAMPLES = 4096,
    NOTABLE_US = 5000, /* what took less is not kept */
};

enum part { READER, WRITER, TRANSACTIONS, CONTROL, HOLDER, PARTS };

struct sample {
    long start, end; /* microseconds of a clock that only goes forward */
    char sql[64];
};

struct session {
    pid_t pid;
    atomic_long queries;
    int count;
    struct sample samples[SAMPLES];
    char failure[256]; /* of what must not happen to the site: a deadlock, or being cancelled */
};

/* Between the processes of a test. */
struct load {
    atomic_bool stop;
    atomic_long hold_ms; /* the holder shall begin a transaction, and keep it open for so long */
    atomic_bool holding;
    struct session sessions[PARTS];
};

static struct load *load;
static char folder[] = "/tmp/roster-test-XXXXXX";

static long now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* --- The sessions ------------------------------------------------------------------------------------------------- */

static bool is_harm(const char *sqlstate)
{
    return sqlstate && (strncmp(sqlstate, "40", 2) == 0 || strncmp(sqlstate, "57", 2) == 0 ||
                        strncmp(sqlstate, "55", 2) == 0);
}

/* Errors of a table or column that is no longer there are a site's that was not restarted yet. */
static bool ask(struct session *session, PGconn *handle, const char *sql)
{
    const long start = now_us();
    PGresult *result = PQexec(handle, sql);
    const long end = now_us();
    const ExecStatusType status = PQresultStatus(result);
    if (is_harm(PQresultErrorField(result, PG_DIAG_SQLSTATE)))
        snprintf(session->failure, sizeof session->failure, "%s: %s", sql, PQresultErrorMessage(result));
    PQclear(result);
    if (end - start > NOTABLE_US && session->count < SAMPLES) {
        struct sample *sample = &session->samples[session->count++];
        *sample = (struct sample){ .start = start, .end = end };
        snprintf(sample->sql, sizeof sample->sql, "%s", sql);
    }
    session->queries++;
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

static void ask_of(struct session *session, PGconn *handle, const char *beginning)
{
    char sql[128];
    snprintf(sql, sizeof sql, "%s%ld", beginning, random() % ROWS + 1);
    ask(session, handle, sql);
}

static void read_once(struct session *session, PGconn *handle)
{
    ask_of(session, handle, "SELECT * FROM team WHERE id = ");
    ask_of(session, handle, "SELECT * FROM member WHERE id = ");
}

/* Every row is another one, so that a plan may make any column of it unique. */
static void insert_once(struct session *session, PGconn *handle)
{
    char sql[128];
    const long number = 1000000 + session->queries;
    snprintf(sql, sizeof sql, "INSERT INTO member (team_id, name, code) VALUES (1, 'x%ld', %ld)", number,
             number);
    ask(session, handle, sql);
}

static void write_once(struct session *session, PGconn *handle)
{
    ask_of(session, handle, "UPDATE team SET born = born WHERE id = ");
    ask_of(session, handle, "UPDATE member SET team_id = team_id WHERE id = ");
    insert_once(session, handle);
}

static void transact_once(struct session *session, PGconn *handle)
{
    static const char *const orders[2][2] = {
        { "UPDATE member SET team_id = team_id WHERE id = ", "UPDATE team SET born = born WHERE id = " },
        { "SELECT * FROM team WHERE id = ", "UPDATE member SET team_id = team_id WHERE id = " }
    };
    const int order = (int)(random() % 2);
    ask(session, handle, "BEGIN");
    ask_of(session, handle, orders[order][0]);
    usleep(2000);
    ask_of(session, handle, orders[order][1]);
    ask(session, handle, "COMMIT");
}

/* As much of each as the others do to the tables in question. */
static void control_once(struct session *session, PGconn *handle)
{
    ask_of(session, handle, "SELECT * FROM elsewhere.apart WHERE id = ");
    ask_of(session, handle, "UPDATE elsewhere.apart SET n = n WHERE id = ");
}

static void hold_once(struct session *session, PGconn *handle)
{
    const long hold_ms = atomic_exchange(&load->hold_ms, 0);
    session->queries++;
    if (hold_ms == 0)
        return;
    PQclear(PQexec(handle, "BEGIN"));
    PQclear(
        PQexec(handle, "SELECT count(*) FROM (SELECT FROM team LIMIT 1) t, (SELECT FROM member LIMIT 1) m"));
    load->holding = true;
    usleep((useconds_t)hold_ms * 1000);
    PQclear(PQexec(handle, "COMMIT"));
    load->holding = false;
}

static void serve(enum part part)
{
    static void (*const work[])(struct session *, PGconn *) = { read_once, write_once, transact_once,
                                                                control_once, hold_once };
    PGconn *handle = PQconnectdb(here_settings->direct_url);
    PQclear(PQexec(handle, "SET synchronous_commit = off"));
    srandom((unsigned)part);
    while (!load->stop && PQstatus(handle) == CONNECTION_OK) {
        work[part](&load->sessions[part], handle);
        usleep(1500);
    }
    PQfinish(handle);
}

static void start_load(void)
{
    load = mmap(NULL, sizeof *load, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(load != MAP_FAILED);
    for (enum part part = 0; part < PARTS; part++) {
        const pid_t pid = fork();
        if (pid == 0) {
            serve(part);
            _exit(0);
        }
        load->sessions[part].pid = pid;
    }
    for (enum part part = 0; part < PARTS; part++)
        while (load->sessions[part].queries < 5 && waitpid(load->sessions[part].pid, NULL, WNOHANG) == 0)
            usleep(1000);
}

static void stop_load(void)
{
    load->stop = true;
    for (enum part part = 0; part < PARTS; part++)
        ck_assert_int_eq(waitpid(load->sessions[part].pid, NULL, 0), load->sessions[part].pid);
}

static void hold_tables(long hold_ms)
{
    load->hold_ms = hold_ms;
    while (!load->holding)
        usleep(500);
}

/* --- What they saw ------------------------------------------------------------------------------------------------ */

static long overlap(const struct sample *one, const struct sample *other)
{
    const long start = one->start > other->start ? one->start : other->start;
    const long end = one->end < other->end ? one->end : other->end;
    return end > start ? end - start : 0;
}

static long waited_us(const struct sample *sample)
{
    const struct session *control = &load->sessions[CONTROL];
    long waited = sample->end - sample->start;
    for (int i = 0; i < control->count; i++)
        waited -= overlap(sample, &control->samples[i]);
    return waited;
}

static const struct sample *longest(void)
{
    const struct sample *found = NULL;
    for (enum part part = READER; part < CONTROL; part++)
        for (int i = 0; i < load->sessions[part].count; i++) {
            const struct sample *sample = &load->sessions[part].samples[i];
            if (!found || waited_us(sample) > waited_us(found))
                found = sample;
        }
    return found;
}

static void assert_nobody_was_harmed(const char *name, const char *text)
{
    for (enum part part = 0; part < PARTS; part++)
        ck_assert_msg(load->sessions[part].failure[0] == '\0', "%s: %s\n%.3000s", name,
                      load->sessions[part].failure, text);
}

static const char *waits(const char *name, int timeout_ms, int grace_ms, const char *text)
{
    const struct sample *sample = longest();
    assert_nobody_was_harmed(name, text);
    if (!sample || waited_us(sample) <= (timeout_ms + grace_ms) * 1000L)
        return NULL;
    return memory_printf(context, "%s: \"%s\" waited for %ld ms, with a lock timeout of %d ms\n%.2400s", name,
                         sample->sql, waited_us(sample) / 1000, timeout_ms, text);
}

/* --- The plans ---------------------------------------------------------------------------------------------------- */

static const char many_rows[] =
    "CREATE SCHEMA elsewhere;"
    "CREATE TABLE elsewhere.apart AS SELECT n AS id, n FROM generate_series(1, %1$d) n;"
    "ALTER TABLE elsewhere.apart ADD PRIMARY KEY (id);"
    "INSERT INTO team (id, name, note, size, rate) SELECT n, 't' || n,"
    " CASE WHEN n %% 3 > 0 THEN n::text END, n, 1.25 FROM generate_series(1, %1$d) n;"
    "INSERT INTO member (team_id, name, code) SELECT n, 'm' || n, n FROM generate_series(1, %1$d) n;";

static void write_revision(const char *name, const char *text)
{
    FILE *file = fopen(memory_printf(context, "%s/%s.sql", folder, name), "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file,
            "-- revision: %s\n-- parents: none\n-- message: m\n-- created: 2026-11-22T10:15:00Z\n-- +up\n%s\n"
            "-- +down\n",
            name, text);
    fclose(file);
}

static void remove_revision(const char *name)
{
    unlink(memory_printf(context, "%s/%s.sql", folder, name));
}

static struct error *apply(const char *text, int timeout_ms)
{
    const struct migrate_options options = { .lock_timeout_ms = timeout_ms };
    write_revision("aaaa", text);
    here_settings->migrations = folder;
    struct error *error = migrate_upgrade(context, here_settings, "head", &options);
    remove_revision("aaaa");
    return error;
}

static bool is_safe(const struct schema_plan *plan)
{
    bool safe = true;
    for (size_t i = 0; i < plan->count; i++)
        for (size_t j = 0; j < plan->steps[i].count; j++)
            safe = safe && !plan_is_slow(plan->steps[i].statements[j]);
    return safe;
}

static void setup(void)
{
    plan_setup();
    ck_ok(connection_execute(here, "DROP SCHEMA IF EXISTS elsewhere CASCADE"));
}

static void fill(const char *from)
{
    plan_build_schema(here, from);
    ck_ok(connection_execute(here, memory_printf(context, many_rows, ROWS)));
    ck_ok(connection_execute(here, "ANALYZE"));
}

/* NULL, or who waited for too long. */
static const char *try_change(const struct plan_change *change, int timeout_ms)
{
    struct schema_plan *plan;
    fill(change->from);
    plan_build_schema(there, change->to);
    struct catalog *from = plan_catalog(here), *to = plan_catalog(there);
    if (change->was)
        plan_declare(to, change);
    ck_ok(plan_make(context, difference_between(context, from, to), here, &plan));
    const char *text = plan_text(context, plan);
    ck_assert_msg(is_safe(plan) == !(change->flags & SLOW), "%s: not marked as it should be:\n%.3000s",
                  change->name, text);
    if (!is_safe(plan) || plan->count == 0)
        return NULL;
    start_load();
    hold_tables(timeout_ms * 3 / 2);
    struct error *error = apply(text, timeout_ms);
    usleep(20000); /* what was waiting at the end is seen, too */
    stop_load();
    ck_assert_msg(error == NULL, "%s: %.900s\n%.2400s", change->name, error ? error->message : "", text);
    plan_assert_equal(plan_catalog(here), to, change->name);
    return waits(change->name, timeout_ms, timeout_ms, text);
}

/* A plan that keeps others waiting for several timeouts does so with each timeout; what a busy machine adds is as much
 * with a long one as with a short one. */
START_TEST(nobody_waits_longer_than_the_timeout)
{
    const char *words = try_change(&plan_changes[_i], TIMEOUT_MS);
    for (int try = 1; words && try < TRIES; try++) {
        plan_teardown();
        setup();
        words = try_change(&plan_changes[_i], TIMEOUT_MS << try);
    }
    ck_assert_msg(words == NULL, "%s", words);
}
END_TEST

/* Without which the test above would prove nothing. */
START_TEST(a_plan_that_keeps_others_waiting_is_noticed)
{
    fill("");
    start_load();
    ck_ok(apply("LOCK TABLE team;\nSELECT pg_sleep(0.5);", TIMEOUT_MS));
    usleep(20000);
    stop_load();
    ck_assert_ptr_nonnull(longest());
    ck_assert_int_gt(waited_us(longest()), 2000L * TIMEOUT_MS);
    assert_nobody_was_harmed("a lock", "");
}
END_TEST

/* The first table is let go just before its time is up, the second one never. */
START_TEST(tables_that_are_locked_together_share_the_timeout)
{
    enum { TOGETHER_MS = 800 };
    struct schema_plan *plan;
    fill("ALTER TABLE member ADD CONSTRAINT member_team_id_fkey FOREIGN KEY (team_id) REFERENCES team (id)");
    plan_build_schema(there, "");
    ck_ok(plan_make(context, difference_between(context, plan_catalog(here), plan_catalog(there)), here,
                    &plan));
    const char *text = plan_text(context, plan);
    ck_assert(is_safe(plan));
    struct connection *first = connection_new(context, here_settings, CONNECTION_DIRECT, "roster test");
    struct connection *second = connection_new(context, here_settings, CONNECTION_DIRECT, "roster test");
    ck_ok(connection_execute(first, "BEGIN; SELECT FROM member LIMIT 1"));
    ck_ok(connection_execute(second, "BEGIN; SELECT FROM team LIMIT 1"));
    start_load();
    const pid_t child = fork();
    if (child == 0)
        _exit(apply(text, TOGETHER_MS) != NULL);
    usleep(TOGETHER_MS * 700);
    ck_ok(connection_execute(first, "COMMIT"));
    usleep(TOGETHER_MS * 1500);
    ck_ok(connection_execute(second, "COMMIT"));
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    stop_load();
    ck_assert_int_eq(status, 0);
    const char *words = waits("two tables", TOGETHER_MS, 300, text);
    ck_assert_msg(words == NULL, "%s", words);
}
END_TEST

int main(void)
{
    scratch_as_superuser();
    void *main_context = talloc_new(NULL);
    if (!mkdtemp(folder))
        return 2;
    here_settings = scratch_create(main_context);
    there_settings = scratch_create(main_context);
    TCase *tests = tcase_create("plan_load");
    tcase_add_checked_fixture(tests, setup, plan_teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_plan_that_keeps_others_waiting_is_noticed);
    tcase_add_test(tests, tables_that_are_locked_together_share_the_timeout);
    tcase_add_loop_test(tests, nobody_waits_longer_than_the_timeout, 0,
                        (int)(sizeof plan_changes / sizeof *plan_changes));
    Suite *suite = suite_create("plan_load");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_drop(here_settings);
    scratch_drop(there_settings);
    rmdir(folder);
    talloc_free(main_context);
    return failed > 0;
}
