/* Numbers and names as people read them. */
#include "../../cgi/words.h"
#include "unit.h"

START_TEST(a_sentence_begins_with_a_capital_letter_and_a_path_as_it_is)
{
    ck_assert_str_eq(words_capital(context, "teams"), "Teams");
    ck_assert_str_eq(words_capital(context, "either/or is no path, and yet it stays"), "either/or is no path, and yet it stays");
    ck_assert_str_eq(words_capital(context, "the file a/b"), "The file a/b");
    ck_assert_str_eq(words_capital(context, "migrations/20261122_x.sql, line 3: no"), "migrations/20261122_x.sql, line 3: no");
    ck_assert_str_eq(words_capital(context, ""), "");
}
END_TEST

UNIT_MAIN("words", { a_sentence_begins_with_a_capital_letter_and_a_path_as_it_is, 0 })
