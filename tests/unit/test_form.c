/* Forms: urlencoded bodies and their limits, looking into a form, and what counts as clean text. */
#include "../../cgi/form.h"
#include "../../db/text.h"
#include "unit.h"

static const struct form_limits limits = {
    .body = 4000, .fields = 20, .name = 16, .value = 100, .values = 300
};

static struct error *parse(const char *text, struct form **form)
{
    return form_parse_urlencoded(context, text, strlen(text), &limits, form);
}

/* The form as "name=value|name=value|", with its control characters visible. */
static const char *describe(const struct form *form)
{
    struct text *text = text_new(context);

    for (size_t i = 0; i < form->value_count; i++) {
        ck_assert_uint_eq(form->values[i].length, strlen(form->values[i].value));
        text_addf(text, "%s=%s|", form->values[i].name, form->values[i].value);
    }
    return text->data;
}

static const struct {
    const char *text, *meaning;
} bodies[] = {
    { "", "" },
    { "a=1", "a=1|" },
    { "a=1&b=2", "a=1|b=2|" },
    { "a=", "a=|" },
    { "a", "a=|" },
    { "a&b=2&c", "a=|b=2|c=|" },
    { "&&a=1&&b=2&", "a=1|b=2|" },
    { "a=1=2", "a=1=2|" },
    { "a=x+y%2Bz", "a=x y+z|" },
    { "full+name=Ada", "full name=Ada|" },
    { "na%6De=%41%6a", "name=Aj|" },
    { "a=%26%3D%25", "a=&=%|" },
    { "a=%2541", "a=%41|" },
    { "a=na%C3%AFve", "a=na\xc3\xafve|" },
    { "a=na\xc3\xafve", "a=na\xc3\xafve|" },
    { "a=one%0D%0Atwo%0Athree", "a=one\ntwo\nthree|" },
    { "a=%0D%0A%0D%0A", "a=\n\n|" },
    { "a=%0D", "a=\n|" },
    { "a=%0D%0D%0A%0D", "a=\n\n\n|" },
    { "a=%09", "a=\t|" },
    { "s[]=1&s[]=2&s[]=1", "s[]=1|s[]=2|s[]=1|" },
    { "%73[]=1&s%5B%5D=2", "s[]=1|s[]=2|" },
    { "a=1&A=2", "a=1|A=2|" },
};

START_TEST(body_is_decoded_once)
{
    struct form *form;

    ck_assert_done(parse(bodies[_i].text, &form));
    ck_assert_str_eq(describe(form), bodies[_i].meaning);
    ck_assert_uint_eq(form->file_count, 0);
}
END_TEST

static const struct {
    const char *text, *words;
} malformed[] = {
    { "a=%", "hexadecimal" },
    { "a=%4", "hexadecimal" },
    { "a=%4&b=1", "hexadecimal" },
    { "a=%%41", "hexadecimal" },
    { "a=%G1", "hexadecimal" },
    { "a=%1G", "hexadecimal" },
    { "a=% 1", "hexadecimal" },
    { "%=1", "hexadecimal" },
    { "=1", "has no name" },
    { "=", "has no name" },
    { "a=1&=2", "has no name" },
    { "a=%00", "value of 'a'" },
    { "a=admin%00evil", "value of 'a'" },
    { "a=%1B", "control characters" },
    { "a=%7F", "control characters" },
    { "a=%FF", "not UTF-8" },
    { "a=\xc3", "not UTF-8" },
    { "a=%C3", "not UTF-8" },
    { "a%00=1", "field's name" },
    { "a%0A=1", "field's name" },
    { "a%0D=1", "field's name" },
    { "a%09=1", "field's name" },
    { "a%FF=1", "field's name" },
    { "a=1&a=2", "'a' came more than once" },
    { "a=1&b=2&c=3&b=2", "'b' came more than once" },
    { "a&%61", "'a' came more than once" },
    { "[]=1&[]=2", "'[]' came more than once" },
};

