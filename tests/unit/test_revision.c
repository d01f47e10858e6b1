/* Revision files: read, ordered, refused, written. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../db/memory.h"
#include "../../db/revision.h"
#include "../../db/revision_write.h"

static void *context;
static char *folder;

static void setup(void)
{
    context = talloc_new(NULL);
    folder = mkdtemp(memory_copy(context, "/tmp/roster-test-XXXXXX"));
    ck_assert_ptr_nonnull(folder);
}

static void teardown(void)
{
    struct dirent *entry;
    DIR *directory = opendir(folder);
    while ((entry = readdir(directory)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlink(memory_printf(context, "%s/%s", folder, entry->d_name));
    closedir(directory);
    ck_assert_int_eq(rmdir(folder), 0);
    talloc_free(context);
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(memory_printf(context, "%s/%s", folder, name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static char *file_text(const char *id, const char *parents, const char *body)
{
    return memory_printf(
        context,
        "-- revision: %s\n-- parents: %s\n-- message: about %s\n-- created: 2026-11-22T10:15:00Z\n%s", id,
        parents, id, body);
}

static void add(const char *name, const char *id, const char *parents)
{
    write_file(name, file_text(id, parents, "-- +up\nSELECT 1;\n-- +down\nSELECT 2;\n"));
}

static struct revisions *open_folder(void)
{
    struct revisions *revisions;
    struct error *error = revisions_open(context, folder, &revisions);
    ck_assert_msg(error == NULL, "%s", error ? error->message : "");
    return revisions;
}

static void assert_refused(const char *words)
{
    struct revisions *revisions;
    struct error *error = revisions_open(context, folder, &revisions);
    ck_assert_msg(error != NULL, "not refused: %s", words);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_msg(strstr(error->message, words) != NULL, "\"%s\" is not in: %s", words, error->message);
}

static void assert_file_refused(const char *text, const char *words)
{
    write_file("x.sql", text);
    assert_refused(memory_printf(context, "/x.sql, %s", words));
}

START_TEST(a_file_is_read)
{
    write_file("a.sql", file_text("3f9c2b1a", "none",
                                  "-- anything else\n\n-- +up\nCREATE TABLE a (n int);\n\n"
                                  "SELECT 1;\n-- +down\n-- gone\nDROP TABLE a;"));
    const struct revisions *revisions = open_folder();
    ck_assert_uint_eq(revisions->count, 1);
    const struct revision *revision = revisions->items[0];
    ck_assert_str_eq(revision->id, "3f9c2b1a");
    ck_assert_str_eq(revision->message, "about 3f9c2b1a");
    ck_assert_str_eq(revision->created, "2026-11-22T10:15:00Z");
    ck_assert_ptr_null(revision->parents[0]);
    ck_assert(revision->is_head);
    ck_assert_uint_eq(revision->up.count, 1);
    ck_assert_uint_eq(revision->up.steps[0].count, 2);
    ck_assert_str_eq(revision->up.steps[0].statements[0].sql, "CREATE TABLE a (n int)");
    ck_assert_int_eq(revision->up.steps[0].statements[0].line, 8);
    ck_assert_int_eq(revision->up.steps[0].statements[1].line, 10);
    ck_assert_uint_eq(revision->down.steps[0].count, 1);
    ck_assert_int_eq(revision->down.steps[0].statements[0].line, 13);
}
END_TEST

START_TEST(the_checksum_is_of_every_byte)
{
    write_file("a.sql", file_text("aaaa", "none", "-- +up\n-- +down\n"));
    const char *first = open_folder()->items[0]->checksum;
    ck_assert_uint_eq(strlen(first), 64);
    ck_assert_str_eq(open_folder()->items[0]->checksum, first);
    write_file("a.sql", file_text("aaaa", "none", "-- +up\n-- +down\n\n"));
    ck_assert_str_ne(open_folder()->items[0]->checksum, first);
}
END_TEST

START_TEST(a_file_with_windows_lines_is_read)
{
    write_file(
        "a.sql",
        "-- revision: aaaa\r\n-- parents: none\r\n-- message: m\r\n-- created: 2026-11-22T10:15:00Z\r\n"
        "-- +up\r\nSELECT 1;\r\n-- +down\r\n");
    const struct revision *revision = open_folder()->items[0];
    ck_assert_str_eq(revision->message, "m");
    ck_assert_str_eq(revision->up.steps[0].statements[0].sql, "SELECT 1");
}
END_TEST

START_TEST(a_mark_of_the_byte_order_is_no_text)
{
    write_file("a.sql", memory_printf(context, "\xef\xbb\xbf%s", file_text("aaaa", "none", "-- +up\nSELECT 1;\n-- +down\n")));
    ck_assert_str_eq(open_folder()->items[0]->id, "aaaa");
}
END_TEST

/* In a script for psql the lines after it would be taken for rows. */
START_TEST(copy_from_the_client_is_refused)
{
    assert_file_refused(file_text("aaaa", "none", "-- +up\nSELECT 1;\n-- rows\ncopy a (n) from stdin;\n-- +down\n"),
                        "line 8: COPY has nothing to read from");
    assert_file_refused(file_text("aaaa", "none", "-- +up\nSELECT 1;\n-- +down\nCOPY(SELECT 1) TO STDOUT;\n"),
                        "line 8: COPY has nothing to read from");
    write_file("x.sql", file_text("aaaa", "none", "-- +up\nCOPY a FROM '/srv/rows';\nSELECT 'copy', ' stdin';\n-- +down\n"));
    ck_assert_uint_eq(open_folder()->items[0]->up.steps[0].count, 2);
}
END_TEST

