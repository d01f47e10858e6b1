/* Where in the models file something is said, so that a refusal can name the line to edit.
 *
 * The compiler keeps no line numbers of data. So the file is read once more, as text, when there is something
 * to refuse: at build time it is there. Later it may be gone; then a refusal names the file alone. */
#ifndef ROSTER_SCHEMA_SOURCE_H
#define ROSTER_SCHEMA_SOURCE_H

#include <stddef.h>
#include "error.h"

struct place {
    const char *table; /* the model's; NULL: the file as a whole */
    size_t again;      /* which of several models with this table: 0 the first */
    const char *list;  /* "fields", "links", "constraints", "indexes", "panels"; NULL: the model itself */
    const char *name;  /* the element's .name; NULL, or one that was made: the element at position */
    size_t name_again; /* which of several with this name: 0 the first */
    size_t position;   /* among the declared elements, from 0 */
    const char *value; /* of a field: its choice with this .value */
    const char
        *setting; /* "was": the line of that; NULL, or one that is not there: of the element or model */
};

/* The line (from 1) of a place in a models file with this text; 0 when it cannot be found. */
int schema_source_line(const void *context, const char *text, const struct place *place);
/* "db/models.c:12", of the models file that this program was built with; the path alone when the line is
 * unknown. */
const char *schema_source_where(const void *context, const struct place *place);
/* ERROR_USAGE "db/models.c:12: team.owner_id: ..." about the models file that this program was built with. */
struct error *schema_refuse(const void *context, const struct place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull)) MUST_USE;
/* The path as it was given to make; relative to the folder that make ran in. */
const char *schema_source_path(void);

#endif
