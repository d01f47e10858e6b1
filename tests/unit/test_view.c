/* The C face of ctemplate: what is escaped, inherited, repeated and refused. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../cgi/view.h"
#include "../../db/memory.h"
#include "names.h"

#define PRAGMA "{{%AUTOESCAPE context=\"HTML\"}}"

static void *context;
static char *folder;
static int file_count;
static char *files[8];

static void write_file(const char *name, const char *text)
{
    char *path = memory_printf(context, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    files[file_count++] = path;
}

static void write_template(const char *name, const char *body)
{
    write_file(name, memory_printf(context, "%s\n%s", PRAGMA, body));
}

static void set_up(void)
{
    context = talloc_new(NULL);
    folder = memory_copy(context, "/tmp/test_view.XXXXXX");
    file_count = 0;
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void)
{
    while (file_count > 0)
        unlink(files[--file_count]);
    rmdir(folder);
    talloc_free(context);
}

static void open_templates(void)
{
    struct error *error = view_open(context, folder);

    ck_assert_msg(!error, "%s", error ? error->message : "");
}

static const char *render(struct view *view, const char *template_file)
{
    char *text = NULL;
    size_t length = 0;
    struct error *error = view_render(context, view, template_file, &text, &length);

    ck_assert_msg(!error, "%s", error ? error->message : "");
    ck_assert_uint_eq(strlen(text), length);
    while (*text == '\n')
        text++;
    return text;
}

/* What the body of a template becomes over a view. */
static const char *expand(struct view *view, const char *body)
{
    write_template("page.tpl", body);
    open_templates();
    return render(view, "page.tpl");
}

START_TEST(text_is_escaped)
{
    struct view *view = view_new(context);

    view_set(view, "X", "<script>alert('a' & \"b\")</script>");
    ck_assert_str_eq(expand(view, "<p>{{X}}</p>"),
                     "<p>&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;</p>");
}
END_TEST

START_TEST(attribute_cannot_be_left)
{
    struct view *view = view_new(context);

    view_set(view, "X", "\" onclick=\"x()");
    ck_assert_str_eq(expand(view, "<b title=\"{{X}}\">"), "<b title=\"&quot; onclick=&quot;x()\">");
}
END_TEST

START_TEST(textarea_keeps_its_text)
{
    struct view *view = view_new(context);

    view_set(view, "X", "\nfirst\n</textarea><b>");
    ck_assert_str_eq(expand(view, "<textarea>\n{{X:pre_escape}}</textarea>"),
                     "<textarea>\n\nfirst\n&lt;/textarea&gt;&lt;b&gt;</textarea>");
}
END_TEST

static const struct {
    const char *given, *written;
} addresses[] = {
    { "/teams/?q=a&sort=-name", "/teams/?q=a&amp;sort=-name" },
    { "https://example.org/a?b=c", "https://example.org/a?b=c" },
    { "javascript:alert(1)", "#" },
    { "data:text/html,x", "#" },
    { " javascript:alert(1)", "#" },
};

START_TEST(address_runs_no_script)
{
    struct view *view = view_new(context);

    view_set(view, "X", addresses[_i].given);
    ck_assert_str_eq(expand(view, "<a href=\"{{X}}\">"),
                     memory_printf(context, "<a href=\"%s\">", addresses[_i].written));
}
END_TEST

START_TEST(null_is_as_if_not_set)
{
    struct view *view = view_new(context);

    view_set(view, "X", "once");
    view_set(view, "X", NULL);
    view_set(view, "Y", NULL);
    ck_assert_str_eq(expand(view, "[{{X}}{{Y}}{{#X}}part{{/X}}{{#NO_X}}none{{/NO_X}}]"), "[none]");
}
END_TEST

START_TEST(last_value_counts)
{
    struct view *view = view_new(context);

    view_set(view, "X", "first");
    view_set(view, "X", "last");
    view_set_number(view, "N", -9223372036854775807LL - 1);
    ck_assert_str_eq(expand(view, "{{X}} {{N}}"), "last -9223372036854775808");
}
END_TEST

START_TEST(values_are_copied)
{
    struct view *view = view_new(context);
    char value[] = "before";

    view_set(view, "X", value);
    memcpy(value, "after!", sizeof value);
    ck_assert_str_eq(expand(view, "{{X}}"), "before");
}
END_TEST

START_TEST(parts_repeat_in_order)
{
    struct view *view = view_new(context);

    view_set(view_add(view, "ROW"), "X", "1");
    view_set(view_add(view, "ROW"), "X", "2");
    view_set(view_add(view, "ROW"), "X", "3");
    ck_assert_str_eq(
        expand(view, "{{#ANY_ROW}}[{{#ROW}}<{{X}}>{{/ROW}}]{{/ANY_ROW}}{{#NO_ROW}}none{{/NO_ROW}}"),
        "[<1><2><3>]");
}
END_TEST