START_TEST(steps_may_be_outside_of_a_transaction)
{
    write_file("a.sql", file_text("aaaa", "none",
                                  "-- +up\nSELECT 1;\n-- +no-transaction\nSELECT 2;\nSELECT 3;\n"
                                  "-- +transaction\nSELECT 4;\n-- +down\nSELECT 5;\n"));
    const struct revision *revision = open_folder()->items[0];
    ck_assert_uint_eq(revision->up.count, 3);
    ck_assert(!revision->up.steps[0].outside_transaction);
    ck_assert(revision->up.steps[1].outside_transaction);
    ck_assert_uint_eq(revision->up.steps[1].count, 2);
    ck_assert(!revision->up.steps[2].outside_transaction);
    ck_assert_uint_eq(revision->down.count, 1);
    ck_assert(!revision->down.steps[0].outside_transaction);
}
END_TEST

START_TEST(a_section_may_be_several_transactions)
{
    write_file("a.sql", file_text("aaaa", "none",
                                  "-- +up\nSELECT 1;\n-- +commit\nSELECT 2;\nSELECT 3;\n"
                                  "-- +no-transaction\nSELECT 4;\n-- +commit\nSELECT 5;\n-- +down\n"));
    const struct revision *revision = open_folder()->items[0];
    ck_assert_uint_eq(revision->up.count, 4);
    ck_assert(!revision->up.steps[1].outside_transaction);
    ck_assert_uint_eq(revision->up.steps[1].count, 2);
    ck_assert(revision->up.steps[2].outside_transaction);
    ck_assert(!revision->up.steps[3].outside_transaction);
}
END_TEST

START_TEST(the_header_says_what_is_lost)
{
    write_file("a.sql", file_text("aaaa", "none",
                                  "-- destructive: a.b\n-- destructive: a.c\n-- irreversible: a.b\n"
                                  "-- +up\n-- +down\n"));
    const struct revision *revision = open_folder()->items[0];
    ck_assert_str_eq(revision->destructive[0], "a.b");
    ck_assert_str_eq(revision->destructive[1], "a.c");
    ck_assert_ptr_null(revision->destructive[2]);
    ck_assert_str_eq(revision->irreversible[0], "a.b");
    ck_assert_ptr_null(revision->irreversible[1]);
}
END_TEST

