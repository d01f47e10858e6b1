/* The models, ready for use: checked, completed, and with their relations resolved in both directions. */
#ifndef ROSTER_SCHEMA_H
#define ROSTER_SCHEMA_H

#include "error.h"
#include "model.h"

struct schema {
    const struct model *const *models; /* the declared ones in their order, then the internal ones; ends with NULL */
    size_t count;
    size_t declared, brought;          /* how many of them the models file declares, and how many the program adds */
    const char *const *ignored;        /* tables that are left alone; ends with NULL */
    const struct panel *overview;      /* ends with an empty one */
};

/* Completes the declared models (implicit fields, labels, addresses), adds the internal ones (db/internal_models.c) and
 * resolves relations. A models file that contradicts itself is ERROR_USAGE naming model, field and what to do. */
struct error *schema_open(const void *context, const struct model *const declared[],
                          const struct panel *overview, struct schema **schema) MUST_USE;

const struct model *schema_by_table(const struct schema *schema, const char *table); /* NULL when there is none */
const struct model *schema_by_path(const struct schema *schema, const char *path);   /* never an internal one */
const struct field *model_field(const struct model *model, const char *name);        /* NULL when there is none */
/* The FIELD_KEY that says what it .opens, and the reference that it names; NULL when these models have none. */
const struct field *schema_key(const struct schema *schema);
const struct field *schema_opened(const struct schema *schema);
const struct link *model_link(const struct model *model, const char *name);          /* NULL when there is none */
/* The column type as SQL writes it: varchar(64), "team_workflow", bigint. A reference has its target's key type. */
const char *field_sql_type(const void *context, const struct field *field);
bool field_has_column(const struct field *field); /* all but FIELD_FILE */
bool field_sortable(const struct field *field);
bool field_on(const struct field *field, unsigned face);
/* Whether a form of this face has a field for whose sake the password is asked for again. */
bool model_confirms(const struct model *model, unsigned face);
bool model_confirms_deletion(const struct model *model);
const struct choice *field_choice(const struct field *field, const char *value); /* NULL when there is none */

#endif
