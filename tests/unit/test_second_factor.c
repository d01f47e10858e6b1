/* Codes by time and recovery codes, and the sealing of their secrets. */
#include <string.h>
#include "../../db/second_factor.h"
#include "../../db/vault.h"
#include "unit.h"

/* "12345678901234567890" in base32: the secret of the tables of RFC 6238, appendix B. */
static const char secret[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
static const struct settings settings = { .secret_key = "0123456789abcdef0123456789abcdef" };
static const struct settings other_settings = { .secret_key = "fedcba9876543210fedcba9876543210" };

/* The last six of the eight digits of the tables. */
static const struct {
    long long now;
    const char *code;
} table[] = { { 59, "287082" }, { 1111111109, "081804" }, { 1111111111, "050471" }, { 1234567890, "005924" },
              { 2000000000, "279037" }, { 20000000000, "353130" } };

START_TEST(the_codes_are_those_of_the_standard)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        ck_assert_int_eq(second_factor_step(secret, table[i].now, table[i].code), table[i].now / 30);
}
END_TEST

START_TEST(a_clock_may_be_one_step_off_and_no_more)
{
    const long long step = 2000000000 / 30, start = step * 30;
    ck_assert_int_eq(second_factor_step(secret, start - 1, "279037"), step);
    ck_assert_int_eq(second_factor_step(secret, start - 30, "279037"), step);
    ck_assert_int_eq(second_factor_step(secret, start - 31, "279037"), -1);
    ck_assert_int_eq(second_factor_step(secret, start + 59, "279037"), step);
    ck_assert_int_eq(second_factor_step(secret, start + 60, "279037"), -1);
}
END_TEST

START_TEST(what_is_no_code_is_refused)
{
    static const char *const wrong[] = { "", "27903", "2790377", "27903x", "279038", "abcdefghjk" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(second_factor_step(secret, 2000000000, wrong[i]), -1);
    ck_assert_int_eq(second_factor_step("not base32 1!", 2000000000, "279037"), -1);
}
END_TEST

START_TEST(blanks_and_dashes_do_not_count)
{
    ck_assert_str_eq(second_factor_plain(context, " 279 037 "), "279037");
    ck_assert_str_eq(second_factor_plain(context, "ABCDE-fghjk"), "abcdefghjk");
    ck_assert(second_factor_is_code("279037"));
    ck_assert(!second_factor_is_code("abcdefghjk"));
}
END_TEST

START_TEST(a_new_secret_has_160_bits_and_is_new)
{
    char *one = second_factor_new_secret(context);
    ck_assert_uint_eq(strlen(one), 32);
    ck_assert_uint_eq(strspn(one, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 32);
    ck_assert_str_ne(one, second_factor_new_secret(context));
}
END_TEST

START_TEST(a_sealed_secret_is_for_one_person_and_one_site)
{
    char *sealed = second_factor_seal(context, &settings, "7", secret);
    ck_assert_ptr_null(strstr(sealed, secret));
    ck_assert_uint_le(strlen(sealed), 200); /* what the table holds */
    ck_assert_str_eq(second_factor_open(context, &settings, "7", sealed), secret);
    ck_assert_ptr_null(second_factor_open(context, &settings, "8", sealed));
    ck_assert_ptr_null(second_factor_open(context, &other_settings, "7", sealed));
    ck_assert_ptr_null(second_factor_open(context, &settings, "7", ""));
    ck_assert_ptr_null(second_factor_open(context, &settings, "7", "no sealed text"));
    ck_assert_str_ne(sealed, second_factor_seal(context, &settings, "7", secret));
    sealed[10] = sealed[10] == 'A' ? 'B' : 'A';
    ck_assert_ptr_null(second_factor_open(context, &settings, "7", sealed));
}
END_TEST

START_TEST(a_sealed_text_of_any_length_comes_back_or_is_refused)
{
    char *text = NEW_ARRAY(context, char, 6001);
    for (size_t length = 0; length < 6000; length += 500) {
        memset(text, 'x', length);
        text[length] = '\0';
        const char *sealed = vault_seal(context, settings.secret_key, "test", text);
        const char *back = vault_open(context, settings.secret_key, "test", sealed);
        ck_assert(length > 4000 ? back == NULL : strcmp(back, text) == 0);
        ck_assert_ptr_null(vault_open(context, settings.secret_key, "other", sealed));
    }
}
END_TEST

START_TEST(recovery_codes_are_ten_and_differ)
{
    const char *const *codes = second_factor_new_codes(context);
    for (size_t i = 0; i < SECOND_FACTOR_CODES; i++) {
        ck_assert_uint_eq(strlen(codes[i]), 11);
        ck_assert_int_eq(codes[i][5], '-');
        ck_assert(!second_factor_is_code(second_factor_plain(context, codes[i])));
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(codes[i], codes[j]);
    }
    ck_assert_ptr_null(codes[SECOND_FACTOR_CODES]);
}
END_TEST

UNIT_MAIN("second factor", { the_codes_are_those_of_the_standard, 0 }, { a_clock_may_be_one_step_off_and_no_more, 0 },
          { what_is_no_code_is_refused, 0 }, { blanks_and_dashes_do_not_count, 0 },
          { a_new_secret_has_160_bits_and_is_new, 0 }, { a_sealed_secret_is_for_one_person_and_one_site, 0 },
          { a_sealed_text_of_any_length_comes_back_or_is_refused, 0 }, { recovery_codes_are_ten_and_differ, 0 })