START_TEST(a_broken_file_is_refused_with_its_line)
{
    static const char sections[] = "-- +up\n-- +down\n";
    assert_file_refused("", "line 1: the file has no line \"-- revision: ID\"; add it");
    assert_file_refused("-- revision: aaaa\n-- +up\n-- +down\n",
                        "line 1: the file has no line \"-- parents: none\"");
    assert_file_refused("-- revision: aaaa\n-- parents: none\n-- +up\n-- +down\n",
                        "line 1: the file has no line \"-- message");
    assert_file_refused("-- revision: aaaa\n-- parents:\n-- message: m\n-- +up\n-- +down\n",
                        "line 1: the file has no line \"-- created");
    assert_file_refused(file_text("aaaa", "none", ""), "line 1: the file has no line \"-- +up\"");
    assert_file_refused(file_text("aaaa", "none", "-- +up\n"), "line 1: the file has no line \"-- +down\"");
    assert_file_refused(file_text("aaaa", "none", "-- +down\n-- +up\n"), "line 5: \"-- +down\" comes before");
    assert_file_refused(file_text("aaaa", "none", "-- +up\n-- +up\n"),
                        "line 6: \"-- +up\" stands here again");
    assert_file_refused(file_text("aaaa", "none", "-- +up\n-- +down\n-- +down\n"),
                        "line 7: \"-- +down\" stands here again");
    assert_file_refused(file_text("aaaa", "none", "-- +sideways\n"), "line 5: \"-- +sideways\" is unknown");
    assert_file_refused(file_text("aaaa", "none", "-- +no-transaction\n"), "line 5: put this below");
    assert_file_refused(file_text("aaaa", "none", "SELECT 1;\n"), "line 5: this stands before \"-- +up\"");
    assert_file_refused(file_text("aaaa", "none", "-- revision: bbbb\n"),
                        "line 5: \"-- revision:\" stands here again");
    assert_file_refused(file_text("aaaa", "none", "-- parents: bbbb\n"),
                        "line 5: \"-- parents:\" stands here again");
    assert_file_refused("-- message:\n", "line 1: \"-- message:\" says nothing");
    assert_file_refused("-- created: yesterday\n", "line 1: write the moment as");
    assert_file_refused("-- created: 2026-11-22T10:15:00Z and more\n", "line 1: write the moment as");
    assert_file_refused(file_text("AAAA", "none", sections), "line 1: \"AAAA\" is no id");
    assert_file_refused(file_text("aa", "none", sections), "line 1: \"aa\" is no id");
    assert_file_refused(file_text("head", "none", sections), "line 1: \"head\" is no id");
    assert_file_refused(file_text("aaaa", "bb;bb", sections), "line 2: \"bb;bb\" is no id");
    assert_file_refused(file_text("aaaa", "bbbb bbbb", sections), "line 2: \"bbbb\" is named twice");
    assert_file_refused(file_text("aaaa", "none", "-- +up\nSELECT 'x\n-- +down\n"),
                        "line 6: the quote that begins here");
    assert_file_refused(file_text("aaaa", "none", "-- +up\nCOMMIT;\n-- +down\n"),
                        "line 6: remove \"commit\"");
}
END_TEST

START_TEST(only_sql_files_count)
{
    add("a.sql", "aaaa", "none");
    write_file("template.sql", "{{up}}");
    write_file("README.md", "nothing");
    write_file(".hidden.sql", "nothing");
    write_file("b.sql.orig", "nothing");
    ck_assert_uint_eq(open_folder()->count, 1);
}
END_TEST

START_TEST(a_missing_folder_is_refused)
{
    struct revisions *revisions;
    struct error *error = revisions_open(context, "/nowhere/at/all", &revisions);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(error->message, "set ROSTER_MIGRATIONS"));
}
END_TEST

START_TEST(parents_come_first_whatever_the_names)
{
    add("1.sql", "dddd", "bbbb cccc");
    add("2.sql", "cccc", "aaaa");
    add("3.sql", "bbbb", "aaaa");
    add("4.sql", "aaaa", "none");
    const struct revisions *revisions = open_folder();
    static const char *const order[] = { "aaaa", "cccc", "bbbb", "dddd" };
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(revisions->items[i]->id, order[i]);
        ck_assert_uint_eq(revisions->items[i]->position, i);
    }
    struct revision *head;
    ck_assert_ptr_null(revision_head(context, revisions, &head));
    ck_assert_str_eq(head->id, "dddd");
    ck_assert_str_eq(head->parents[0]->id, "bbbb");
    ck_assert_str_eq(head->parents[1]->id, "cccc");
    ck_assert_ptr_null(head->parents[2]);
}
END_TEST