START_TEST(malformed_body_is_refused)
{
    struct form *form;

    ck_assert_refused(parse(malformed[_i].text, &form), ERROR_BAD_REQUEST, malformed[_i].words);
}
END_TEST

START_TEST(nul_in_the_body_is_refused)
{
    struct form *form;

    ck_assert_refused(form_parse_urlencoded(context, "a=b\0c", 5, &limits, &form), ERROR_BAD_REQUEST,
                      "value of 'a'");
}
END_TEST

static char *repeat(const char *piece, size_t times)
{
    struct text *text = text_new(context);

    while (times-- > 0)
        text_add(text, piece);
    return text->data;
}

START_TEST(body_limit_counts_bytes)
{
    struct form *form;

    ck_assert_done(parse(repeat("&", limits.body), &form));
    ck_assert_refused(parse(repeat("&", limits.body + 1), &form), ERROR_TOO_LARGE, "larger than 4000 bytes");
}
END_TEST

START_TEST(field_limit_counts_values)
{
    struct form *form;

    ck_assert_done(parse(repeat("s[]=1&", limits.fields), &form));
    ck_assert_uint_eq(form->value_count, limits.fields);
    ck_assert_refused(parse(repeat("s[]=1&", limits.fields + 1), &form), ERROR_TOO_LARGE,
                      "more than 20 fields");
}
END_TEST

START_TEST(name_limit_counts_decoded_bytes)
{
    struct form *form;

    ck_assert_done(parse(repeat("%41", limits.name), &form));
    ck_assert_refused(parse(repeat("%41", limits.name + 1), &form), ERROR_TOO_LARGE, "longer than 16 bytes");
}
END_TEST

START_TEST(value_limit_counts_decoded_bytes)
{
    struct form *form;
    char *most = memory_printf(context, "a=%s", repeat("%41", limits.value));

    ck_assert_done(parse(most, &form));
    ck_assert_uint_eq(form->values[0].length, limits.value);
    ck_assert_refused(parse(memory_printf(context, "%sB", most), &form), ERROR_TOO_LARGE,
                      "'a' is longer than 100");
}
END_TEST

START_TEST(all_values_together_are_limited)
{
    struct form *form;
    char *hundred = repeat("x", 100),
         *most = memory_printf(context, "a=%s&b=%s&c=%s&d=", hundred, hundred, hundred);

    ck_assert_done(parse(most, &form));
    ck_assert_refused(parse(memory_printf(context, "%sx", most), &form), ERROR_TOO_LARGE,
                      "longer than 300 bytes");
}
END_TEST

/* Would take a minute if every name were compared with every other. */
START_TEST(many_names_are_compared_quickly)
{
    const struct form_limits wide = {
        .body = 1 << 24, .fields = 200000, .name = 16, .value = 100, .values = 1 << 24
    };
    struct text *text = text_new(context);
    struct form *form;

    for (int i = 0; i < 200000; i++)
        text_addf(text, "%d=1&", i);
    ck_assert_done(form_parse_urlencoded(context, text->data, text->length, &wide, &form));
    ck_assert_uint_eq(form->value_count, 200000);
}
END_TEST

START_TEST(get_finds_the_first)
{
    struct form *form;

    ck_assert_done(parse("a=1&s[]=x&s[]=y&b=", &form));
    ck_assert_str_eq(form_get(form, "a"), "1");
    ck_assert_str_eq(form_get(form, "s[]"), "x");
    ck_assert_str_eq(form_get(form, "b"), "");
    ck_assert_ptr_null(form_get(form, "c"));
    ck_assert_ptr_null(form_get(NULL, "a"));
    ck_assert_ptr_null(form_get_file(form, "a"));
    ck_assert_ptr_null(form_get_file(NULL, "a"));
}
END_TEST

