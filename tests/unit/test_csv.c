/* Comma-separated values: quotes, commas and line ends survive, and nothing becomes a formula. */
#include "../../cgi/csv.h"
#include "unit.h"

static const struct {
    const char *value, *cell;
} cells[] = {
    { NULL, "" },
    { "", "" },
    { "plain", "\"plain\"" },
    { "a, b", "\"a, b\"" },
    { "say \"so\"", "\"say \"\"so\"\"\"" },
    { "two\nlines", "\"two\nlines\"" },
    { "=1+1", "\"'=1+1\"" },
    { "+49 30", "\"'+49 30\"" },
    { "-1", "\"'-1\"" },
    { "@SUM(A1)", "\"'@SUM(A1)\"" },
    { "\t=1", "\"'\t=1\"" },
    { "\n=1", "\"'\n=1\"" },
    { "a=1", "\"a=1\"" },
};

START_TEST(a_cell_is_written_so_that_it_stays_what_it_is)
{
    struct text *text = text_new(context);
    csv_add(text, cells[_i].value, true);
    ck_assert_str_eq(text->data, cells[_i].cell);
}
END_TEST

START_TEST(cells_and_rows_are_separated)
{
    struct text *text = text_new(context);
    csv_add(text, "a", true);
    csv_add(text, NULL, false);
    csv_add(text, "b", false);
    csv_end_row(text);
    ck_assert_str_eq(text->data, "\"a\",,\"b\"\r\n");
}
END_TEST

UNIT_MAIN("csv", { a_cell_is_written_so_that_it_stays_what_it_is, sizeof cells / sizeof *cells },
          { cells_and_rows_are_separated, 0 })