START_TEST(ancestors_are_all_that_leads_there)
{
    add("1.sql", "aaaa", "none");
    add("2.sql", "bbbb", "aaaa");
    add("3.sql", "cccc", "aaaa");
    add("4.sql", "dddd", "cccc");
    const struct revisions *revisions = open_folder();
    const bool *leads = revision_ancestors(context, revisions, revision_by_id(revisions, "dddd"));
    ck_assert(leads[0] && !leads[1] && leads[2] && leads[3]);
}
END_TEST

START_TEST(several_heads_are_told)
{
    add("1.sql", "aaaa", "none");
    add("2.sql", "bbbb", "aaaa");
    add("3.sql", "cccc", "aaaa");
    struct revision *head;
    const struct revisions *revisions = open_folder();
    struct error *error = revision_head(context, revisions, &head);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_SEVERAL_HEADS);
    ck_assert_ptr_nonnull(strstr(error->message, "\"bbbb\" and \"cccc\""));
    struct revision **heads = revision_heads(context, revisions);
    ck_assert_str_eq(heads[0]->id, "bbbb");
    ck_assert_str_eq(heads[1]->id, "cccc");
    ck_assert_ptr_null(heads[2]);
}
END_TEST

START_TEST(no_revisions_have_no_head)
{
    struct revision *head;
    ck_assert_ptr_null(revision_head(context, open_folder(), &head));
    ck_assert_ptr_null(head);
}
END_TEST

START_TEST(a_broken_graph_is_refused)
{
    add("1.sql", "aaaa", "bbbb");
    assert_refused("/1.sql, line 2: no file has the revision \"bbbb\"");
    add("2.sql", "bbbb", "cccc");
    add("3.sql", "cccc", "aaaa");
    assert_refused("lead in a circle");
    add("2.sql", "aaaa", "none");
    assert_refused("/1.sql\" and \"");
    assert_refused("have the same id \"aaaa\"");
}
END_TEST

START_TEST(a_revision_is_found_by_its_beginning)
{
    add("1.sql", "abcdef", "none");
    add("2.sql", "abcxyz", "abcdef");
    add("3.sql", "abcx", "abcxyz");
    const struct revisions *revisions = open_folder();
    struct revision *revision;
    ck_assert_ptr_null(revision_find(context, revisions, "abcd", &revision));
    ck_assert_str_eq(revision->id, "abcdef");
    ck_assert_ptr_null(revision_find(context, revisions, "abcx", &revision)); /* exactly one of them */
    ck_assert_str_eq(revision->id, "abcx");
    struct error *error = revision_find(context, revisions, "abc", &revision);
    ck_assert_ptr_nonnull(strstr(error->message, "could be \"abcdef\" or \"abcxyz\""));
    error = revision_find(context, revisions, "b", &revision);
    ck_assert_ptr_nonnull(strstr(error->message, "there is no revision \"b\""));
    ck_assert_ptr_nonnull(revision_find(context, revisions, "", &revision));
}
END_TEST

static const char template[] = "-- revision: {{revision}}\n-- parents: {{parents}}\n-- message: {{message}}\n"
                               "-- created: {{created}}\n-- +up\n{{up}}\n-- +down\n{{down}}\n";

START_TEST(a_new_file_is_read_back)
{
    add("1.sql", "aaaa", "none");
    add("2.sql", "bbbb", "none");
    write_file("template.sql", template);
    const struct revisions *revisions = open_folder();
    const struct revision_draft draft = { .message = "Teams have a {{colour}}!",
                                          .parents = revision_heads(context, revisions),
                                          .up = "SELECT '{{up}}';",
                                          .down = "SELECT 2;" };
    const char *path;
    struct error *error = revision_write(context, revisions, &draft, &path);
    ck_assert_msg(error == NULL, "%s", error ? error->message : "");
    revisions = open_folder();
    ck_assert_uint_eq(revisions->count, 3);
    const struct revision *revision = revisions->items[2];
    ck_assert_str_eq(revision->path, path);
    ck_assert_uint_eq(strlen(revision->id), 8);
    ck_assert_str_eq(revision->message, "Teams have a {{colour}}!");
    ck_assert_str_eq(revision->up.steps[0].statements[0].sql, "SELECT '{{up}}'");
    ck_assert_str_eq(revision->parents[0]->id, "aaaa");
    ck_assert_str_eq(revision->parents[1]->id, "bbbb");
    const char *name = strrchr(path, '/') + 1;
    ck_assert_str_eq(name + 13, memory_printf(context, "_%s_teams_have_a_colour.sql", revision->id));
    ck_assert_uint_eq(strspn(name, "0123456789"), 8);
}
END_TEST

