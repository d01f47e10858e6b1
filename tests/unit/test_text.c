/* Growing text. */
#include "../../db/text.h"
#include "unit.h"

START_TEST(new_text_is_empty)
{
    const struct text *text = text_new(context);

    ck_assert_str_eq(text->data, "");
    ck_assert_uint_eq(text->length, 0);
}
END_TEST

START_TEST(pieces_follow_each_other)
{
    struct text *text = text_new(context);

    text_add(text, "a");
    text_add_char(text, '-');
    text_add_bytes(text, "bcd", 2);
    text_addf(text, "%03d", 7);
    text_add(text, "");
    text_add_bytes(text, NULL, 0);
    ck_assert_str_eq(text->data, "a-bc007");
    ck_assert_uint_eq(text->length, 7);
}
END_TEST

START_TEST(nuls_are_kept)
{
    struct text *text = text_new(context);

    text_add_bytes(text, "a\0b", 3);
    text_add_char(text, '\0');
    ck_assert_uint_eq(text->length, 4);
    ck_assert_mem_eq(text->data, "a\0b\0", 5);
}
END_TEST

/* Every length around the sizes at which it grows. */
START_TEST(it_grows_byte_by_byte)
{
    struct text *text = text_new(context);

    for (size_t i = 0; i < 5000; i++) {
        text_add_char(text, (char)('a' + i % 26));
        ck_assert_uint_eq(text->length, i + 1);
        ck_assert_int_eq(text->data[i + 1], '\0');
        ck_assert_uint_gt(text->size, text->length);
    }
    for (size_t i = 0; i < 5000; i++)
        ck_assert_int_eq(text->data[i], (char)('a' + i % 26));
}
END_TEST

START_TEST(formatted_pieces_of_every_length_fit)
{
    for (int width = 1; width < 600; width++) {
        struct text *text = text_new(context);

        text_add(text, "start ");
        text_addf(text, "%*d", width, 5);
        text_add(text, " end");
        ck_assert_uint_eq(text->length, (size_t)width + 10);
        ck_assert_uint_eq(strlen(text->data), text->length);
        ck_assert_str_eq(text->data + text->length - 5, "5 end");
        talloc_free(text);
    }
}
END_TEST

static const struct {
    const char *value, *json;
} strings[] = {
    { NULL, "null" },
    { "", "\"\"" },
    { "plain", "\"plain\"" },
    { "say \"x\"", "\"say \\\"x\\\"\"" },
    { "a\\b", "\"a\\\\b\"" },
    { "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
    { "\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"" },
    { "na\xc3\xafve \xf0\x9f\x98\x80", "\"na\xc3\xafve \xf0\x9f\x98\x80\"" },
    { "</script>", "\"\\u003c/script>\"" },
    { "end\n", "\"end\\n\"" },
};

START_TEST(json_strings_are_escaped)
{
    struct text *text = text_new(context);

    text_add_json(text, strings[_i].value);
    ck_assert_str_eq(text->data, strings[_i].json);
}
END_TEST

UNIT_MAIN("text", { new_text_is_empty, 0 }, { pieces_follow_each_other, 0 }, { nuls_are_kept, 0 },
          { it_grows_byte_by_byte, 0 }, { formatted_pieces_of_every_length_fit, 0 },
          { json_strings_are_escaped, LENGTH(strings) })
