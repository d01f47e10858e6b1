/* What people did: as a page, and as a file. */
#include <names.h>
#include <string.h>
#include <time.h>

#include "../db/audit_list.h"
#include "../db/memory.h"
#include "address.h"
#include "admin.h"
#include "cookie.h"
#include "csv.h"
#include "form_input.h"
#include "handlers.h"
#include "page.h"
#include "value_view.h"
#include "words.h"

enum { EXPORT_MAX = 50000 };

static const struct {
    const char *value, *label;
} kinds[] = { [AUDIT_ALL] = { "", "Everything" }, [AUDIT_SIGN_INS] = { "sign-ins", "Sign-ins and passwords" },
              [AUDIT_CHANGES] = { "changes", "Changes of records" },
              [AUDIT_ADMINISTRATION] = { "administration", "Administration" } };
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *const filters[] = { "kind", "who", "remote", "from", "to" };

struct problems {
    const char *from, *to;
};

static const char *value_of(const struct form *form, const char *name)
{
    const char *value = form_get(form, name);
    value = value ? value + strspn(value, " ") : "";
    return *value ? value : NULL;
}

/* A day that the calendar has: mktime makes the 31st of June the 1st of July. */
static bool is_day(const char *text)
{
    struct tm read = { 0 };
    const char *end = strptime(text, "%Y-%m-%d", &read);
    struct tm same = read;
    return end && !*end && strlen(text) == 10 && timegm(&same) != -1 && same.tm_mday == read.tm_mday;
}

static const char *judge_day(const char *text)
{
    return !text || is_day(text) ? NULL : "Enter a day like 2026-11-25";
}

static struct error *read_filter(const struct request *request, const struct form *form, struct audit_filter *filter,
                                 struct problems *problems)
{
    const char *kind = value_of(form, "kind");
    *filter = (struct audit_filter){ .who = value_of(form, "who"), .remote = value_of(form, "remote"),
                                     .from = value_of(form, "from"), .to = value_of(form, "to"),
                                     .after = value_of(form, "after") };
    for (size_t i = 1; kind && i < KINDS; i++)
        if (strcmp(kinds[i].value, kind) == 0)
            filter->kind = (enum audit_kind)i;
    if (kind && filter->kind == AUDIT_ALL)
        return error_new(request, ERROR_BAD_REQUEST, "the audit has no kind '%s'", kind);
    *problems = (struct problems){ judge_day(filter->from), judge_day(filter->to) };
    if (problems->from)
        filter->from = NULL;
    if (problems->to)
        filter->to = NULL;
    return NULL;
}

static const char *tone_of(const char *action)
{
    static const char *const failures[] = { AUDIT_SIGN_IN_FAILED, AUDIT_CONFIRM_FAILED, AUDIT_THROTTLED,
                                            AUDIT_CODE_FAILED };
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        if (strcmp(action, failures[i]) == 0)
            return "bad";
    return strcmp(action, "deleted") == 0 ? "warn" : NULL;
}

static const char *subject_of(const struct request *request, const struct query *lines, int row)
{
    const char *table = query_field(lines, row, "model"), *title = query_field(lines, row, "title");
    const struct model *model = table ? schema_by_table(request->site->schema, table) : NULL;
    if (!table)
        return title;
    return memory_printf(request, "%s %s", model ? model->label : table,
                         title && *title ? title : query_field(lines, row, "record"));
}

static void add_line(struct page *page, const struct query *lines, int row)
{
    const struct request *request = page->request;
    const char *table = query_field(lines, row, "model");
    const struct model *model = table ? schema_by_table(request->site->schema, table) : NULL;
    struct view *view = view_add(page->main, T_LINE);
    view_set(view, T_TIME, words_time(request, query_field(lines, row, "at")));
    view_set(view, T_DATETIME, words_datetime(request, query_field(lines, row, "at")));
    view_set(view, T_PERSON, query_field(lines, row, "who"));
    view_set(view, T_VERB, query_field(lines, row, "action"));
    view_set(view, T_TONE, tone_of(query_field(lines, row, "action")));
    view_set(view, T_TEXT, words_short(request, subject_of(request, lines, row) ? subject_of(request, lines, row) : "", 80));
    view_set(view, T_ADDRESS, query_field(lines, row, "remote"));
    if (model && !model->internal)
        view_set(view, T_HREF, memory_printf(request, "%s/history#change-%s",
                                             value_view_href(request, model, query_field(lines, row, "record")),
                                             query_field(lines, row, "id")));
}

static void fill_filters(struct page *page, const struct audit_filter *filter, const struct problems *problems)
{
    struct request *request = page->request;
    for (size_t i = 0; i < KINDS; i++) {
        struct view *kind = view_add(page->main, T_KIND);
        view_set(kind, T_VALUE, kinds[i].value);
        view_set(kind, T_LABEL, kinds[i].label);
        view_show_if(kind, T_SELECTED, i == filter->kind);
    }
    bool any = false;
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        const char *value = value_of(request->query, filters[i]);
        any = any || value;
        if (value)
            form_input_hide(page->main, filters[i], value);
    }
    view_show_if(page->main, T_FILTERED, any);
    view_set(page->main, T_WHO, filter->who);
    view_set(page->main, T_REMOTE, filter->remote);
    view_set(page->main, T_FROM, value_of(request->query, "from"));
    view_set(page->main, T_TO, value_of(request->query, "to"));
    view_set(page->main, T_FROM_ERROR, problems->from);
    view_set(page->main, T_TO_ERROR, problems->to);
    if (problems->from)
        page_error(page, problems->from, "from");
    if (problems->to)
        page_error(page, problems->to, "to");
}