START_TEST(part_without_rows_is_absent)
{
    struct view *view = view_new(context);

    ck_assert_str_eq(expand(view, "{{#ANY_ROW}}[{{#ROW}}x{{/ROW}}]{{/ANY_ROW}}{{#NO_ROW}}none{{/NO_ROW}}"),
                     "none");
}
END_TEST

START_TEST(shown_part_is_over_the_same_view)
{
    struct view *view = view_new(context);

    view_show(view, "OUTER");
    view_show_if(view, "INNER", true);
    view_show_if(view, "OTHER", false);
    view_set(view_add(view, "ROW"), "X", "1");
    ck_assert_str_eq(
        expand(view, "{{#OUTER}}{{#INNER}}{{#ROW}}{{X}}{{/ROW}}{{/INNER}}{{#OTHER}}x{{/OTHER}}{{/OUTER}}"),
        "1");
}
END_TEST

START_TEST(value_shows_its_part)
{
    struct view *view = view_new(context);

    view_set(view, "HINT", "h");
    view_set(view, "ERROR", "");
    ck_assert_str_eq(expand(view, "{{#HINT}}[{{HINT}}]{{/HINT}}{{#ERROR}}[{{ERROR}}]{{/ERROR}}"), "[h]");
}
END_TEST

START_TEST(values_are_inherited_and_parts_are_not)
{
    struct view *view = view_new(context);
    struct view *row = view_add(view, "ROW");
    struct view *inner;

    view_set(view, "HREF", "outer");
    view_set(view, "X", "x");
    inner = view_include(row, "CELL", "inner.tpl");
    view_set(inner, "Y", "y");
    write_template("inner.tpl", "({{X}}{{Y}}{{#HREF}}link{{/HREF}})");
    ck_assert_str_eq(expand(view, "{{#ROW}}{{HREF}}{{#NO_HREF}} none {{/NO_HREF}}{{>CELL}}{{/ROW}}"),
                     "outer none (xy)");
}
END_TEST

START_TEST(inclusion_is_a_part_too)
{
    struct view *view = view_new(context);

    view_include(view, "TABLE", "inner.tpl");
    write_template("inner.tpl", "t");
    ck_assert_str_eq(
        expand(view, "{{#TABLE}}has {{/TABLE}}{{#NO_TABLE}}lacks {{/NO_TABLE}}{{#NO_TREE}}none{{/NO_TREE}}"),
        "has none");
}
END_TEST

START_TEST(template_includes_itself)
{
    struct view *view = view_new(context), *node = view;
    int depth;

    for (depth = 0; depth < 50; depth++) {
        view_set_number(node, "DEPTH", depth);
        node = view_include(node, "CHILD", "page.tpl");
    }
    view_set(node, "DEPTH", "leaf");
    write_template("page.tpl", "<{{DEPTH}}>{{>CHILD}}");
    open_templates();
    ck_assert_ptr_nonnull(strstr(render(view, "page.tpl"), "<49>"));
    ck_assert_ptr_nonnull(strstr(render(view, "page.tpl"), "<leaf>"));
}
END_TEST

START_TEST(long_names_that_begin_alike_differ)
{
    struct view *view = view_new(context);

    view_set(view, "DESCRIBED_BY", "a");
    view_set(view, "DESCRIBED_TO", "b");
    view_set(view, "DESCRIBED", "c");
    ck_assert_str_eq(expand(view, "{{DESCRIBED_BY}}{{DESCRIBED_TO}}{{DESCRIBED}}"), "abc");
}
END_TEST

START_TEST(long_page_is_whole)
{
    struct view *view = view_new(context);
    char *value = memory_new_array(context, 1, 100001, "value");
    const char *text;
    int row;

    memset(value, 'x', 100000);
    for (row = 0; row < 5000; row++)
        view_set_number(view_add(view, "ROW"), "N", row);
    view_set(view, "LONG", value);
    text = expand(view, "{{#ROW}}{{N}},{{/ROW}}{{LONG}}");
    ck_assert_ptr_nonnull(strstr(text, ",2499,2500,"));
    ck_assert_ptr_nonnull(strstr(text, ",4999,x"));
    ck_assert_uint_eq(strspn(strchr(text, 'x'), "x"), 100000);
}
END_TEST

START_TEST(missing_template_is_an_error)
{
    char *text = NULL;
    size_t length = 0;
    struct error *error;

    write_template("page.tpl", "x");
    open_templates();
    error = view_render(context, view_new(context), "other.tpl", &text, &length);
    ck_assert_ptr_nonnull(error);
    ck_assert_int_eq(error->code, ERROR_FAILED);
    ck_assert_ptr_nonnull(strstr(error->message, "other.tpl"));
    ck_assert_ptr_null(text);
}
END_TEST

