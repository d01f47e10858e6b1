/* The backup that is made by itself before something that takes rows away. */
#ifndef ROSTER_BACKUP_BEFORE_H
#define ROSTER_BACKUP_BEFORE_H

#include "journal.h"
#include "schema.h"
#include "settings.h"

/* Makes one when going to the target undoes a revision, or applies one that takes something away, as its
 * file says or its statements look (revision_loss.h); *name is NULL when neither is so. A target that cannot be reached is the error that
 * migrate_upgrade and migrate_downgrade have for it. */
struct error *backup_before_move(const void *context, const struct settings *settings,
                                 const struct schema *schema, const char *target, enum direction direction,
                                 bool allow_destructive, const char *who, const char **name) MUST_USE;

#endif
