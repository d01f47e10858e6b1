/* Single values: what is taken, what is refused and in which words, how they are shown. */
#include "../../db/json_size.h"
#include "../../db/schema.h"
#include "../../db/value.h"
#include "unit.h"

static const struct choice states[] = { { .value = "open", .label = "Open" }, { .value = "done", .label = "Done" }, { 0 } };

struct reading {
    struct field field;
    const char *typed;
    const char *value;   /* what PostgreSQL is given, when it is taken */
    const char *refused; /* a part of the message, when it is not */
};

#define TEXT(...) { .name = "n", .label = "Name", .type = FIELD_TEXT, __VA_ARGS__ }
#define OF(kind, ...) { .name = "n", .label = "Amount", .type = kind, __VA_ARGS__ }

static const struct reading readings[] = {
    { TEXT(.max_length = 5), "  héllo ", "héllo", NULL },
    { TEXT(.max_length = 5), "longer", NULL, "at most 5 characters, this has 6" },
    { TEXT(.min_length = 3), "ab", NULL, "at least 3 characters" },
    { TEXT(.required = true), "   ", NULL, "Enter a name" },
    { TEXT(.required = false), "", NULL, NULL },
    { TEXT(.required = false), "a\nb\tc", "a b c", NULL },
    { TEXT(.pattern = "^[a-z]+$", .pattern_hint = "small letters"), "Ab", NULL, "small letters only" },
    { TEXT(.pattern = "^[a-z]+$"), "ab", "ab", NULL },
    { OF(FIELD_LONG_TEXT), " a\nb ", "a\nb", NULL },
    { OF(FIELD_EMAIL), "ada@example.com", "ada@example.com", NULL },
    { OF(FIELD_EMAIL), "ada", NULL, "name@example.com" },
    { OF(FIELD_EMAIL), "a@b@c", NULL, "name@example.com" },
    { OF(FIELD_EMAIL), "@example.com", NULL, "name@example.com" },
    { OF(FIELD_EMAIL), "a b@example.com", NULL, "name@example.com" },
    { OF(FIELD_INTEGER), " 042 ", "42", NULL },
    { OF(FIELD_INTEGER), "-7", "-7", NULL },
    { OF(FIELD_INTEGER), "4.2", NULL, "whole number" },
    { OF(FIELD_INTEGER), "9223372036854775808", NULL, "between" },
    { OF(FIELD_INTEGER, .minimum = "1", .maximum = "9"), "10", NULL, "from 1 to 9" },
    { OF(FIELD_INTEGER, .minimum = "1"), "0", NULL, "of 1 or more" },
    { OF(FIELD_INTEGER, .maximum = "9"), "10", NULL, "of 9 or less" },
    { OF(FIELD_DECIMAL, .precision = 5, .scale = 2), "999.99", "999.99", NULL },
    { OF(FIELD_DECIMAL, .precision = 5, .scale = 2), "1.500", "1.500", NULL },
    { OF(FIELD_DECIMAL, .precision = 5, .scale = 2), "1.234", NULL, "at most 2 decimal places" },
    { OF(FIELD_DECIMAL, .precision = 5, .scale = 2), "0001.2", "0001.2", NULL },
    { OF(FIELD_DECIMAL, .precision = 5, .scale = 2), "1000", NULL, "at most 3 digits" },
    { OF(FIELD_DECIMAL, .precision = 5, .scale = 2), "1,5", NULL, "such as 12.5" },
    { OF(FIELD_DECIMAL, .precision = 5, .scale = 2), "1.", NULL, "such as 12.5" },
    { OF(FIELD_DECIMAL, .precision = 5, .scale = 2), "NaN", NULL, "such as 12.5" },
    { OF(FIELD_DECIMAL, .precision = 5, .scale = 2, .minimum = "0"), "-0.01", NULL, "of 0 or more" },
    { OF(FIELD_FLOAT), "1.5e-3", "1.5e-3", NULL },
    { OF(FIELD_FLOAT), "inf", NULL, "as a number" },
    { OF(FIELD_FLOAT), "0x1p3", NULL, "as a number" },
    { OF(FIELD_BOOLEAN, .required = true), "", "false", NULL },
    { OF(FIELD_BOOLEAN), "on", "true", NULL },
    { OF(FIELD_BOOLEAN), "perhaps", NULL, "yes or no" },
    { OF(FIELD_CHOICE, .choices = states), "done", "done", NULL },
    { OF(FIELD_CHOICE, .choices = states), "lost", NULL, "Open, Done" },
    { OF(FIELD_CHOICE, .choices = states, .required = true), "", NULL, "Choose an amount" },
    { OF(FIELD_DATE), "2024-02-29", "2024-02-29", NULL },
    { OF(FIELD_DATE), "2023-02-29", NULL, "such as 2026-03-31" },
    { TEXT(.pattern = "^.{1,3}$"), "äöü", "äöü", NULL },
    { TEXT(.pattern = "^.{1,3}$"), "äöüß", NULL, "matches" },
    { TEXT(.pattern = "^[^ä]$"), "ö", "ö", NULL },
    { OF(FIELD_DATE), "1900-02-29", NULL, "such as 2026-03-31" },
    { OF(FIELD_DATE), "0000-01-01", NULL, "such as 2026-03-31" },
    { OF(FIELD_DATE), "31.12.2024", NULL, "such as 2026-03-31" },
    { OF(FIELD_TIMESTAMP), "2026-03-31T14:30", "2026-03-31T14:30", NULL },
    { OF(FIELD_TIMESTAMP), "2026-03-31 14:30:59.5+02:00", "2026-03-31 14:30:59.5+02:00", NULL },
    { OF(FIELD_TIMESTAMP), "2026-03-31 24:30", NULL, "date and time" },
    { OF(FIELD_TIMESTAMP), "2026-03-31", NULL, "date and time" },
    { OF(FIELD_UUID), "123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-426614174000", NULL },
    { OF(FIELD_UUID), "123e4567", NULL, "a UUID" },
    { OF(FIELD_JSON), "{\"a\": 12345678901234567890.10}", "{\"a\": 12345678901234567890.10}", NULL },
    { OF(FIELD_JSON), "{\"a\": 1,\n \"b\": }", NULL, "line 2" },
    { OF(FIELD_JSON), "{\"a\": 1, \"a\": 2}", NULL, "line 1" },
    { OF(FIELD_JSON), "{\"a\": \"\\u0000\"}", NULL, "line 1" },
    { OF(FIELD_JSON), "[1e-400]", NULL, "all its 401 digits" },
    { OF(FIELD_JSON), "[1.5e300, -2E-30, 0]", "[1.5e300, -2E-30, 0]", NULL },
    { OF(FIELD_PASSWORD), "short", NULL, "8 characters" },
    { OF(FIELD_PASSWORD), " spaces may stay ", " spaces may stay ", NULL },
};

