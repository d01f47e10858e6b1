/* What the database spends its time on, and what could be done about it. */
#include <names.h>
#include <stdlib.h>
#include <string.h>

#include "../db/activity.h"
#include "../db/advice.h"
#include "../db/index_use.h"
#include "../db/memory.h"
#include "../db/statements.h"
#include "admin.h"
#include "cookie.h"
#include "handlers.h"
#include "page.h"
#include "words.h"

enum { STATEMENTS_SHOWN = 30, RUNNING_SECONDS = 1 };

static const struct {
    const char *name, *label;
} sorts[] = { [STATEMENTS_BY_TOTAL] = { "total", "Most time in all" }, [STATEMENTS_BY_MEAN] = { "mean", "Slowest" },
              [STATEMENTS_BY_CALLS] = { "calls", "Most often" }, [STATEMENTS_BY_ROWS] = { "rows", "Most rows" } };
enum { SORTS = sizeof sorts / sizeof *sorts };

struct look {
    struct request *request;
    struct query *offer, *running, *unused, *duplicates;
    struct query *statements; /* NULL when there are none */
    enum statements_sort sort;
};

static struct error *read_sort(struct look *look)
{
    const char *name = form_get(look->request->query, "sort");
    for (size_t i = 0; name && i < SORTS; i++)
        if (strcmp(sorts[i].name, name) == 0)
            look->sort = (enum statements_sort)i;
    if (name && strcmp(sorts[look->sort].name, name) != 0)
        return error_new(look->request, ERROR_BAD_REQUEST, "statements cannot be sorted by '%s'", name);
    return NULL;
}

/* One more round trip, on a connection that may be another one. A server without the figures is no error. */
static struct error *read_statements(struct look *look)
{
    struct request *request = look->request;
    const struct settings *settings = request->site->settings;
    if (!query_true(look->offer, 0, "preloaded"))
        return NULL;
    struct connection *connection = statements_connection(request->db, settings, query_true(look->offer, 0, "here"));
    struct query *statements = statements_queue(connection, settings, look->sort, STATEMENTS_SHOWN);
    query_read_only(connection);
    const struct error *error = query_run(connection);
    if (!error)
        look->statements = statements;
    return NULL;
}

static void set_cost(const struct request *request, struct view *view, const struct query *statements, int row)
{
    view_set(view, T_TOTAL, query_field(statements, row, "total_ms"));
    view_set(view, T_MEAN, query_field(statements, row, "mean_ms"));
    view_set(view, T_CALLS, words_number(request, query_number(statements, row, "calls")));
    view_set(view, T_ROWS, words_number(request, query_number(statements, row, "rows")));
    view_set(view, T_SHARE, query_field(statements, row, "share"));
}

static void add_statements(struct page *page, const struct look *look)
{
    struct request *request = look->request;
    for (size_t i = 0; i < SORTS; i++) {
        struct view *sort = view_add(page->main, T_SORT);
        view_set(sort, T_LABEL, sorts[i].label);
        view_set(sort, T_HREF, memory_printf(request, "/admin/queries?sort=%s#statements", sorts[i].name));
        view_show_if(sort, T_CURRENT, i == look->sort);
    }
    for (int row = 0; row < query_rows(look->statements); row++) {
        struct view *view = view_add(page->main, T_STATEMENT);
        view_set(view, T_TEXT, words_short(request, query_field(look->statements, row, "text"), 110));
        view_set(view, T_HREF, memory_printf(request, "/admin/queries/%s", query_field(look->statements, row, "id")));
        set_cost(request, view, look->statements, row);
    }
}

