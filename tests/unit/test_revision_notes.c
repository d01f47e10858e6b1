/* What a revision's comments say of its statements, however they stand. */
#include "../../db/revision_loss.h"
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

START_TEST(a_statement_tells_by_its_words_what_it_may_take_away)
{
    static const struct {
        const char *sql;
        enum loss_kind kind;
        size_t count;
    } cases[] = {
        { "DROP TABLE zz", LOSS_TABLES, 1 },
        { "-- DROP INDEX i\n/* x /* y */ */ drop table if exists a, \"b, c\", d cascade", LOSS_TABLES, 3 },
        { "ALTER TABLE team DROP COLUMN zz, DROP yy, ALTER a DROP DEFAULT, DROP CONSTRAINT c", LOSS_COLUMNS, 2 },
        { "ALTER TABLE team ALTER COLUMN \"type\" SET DATA TYPE integer", LOSS_VALUES, 1 },
        { "ALTER TABLE team ALTER x TYPE integer USING 0", LOSS_VALUES, 1 },
        { "ALTER TABLE team ADD COLUMN type text", LOSS_NONE, 1 },
        { "ALTER TABLE team ALTER x DROP NOT NULL, RENAME TO \"drop\"", LOSS_NONE, 1 },
        { "ALTER TYPE t DROP ATTRIBUTE a", LOSS_PARTS, 1 },
        { "TRUNCATE team_skill", LOSS_ROWS, 1 },
        { "DELETE FROM api_key", LOSS_ROWS, 1 },
        { "WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone", LOSS_ROWS, 1 },
        { "INSERT INTO a VALUES (1) ON CONFLICT (n) DO UPDATE SET n = 2", LOSS_ROWS, 1 },
        { "SELECT * FROM a FOR NO KEY UPDATE", LOSS_NONE, 1 },
        { "SELECT 'DELETE FROM a', E'\\' DELETE', $x$ UPDATE $x$, \"delete\"", LOSS_NONE, 1 },
        { "CREATE TABLE b (a_id int REFERENCES a ON DELETE CASCADE ON UPDATE CASCADE)", LOSS_NONE, 1 },
        { "ALTER TABLE b ADD FOREIGN KEY (a_id) REFERENCES a ON DELETE CASCADE", LOSS_NONE, 1 },
        { "CREATE TRIGGER t BEFORE UPDATE OR DELETE ON a EXECUTE FUNCTION f()", LOSS_NONE, 1 },
        { "GRANT DELETE, TRUNCATE ON a TO b", LOSS_NONE, 1 },
        { "DROP INDEX CONCURRENTLY i", LOSS_NONE, 1 },
        { "DROP FUNCTION f CASCADE", LOSS_PARTS, 1 },
        { "DROP SCHEMA s", LOSS_PARTS, 1 },
        { "DROP TYPE t", LOSS_PARTS, 1 },
        { "DO $$ BEGIN END $$", LOSS_UNKNOWN, 1 },
        { "CALL p()", LOSS_UNKNOWN, 1 },
        { "", LOSS_NONE, 1 },
        { "SELECT $x$ unended", LOSS_NONE, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct statement_loss loss = statement_loss(cases[i].sql);
        ck_assert_msg(loss.kind == cases[i].kind && loss.count == cases[i].count, "%s: %d, %zu", cases[i].sql,
                      (int)loss.kind, loss.count);
    }
}
END_TEST

START_TEST(a_revision_tells_what_it_may_lose_where_nobody_said_it)
{
    const struct revision *revision = parse("-- destructive: 3 values\n-- +up\n\n-- a remark\nDROP TABLE a, b;\n"
                                            "-- lock: none; no rewrite, no scan; data lost: none\nDELETE FROM c;\n"
                                            "-- lock: none; no rewrite, no scan; data lost: column x of d\n"
                                            "ALTER TABLE d DROP x;\nUPDATE e SET n = 1;\n-- +down\nSELECT 1;\n");
    const char **lines = revision_losses(context, revision, DIRECTION_UP);
    struct losses losses = { 0 };
    ck_assert_str_eq(lines[0], "3 values");
    ck_assert_str_eq(lines[1], "line 9 may lose data (all rows of 2 tables): DROP TABLE a, b;");
    ck_assert_str_eq(lines[2], "line 14 may lose data (rows that are deleted or changed): UPDATE e SET n = 1;");
    ck_assert_ptr_null(lines[3]);
    ck_assert_ptr_null(revision_losses(context, revision, DIRECTION_DOWN)[0]);
    losses_add(&losses, context, revision, DIRECTION_UP);
    ck_assert_str_eq(losses_words(context, &losses),
                     "all rows of 2 tables, the values of 1 column, rows that are deleted or changed");
    ck_assert_str_eq(revision_losses(context, parse("-- +up\n-- lock: none; data lost: 2 rows\nDELETE FROM a;\n-- +down\n"),
                                     DIRECTION_UP)[0], "2 rows");
}
END_TEST

/* What the engine writes says of itself what it loses. */
START_TEST(nothing_is_guessed_of_the_projects_own)
{
    struct revisions *revisions;
    ck_assert_ptr_null(revisions_open(context, "migrations", &revisions));
    ck_assert_uint_gt(revisions->count, 2);
    for (size_t i = 0; i < revisions->count; i++)
        ck_assert_ptr_null(revision_losses(context, revisions->items[i], DIRECTION_UP)[0]);
    ck_assert_ptr_nonnull(strstr(revision_losses(context, revisions->items[0], DIRECTION_DOWN)[0], "all rows of 15 tables"));
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
          { a_statement_tells_by_its_words_what_it_may_take_away, 0 },
          { a_revision_tells_what_it_may_lose_where_nobody_said_it, 0 }, { nothing_is_guessed_of_the_projects_own, 0 },
          { sections_may_be_empty, 0 },
          { sections_begin_wherever_the_parser_finds_them, 0 })
