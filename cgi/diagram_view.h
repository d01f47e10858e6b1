/* A diagram of boxes and lines as diagram.tpl: of tables, or of revisions. */
#ifndef ROSTER_DIAGRAM_VIEW_H
#define ROSTER_DIAGRAM_VIEW_H

#include "page.h"

struct diagram_line {
    const char *text, *aside; /* on the left, on the right */
};

struct diagram_box {
    const char *title;
    const char *href; /* NULL: no link */
    const char *tone; /* good, warn, bad, muted, or NULL */
    struct diagram_line *lines;
    size_t line_count;
};

struct diagram_link {
    size_t from, to; /* boxes */
    bool dashed;
};

struct diagram {
    const char *label; /* what it shows, read aloud */
    bool sideways;     /* links lead from left to right, otherwise downwards */
    struct diagram_box *boxes;
    struct diagram_link *links;
    size_t box_count, link_count;
};

/* Includes the diagram at DIAGRAM of the page's main view; where it cannot be laid out, why stands in its place. */
void diagram_view_fill(struct page *page, const struct diagram *diagram);

#endif
