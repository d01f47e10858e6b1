/* What the pages of backups share. */
#ifndef ROSTER_BACKUP_VIEW_H
#define ROSTER_BACKUP_VIEW_H

#include "../db/backup.h"
#include "page.h"

/* BADGE and TONE, PROBLEM of a damaged one, and UNREADABLE of one that cannot be read. */
void backup_view_state(struct view *view, const struct backup *backup);
const char *backup_view_address(const struct request *request, const struct backup *backup, const char *action);
/* The backup of the route's {id}. */
struct error *backup_view_find(struct request *request, struct backup **backup) MUST_USE;
/* The name of the site's database. */
const char *backup_view_database(const struct request *request);
/* A page made of sure.tpl, with its crumbs and its way back; what happens is added as LINEs. */
struct page *backup_view_sure(struct request *request, const char *heading, const char *button, const char *action,
                              const char *cancel);
void backup_view_line(struct page *page, const char *text);
/* The same, for what should be thought about. */
void backup_view_careful(struct page *page, const char *text);

#endif