static void explain_absence(struct page *page, const struct look *look)
{
    static const char *const commands[] = { "shared_preload_libraries = 'pg_stat_statements'",
                                            "CREATE EXTENSION pg_stat_statements;", "GRANT pg_monitor TO roster;" };
    bool preloaded = query_true(look->offer, 0, "preloaded");
    view_set(page->main, T_PROBLEM,
             preloaded ? "The server counts statements, but lets nobody look yet. As its superuser, in the database "
                         "postgres (with the role of this site in the second line):"
                       : "The server does not count statements. Put the first line into its postgresql.conf and restart "
                         "it; then, as its superuser, in the database postgres (with the role of this site in the last "
                         "line):");
    for (size_t i = preloaded ? 1 : 0; i < sizeof commands / sizeof *commands; i++)
        view_set(view_add(page->main, T_HOW), T_COMMAND, commands[i]);
}

static void add_running(struct page *page, const struct query *running)
{
    for (int row = 0; row < query_rows(running); row++) {
        struct view *view = view_add(page->main, T_RUNNING);
        view_set(view, T_PID, query_field(running, row, "pid"));
        view_set(view, T_STARTED, query_field(running, row, "started"));
        view_set(view, T_TEXT, words_short(page->request, query_field(running, row, "text"), 240));
        view_set(view, T_SECONDS, query_field(running, row, "seconds"));
        view_set(view, T_WHO, query_field(running, row, "program"));
        view_set(view, T_STATE, query_field(running, row, "state"));
        view_set(view, T_WAITS, query_field(running, row, "waits"));
        view_set(view, T_BLOCKED_BY, query_field(running, row, "blocked_by"));
        view_show_if(view, T_IDLE, query_true(running, row, "idle"));
        if (!query_true(running, row, "protected"))
            view_set(view, T_ACTION, "/admin/queries/cancel");
    }
}

static void add_indexes(struct page *page, const char *part, const struct query *indexes)
{
    for (int row = 0; row < query_rows(indexes); row++) {
        struct view *view = view_add(page->main, part);
        view_set(view, T_NAME, query_field(indexes, row, "name"));
        view_set(view, T_TABLE_NAME, query_field(indexes, row, "table"));
        view_set(view, T_SIZE, query_field(indexes, row, "size"));
        view_set(view, T_OTHER, query_column(indexes, "other") < 0 ? NULL : query_field(indexes, row, "other"));
    }
}

struct error *queries_page(struct request *request)
{
    struct look look = { .request = request, .offer = statements_queue_offer(request->db),
                         .running = activity_queue(request->db, RUNNING_SECONDS),
                         .unused = index_use_queue_unused(request->db),
                         .duplicates = index_use_queue_duplicates(request->db) };
    TRY(admin_run(request, NULL));
    TRY(read_sort(&look));
    TRY(read_statements(&look));
    struct page *page = page_new(request, TPL_QUERIES);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_SINCE, words_time(request, query_field(look.offer, 0, "since")));
    view_set(page->main, T_SINCE_DATETIME, words_datetime(request, query_field(look.offer, 0, "since")));
    add_running(page, look.running);
    if (look.statements)
        add_statements(page, &look);
    else
        explain_absence(page, &look);
    add_indexes(page, T_UNUSED, look.unused);
    add_indexes(page, T_DUPLICATE, look.duplicates);
    return page_send(page, 200, "Queries");
}

/* --- One statement -------------------------------------------------------------------------------------------------- */

static void set_advice(struct page *page, const struct advice *advice, bool with_hypopg)
{
    const struct request *request = page->request;
    view_set(page->main, T_PLAN, advice->plan);
    if (advice->problem)
        view_set(page->main, T_PROBLEM, memory_printf(request, "PostgreSQL gives no plan for it: %s.", advice->problem));
    if (!advice->model) {
        view_set(page->main, T_REASON, advice->problem ? "Without a plan that cannot be said."
                                         : advice->proved ? "No. The planner was asked with every column that is filtered "
                                                            "by, and none of them pays."
                                                          : "No: no table is read whole to find some of its rows.");
        return;
    }
    view_set(page->main, T_TABLE_NAME, advice->model->table);
    view_set(page->main, T_LINE, advice->line);
    view_set(page->main, T_ADVICE,
             advice->proved
                 ? memory_printf(request, "Yes. With it the planner reckons %.0f instead of %.0f, which is what it reckons "
                                          "now. Every save of the table then keeps one more index.",
                                 advice->cost_after, advice->cost)
                 : memory_printf(request, "Perhaps: a table is read whole to find some of its rows, at a reckoned cost of "
                                          "%.0f. %s", advice->cost,
                                 with_hypopg ? "" : "It is not proved: with the extension hypopg in this database the "
                                                    "planner could be asked (install its package, then as the server's "
                                                    "superuser CREATE EXTENSION hypopg)."));
}