START_TEST(values_are_read)
{
    const struct reading *reading = &readings[_i];
    const char *value = "untouched";
    const char *message = value_read(context, &reading->field, reading->typed, &value);
    if (reading->refused) {
        ck_assert_msg(message != NULL, "'%s' was taken", reading->typed);
        ck_assert_msg(strstr(message, reading->refused) != NULL, "'%s' lacks '%s'", message, reading->refused);
        return;
    }
    ck_assert_msg(message == NULL, "'%s': %s", reading->typed, message);
    if (reading->value)
        ck_assert_str_eq(value, reading->value);
    else
        ck_assert_ptr_null(value);
}
END_TEST

START_TEST(a_message_begins_with_what_to_do)
{
    const struct reading *reading = &readings[_i];
    const char *value = NULL;
    const char *message = value_read(context, &reading->field, reading->typed, &value);
    if (message)
        ck_assert_msg(strncmp(message, "Enter ", 6) == 0 || strncmp(message, "Choose ", 7) == 0
                          || strncmp(message, "Correct ", 8) == 0,
                      "'%s'", message);
}
END_TEST

/* Repeats what is opened so often, and closes it again. */
static const char *nested(int depth)
{
    char *text = memory_copy_length(context, "", 0);
    for (int i = 0; i < depth; i++)
        text = talloc_asprintf_append(text, "[");
    for (int i = 0; i < depth; i++)
        text = talloc_asprintf_append(text, "]");
    return text;
}