START_TEST(missing_inclusion_is_an_error)
{
    struct view *view = view_new(context);
    char *text = NULL;
    size_t length = 0;

    view_include(view, "PART", "other.tpl");
    write_template("page.tpl", "before {{>PART}}");
    open_templates();
    ck_assert_ptr_nonnull(view_render(context, view, "page.tpl", &text, &length));
    ck_assert_ptr_null(text);
}
END_TEST

static const char *const broken[] = {
    PRAGMA "\n{{#A}}never ended",
    PRAGMA "\n{{#A}}{{/B}}",
    PRAGMA "\n<a href={{X}}>unquoted</a>",
    "<p>not escaped: {{X}}</p>",
    "",
};

START_TEST(broken_template_is_refused_by_name)
{
    struct error *error;

    write_template("page.tpl", "as before");
    open_templates();
    write_file("wrong.tpl", broken[_i]);
    error = view_open(context, folder);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->message, "wrong.tpl"));
    ck_assert_str_eq(render(view_new(context), "page.tpl"), "as before");
}
END_TEST

START_TEST(folder_without_templates_is_refused)
{
    write_file("page.html", "x");
    ck_assert_ptr_nonnull(view_open(context, folder));
    ck_assert_ptr_nonnull(view_open(context, "/nowhere/at/all"));
}
END_TEST

START_TEST(templates_are_read_once)
{
    struct view *view = view_new(context);

    write_template("page.tpl", "first");
    open_templates();
    unlink(files[0]);
    ck_assert_str_eq(render(view, "page.tpl"), "first");
}
END_TEST

START_TEST(view_goes_with_its_context)
{
    void *request = talloc_new(context);
    struct view *view = view_new(request);
    char *text = NULL;
    size_t length = 0;
    int row;

    write_template("page.tpl", "{{#ROW}}{{X}}{{/ROW}}");
    open_templates();
    for (row = 0; row < 1000; row++)
        view_set(view_add(view, "ROW"), "X", "a value of some length");
    ck_assert_ptr_null(view_render(request, view, "page.tpl", &text, &length));
    /* Pieces are shared between values, and the whole tree hangs below its root. */
    ck_assert_uint_lt(talloc_total_blocks(request), 64);
    talloc_free(view);
    talloc_free(text);
    ck_assert_uint_eq(talloc_total_blocks(request), 1);
}
END_TEST

START_TEST(own_templates_make_a_page)
{
    struct view *view = view_new(context), *row;
    struct error *error = view_open(context, "templates");
    const char *text;

    ck_assert_msg(!error, "%s", error ? error->message : "");
    view_set(view, T_TITLE, "Teams");
    view_set(view, T_SITE, "Roster");
    view_include(view, T_ERRORS, TPL_ERRORS);
    row = view_include(view, T_MAIN, TPL_ERROR);
    view_set(row, T_HEADING, "Fish & chips");
    text = render(view, TPL_LAYOUT);
    ck_assert_int_eq(strncmp(text, "<!DOCTYPE html>", 15), 0);
    ck_assert_ptr_nonnull(strstr(text, "<title>Error: Teams - Roster</title>"));
    ck_assert_ptr_nonnull(strstr(text, "<h1>Fish &amp; chips</h1>"));
    ck_assert_ptr_null(strstr(text, "{{"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("view");
    TCase *cases = tcase_create("view");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, text_is_escaped);
    tcase_add_test(cases, attribute_cannot_be_left);
    tcase_add_test(cases, textarea_keeps_its_text);
    tcase_add_loop_test(cases, address_runs_no_script, 0, sizeof addresses / sizeof addresses[0]);
    tcase_add_test(cases, null_is_as_if_not_set);
    tcase_add_test(cases, last_value_counts);
    tcase_add_test(cases, values_are_copied);
    tcase_add_test(cases, parts_repeat_in_order);
    tcase_add_test(cases, part_without_rows_is_absent);
    tcase_add_test(cases, shown_part_is_over_the_same_view);
    tcase_add_test(cases, value_shows_its_part);
    tcase_add_test(cases, values_are_inherited_and_parts_are_not);
    tcase_add_test(cases, inclusion_is_a_part_too);
    tcase_add_test(cases, template_includes_itself);
    tcase_add_test(cases, long_names_that_begin_alike_differ);
    tcase_add_test(cases, long_page_is_whole);
    tcase_add_test(cases, missing_template_is_an_error);
    tcase_add_test(cases, missing_inclusion_is_an_error);
    tcase_add_loop_test(cases, broken_template_is_refused_by_name, 0, sizeof broken / sizeof broken[0]);
    tcase_add_test(cases, folder_without_templates_is_refused);
    tcase_add_test(cases, templates_are_read_once);
    tcase_add_test(cases, view_goes_with_its_context);
    tcase_add_test(cases, own_templates_make_a_page);
    suite_add_tcase(suite, cases);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
