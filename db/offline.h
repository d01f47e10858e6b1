/* Migrations as one script for psql, made from the files alone.
 *
 *     roster upgrade base:head --sql | psql -X -v ON_ERROR_STOP=1 -f -
 *
 * The script holds what a run would do: the same lock against other runs, the same transactions, and the
 * lines of the history and the journal; policies that are in the way go and come back in them, and where it leads to the
 * head, the models' rules of access are at its end. Grants are for `roster access`, as the script names no role, and runs
 * where there is none. It refuses a database that is not at its start. What it leaves when it fails in the middle can be
 * continued by a run. */
#ifndef ROSTER_OFFLINE_H
#define ROSTER_OFFLINE_H

#include "journal.h"
#include "schema.h"
#include "settings.h"

struct offline_wish {
    enum direction direction;
    const char *range; /* FROM:TO, as the targets of migrate.h; without FROM an upgrade begins at base */
    bool allow_destructive;
    const struct schema *schema; /* whose rules of access are at the end; or NULL */
};

/* Errors are those of the files and the targets (ERROR_USAGE, ERROR_SEVERAL_HEADS), and ERROR_REFUSED for a
 * way down that cannot bring something back. */
struct error *offline_script(const void *context, const struct settings *settings,
                             const struct offline_wish *wish, const char **script) MUST_USE;

#endif
