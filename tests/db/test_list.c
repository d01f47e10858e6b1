/* Lists: every row once, whatever the sort order and direction, and only the rows that were asked for. */
#include "organisation.h"

#include <string.h>

#include "../../db/list.h"

static struct list *run_page(struct list *list)
{
    list_queue(db, list, true);
    ck_ok(query_run(db));
    ck_ok(list_load(db, list));
    return list;
}

static struct list *new_list(const char *table, const char *sort)
{
    struct list *list = list_new(context, model_of(table), 7);
    ck_ok(list_sort(list, sort));
    return list;
}

static const char *id_at(const struct list *list, int position)
{
    return query_field(list->rows, list_row(list, position), "@id");
}

/* 60 threads, with due dates that repeat and are often missing. */
static void add_threads(void)
{
    run_script("INSERT INTO thread (subject, team_id, due_on, status) SELECT 'subject ' || n % 9, 1,"
               " CASE WHEN n % 3 > 0 THEN date '2026-01-01' + n % 5 END, CASE WHEN n % 2 = 0 THEN 'done' ELSE 'open' END"
               " ::thread_status FROM generate_series(1, 60) n");
}

/* All ids in order, page by page, forwards. */
static char *walk_forwards(const char *sort, int *count)
{
    char *order = memory_copy(context, "");
    const char *after = NULL;
    *count = 0;
    for (int pages = 0; pages < 20; pages++) {
        struct list *list = new_list("thread", sort);
        ck_ok(list_set_cursor(list, after, NULL));
        run_page(list);
        ck_assert_int_eq(list->total, 60);
        for (int i = 0; i < list->row_count; i++, (*count)++)
            order = memory_printf(context, "%s %s", order, id_at(list, i));
        if (!list->has_next)
            return order;
        after = list_last_cursor(context, list);
    }
    ck_abort_msg("the list has no end");
}

static char *walk_backwards(const char *sort, int *count)
{
    char *order = memory_copy(context, "");
    const char *before = NULL;
    *count = 0;
    for (int pages = 0; pages < 20; pages++) {
        struct list *list = new_list("thread", sort);
        list->last = before == NULL;
        ck_ok(list_set_cursor(list, NULL, before));
        run_page(list);
        for (int i = list->row_count - 1; i >= 0; i--, (*count)++)
            order = memory_printf(context, " %s%s", id_at(list, i), order);
        if (!list->has_previous)
            return order;
        before = list_first_cursor(context, list);
    }
    ck_abort_msg("the list has no beginning");
}

/* What one query without pages says. */
static char *expected(const char *order)
{
    const struct query *rows = scratch_query(db, memory_printf(context, "SELECT id FROM thread ORDER BY %s", order));
    char *text = memory_copy(context, "");
    for (int row = 0; row < query_rows(rows); row++)
        text = memory_printf(context, "%s %s", text, query_text(rows, row, 0));
    return text;
}

START_TEST(pages_cover_every_row_once_in_both_directions)
{
    static const struct {
        const char *sort, *order;
    } orders[] = {
        { "due_on", "due_on NULLS LAST, id" },           { "-due_on", "due_on DESC NULLS LAST, id DESC" },
        { "subject", "subject, id" },                    { "-subject", "subject DESC, id DESC" },
        { "id", "id" },                                  { "-created_at", "created_at DESC, id DESC" },
    };
    add_threads();
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        int forwards = 0, backwards = 0;
        ck_assert_str_eq(walk_forwards(orders[i].sort, &forwards), expected(orders[i].order));
        ck_assert_str_eq(walk_backwards(orders[i].sort, &backwards), expected(orders[i].order));
        ck_assert_int_eq(forwards, 60);
        ck_assert_int_eq(backwards, 60);
    }
}
END_TEST

START_TEST(going_back_leads_to_where_one_was)
{
    add_threads();
    struct list *first = run_page(new_list("thread", "due_on"));
    struct list *second = new_list("thread", "due_on"), *back = new_list("thread", "due_on");
    ck_ok(list_set_cursor(second, list_last_cursor(context, first), NULL));
    run_page(second);
    ck_ok(list_set_cursor(back, NULL, list_first_cursor(context, second)));
    run_page(back);
    ck_assert_int_eq(back->row_count, first->row_count);
    ck_assert_str_eq(id_at(back, 0), id_at(first, 0));
    ck_assert(!back->has_previous);
}
END_TEST

