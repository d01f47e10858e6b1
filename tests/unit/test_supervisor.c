/* The supervisor: workers are replaced, asked to end, and not tried forever. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../../cgi/supervisor.h"
#include "unit.h"

enum { PATIENCE_MS = 10000, WAIT_MS = 10000 };

/* What workers tell the test through a pipe, each as one line. */
struct wire {
    int in, out;
};

static void tell(const struct wire *wire, const char *what)
{
    char line[64];
    int length = snprintf(line, sizeof(line), "%s %d\n", what, (int)getpid());

    ck_assert_int_eq(write(wire->in, line, (size_t)length), length);
}

/* Says that it is there, and waits until it is asked to end. */
static int wait_politely(void *argument)
{
    sigset_t stop;
    int signal;

    tell(argument, "started");
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigwait(&stop, &signal);
    tell(argument, "ended");
    return 0;
}

static int never_end(void *argument)
{
    tell(argument, "started");
    while (pause() != 0)
        continue;
    return 0;
}

static int fail_at_once(void *argument)
{
    tell(argument, "started");
    return 7;
}

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* A supervisor in a process of its own, quiet. */
static pid_t run(struct wire *wire, int count, int patience_ms, supervisor_work work)
{
    int ends[2];
    pid_t pid;

    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    *wire = (struct wire){ .in = ends[1], .out = ends[0] };
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        unit_tear_down(); /* so that nothing is left when it ends */
        close(STDERR_FILENO);
        close(wire->out);
        _exit(supervisor_run(count, patience_ms, work, wire));
    }
    close(wire->in);
    return pid;
}

/* The process that a worker's next line names; the line must start with what. 0 when all workers are gone. */
static pid_t hear(const struct wire *wire, const char *what)
{
    struct pollfd poller = { .fd = wire->out, .events = POLLIN };
    char line[64];
    size_t length = 0;

    do {
        ck_assert_int_eq(poll(&poller, 1, WAIT_MS), 1);
        if (read(wire->out, line + length, 1) != 1)
            return 0;
    } while (line[length++] != '\n');
    line[length] = '\0';
    ck_assert_msg(strncmp(line, what, strlen(what)) == 0, "heard '%s', not '%s'", line, what);
    return atoi(line + strlen(what));
}

static int exit_code(pid_t pid)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static const int stops[] = { SIGTERM, SIGINT, SIGHUP };

START_TEST(it_ends_when_its_workers_have_ended)
{
    struct wire wire;
    pid_t pid = run(&wire, 3, PATIENCE_MS, wait_politely);

    for (int i = 0; i < 3; i++)
        ck_assert_int_gt(hear(&wire, "started"), 0);
    ck_assert_int_eq(kill(pid, stops[_i]), 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_gt(hear(&wire, "ended"), 0);
    ck_assert_int_eq(exit_code(pid), 0);
    ck_assert_int_eq(hear(&wire, "nothing"), 0);
    close(wire.out);
}
END_TEST

START_TEST(killed_worker_is_replaced)
{
    struct wire wire;
    pid_t pid = run(&wire, 1, PATIENCE_MS, wait_politely), first = hear(&wire, "started"), second;

    ck_assert_int_eq(kill(first, SIGKILL), 0);
    second = hear(&wire, "started");
    ck_assert_int_ne(first, second);
    ck_assert_int_eq(kill(pid, SIGTERM), 0);
    ck_assert_int_eq(hear(&wire, "ended"), second);
    ck_assert_int_eq(exit_code(pid), 0);
    close(wire.out);
}
END_TEST

START_TEST(settled_worker_is_replaced_at_once)
{
    const struct timespec settled = { .tv_sec = 1, .tv_nsec = 200000000 };
    struct wire wire;
    pid_t pid = run(&wire, 1, PATIENCE_MS, wait_politely), first = hear(&wire, "started");
    long long started;

    nanosleep(&settled, NULL);
    started = now();
    ck_assert_int_eq(kill(first, SIGKILL), 0);
    ck_assert_int_gt(hear(&wire, "started"), 0);
    ck_assert_int_lt(now() - started, 1000);
    kill(pid, SIGTERM);
    ck_assert_int_eq(exit_code(pid), 0);
    close(wire.out);
}
END_TEST

START_TEST(workers_that_never_get_going_are_given_up)
{
    struct wire wire;
    long long started = now();
    pid_t pid = run(&wire, 2, PATIENCE_MS, fail_at_once);
    int tries = 0;

    while (hear(&wire, "started") > 0)
        tries++;
    ck_assert_int_eq(exit_code(pid), 1);
    ck_assert_int_ge(tries, 10);
    ck_assert_int_ge(now() - started, 400); /* the pauses between grow */
    close(wire.out);
}
END_TEST

/* By somebody, or for want of memory, which says nothing about the program. */
START_TEST(workers_that_are_killed_are_not_given_up)
{
    struct wire wire;
    pid_t pid = run(&wire, 2, PATIENCE_MS, wait_politely), worker;

    for (int i = 0; i < 12; i++) {
        worker = hear(&wire, "started");
        ck_assert_int_gt(worker, 0);
        ck_assert_int_eq(kill(worker, SIGKILL), 0);
    }
    ck_assert_int_gt(hear(&wire, "started"), 0);
    ck_assert_int_gt(hear(&wire, "started"), 0);
    ck_assert_int_eq(kill(pid, SIGTERM), 0);
    ck_assert_int_eq(exit_code(pid), 0);
    close(wire.out);
}
END_TEST

START_TEST(stubborn_worker_is_killed)
{
    struct wire wire;
    pid_t pid = run(&wire, 2, 100, never_end), worker = hear(&wire, "started");

    ck_assert_int_gt(hear(&wire, "started"), 0);
    kill(pid, SIGTERM);
    ck_assert_int_eq(exit_code(pid), 0);
    ck_assert_int_eq(kill(worker, 0), -1);
    ck_assert_int_eq(hear(&wire, "nothing"), 0);
    close(wire.out);
}
END_TEST

START_TEST(orphans_are_asked_to_end)
{
    struct wire wire;
    pid_t pid = run(&wire, 2, PATIENCE_MS, wait_politely);

    ck_assert_int_gt(hear(&wire, "started"), 0);
    ck_assert_int_gt(hear(&wire, "started"), 0);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(exit_code(pid), -SIGKILL);
    ck_assert_int_gt(hear(&wire, "ended"), 0);
    ck_assert_int_gt(hear(&wire, "ended"), 0);
    ck_assert_int_eq(hear(&wire, "nothing"), 0);
    close(wire.out);
}
END_TEST

UNIT_MAIN("supervisor", { it_ends_when_its_workers_have_ended, LENGTH(stops) },
          { killed_worker_is_replaced, 0 }, { settled_worker_is_replaced_at_once, 0 },
          { workers_that_never_get_going_are_given_up, 0 },
          { workers_that_are_killed_are_not_given_up, 0 }, { stubborn_worker_is_killed, 0 },
          { orphans_are_asked_to_end, 0 })
