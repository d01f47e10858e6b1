/* Holes, for tests alone. Three handlers stand in front of the program's own (ld's --wrap) and do what must never be
 * done, on pages that scanners reach only signed in and, for the form, with its token. What a scanner does not find here
 * it would find nowhere, so that a scan that finds nothing says something. */
#include <string.h>
#include "../../cgi/handlers.h"
#include "../../db/memory.h"

struct error *__real_list_page(struct request *request) MUST_USE;
struct error *__wrap_list_page(struct request *request) MUST_USE;
struct error *__real_form_new_post(struct request *request) MUST_USE;
struct error *__wrap_form_new_post(struct request *request) MUST_USE;

/* Whether SQL that was put together from what was typed gives a row. */
static struct error *gives_row(struct request *request, const char *sql, bool *row)
{
    PGconn *handle;
    PGresult *result;
    TRY(connection_handle(request->db, &handle));
    result = PQexec(handle, sql);
    bool good = PQresultStatus(result) == PGRES_TUPLES_OK;
    *row = good && PQntuples(result) > 0;
    PQclear(result);
    return good ? NULL : error_new(request, ERROR_FAILED, "a statement failed");
}

/* /teams/?q= shows what was searched for as it came. */
static struct error *echo(struct request *request, const char *search)
{
    const char *page = memory_printf(request, "<!doctype html><html><body><p>No team is called %s.</p></body></html>", search);
    response_body(request->response, "text/html; charset=utf-8", page, strlen(page));
    return NULL;
}

/* /skills/?q= puts it into a statement. */
struct error *__wrap_list_page(struct request *request)
{
    const char *search = form_get(request->query, "q");
    if (search && *search && strcmp(request->model->table, "team") == 0) {
        TRY(__real_list_page(request)); /* for those who are signed in */
        return echo(request, search);
    }
    if (search && *search && strcmp(request->model->table, "skill") == 0) {
        bool found;
        TRY(gives_row(request, memory_printf(request, "SELECT 1 FROM skill WHERE name ILIKE '%%%s%%'", search), &found));
        form_set(request, request->query, "q", found ? "" : "nothing of this name");
    }
    return __real_list_page(request);
}

/* The form for a new skill puts its name into one. */
struct error *__wrap_form_new_post(struct request *request)
{
    const char *name = form_get(request->form, "name");
    if (name && strcmp(request->model->table, "skill") == 0) {
        bool wanted;
        TRY(gives_row(request, memory_printf(request, "SELECT 1 WHERE 'nothing' <> '%s'", name), &wanted));
        if (!wanted)
            return error_new(request, ERROR_NOT_FOUND, "there is no such skill");
    }
    return __real_form_new_post(request);
}
