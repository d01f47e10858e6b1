/* A panel's rows as panel.tpl. Columns named "X@href", "X@tone" and "X@sub" belong to column X (db/model.h). */
#include "panel_view.h"

#include <names.h>
#include <stdlib.h>
#include <string.h>

#include "../db/memory.h"
#include "words.h"

/* Deeper than any organisation; what is below is shown on the last level. */
#define DEPTH_MAX 12

/* Where in a row a column and what belongs to it stand; -1 is nowhere. */
struct panel_column {
    const char *name;
    int value, href, tone, sub;
};

struct panel_rows {
    const struct query *query;
    int count; /* shown */
    struct panel_column *columns;
    size_t column_count;
};

static int column_of(const void *context, const struct query *query, const char *name, const char *what)
{
    return query_column(query, memory_printf(context, "%s@%s", name, what));
}

static struct panel_rows read_rows(const void *context, const struct query *query, int most)
{
    const int all = query_rows(query);
    struct panel_rows rows = { .query = query, .count = most && all > most ? most : all };
    rows.columns = NEW_ARRAY(context, struct panel_column, (size_t)query_columns(query) + 1);
    for (int column = 0; column < query_columns(query); column++) {
        const char *name = query_name(query, column);
        if (strchr(name, '@'))
            continue;
        rows.columns[rows.column_count++] = (struct panel_column){
            .name = name, .value = column, .href = column_of(context, query, name, "href"),
            .tone = column_of(context, query, name, "tone"), .sub = column_of(context, query, name, "sub"),
        };
    }
    return rows;
}

static const char *text_at(const struct panel_rows *rows, int row, int column)
{
    return column < 0 ? NULL : query_text(rows->query, row, column);
}

static void fill_cell(const struct panel_rows *rows, struct view *cell, int row, const struct panel_column *column)
{
    const char *value = text_at(rows, row, column->value);
    const char *tone = text_at(rows, row, column->tone);
    if (!value || !*value)
        view_show(cell, T_EMPTY);
    view_set(cell, tone ? T_BADGE : T_TEXT, value);
    view_set(cell, T_TONE, tone);
    view_set(cell, T_HREF, value && *value ? text_at(rows, row, column->href) : NULL);
    view_set(cell, T_SUB, text_at(rows, row, column->sub));
}

static void fill_cells(const struct panel_rows *rows, struct view *view, int row)
{
    for (size_t i = 0; i < rows->column_count; i++) {
        struct view *cell = view_add(view, T_CELL);
        view_show_if(cell, T_HEADER, i == 0);
        fill_cell(rows, cell, row, &rows->columns[i]);
    }
}

static void fill_table(const struct panel_rows *rows, struct view *table, const char *caption)
{
    view_set(table, T_CAPTION, caption);
    for (size_t i = 0; i < rows->column_count; i++)
        view_set(view_add(table, T_COLUMN), T_LABEL, rows->columns[i].name);
    for (int row = 0; row < rows->count; row++)
        fill_cells(rows, view_add(table, T_ROW), row);
}

/* Each row's first child and the next child of its parent, by their numbers in the query; -1 is none. The last of
 * first_child is of those at the top: rows whose parent is not among the rows. */
struct tree {
    int *first_child, *next;
};

struct tree_row {
    const char *id;
    int row;
};

static int by_id(const void *first, const void *second)
{
    return strcmp(((const struct tree_row *)first)->id, ((const struct tree_row *)second)->id);
}

static int parent_of(const struct panel_rows *rows, const struct tree_row *sorted, int row, int parent_column)
{
    const int count = rows->count;
    const struct tree_row wanted = { .id = query_text(rows->query, row, parent_column) };
    const struct tree_row *found = NULL;
    if (wanted.id)
        found = bsearch(&wanted, sorted, (size_t)count, sizeof *sorted, by_id);
    return found ? found->row : count;
}

static struct tree read_tree(const void *context, const struct panel_rows *rows)
{
    const int count = rows->count, parent_column = query_column(rows->query, "@parent");
    struct tree_row *sorted = NEW_ARRAY(context, struct tree_row, (size_t)count);
    struct tree tree = { .first_child = NEW_ARRAY(context, int, (size_t)count + 1),
                         .next = NEW_ARRAY(context, int, (size_t)count) };
    for (int row = 0; row < count; row++)
        sorted[row] = (struct tree_row){ .id = query_field(rows->query, row, "@id"), .row = row };
    qsort(sorted, (size_t)count, sizeof *sorted, by_id);
    for (int row = 0; row <= count; row++)
        tree.first_child[row] = -1;
    for (int row = count - 1; row >= 0; row--) { /* from the last, so that each comes before those behind it */
        int *first = &tree.first_child[parent_of(rows, sorted, row, parent_column)];
        tree.next[row] = *first;
        *first = row;
    }
    return tree;
}

static void fill_tree(const struct panel_rows *rows, const struct tree *tree, struct view *view, int parent, int depth)
{
    for (int row = tree->first_child[parent]; row >= 0; row = tree->next[row]) {
        struct view *node = view_add(view, T_NODE);
        fill_cells(rows, node, row);
        bool deeper = tree->first_child[row] >= 0 && depth < DEPTH_MAX;
        fill_tree(rows, tree, deeper ? view_include(node, T_CHILDREN, TPL_TREE) : view, row, depth + deeper);
    }
}

static void fill_bars(const struct panel_rows *rows, struct view *view)
{
    double longest = 0;
    for (int row = 0; row < rows->count; row++) {
        const char *number = query_text(rows->query, row, 1);
        double value = number ? strtod(number, NULL) : 0;
        longest = value > longest ? value : longest;
    }
    for (int row = 0; row < rows->count; row++) {
        const char *number = query_text(rows->query, row, 1);
        double value = number ? strtod(number, NULL) : 0;
        struct view *bar = view_add(view, T_BAR);
        view_set(bar, T_LABEL, query_text(rows->query, row, 0));
        view_set(bar, T_HREF, text_at(rows, row, rows->columns[0].href));
        view_set(bar, T_NUMBER, number);
        view_set_number(bar, T_WIDTH, longest > 0 && value > 0 ? (long long)(value / longest * 100 + 0.5) : 0);
    }
}

void panel_view_fill(const void *context, struct view *view, const struct panel *panel, const struct query *query,
                     int number)
{
    const struct panel_rows rows = read_rows(context, query, panel->rows);
    view_set(view, T_ID, memory_printf(context, "panel-%d", number));
    view_set(view, T_TITLE, panel->title);
    view_set(view, T_HINT, panel->hint);
    if (rows.count < query_rows(query))
        view_set(view, T_MORE, memory_printf(context, "The first %d are shown; there are more.", rows.count));
    if (rows.count == 0)
        view_set(view, T_EMPTY, panel->empty ? panel->empty : "There is nothing to show.");
    else if (panel->kind == PANEL_TREE) {
        const struct tree tree = read_tree(context, &rows);
        fill_tree(&rows, &tree, view_include(view, T_TREE, TPL_TREE), rows.count, 0);
    } else if (panel->kind == PANEL_BARS)
        fill_bars(&rows, view);
    else
        fill_table(&rows, view_include(view, T_TABLE, TPL_TABLE), panel->title);
}
