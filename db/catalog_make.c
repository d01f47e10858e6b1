/* The parts of a catalog that the models ask for, as PostgreSQL would write them. */
#include "catalog_make.h"

#include "catalog_name.h"
#include "memory.h"
#include "text.h"

const char *const *catalog_names_of(const void *context, const char *first, const char *second)
{
    const char **names = NEW_ARRAY(context, const char *, 3);
    names[0] = first;
    names[1] = second;
    return names;
}

void catalog_make_constraint(struct catalog *catalog, struct catalog_table *table,
                             struct catalog_constraint constraint)
{
    const size_t count = table->constraint_count;
    if ((count & (count - 1)) == 0) /* grows at powers of two */
        table->constraints =
            GROW_ARRAY(catalog, struct catalog_constraint, table->constraints, count > 0 ? 2 * count : 1);
    constraint.valid = true;
    table->constraints[table->constraint_count++] = constraint;
}

void catalog_make_index(struct catalog *catalog, struct catalog_table *table, const char *name, bool unique,
                        const char *shape)
{
    const size_t count = table->index_count;
    if ((count & (count - 1)) == 0)
        table->indexes = GROW_ARRAY(catalog, struct catalog_index, table->indexes, count > 0 ? 2 * count : 1);
    struct text *text = text_new(catalog);
    text_add(text, unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ");
    catalog_add_name(text, name);
    text_add(text, " ON ");
    catalog_add_name(text, table->name);
    text_add_char(text, ' ');
    const size_t start = text->length;
    text_add(text, shape);
    table->indexes[table->index_count++] = (struct catalog_index){
        .name = name, .definition = text->data, .shape = text->data + start, .unique = unique, .valid = true
    };
}

void catalog_make_key(struct catalog *catalog, struct catalog_table *table, char kind, const char *name,
                      const char *const *columns, const char *deferral)
{
    struct text *text = text_new(catalog);
    text_add(text, kind == 'p' ? "PRIMARY KEY " : "UNIQUE ");
    catalog_add_names(text, columns);
    text_add(text, deferral);
    catalog_make_constraint(catalog, table,
                            (struct catalog_constraint){
                                .name = name, .kind = kind, .columns = columns, .definition = text->data });
}

void catalog_make_check(struct catalog *catalog, struct catalog_table *table, const char *name,
                        const char *const *columns, const char *expression)
{
    catalog_make_constraint(
        catalog, table,
        (struct catalog_constraint){ .name = name,
                                     .kind = 'c',
                                     .columns = columns,
                                     .definition = memory_printf(catalog, "CHECK (%s)", expression) });
}

void catalog_make_reference(struct catalog *catalog, struct catalog_table *table, const char *name,
                            const char *const *columns, const char *references, const char *const *referenced,
                            const char *actions)
{
    struct text *text = text_new(catalog);
    text_add(text, "FOREIGN KEY ");
    catalog_add_names(text, columns);
    text_add(text, " REFERENCES ");
    catalog_add_name(text, references);
    catalog_add_names(text, referenced);
    text_add(text, actions);
    catalog_make_constraint(catalog, table,
                            (struct catalog_constraint){ .name = name,
                                                         .kind = 'f',
                                                         .columns = columns,
                                                         .references = references,
                                                         .referenced = referenced,
                                                         .definition = text->data });
}

struct catalog_table *catalog_make_table(struct catalog *catalog, const char *name, size_t columns)
{
    struct catalog_table *table = &catalog->tables[catalog->table_count++];
    table->name = name;
    table->columns = NEW_ARRAY(catalog, struct catalog_column, columns);
    return table;
}