START_TEST(set_replaces_or_adds)
{
    struct form empty = { 0 }, *form;
    char value[] = "new";

    ck_assert_done(parse("a=1&b=2", &form));
    form_set(context, form, "b", value);
    form_set(context, form, "c", "added");
    value[0] = 'x';
    ck_assert_str_eq(describe(form), "a=1|b=new|c=added|");
    form_set(context, &empty, "only", "");
    ck_assert_str_eq(describe(&empty), "only=|");
}
END_TEST

static const struct {
    const char *text;
    size_t length;
    bool clean;
} texts[] = {
    { "", 0, true },
    { "plain ~", 7, true },
    { "\t\r\n", 3, true },
    { "\0", 1, false },
    { "\x01", 1, false },
    { "\x1f", 1, false },
    { "\x7f", 1, false },
    { "\x80", 1, false }, /* a continuation alone */
    { "\xbf", 1, false },
    { "\xc0\x80", 2, false }, /* overlong */
    { "\xc1\xbf", 2, false },
    { "\xc2\x80", 2, true },
    { "\xdf\xbf", 2, true },
    { "\xc2", 1, false }, /* cut off */
    { "\xc2\x41", 2, false },
    { "\xc2\xc0", 2, false },
    { "\xe0\x9f\xbf", 3, false }, /* overlong */
    { "\xe0\xa0\x80", 3, true },
    { "\xe0\xa0", 2, false },
    { "\xe0\xa0\x41", 3, false },
    { "\xed\x9f\xbf", 3, true },
    { "\xed\xa0\x80", 3, false }, /* a surrogate */
    { "\xed\xbf\xbf", 3, false },
    { "\xee\x80\x80", 3, true },
    { "\xef\xbf\xbd", 3, true },
    { "\xf0\x8f\xbf\xbf", 4, false }, /* overlong */
    { "\xf0\x90\x80\x80", 4, true },
    { "\xf0\x90\x80", 3, false },
    { "\xf0\x90\x80\x41", 4, false },
    { "\xf4\x8f\xbf\xbf", 4, true },
    { "\xf4\x90\x80\x80", 4, false }, /* beyond U+10FFFF */
    { "\xf5\x80\x80\x80", 4, false },
    { "\xff", 1, false },
    { "a\xc3\xa4"
      "b",
      4, true },
    { "a\xc3", 2, false },
};

START_TEST(only_clean_text_is_clean)
{
    ck_assert_int_eq(form_text_is_clean(texts[_i].text, texts[_i].length), texts[_i].clean);
}
END_TEST

START_TEST(encoding_leaves_only_unreserved_characters)
{
    struct text *all = text_new(context);
    struct form *form;
    char *encoded;

    ck_assert_str_eq(form_encode(context, "aZ09-._~"), "aZ09-._~");
    ck_assert_str_eq(form_encode(context, "a b&c=d/e?f%\"<"), "a%20b%26c%3Dd%2Fe%3Ff%25%22%3C");
    ck_assert_str_eq(form_encode(context, "\xc3\xa4"), "%C3%A4");
    ck_assert_str_eq(form_encode(context, ""), "");
    for (char character = ' '; character < 0x7f; character++)
        text_add_char(all, character);
    encoded = memory_printf(context, "a=%s", form_encode(context, all->data));
    ck_assert_done(form_parse_urlencoded(context, encoded, strlen(encoded), &limits, &form));
    ck_assert_str_eq(form_get(form, "a"), all->data);
}
END_TEST

UNIT_MAIN("form", { body_is_decoded_once, LENGTH(bodies) }, { malformed_body_is_refused, LENGTH(malformed) },
          { nul_in_the_body_is_refused, 0 }, { body_limit_counts_bytes, 0 }, { field_limit_counts_values, 0 },
          { name_limit_counts_decoded_bytes, 0 }, { value_limit_counts_decoded_bytes, 0 },
          { all_values_together_are_limited, 0 }, { many_names_are_compared_quickly, 0 },
          { get_finds_the_first, 0 }, { set_replaces_or_adds, 0 },
          { only_clean_text_is_clean, LENGTH(texts) }, { encoding_leaves_only_unreserved_characters, 0 })
