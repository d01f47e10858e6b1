/* What differs between two lines of the history, whatever numbers are in them. */
#include "../../db/history.h"
#include "../../db/json_numbers.h"
#include "unit.h"

#define HUGE_NUMBER "123456789012345678901234567890"

static const struct field fields[] = {
    { .name = "amount", .type = FIELD_DECIMAL, .precision = 30 }, { .name = "price", .type = FIELD_DECIMAL },
    { .name = "ratio", .type = FIELD_FLOAT }, { .name = "data", .type = FIELD_JSON }, { .name = "word", .type = FIELD_TEXT },
};
static const struct model model = { .table = "item", .fields = fields, .field_count = sizeof fields / sizeof *fields };

static const struct history_difference *differences(const char *before, const char *after)
{
    return history_differences(context, &model, before, after);
}

START_TEST(numbers_are_shown_as_they_are_stored)
{
    const struct history_difference *found = differences(
        "{\"amount\": " HUGE_NUMBER ", \"price\": 7.50, \"ratio\": 0.1, \"word\": \"12\"}",
        "{\"amount\": -" HUGE_NUMBER ", \"price\": 0.12345678901234567890, \"ratio\": 1000000000000000000000000000000, \"word\": \"13\"}");
    ck_assert_str_eq(found[0].before, HUGE_NUMBER);
    ck_assert_str_eq(found[0].after, "-" HUGE_NUMBER);
    ck_assert_str_eq(found[1].before, "7.50");
    ck_assert_str_eq(found[1].after, "0.12345678901234567890");
    ck_assert_str_eq(found[2].before, "0.1");
    ck_assert_str_eq(found[2].after, "1e+30");
    ck_assert_str_eq(found[3].after, "13");
    ck_assert_ptr_null(found[4].name);
}
END_TEST

START_TEST(one_more_of_many_is_a_difference)
{
    const struct history_difference *found = differences("{\"amount\": " HUGE_NUMBER "1}", "{\"amount\": " HUGE_NUMBER "2}");
    ck_assert_str_eq(found[0].name, "amount");
    ck_assert_ptr_null(differences("{\"amount\": " HUGE_NUMBER "}", "{\"amount\": " HUGE_NUMBER "}")[0].name);
}
END_TEST

START_TEST(numbers_within_json_stay)
{
    const struct history_difference *found = differences(
        "{\"data\": null}", "{\"data\": {\"n\": [" HUGE_NUMBER ", 1.10], \"s\": \"\\\\u0000 \\\"1\\\" é\", \"1\": \"2\"}}");
    ck_assert_ptr_null(found[0].before);
    ck_assert_str_eq(found[0].after, "{\n  \"n\": [\n    " HUGE_NUMBER ",\n    1.10\n  ],\n"
                                     "  \"s\": \"\\\\u0000 \\\"1\\\" é\",\n  \"1\": \"2\"\n}");
}
END_TEST

START_TEST(what_is_no_json_is_none)
{
    static const char *const bad[] = { "", "{", "\"", "\"\\", "\"a\\\"", "[1", "{1:2", "1 2" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!json_numbers_read(context, bad[i]), "%s", bad[i]);
}
END_TEST

UNIT_MAIN("history", { numbers_are_shown_as_they_are_stored, 0 }, { one_more_of_many_is_a_difference, 0 },
          { numbers_within_json_stay, 0 }, { what_is_no_json_is_none, 0 })