static const char *refused_json(const char *json)
{
    const struct field field = OF(FIELD_JSON);
    const char *value = NULL;
    return value_read(context, &field, json, &value);
}

START_TEST(json_that_would_be_large_is_refused)
{
    ck_assert_ptr_null(refused_json(nested(100)));
    ck_assert_ptr_nonnull(strstr(refused_json(nested(101)), "it has 101 levels, and may have at most 100"));
    char *wide = memory_copy(context, "[[[[[[[[[[[[[[[[[[[[");
    for (int i = 0; i < 8000; i++)
        wide = talloc_asprintf_append(wide, "0,");
    wide = talloc_asprintf_append(wide, "0]]]]]]]]]]]]]]]]]]]]");
    ck_assert_ptr_nonnull(strstr(refused_json(wide), "Enter a shorter amount: with a line for each value it has 6"));
}
END_TEST

/* What a form carries of it: jsonb_pretty's text, with what a string of JSON escapes. */
START_TEST(the_size_of_json_is_known_before)
{
    const struct {
        const char *json, *carried;
    } sizes[] = {
        { "1", "1" },
        { " [ 1 , 23 ] ", "[\\n    1,\\n    23\\n]" },
        { "{\"a\":\"b\"}", "{\\n    \\\"a\\\": \\\"b\\\"\\n}" },
        { "\"x\\\"y\\\\z\"", "\\\"x\\\\\\\"y\\\\\\\\z\\\"" },
    };
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        ck_assert_uint_eq(json_size_of(sizes[i].json).text, strlen(sizes[i].carried));
    ck_assert_uint_eq(json_size_of("[{\"[[\": [1]}]").depth, 3);
    ck_assert_uint_eq(json_size_of("[1, 1e-16383]").digits, 16384);
}
END_TEST

START_TEST(a_reference_must_look_like_a_key)
{
    struct model target = { .label = "team" };
    struct field key = { .name = "id", .type = FIELD_IDENTITY };
    struct field field = { .name = "team_id", .label = "Team", .type = FIELD_REFERENCE, .target = &target };
    const char *value = NULL;
    target.primary_key = &key;
    ck_assert_ptr_null(value_read(context, &field, "42", &value));
    ck_assert_ptr_nonnull(value_read(context, &field, "42; DROP", &value));
    ck_assert_ptr_nonnull(value_read(context, &field, "99999999999999999999", &value));
    ck_assert_ptr_nonnull(value_read(context, &field, "+42", &value));
    ck_assert_ptr_nonnull(value_read(context, &field, "- 42", &value));
    ck_assert_ptr_null(value_read(context, &field, " 42\t", &value));
    ck_assert_str_eq(value, "42");
    key.type = FIELD_UUID;
    ck_assert_ptr_nonnull(value_read(context, &field, "42", &value));
    ck_assert_ptr_nonnull(value_read(context, &field, "123e-567-e89b-12d3-a456-426614174000", &value));
    ck_assert_ptr_null(value_read(context, &field, "123e4567-e89b-12d3-a456-426614174000", &value));
}
END_TEST

START_TEST(values_are_shown)
{
    const struct field time = OF(FIELD_TIMESTAMP), flag = OF(FIELD_BOOLEAN), choice = OF(FIELD_CHOICE, .choices = states);
    const struct field secret = OF(FIELD_TEXT, .secret = true);
    ck_assert_str_eq(value_for_form(context, &time, "2026-11-22 10:15:30.123456+00"), "2026-11-22T10:15:30");
    ck_assert_str_eq(value_for_page(context, &time, "2026-11-22 10:15:30.123456+00"), "2026-11-22 10:15");
    ck_assert_str_eq(value_for_page(context, &time, "infinity"), "infinity");
    ck_assert_str_eq(value_for_form(context, &flag, "t"), "true");
    ck_assert_str_eq(value_for_page(context, &flag, "f"), "No");
    ck_assert_str_eq(value_for_page(context, &choice, "open"), "Open");
    ck_assert_str_eq(value_for_page(context, &choice, "unknown"), "unknown");
    ck_assert_ptr_null(value_for_page(context, &secret, "hidden"));
    ck_assert_ptr_null(value_for_form(context, &secret, "hidden"));
}
END_TEST