struct error *query_page(struct request *request)
{
    const struct settings *settings = request->site->settings;
    struct query *offer = statements_queue_offer(request->db);
    struct advice advice;
    TRY(admin_run(request, NULL));
    struct connection *connection = statements_connection(request->db, settings, query_true(offer, 0, "here"));
    struct query *one = statements_queue_one(connection, settings, request->id);
    query_read_only(connection);
    if (!query_true(offer, 0, "preloaded") || query_run(connection) || query_rows(one) == 0)
        return error_new(request, ERROR_NOT_FOUND, "the server keeps no figures about the statement '%s'", request->id);
    bool with_hypopg = query_true(offer, 0, "hypopg");
    TRY(advice_find(request, settings, request->site->schema, query_field(one, 0, "text"), with_hypopg, &advice));
    struct page *page = page_new(request, TPL_QUERY);
    view_set(page->main, T_TEXT, query_field(one, 0, "text"));
    set_cost(request, page->main, one, 0);
    set_advice(page, &advice, with_hypopg);
    return page_send(page, 200, "Query");
}

/* --- Cancelling ----------------------------------------------------------------------------------------------------- */

static bool is_number(const char *text)
{
    return text && *text && strlen(text) < 10 && strspn(text, "0123456789") == strlen(text);
}

static const char *outcome(const struct request *request, const char *pid, bool idle, bool done)
{
    if (!done)
        return idle ? "That transaction had ended already, or went on." : "That statement had ended already.";
    return memory_printf(request, idle ? "The session of process %s was ended, and its locks are free."
                                       : "The statement of process %s was cancelled.", pid);
}

/* What PostgreSQL does not let this role do is no fault of the program's. */
static struct error *run_end(struct request *request, struct connection *direct, const char *pid)
{
    struct error *error = query_run(direct);
    if (!error || strcmp(error->sqlstate, "42501") != 0)
        return error;
    return error_new(request, ERROR_FORBIDDEN, "PostgreSQL lets only one of its own superusers end process %s; as such, run: "
                     "SELECT pg_terminate_backend(%s)", pid, pid);
}

struct error *query_cancel_post(struct request *request)
{
    const char *pid = form_get(request->form, "pid"), *started = form_get(request->form, "started");
    const bool idle = form_get(request->form, "idle") != NULL;
    bool asked;
    TRY(admin_run_confirmed(request, idle ? "end a session" : "cancel a statement", NULL, &asked));
    if (asked)
        return NULL;
    if (!is_number(pid) || !started || strspn(started, "0123456789-+:. ") != strlen(started))
        return error_new(request, ERROR_BAD_REQUEST, "this form does not name a statement that runs");
    struct connection *direct = connection_new(request, request->site->settings, CONNECTION_DIRECT, "roster admin");
    struct query *ended = activity_queue_end(direct, pid, started, idle);
    TRY(run_end(request, direct, pid));
    bool done = query_rows(ended) > 0 && query_true(ended, 0, "ended");
    if (done)
        admin_audit(request, AUDIT_QUERY_CANCELLED,
                    memory_printf(request, "%sprocess %s of %s", idle ? "session, " : "", pid,
                                  query_field(ended, 0, "program")));
    TRY(query_run(request->db));
    cookie_set_flash(request, outcome(request, pid, idle, done), NULL);
    response_redirect(request->response, "/admin/queries");
    return NULL;
}
