/* Where boxes and lines stand: laid out by dot, kept, and no failure of dot's goes unsaid. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "../../cgi/layout.h"
#include "unit.h"

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/roster-layout-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int empty_folder(void)
{
    int count = 0;
    DIR *directory = opendir(folder);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.')
            count += unlink(memory_printf(context, "%s/%s", folder, entry->d_name)) == 0;
    closedir(directory);
    ck_assert_int_eq(rmdir(folder), 0);
    return count;
}

static struct layout chain(bool sideways)
{
    struct layout layout = { .sideways = sideways, .node_count = 3, .edge_count = 3 };
    layout.nodes = NEW_ARRAY(context, struct layout_node, 3);
    layout.edges = NEW_ARRAY(context, struct layout_edge, 3);
    for (size_t i = 0; i < 3; i++)
        layout.nodes[i] = (struct layout_node){ .width = 100, .height = 40 };
    layout.edges[0] = (struct layout_edge){ .from = 0, .to = 1 };
    layout.edges[1] = (struct layout_edge){ .from = 1, .to = 2 };
    layout.edges[2] = (struct layout_edge){ .from = 2, .to = 2 };
    return layout;
}

START_TEST(edges_lead_the_way_that_was_asked_for)
{
    bool sideways = _i == 0;
    struct layout layout = chain(sideways);
    make_folder();
    ck_assert_ptr_null(layout_run(context, folder, &layout));
    for (size_t i = 0; i < 2; i++) {
        const struct layout_node *node = &layout.nodes[i], *next = &layout.nodes[i + 1];
        ck_assert(sideways ? next->left >= node->left + node->width : next->top >= node->top + node->height);
    }
    for (size_t i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(layout.edges[i].path);
        ck_assert_ptr_nonnull(layout.edges[i].arrow);
        ck_assert(layout.nodes[i].left >= 0 && layout.nodes[i].left + 100 <= layout.width + 0.5);
        ck_assert(layout.nodes[i].top >= -0.5 && layout.nodes[i].top + 40 <= layout.height + 0.5);
    }
    ck_assert_int_eq(empty_folder(), 1);
}
END_TEST

static const char *put(const char *name, time_t age)
{
    const char *path = memory_printf(context, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    const struct timespec times[2] = { { .tv_sec = time(NULL) - age }, { .tv_sec = time(NULL) - age } };
    ck_assert_ptr_nonnull(file);
    fclose(file);
    ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    return path;
}

/* Of a run that was killed, and of diagrams that nobody has looked at for long. */
START_TEST(what_was_left_behind_goes)
{
    struct layout layout = chain(true);
    make_folder();
    const char *left = put("layout-0123.json.abcdef", 7200), *begun = put("layout-0123.json.ghijkl", 60);
    const char *old = put("layout-0123.json", 40 * 86400L), *young = put("layout-4567.json", 86400);
    const char *other = put("other.json", 40 * 86400L);
    ck_assert_ptr_null(layout_run(context, folder, &layout));
    ck_assert_int_ne(access(left, F_OK), 0);
    ck_assert_int_ne(access(old, F_OK), 0);
    ck_assert_int_eq(access(begun, F_OK), 0);
    ck_assert_int_eq(access(young, F_OK), 0);
    ck_assert_int_eq(access(other, F_OK), 0);
    ck_assert_int_eq(empty_folder(), 4);
}
END_TEST

START_TEST(what_was_laid_out_once_needs_no_dot)
{
    const char *path = memory_copy(context, getenv("PATH"));
    struct layout one = chain(true), other = chain(true), third = chain(false);
    make_folder();
    ck_assert_ptr_null(layout_run(context, folder, &one));
    setenv("PATH", "/nowhere", 1);
    ck_assert_ptr_null(layout_run(context, folder, &other));
    ck_assert_str_eq(one.edges[0].path, other.edges[0].path);
    const struct error *error = layout_run(context, folder, &third);
    setenv("PATH", path, 1);
    ck_assert_ptr_nonnull(error);
    ck_assert_ptr_nonnull(strstr(error->message, "install the package graphviz"));
    empty_folder();
}
END_TEST

START_TEST(a_damaged_answer_is_asked_for_again)
{
    struct layout one = chain(true), other = chain(true);
    make_folder();
    ck_assert_ptr_null(layout_run(context, folder, &one));
    DIR *directory = opendir(folder);
    for (struct dirent *entry; (entry = readdir(directory));)
        if (entry->d_name[0] != '.')
            ck_assert_int_eq(truncate(memory_printf(context, "%s/%s", folder, entry->d_name), 10), 0);
    closedir(directory);
    ck_assert_ptr_null(layout_run(context, folder, &other));
    ck_assert_str_eq(one.edges[0].path, other.edges[0].path);
    empty_folder();
}
END_TEST

UNIT_MAIN("layout", { edges_lead_the_way_that_was_asked_for, 2 }, { what_was_left_behind_goes, 0 }, { what_was_laid_out_once_needs_no_dot, 0 },
          { a_damaged_answer_is_asked_for_again, 0 })