static const char *range_of(const struct request *request, const struct query *lines, int rows)
{
    if (rows == 0)
        return "No more lines";
    return memory_printf(request, "%s to %s", words_time(request, query_field(lines, rows - 1, "at")),
                         words_time(request, query_field(lines, 0, "at")));
}

static void fill_pager(struct page *page, const struct audit_filter *filter, const struct query *lines, int shown)
{
    struct request *request = page->request;
    static const char *const none[] = { NULL };
    bool more = query_rows(lines) > shown;
    const int rows = more ? shown : query_rows(lines);
    view_show_if(page->main, T_PAGER, more || filter->after);
    view_set(page->main, T_RANGE, range_of(request, lines, rows));
    if (filter->after)
        view_set(page->main, T_NEWEST_HREF, address_change(request, "/admin/audit", none, "after", NULL));
    if (more)
        view_set(page->main, T_OLDER_HREF, address_change(request, "/admin/audit", none, "after",
                                                          query_field(lines, shown - 1, "cursor")));
}

/* Pages of a list have titles of their own (WCAG 2.4.2): what is filtered by, and which line it begins behind. */
static const char *title_of(const struct request *request, const struct audit_filter *filter, const struct query *lines)
{
    const int shown = request->site->settings->page_rows, rows = query_rows(lines);
    struct text *text = text_new(request);
    text_add(text, "Audit");
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (value_of(request->query, filters[i]))
            text_addf(text, ", %s", words_short(text, value_of(request->query, filters[i]), 60));
    if (filter->after)
        text_addf(text, ", %s, older than line %s", range_of(request, lines, rows > shown ? shown : rows), filter->after);
    return text->data;
}

static const char *kept_for(const struct request *request)
{
    const int days = request->site->settings->audit_days;
    if (days == 0)
        return "All lines are kept (ROSTER_AUDIT_DAYS).";
    return memory_printf(request, "Lines of sign-ins and administration are kept for %d day%s (ROSTER_AUDIT_DAYS); what removes "
                         "older ones is itself a line here. Changes of records are always kept.", days, days == 1 ? "" : "s");
}

struct error *audit_page(struct request *request)
{
    struct audit_filter filter;
    struct problems problems;
    struct query *lines;
    const int shown = request->site->settings->page_rows;
    TRY(read_filter(request, request->query, &filter, &problems));
    filter.limit = shown + 1;
    TRY(audit_list_queue(request->db, &filter, &lines));
    TRY(admin_run(request, NULL));
    struct page *page = page_new(request, TPL_AUDIT);
    view_set(page->main, T_CSRF, cookie_csrf(request));
    view_set(page->main, T_KEPT, kept_for(request));
    view_set(page->main, T_EXPORT_MAX, words_number(request, EXPORT_MAX));
    fill_filters(page, &filter, &problems);
    for (int row = 0; row < query_rows(lines) && row < shown; row++)
        add_line(page, lines, row);
    fill_pager(page, &filter, lines, shown);
    return page_send(page, problems.from || problems.to ? 422 : 200, title_of(request, &filter, lines));
}

static const char *write_file(const struct request *request, const struct query *lines, size_t *length)
{
    static const char *const names[] = { "at", "who", "action", "subject", "remote", "model", "record" };
    struct text *text = text_new(request);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        csv_add(text, names[i], i == 0);
    csv_end_row(text);
    for (int row = 0; row < query_rows(lines); row++) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            csv_add(text, strcmp(names[i], "subject") == 0 ? query_field(lines, row, "title") : query_field(lines, row, names[i]),
                    i == 0);
        csv_end_row(text);
    }
    *length = text->length;
    return text->data;
}

struct error *audit_export_post(struct request *request)
{
    struct audit_filter filter;
    struct problems problems;
    struct query *lines;
    size_t length;
    TRY(read_filter(request, request->form, &filter, &problems));
    filter.limit = EXPORT_MAX;
    filter.after = NULL;
    TRY(audit_list_queue(request->db, &filter, &lines));
    TRY(admin_run(request, NULL));
    if (problems.from || problems.to)
        return error_new(request, ERROR_BAD_REQUEST, "this form does not name a day that the calendar has");
    admin_audit(request, AUDIT_EXPORTED, memory_printf(request, "%d lines", query_rows(lines)));
    TRY(query_run(request->db));
    const char *file = write_file(request, lines, &length);
    response_header(request->response, "Content-Disposition", "attachment; filename=\"audit.csv\"");
    response_header(request->response, "Cache-Control", "private, no-store");
    response_body(request->response, "text/csv; charset=utf-8; header=present", file, length);
    return NULL;
}
