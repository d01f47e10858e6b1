/* roster.fcgi: the web side. It checks everything it needs, listens, and keeps workers alive that answer
 * requests; or it answers one request as a plain CGI program. */
#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../db/log.h"
#include "../db/memory.h"
#include "../db/model.h"
#include "../db/place.h"
#include "listener.h"
#include "supervisor.h"
#include "view.h"
#include "worker.h"

enum { WORKERS_MAX = 256, EXIT_USAGE = 2 };

struct options {
    const char *socket; /* NULL: what was handed over as standard input */
    int workers;        /* 0: as the settings say */
};

static const char help[] =
    "Usage: roster.fcgi [--socket PATH] [--workers N]\n"
    "\n"
    "Answers the requests of a web server.\n"
    "\n"
    "  --socket PATH   listen on this unix socket for FastCGI\n"
    "  --workers N     processes that answer at a time (1 to 256); otherwise ROSTER_WORKERS\n"
    "  --help          this text\n"
    "\n"
    "Without --socket it serves FastCGI on the socket that is its standard input, or\n"
    "answers one request as a CGI program. Settings come from the environment and\n"
    "from .env; .env.example explains them. SIGTERM ends it when the requests that\n"
    "have begun are answered.\n";

/* Reads the options; false when there is nothing to serve, and then *code is what to exit with. */
static bool read_options(int count, char **arguments, struct options *options, int *code)
{
    static const struct option known[] = {
        { "socket", required_argument, NULL, 's' },
        { "workers", required_argument, NULL, 'w' },
        { "help", no_argument, NULL, 'h' },
        { 0 },
    };
    int option;

    *code = EXIT_USAGE;
    while ((option = getopt_long(count, arguments, "", known, NULL)) != -1) {
        char *end = NULL;
        long workers;

        switch (option) {
        case 's':
            options->socket = optarg;
            break;
        case 'w':
            workers = strtol(optarg, &end, 10);
            if (*end || workers < 1 || workers > WORKERS_MAX) {
                fprintf(stderr, "roster.fcgi: --workers is '%s', but must be a number from 1 to %d\n", optarg,
                        WORKERS_MAX);
                return false;
            }
            options->workers = (int)workers;
            break;
        case 'h':
            fputs(help, stdout);
            *code = 0;
            return false;
        default:
            fputs("Try 'roster.fcgi --help'.\n", stderr);
            return false;
        }
    }
    if (optind < count)
        fprintf(stderr, "roster.fcgi: '%s' is not an option; try 'roster.fcgi --help'\n", arguments[optind]);
    return optind >= count;
}

static struct error *open_site(const void *context, struct site *site)
{
    struct settings *settings;
    struct schema *schema;
    const char *templates = getenv("ROSTER_TEMPLATES");

    if (sodium_init() < 0)
        return error_new(context, ERROR_FAILED, "the system gives no random numbers");
    TRY(settings_open(context, &settings));
    TRY(schema_open(context, models, overview_panels, &schema));
    TRY(view_open(context, templates && *templates ? templates : place_find(context, "templates", "templates")));
    *site = (struct site){ .settings = settings, .schema = schema };
    return NULL;
}

static int fail(const struct error *error)
{
    struct log_line line;

    log_begin(&line, LOG_ERROR, "not started");
    log_text(&line, "message", error->message);
    log_text(&line, "hint", error->hint);
    log_end(&line);
    return error_exit_code(error);
}

/* What the workers need to know. */
struct service {
    const struct site *site;
    int listener;
};

static int work(void *argument)
{
    const struct service *service = argument;

    return worker_run(service->site, service->listener);
}

static int serve(const struct site *site, const struct options *options, int listener)
{
    struct service service = { .site = site, .listener = listener };
    int workers = options->workers ? options->workers : site->settings->workers;
    int patience_ms = site->settings->request_budget_ms + 5000; /* rendering and sending come on top */
    struct log_line line;
    int code;

    log_begin(&line, LOG_INFO, "started");
    log_number(&line, "workers", workers);
    log_end(&line);
    if (site->settings->unknown)
        log_event(LOG_WARNING, "settings", site->settings->unknown);
    code = supervisor_run(workers, patience_ms, work, &service);
    log_event(LOG_INFO, "stopped", NULL);
    return code;
}

static int serve_socket(const void *context, const struct site *site, const struct options *options)
{
    int listener, code;
    struct error *failed = listener_open(context, options->socket, &listener);

    if (failed)
        return fail(failed);
    code = serve(site, options, listener);
    listener_close(options->socket, listener);
    return code;
}

static int serve_standard_input(const struct site *site, const struct options *options)
{
    int flags = fcntl(STDIN_FILENO, F_GETFL);

    if (flags < 0 || fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) < 0) {
        log_event(LOG_ERROR, "cannot use standard input as a socket", strerror(errno));
        return EXIT_FAILURE;
    }
    return serve(site, options, STDIN_FILENO);
}

static const char *get_variable(void *source, const char *name)
{
    (void)source;
    return getenv(name);
}

static ssize_t read_standard_input(void *source, void *buffer, size_t size)
{
    ssize_t got;

    (void)source;
    do
        got = read(STDIN_FILENO, buffer, size);
    while (got < 0 && errno == EINTR);
    return got;
}

static bool write_standard_output(void *sink, const char *bytes, size_t length)
{
    (void)sink;
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);

        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return true;
}

static int serve_once(const struct site *site)
{
    const struct request_source source = { .parameter = get_variable, .read = read_standard_input };

    signal(SIGPIPE, SIG_IGN);
    worker_answer(site, &source, write_standard_output, NULL);
    return EXIT_SUCCESS;
}

/* A web server that runs a CGI program shows its standard error to nobody, so the answer says at least that
 * much. */
static void answer_failure(void)
{
    static const char sorry[] = "Status: 503 Service Unavailable\r\n"
                                "Content-Type: text/plain; charset=utf-8\r\n"
                                "\r\n"
                                "This site is not set up rightly; its log says why.\n";

    write_standard_output(NULL, sorry, sizeof(sorry) - 1);
}

int main(int count, char **arguments)
{
    struct options options = { 0 };
    struct error *failed;
    struct site site;
    bool once;
    void *context;
    int code;

    if (!read_options(count, arguments, &options, &code))
        return code;
    once = !options.socket && FCGX_IsCGI();
    if (once && !getenv("REQUEST_METHOD")) {
        fputs("roster.fcgi: there is no socket to serve (--socket PATH) and no CGI request to answer\n",
              stderr);
        return EXIT_USAGE;
    }
    context = memory_new(NULL, 1, "roster.fcgi");
    failed = open_site(context, &site);
    if (failed && once)
        answer_failure();
    if (failed)
        code = fail(failed);
    else if (once)
        code = serve_once(&site);
    else if (options.socket)
        code = serve_socket(context, &site, &options);
    else
        code = serve_standard_input(&site, &options);
    talloc_free(context);
    return code;
}