static long long total_with(const char *table, const char *filter, const char *value)
{
    struct list *list = list_new(context, model_of(table), 7);
    ck_ok(list_set_filter(list, list_filter(list, filter), value));
    return run_page(list)->total;
}

START_TEST(filters_narrow)
{
    add_threads();
    ck_assert_int_eq(total_with("thread", "status", "done"), 30);
    ck_assert_int_eq(total_with("thread", "team_id", "2"), 0);
    ck_assert_int_eq(total_with("member", "skills", "2"), 1);
    ck_assert_int_eq(total_with("skill", "managed", "true"), 1);
    struct list *list = list_new(context, model_of("thread"), 7);
    list_filter(list, "due_on")->from = "2026-01-02";
    list_filter(list, "due_on")->to = "2026-01-03";
    ck_assert_int_eq(run_page(list)->total, count_of("SELECT count(*) AS n FROM thread WHERE due_on IN"
                                                     " ('2026-01-02', '2026-01-03')"));
}
END_TEST

START_TEST(a_filter_knows_what_it_is_set_to)
{
    struct list *list = list_new(context, model_of("member"), 7);
    ck_ok(list_set_filter(list, list_filter(list, "team_id"), "1"));
    list_queue_titles(db, list);
    run_page(list);
    ck_assert_str_eq(list_filter(list, "team_id")->title, "core");
}
END_TEST

static long long found(const char *search)
{
    struct list *list = list_new(context, model_of("skill"), 7);
    list->search = search;
    return run_page(list)->total;
}

START_TEST(search_takes_text_as_it_is)
{
    run_script("INSERT INTO skill (name, description) VALUES ('100%', 'all_of it'), ('it''s', '\\ back')");
    ck_assert_int_eq(found("sql"), 1);
    ck_assert_int_eq(found("%"), 1);
    ck_assert_int_eq(found("_"), 1);
    ck_assert_int_eq(found("\\"), 1);
    ck_assert_int_eq(found("'"), 1);
    ck_assert_int_eq(found("nothing like it"), 0);
}
END_TEST

START_TEST(beyond_ten_thousand_the_planner_counts)
{
    run_script("INSERT INTO thread (subject, team_id) SELECT 'x', 1 FROM generate_series(1, 15000); ANALYZE thread");
    struct list *list = run_page(new_list("thread", "subject"));
    ck_assert(list->estimated);
    ck_assert(list->total > 13000 && list->total < 17000);
    ck_assert_uint_eq(connection_trips(db), 2);
}
END_TEST

START_TEST(nonsense_is_refused)
{
    struct list *list = list_new(context, model_of("thread"), 7);
    ck_assert_int_eq(list_sort(list, "state")->code, ERROR_BAD_REQUEST);
    ck_assert_int_eq(list_sort(list, "status")->code, ERROR_BAD_REQUEST); /* not indexed */
    ck_assert_int_eq(list_set_cursor(list, "nonsense", NULL)->code, ERROR_BAD_REQUEST);
    ck_assert_int_eq(list_set_cursor(list, "WyJhIl0", NULL)->code, ERROR_BAD_REQUEST);
    ck_assert_int_eq(list_set_filter(list, list_filter(list, "status"), "lost")->code, ERROR_BAD_REQUEST);
    ck_assert_int_eq(list_set_filter(list, list_filter(list, "team_id"), "1 OR 1=1")->code, ERROR_BAD_REQUEST);
    ck_assert_ptr_null(list_filter(list, "id"));
}
END_TEST

int main(void)
{
    const struct organisation_test tests[] = {
        { pages_cover_every_row_once_in_both_directions }, { going_back_leads_to_where_one_was }, { filters_narrow },
        { a_filter_knows_what_it_is_set_to }, { search_takes_text_as_it_is },
        { beyond_ten_thousand_the_planner_counts }, { nonsense_is_refused },
    };
    return organisation_run("list", tests, sizeof tests / sizeof *tests);
}
