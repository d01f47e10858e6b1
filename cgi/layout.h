/* Where the boxes and lines of a diagram stand: laid out by Graphviz's dot, drawn by a template.
 *
 * dot is run once for each diagram: its answer is kept in the site's folder under the digest of what it was asked. */
#ifndef ROSTER_LAYOUT_H
#define ROSTER_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include "../db/error.h"

struct layout_node {
    double width, height; /* pixels, given */
    double left, top;     /* after layout_run */
};

struct layout_edge {
    size_t from, to;   /* nodes */
    const char *path;  /* after layout_run: an SVG path (SVG 2, 9.3), */
    const char *arrow; /* and the points of the triangle at its end */
};

struct layout {
    bool sideways; /* edges lead from left to right, otherwise downwards */
    struct layout_node *nodes;
    struct layout_edge *edges;
    size_t node_count, edge_count;
    double width, height; /* after layout_run, pixels */
};

/* folder is where answers are kept; it is made when it is missing. ERROR_FAILED when dot is missing, fails, or takes
 * longer than ten seconds. What it fills in belongs to context. */
struct error *layout_run(const void *context, const char *folder, struct layout *layout) MUST_USE;

#endif
