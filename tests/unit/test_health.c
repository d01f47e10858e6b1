/* Facts, their worst, and figures as Prometheus reads them. */
#include "../../db/health.h"
#include "unit.h"

static const struct settings settings = { .var = "/nowhere", .database_url = "host=db dbname=x", .direct_url = "host=db dbname=x" };

START_TEST(the_first_error_is_the_worst)
{
    struct health *health = health_new(context, &settings);
    ck_assert_ptr_null(health_worst(health));
    health_add(health, "one", "fine");
    health_add_advice(health, "two", "could be better");
    ck_assert(!health_add_error(health, "three", NULL));
    ck_assert_ptr_null(health_worst(health));
    ck_assert(health_add_error(health, "three", error_new(context, ERROR_PENDING, "first")));
    ck_assert(health_add_error(health, "three", error_new(context, ERROR_FAILED, "second")));
    ck_assert_str_eq(health_worst(health)->message, "first");
    ck_assert_uint_eq(health->fact_count, 4);
    ck_assert(health->facts[1].advice);
}
END_TEST

START_TEST(lines_of_one_figure_stand_together_behind_its_help)
{
    struct health *health = health_new(context, &settings);
    struct text *text = text_new(context);
    health_add_figure(health, "a", "What a is", "k=\"1\"", 1);
    health_add_figure(health, "b", "What b is", NULL, 0.25);
    health_add_figure(health, "a", "What a is", "k=\"2\"", 1e15);
    health_write_figures(health, text);
    ck_assert_str_eq(text->data, "# HELP a What a is\n# TYPE a gauge\na{k=\"1\"} 1\na{k=\"2\"} 1000000000000000\n"
                                 "# HELP b What b is\n# TYPE b gauge\nb 0.25\n");
}
END_TEST

START_TEST(a_folder_that_is_not_there_is_no_failure)
{
    struct health *health = health_new(context, &settings);
    health_look_at_disk(health);
    ck_assert_str_eq(health->facts[0].text, "there is no folder \"/nowhere\" yet");
    ck_assert_ptr_null(health_worst(health));
}
END_TEST

START_TEST(a_place_is_told_without_its_password)
{
    ck_assert_str_eq(health_place(context, "host=db port=1 dbname=x user=u password=secret"), "\"x\" as \"u\" at db:1");
}
END_TEST

UNIT_MAIN("health", { the_first_error_is_the_worst, 0 }, { lines_of_one_figure_stand_together_behind_its_help, 0 },
          { a_folder_that_is_not_there_is_no_failure, 0 }, { a_place_is_told_without_its_password, 0 })
