/* The parts of a catalog that the models ask for, as PostgreSQL would write them. What is given must live as
 * long as the catalog, whose context the parts belong to. */
#ifndef ROSTER_CATALOG_MAKE_H
#define ROSTER_CATALOG_MAKE_H

#include "catalog.h"

/* A list of one name or two, which ends with NULL. */
const char *const *catalog_names_of(const void *context, const char *first, const char *second);
/* The next of catalog->tables, which must have room; with room for so many columns. */
struct catalog_table *catalog_make_table(struct catalog *catalog, const char *name, size_t columns);
void catalog_make_constraint(struct catalog *catalog, struct catalog_table *table,
                             struct catalog_constraint constraint);
/* kind: p primary key, u unique; deferral: as ddl_deferral writes it. */
void catalog_make_key(struct catalog *catalog, struct catalog_table *table, char kind, const char *name,
                      const char *const *columns, const char *deferral);
void catalog_make_check(struct catalog *catalog, struct catalog_table *table, const char *name,
                        const char *const *columns, const char *expression);
/* actions: " ON DELETE CASCADE" and what else follows the referenced columns. */
void catalog_make_reference(struct catalog *catalog, struct catalog_table *table, const char *name,
                            const char *const *columns, const char *references, const char *const *referenced,
                            const char *actions);
/* shape: "USING btree (name)" and what follows it. */
void catalog_make_index(struct catalog *catalog, struct catalog_table *table, const char *name, bool unique,
                        const char *shape);

#endif
