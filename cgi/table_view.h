/* A page of a list as table.tpl. */
#ifndef ROSTER_TABLE_VIEW_H
#define ROSTER_TABLE_VIEW_H

#include "../db/list.h"
#include "view.h"

/* Gives the address that sorts by this: "name" or "-name". */
typedef const char *(*table_sort_href)(void *about, const char *sort);

/* The first column names the record and links to it. sort_href may be NULL: then nothing can be sorted. */
void table_view_fill(const void *context, struct view *table, const struct list *list, const char *caption,
                     table_sort_href sort_href, void *about);

#endif