START_TEST(a_written_file_says_what_it_destroys)
{
    static const char head[] = "-- revision: {{revision}}\n-- parents: {{parents}}\n-- message: {{message}}\n"
                               "-- created: {{created}}\n";
    static const char body[] = "-- +up\n{{up}}\n-- +down\n{{down}}\n";
    struct revision *none = NULL;
    const struct revision_draft draft = {
        .message = "m", .parents = &none, .up = "", .down = "", .losses = "-- destructive: column a.b\n"
    };
    const char *path;
    write_file("template.sql", memory_printf(context, "%s%s", head, body));
    struct error *error = revision_write(context, open_folder(), &draft, &path);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(error->message, "write {{losses}} on a line"));
    write_file("template.sql", memory_printf(context, "%s{{losses}}\n%s", head, body));
    error = revision_write(context, open_folder(), &draft, &path);
    ck_assert_msg(error == NULL, "%s", error ? error->message : "");
    ck_assert_str_eq(open_folder()->items[0]->destructive[0], "column a.b");
}
END_TEST

static void assert_not_written(const char *text, const char *message, const char *words)
{
    struct revision *none = NULL;
    const struct revision_draft draft = {
        .message = message, .parents = &none, .up = "SELECT 1;", .down = ""
    };
    const char *path;
    if (text)
        write_file("template.sql", text);
    struct error *error = revision_write(context, open_folder(), &draft, &path);
    ck_assert_msg(error != NULL, "not refused: %s", words);
    ck_assert_int_eq(error->code, ERROR_USAGE);
    ck_assert_msg(strstr(error->message, words) != NULL, "\"%s\" is not in: %s", words, error->message);
    ck_assert_uint_eq(open_folder()->count, 0);
}

START_TEST(a_broken_template_writes_nothing)
{
    assert_not_written(NULL, "m", "cannot read");
    assert_not_written("{{revison}}", "m", "\"{{revison}}\" is unknown");
    assert_not_written("{{up", "m", "\"{{up\" is unknown");
    assert_not_written("-- revision: {{revision}}\n-- +up\n{{up}}\n", "m", "makes cannot be read: ");
    assert_not_written(template, "", "the message must be one line");
    assert_not_written(template, "  ", "the message must be one line");
    assert_not_written(template, "two\nlines", "the message must be one line");
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("revision");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_file_is_read);
    tcase_add_test(tests, the_checksum_is_of_every_byte);
    tcase_add_test(tests, a_file_with_windows_lines_is_read);
    tcase_add_test(tests, steps_may_be_outside_of_a_transaction);
    tcase_add_test(tests, a_mark_of_the_byte_order_is_no_text);
    tcase_add_test(tests, copy_from_the_client_is_refused);
    tcase_add_test(tests, a_written_file_says_what_it_destroys);
    tcase_add_test(tests, a_section_may_be_several_transactions);
    tcase_add_test(tests, the_header_says_what_is_lost);
    tcase_add_test(tests, a_broken_file_is_refused_with_its_line);
    tcase_add_test(tests, only_sql_files_count);
    tcase_add_test(tests, a_missing_folder_is_refused);
    tcase_add_test(tests, parents_come_first_whatever_the_names);
    tcase_add_test(tests, ancestors_are_all_that_leads_there);
    tcase_add_test(tests, several_heads_are_told);
    tcase_add_test(tests, no_revisions_have_no_head);
    tcase_add_test(tests, a_broken_graph_is_refused);
    tcase_add_test(tests, a_revision_is_found_by_its_beginning);
    tcase_add_test(tests, a_new_file_is_read_back);
    tcase_add_test(tests, a_broken_template_writes_nothing);
    Suite *suite = suite_create("revision");
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed > 0;
}
