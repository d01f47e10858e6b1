/* What a revision's comments say of its statements, however they stand. */
#include "../../db/revision_notes.h"
#include "unit.h"

static struct revision *parse(const char *sections)
{
    struct revision *revision;
    const char *text = memory_printf(context, "-- revision: abcd\n-- parents:\n-- message: m\n"
                                              "-- created: 2026-11-25T10:00:00Z\n%s", sections);
    struct error *error = revision_parse(context, "x.sql", text, strlen(text), &revision);
    ck_assert_msg(!error, "%s", error ? error->message : "");
    return revision;
}

START_TEST(each_statement_has_its_own_note)
{
    const struct revision *revision = parse("-- +up\n"
                                            "-- lock: none; no rewrite, no scan; data lost: none\n"
                                            "CREATE TABLE a (\n    id int);\n"
                                            "-- lock: ACCESS EXCLUSIVE on b; rewrites b; reads all of b; data lost: 3 values; of b\n"
                                            "-- a remark\n"
                                            "ALTER TABLE b DROP c;\n"
                                            "SELECT 1;\n"
                                            "-- +commit\n"
                                            "-- +no-transaction\n"
                                            "-- lock: SHARE on d; no rewrite, no scan; data lost: none\n"
                                            "VACUUM d;\n"
                                            "-- +down\nDROP TABLE a;\n");
    const struct revision_note *notes = revision_notes(context, revision, DIRECTION_UP);
    ck_assert_str_eq(notes[0].statement, "CREATE TABLE a (");
    ck_assert_str_eq(notes[0].lock, "none");
    ck_assert_ptr_null(notes[0].lost);
    ck_assert(!notes[0].blocks);
    ck_assert_str_eq(notes[1].statement, "ALTER TABLE b DROP c;");
    ck_assert_str_eq(notes[1].lock, "ACCESS EXCLUSIVE on b");
    ck_assert_str_eq(notes[1].work, "rewrites b; reads all of b");
    ck_assert_str_eq(notes[1].lost, "3 values; of b");
    ck_assert(notes[1].blocks);
    ck_assert_str_eq(notes[2].statement, "SELECT 1;");
    ck_assert_ptr_null(notes[2].lock); /* nothing is said of it, and least of all what was said of another */
    ck_assert_str_eq(notes[3].statement, "VACUUM d;");
    ck_assert_str_eq(notes[3].lock, "SHARE on d");
    ck_assert_ptr_null(notes[4].statement);
    ck_assert_str_eq(revision_notes(context, revision, DIRECTION_DOWN)[0].statement, "DROP TABLE a;");
}
END_TEST

START_TEST(sections_are_cut_as_they_stand)
{
    const struct revision *revision = parse("-- +up\nSELECT '-- +down';\n\n-- +down\nSELECT 2;\n-- the end\n");
    ck_assert_str_eq(revision_section_text(context, revision, DIRECTION_UP), "SELECT '-- +down';\n\n");
    ck_assert_str_eq(revision_section_text(context, revision, DIRECTION_DOWN), "SELECT 2;\n-- the end\n");
}
END_TEST

START_TEST(sections_may_be_empty)
{
    const struct revision *revision = parse("-- +up\n-- +down\n");
    ck_assert_str_eq(revision_section_text(context, revision, DIRECTION_UP), "");
    ck_assert_str_eq(revision_section_text(context, revision, DIRECTION_DOWN), "");
    ck_assert_ptr_null(revision_notes(context, revision, DIRECTION_UP)[0].statement);
}
END_TEST

START_TEST(sections_begin_wherever_the_parser_finds_them)
{
    const struct revision *revision = parse("-- +  up \nSELECT 1;\n-- +down");
    ck_assert_str_eq(revision_section_text(context, revision, DIRECTION_UP), "SELECT 1;\n");
    ck_assert_str_eq(revision_section_text(context, revision, DIRECTION_DOWN), "");
    revision = parse("-- +up\v\r\nSELECT 1;\r\n-- +down\t\r\nSELECT 2;");
    ck_assert_str_eq(revision_section_text(context, revision, DIRECTION_UP), "SELECT 1;\r\n");
    ck_assert_str_eq(revision_section_text(context, revision, DIRECTION_DOWN), "SELECT 2;");
}
END_TEST

UNIT_MAIN("revision_notes", { each_statement_has_its_own_note, 0 }, { sections_are_cut_as_they_stand, 0 },
          { sections_may_be_empty, 0 },
          { sections_begin_wherever_the_parser_finds_them, 0 })
