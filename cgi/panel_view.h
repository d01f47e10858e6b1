/* A panel's rows as panel.tpl: a table, a tree, or bars. */
#ifndef ROSTER_PANEL_VIEW_H
#define ROSTER_PANEL_VIEW_H

#include "../db/query.h"
#include "../db/model.h"
#include "view.h"

/* number makes the panel's id unique on its page. */
void panel_view_fill(const void *context, struct view *view, const struct panel *panel, const struct query *rows,
                     int number);

#endif
