/* A diagram of boxes and lines. */
#include "diagram_view.h"

#include <names.h>
#include <stdio.h>

#include "../db/memory.h"
#include "layout.h"

/* Pixels; the stylesheet sets the same size of type, whose letters are all as wide (.diagram text). */
static const double letter = 6.7, line_height = 18, title_height = 26, padding = 8, gap = 14;

static size_t letters(const char *text)
{
    size_t count = 0;
    for (; text && *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static struct layout_node measure(const struct diagram_box *box)
{
    double width = (double)letters(box->title) * letter * 1.1; /* it is bold */
    for (size_t i = 0; i < box->line_count; i++) {
        const struct diagram_line *line = &box->lines[i];
        double own = (double)(letters(line->text) + letters(line->aside)) * letter + (line->aside ? gap : 0);
        width = own > width ? own : width;
    }
    double lines = (double)box->line_count * line_height;
    return (struct layout_node){ .width = width + 2 * padding, .height = title_height + lines + (lines > 0 ? padding : 0) };
}

static void number(struct view *view, const char *name, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.1f", value);
    view_set(view, name, text);
}

static void add_box(struct view *view, const struct diagram_box *box, const struct layout_node *node)
{
    struct view *part = view_add(view, T_BOX);
    view_set(part, T_TITLE, box->title);
    view_set(part, T_HREF, box->href);
    view_set(part, T_TONE, box->tone);
    number(part, T_X, node->left);
    number(part, T_Y, node->top);
    number(part, T_WIDTH, node->width);
    number(part, T_HEIGHT, node->height);
    number(part, T_TITLE_X, node->left + padding);
    number(part, T_TITLE_Y, node->top + title_height - 8);
    number(part, T_TITLE_HEIGHT, title_height);
    number(part, T_RULE_Y, node->top + title_height);
    number(part, T_RIGHT, node->left + node->width);
    view_show_if(part, T_RULED, box->line_count > 0);
    for (size_t i = 0; i < box->line_count; i++) {
        struct view *line = view_add(part, T_LINE);
        view_set(line, T_TEXT, box->lines[i].text);
        view_set(line, T_ASIDE, box->lines[i].aside);
        number(line, T_X, node->left + padding);
        number(line, T_Y, node->top + title_height + (double)(i + 1) * line_height - 3);
        number(line, T_ASIDE_X, node->left + node->width - padding);
    }
}

static void draw(struct view *view, const struct diagram *diagram, const struct layout *layout)
{
    view_set(view, T_LABEL, diagram->label);
    /* A margin, so that no line is cut off at the edge. */
    number(view, T_WIDTH, layout->width + 4);
    number(view, T_HEIGHT, layout->height + 4);
    for (size_t i = 0; i < layout->edge_count; i++) {
        struct view *edge = layout->edges[i].path ? view_add(view, T_EDGE) : NULL;
        if (!edge)
            continue;
        view_set(edge, T_PATH, layout->edges[i].path);
        view_set(edge, T_ARROW, layout->edges[i].arrow);
        view_show_if(edge, T_DASHED, diagram->links[i].dashed);
    }
    for (size_t i = 0; i < diagram->box_count; i++)
        add_box(view, &diagram->boxes[i], &layout->nodes[i]);
}

void diagram_view_fill(struct page *page, const struct diagram *diagram)
{
    struct request *request = page->request;
    struct view *view = view_include(page->main, T_DIAGRAM, TPL_DIAGRAM);
    struct layout layout = { .sideways = diagram->sideways, .node_count = diagram->box_count,
                             .edge_count = diagram->link_count };
    layout.nodes = NEW_ARRAY(request, struct layout_node, diagram->box_count + 1);
    layout.edges = NEW_ARRAY(request, struct layout_edge, diagram->link_count + 1);
    for (size_t i = 0; i < diagram->box_count; i++)
        layout.nodes[i] = measure(&diagram->boxes[i]);
    for (size_t i = 0; i < diagram->link_count; i++)
        layout.edges[i] = (struct layout_edge){ .from = diagram->links[i].from, .to = diagram->links[i].to };
    const struct error *error =
        layout_run(request, memory_printf(request, "%s/layouts", request->site->settings->var), &layout);
    if (error)
        view_set(view, T_PROBLEM, memory_printf(request, "There is no picture: %s. What it would show is told below.",
                                                error->message));
    else
        draw(view, diagram, &layout);
}
