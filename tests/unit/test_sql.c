/* Statements under construction: values become parameters, names are quoted, parts keep their parameters. */
#include "../../db/sql.h"
#include "unit.h"

START_TEST(values_become_parameters)
{
    struct sql *sql = sql_new(context, "SELECT ");
    const char *value = "'; DROP TABLE team";

    ck_assert_int_eq(sql_value(sql, value, "text"), 1);
    sql_add(sql, ", ");
    ck_assert_int_eq(sql_value(sql, NULL, NULL), 2);
    sql_addf(sql, " LIMIT %d", 5);
    ck_assert_str_eq(sql->text->data, "SELECT $1::text, $2 LIMIT 5");
    ck_assert_int_eq(sql->count, 2);
    ck_assert_ptr_eq(sql->values[0], value);
    ck_assert_ptr_null(sql->values[1]);
    ck_assert_int_eq(sql->formats[0], 0);
}
END_TEST

START_TEST(bytes_are_binary)
{
    struct sql *sql = sql_new(context, NULL);

    sql_bytes(sql, "a\0b", 3);
    sql_bytes(sql, NULL, 0);
    ck_assert_str_eq(sql->text->data, "$1::bytea$2::bytea");
    ck_assert_int_eq(sql->lengths[0], 3);
    ck_assert_int_eq(sql->formats[0], 1);
    ck_assert_ptr_nonnull(sql->values[1]); /* NULL would be SQL's NULL */
    ck_assert_int_eq(sql->lengths[1], 0);
}
END_TEST

START_TEST(many_parameters_keep_their_values)
{
    struct sql *sql = sql_new(context, NULL);

    for (int i = 0; i < 3000; i++)
        ck_assert_int_eq(sql_value(sql, memory_printf(context, "%d", i), NULL), i + 1);
    for (int i = 0; i < 3000; i++)
        ck_assert_int_eq(atoi(sql->values[i]), i);
}
END_TEST

START_TEST(names_are_quoted)
{
    struct sql *sql = sql_new(context, NULL);

    sql_name(sql, "order");
    sql_add(sql, " ");
    sql_column(sql, "t", "a\"b");
    ck_assert_str_eq(sql->text->data, "\"order\" t.\"a\"\"b\"");
    ck_assert_str_eq(sql_quote_name(context, "x\"; --"), "\"x\"\"; --\"");
}
END_TEST

START_TEST(literals_are_quoted)
{
    ck_assert_str_eq(sql_quote_literal(context, ""), "''");
    ck_assert_str_eq(sql_quote_literal(context, "it's"), "'it''s'");
    ck_assert_str_eq(sql_quote_literal(context, "a\\'b"), "E'a\\\\''b'");
}
END_TEST

/* What stands in another statement, and what becomes of it behind two parameters. */
static const struct {
    const char *text, *renumbered;
} inserted[] = {
    { "a = $1 AND b = $2", "a = $3 AND b = $4" },
    { "$1::text", "$3::text" },
    { "($1,$2)", "($3,$4)" },
    { "$10+$1", "$12+$3" },
    { "'$1' || $1", "'$1' || $3" },
    { "'it''s $1' || $1", "'it''s $1' || $3" },
    { "'\\' || $1 || '$1'", "'\\' || $3 || '$1'" },
    { "E'\\'$1' || $1", "E'\\'$1' || $3" },
    { "\"a$1\" = $1", "\"a$1\" = $3" },
    { "\"a\"\"$1\" = $1", "\"a\"\"$1\" = $3" },
    { "a$1 = $1", "a$1 = $3" },
    { "$$ $1 $$ || $1", "$$ $1 $$ || $3" },
    { "$x$ $1 $y$ $x$ || $1", "$x$ $1 $y$ $x$ || $3" },
    { "-- $1\n$1", "-- $1\n$3" },
    { "/* $1 /* $1 */ $1 */ $1", "/* $1 /* $1 */ $1 */ $3" },
    { "a - $1 / $2 * $1", "a - $3 / $4 * $3" },
    { "'never closed $1", "'never closed $1" },
    { "/* never closed $1", "/* never closed $1" },
    { "$x$ never closed $1", "$x$ never closed $1" },
    { "$", "$" },
    { "\xc3\xa4$1 = $1", "\xc3\xa4$1 = $3" },
};

START_TEST(inserted_parameters_are_renumbered)
{
    struct sql *sql = sql_new(context, NULL), *other = sql_new(context, inserted[_i].text);

    sql_value(sql, "one", NULL);
    sql_value(sql, "two", NULL);
    sql_add(sql, " ");
    sql_insert(sql, other);
    ck_assert_str_eq(sql->text->data + strlen("$1$2 "), inserted[_i].renumbered);
}
END_TEST

START_TEST(inserted_values_come_along)
{
    struct sql *sql = sql_new(context, "SELECT "), *other = sql_new(context, "(");

    sql_value(sql, "first", NULL);
    sql_value(other, "second", "text");
    sql_add(other, ", ");
    sql_bytes(other, "\0x", 2);
    sql_add(other, ")");
    sql_insert(sql, other);
    sql_value(sql, "last", NULL);
    ck_assert_str_eq(sql->text->data, "SELECT $1($2::text, $3::bytea)$4");
    ck_assert_int_eq(sql->count, 4);
    ck_assert_str_eq(sql->values[1], "second");
    ck_assert_int_eq(sql->lengths[2], 2);
    ck_assert_int_eq(sql->formats[2], 1);
    ck_assert_str_eq(sql->values[3], "last");
    ck_assert_int_eq(other->count, 2);
}
END_TEST

START_TEST(an_array_keeps_every_character)
{
    const char *const items[] = { "1", "a\"b", "c\\d", "", "e,f}" };
    ck_assert_str_eq(sql_array(context, items, LENGTH(items)), "{\"1\",\"a\\\"b\",\"c\\\\d\",\"\",\"e,f}\"}");
    ck_assert_str_eq(sql_array(context, items, 0), "{}");
}
END_TEST

UNIT_MAIN("sql", { an_array_keeps_every_character, 0 }, { values_become_parameters, 0 }, { bytes_are_binary, 0 },
          { many_parameters_keep_their_values, 0 }, { names_are_quoted, 0 }, { literals_are_quoted, 0 },
          { inserted_parameters_are_renumbered, LENGTH(inserted) }, { inserted_values_come_along, 0 })