/* Two spellings, and whether they are one value. */
static const struct {
    struct field field;
    const char *one, *other;
    bool same;
} spellings[] = {
    { OF(FIELD_JSON), "{\"a\":1,\"b\":[true,null]}", "{ \"b\": [true, null],\n \"a\": 1 }", true },
    { OF(FIELD_JSON), "{\"a\":1}", "{\"a\":2}", false },
    { OF(FIELD_JSON), "{\"a\":1}", "{\"a\":", false },
    { OF(FIELD_JSON), "[12345678901234567890123]", "[ 12345678901234567890123 ]", true },
    { OF(FIELD_JSON), "[12345678901234567890123]", "[12345678901234567890124]", false },
    { OF(FIELD_JSON), "{\"a\":0.1}", "{\"a\":0.10000000000000000001}", false },
    { OF(FIELD_JSON), "[1,\"1\",\"a\\\"2\"]", "[1, \"1\", \"a\\\"2\"]", true },
    { OF(FIELD_JSON), "[1]", "[\"1\"]", false },
    { OF(FIELD_JSON), "[-1.5e+3]", "[-1.5e+3]", true },
    { OF(FIELD_DECIMAL, .precision = 20, .scale = 4), "+07.5", "7.50", true },
    { OF(FIELD_DECIMAL, .precision = 20, .scale = 4), "-0.0", "0", true },
    { OF(FIELD_DECIMAL, .precision = 20, .scale = 4), "100", "1", false },
    { OF(FIELD_DECIMAL, .precision = 20, .scale = 4), "1234567890123456.1234", "1234567890123456.1235", false },
    { OF(FIELD_FLOAT), "1e3", "1000", true },
    { OF(FIELD_FLOAT), "1e3", "1001", false },
    { OF(FIELD_INTEGER), "007", "7", true },
    { OF(FIELD_BOOLEAN), "on", "true", true },
    { OF(FIELD_TIMESTAMP), "2026-03-31 14:30", "2026-03-31T14:30:00", true },
    { OF(FIELD_TIMESTAMP), "2026-03-31T14:30", "2026-03-31T14:31:00", false },
    { OF(FIELD_TIMESTAMP), "2026-03-31 14:30+02", "2026-03-31T14:30:00", false },
    { OF(FIELD_BOOLEAN), "", "false", true },
    { TEXT(.pattern = "^[ab]+$"), "a\nb", "ab", true },
    { TEXT(.pattern = "^[ab]+$"), "a\nb", "abb", false },
    { OF(FIELD_LONG_TEXT), "one\r\ntwo\rthree\n", "one\ntwo\nthree\n", true },
    { OF(FIELD_LONG_TEXT), "one\n\ntwo", "one\ntwo", false },
    { TEXT(.max_length = 9), " a ", "a", true },
    { TEXT(.max_length = 9), "a", "A", false },
    { TEXT(.max_length = 9), "", NULL, true },
    { TEXT(.max_length = 9), "a", NULL, false },
    { OF(FIELD_DATE), "2026-03-31", "tomorrow", false },
};

START_TEST(one_value_may_be_spelled_in_several_ways)
{
    const bool same = value_same(context, &spellings[_i].field, spellings[_i].one, spellings[_i].other);
    ck_assert_msg(same == spellings[_i].same, "%s and %s", spellings[_i].one, spellings[_i].other);
}
END_TEST

START_TEST(sizes_have_units)
{
    ck_assert_str_eq(value_size(context, 0), "0 bytes");
    ck_assert_str_eq(value_size(context, 999), "999 bytes");
    ck_assert_str_eq(value_size(context, 1500), "1.5 KB");
    ck_assert_str_eq(value_size(context, 12000), "12 KB");
    ck_assert_str_eq(value_size(context, 3100000), "3.1 MB");
}
END_TEST

UNIT_MAIN("value", { one_value_may_be_spelled_in_several_ways, LENGTH(spellings) }, { values_are_read, LENGTH(readings) }, { a_message_begins_with_what_to_do, LENGTH(readings) },
          { json_that_would_be_large_is_refused, 0 }, { the_size_of_json_is_known_before, 0 },
          { a_reference_must_look_like_a_key, 0 }, { values_are_shown, 0 }, { sizes_have_units, 0 })
