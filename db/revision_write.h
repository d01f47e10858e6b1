/* New revision files, rendered from migrations/template.sql. */
#ifndef ROSTER_REVISION_WRITE_H
#define ROSTER_REVISION_WRITE_H

#include "revision.h"

struct revision_draft {
    const char *message;             /* one line */
    struct revision *const *parents; /* end with NULL */
    const char *up, *down;           /* SQL */
    const char *losses;              /* "-- destructive: TEXT" and "-- irreversible: TEXT" lines; NULL: none */
};

/* Why this process may not write into the folder of the revisions, as in "permission denied"; NULL when it may. */
const char *revision_write_denied(const void *context, const struct revisions *revisions);
/* Writes YYYYMMDD_HHMM_id_slug.sql (UTC) with a new random id into the folder of the revisions. In
 * template.sql, {{revision}}, {{parents}}, {{message}}, {{created}}, {{losses}}, {{up}} and {{down}} are
 * filled in. What comes out is read back before it is written, so that a template that was edited badly is
 * ERROR_USAGE and not a broken revision, or one that does not say what it destroys. A file that cannot be written is
 * ERROR_FAILED and leaves nothing behind. */
struct error *revision_write(const void *context, const struct revisions *revisions,
                             const struct revision_draft *draft, const char **path) MUST_USE;

#endif
